package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Callbacks that read or change the bytes of a value while other threads use the map. */
@Tag("slow")
class SyncValueBytesTest extends SyncMapTestBase {
    private static final int[] SIZES = {0, 1, 8, 12, 128, 129, 5000};
    private static final int THREADS = 4;
    private static final int ROUNDS = 300;

    private static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i + size);
        }
        return bytes;
    }

    private static long longOf(MemorySegment value) {
        return value.get(ValueLayout.JAVA_LONG, 0);
    }

    private SyncMap<Long, Long> five() {
        SyncMap<Long, Long> map = make();
        map.put(1L, 5L);
        return map;
    }

    // ---------------------------------------------------------------------------------------- read

    @Test
    void aReaderReceivesTheBytesOfTheValue() {
        for (int size : SIZES) {
            SyncMap<Long, byte[]> runs = make(Type.LONG, Type.BYTES);
            SyncMap<Long, MemorySegment> structs = make(Type.LONG, Type.struct(TypeUnderTest.bytes(size)));
            runs.put(1L, bytes(size));
            structs.put(1L, MemorySegment.ofArray(bytes(size)));
            assertThat(runs.<byte[]>read(1L, value -> value.toArray(ValueLayout.JAVA_BYTE)))
                    .isEqualTo(bytes(size));
            assertThat(structs.<byte[]>read(1L, value -> value.toArray(ValueLayout.JAVA_BYTE)))
                    .isEqualTo(bytes(size));
            assertThat(runs.<Integer>read(1L, value -> null)).isNull();
        }
    }

    @Test
    void aReadOfAnAbsentKeyDoesNotRunTheFunction() {
        SyncMap<Long, Long> map = five();
        assertThat(map.<Long>read(2L, value -> {
                    throw new Failure();
                }))
                .isNull();
        assertThatNullPointerException().isThrownBy(() -> map.read(1L, null)).withMessage("function");
        assertThatNullPointerException()
                .isThrownBy(() -> map.read(null, value -> 1))
                .withMessage("key");
    }

    @Test
    void aReaderReceivesTheMapsOwnMemory() {
        SyncMap<Long, byte[]> map = make(Type.LONG, Type.BYTES);
        map.put(1L, bytes(5000));
        long first = heap().segment().address();
        assertThat(map.<Long>read(1L, MemorySegment::address))
                .isBetween(first, first + heap().segment().byteSize() - 5000);
    }

    @Test
    void aReaderReceivesACopyIfTheHeapHasNoVirtualMemory() {
        try (NativeHeap heap = NativeHeap.builder()
                .shared()
                .maxBytes(1 << 20)
                .virtualMemory(false)
                .open()) {
            SyncMap<Long, Long> map = SyncMap.make(heap, Type.LONG, Type.LONG);
            map.put(1L, 5L);
            long first = heap.segment().address();
            map.read(1L, value -> {
                assertThat(longOf(value)).isEqualTo(5);
                assertThat(value.isReadOnly()).isTrue();
                assertThat(value.address() - first)
                        .matches(
                                offset -> offset < 0 || offset >= heap.segment().byteSize());
                return 0;
            });
        }
    }

    @Test
    void aReaderCannotWriteToTheBytes() {
        SyncMap<Long, Long> map = five();
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> map.read(1L, value -> value.fill((byte) -1)));
        assertThat(map.get(1L)).isEqualTo(5);
    }

    @Test
    void theSegmentIsInvalidAfterTheFunction() {
        SyncMap<Long, Long> map = five();
        List<MemorySegment> escaped = new ArrayList<>();
        map.read(1L, escaped::add);
        map.update(1L, escaped::add);
        assertThat(escaped)
                .hasSize(2)
                .allSatisfy(segment -> assertThatIllegalStateException()
                        .isThrownBy(() -> longOf(segment))
                        .withMessage("Already closed"));
        assertThat(map.get(1L)).isEqualTo(5);
    }

    @Test
    void anExceptionOfTheFunctionIsPassedOnAndTheShardIsUnlocked() {
        SyncMap<Long, Long> map = five();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> map.read(1L, value -> {
                    throw new Failure();
                }));
        assertThat(map.put(1L, 6L)).isEqualTo(5);
    }

    @Test
    void aReaderThatChangesItsMapIsRefused() {
        SyncMap<Long, Long> map = five();
        List<Consumer<SyncMap<Long, Long>>> changes = List.of(
                same -> same.put(1L, 6L),
                same -> same.put(2L, 6L),
                same -> same.remove(1L),
                same -> same.compute(3L, (key, old) -> 6L),
                same -> same.update(1L, value -> value.fill((byte) 1)),
                SyncMap::clear,
                SyncMap::free,
                SyncMap::close);
        for (Consumer<SyncMap<Long, Long>> change : changes) {
            for (boolean nested : new boolean[] {false, true}) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> map.read(1L, value -> {
                            if (nested) {
                                map.read(1L, MemorySegment::byteSize);
                            }
                            change.accept(map);
                            return 0;
                        }))
                        .withMessageStartingWith("recursive update");
            }
        }
        assertThat(map).hasSize(1).containsEntry(1L, 5L);
        map.put(2L, 7L);
        assertThat(map).hasSize(2);
    }

    @Test
    void aReaderMayReadTheMapInAnyWay() {
        SyncMap<Long, Long> map = make();
        for (long i = 0; i < 50; i++) {
            map.put(hash.key(i), i);
        }
        assertThat(map.<Long>read(hash.key(3), value -> {
                    map.check();
                    assertThat(map).hasSize(50);
                    assertThat(map.get(hash.key(4))).isEqualTo(4);
                    assertThat(map.<Long>read(hash.key(3), SyncValueBytesTest::longOf))
                            .isEqualTo(3);
                    return longOf(value)
                            + map.read(hash.key(5), SyncValueBytesTest::longOf)
                            + map.values().stream().mapToLong(number -> number).sum();
                }))
                .isEqualTo(3 + 5 + 49 * 50 / 2);
        assertThat(map.computeIfPresent(hash.key(6), (key, old) -> old + map.read(key, SyncValueBytesTest::longOf)))
                .isEqualTo(12);
    }

    @Test
    void aWriterOfTheShardWaitsForTheReader() throws Exception {
        SyncMap<Long, Long> map = five();
        FutureTask<Long> writer = new FutureTask<>(() -> map.put(1L, 6L));
        map.read(1L, value -> {
            awaitWait(Thread.ofPlatform().start(writer));
            assertThat(longOf(value)).isEqualTo(5);
            assertThat(map.get(1L)).isEqualTo(5);
            return 0;
        });
        assertThat(writer.get()).isEqualTo(5);
        assertThat(map.get(1L)).isEqualTo(6);
    }

    @Test
    void readersOfOneValueRunAtTheSameTime() throws Exception {
        SyncMap<Long, Long> map = five();
        CyclicBarrier all = new CyclicBarrier(THREADS);
        ConcurrentThreads.run(
                THREADS,
                id -> assertThat(map.<Long>read(1L, value -> {
                            await(all);
                            return longOf(value);
                        }))
                        .isEqualTo(5));
    }

    @Test
    void aReaderOnAVirtualThreadMayBlock() throws Exception {
        SyncMap<Long, Long> map = five();
        CountDownLatch go = new CountDownLatch(1);
        List<FutureTask<Long>> readers = new ArrayList<>();
        for (int i = 0; i < 100; i++) { // more threads than carriers
            FutureTask<Long> reader = new FutureTask<>(() -> map.read(1L, value -> {
                awaitLatch(go);
                return longOf(value);
            }));
            readers.add(reader);
            Thread.ofVirtual().start(reader);
        }
        go.countDown();
        for (FutureTask<Long> reader : readers) {
            assertThat(reader.get()).isEqualTo(5);
        }
    }

    /**
     * Each reader's second read would otherwise queue behind a writer that waits for the other
     * reader.
     */
    @Test
    void readersOfEachOthersShardsDoNotWaitForWaitingWriters() throws Exception {
        SyncMap<Long, Long> map = make();
        for (long key = 0; key < 2; key++) {
            map.put(hash.key(key), key);
        }
        CyclicBarrier both = new CyclicBarrier(2);
        List<FutureTask<Long>> writers = new ArrayList<>();
        for (long key = 0; key < 2; key++) {
            long mine = hash.key(key);
            writers.add(new FutureTask<>(() -> map.put(mine, 9L)));
        }
        ConcurrentThreads.run(
                2,
                id -> map.read(hash.key(id), value -> {
                    await(both);
                    awaitWait(Thread.ofPlatform().start(writers.get(id)));
                    await(both);
                    assertThat(map.<Long>read(hash.key(1 - id), SyncValueBytesTest::longOf))
                            .isEqualTo(1 - id);
                    assertThat(map).hasSize(2);
                    await(both);
                    return 0;
                }));
        for (FutureTask<Long> writer : writers) {
            writer.get();
        }
        assertThat(map.values()).containsOnly(9L);
    }

    @Test
    void overlappingReadersDoNotKeepAFunctionWaiting() throws Exception {
        SyncMap<Long, Long> map = five();
        AtomicBoolean done = new AtomicBoolean();
        ConcurrentThreads.run(THREADS, id -> {
            if (id == 0) {
                for (int i = 0; i < ROUNDS; i++) {
                    map.merge(1L, 1L, Long::sum);
                }
                done.set(true);
            }
            while (!done.get()) {
                map.read(1L, value -> {
                    return map.containsKey(2L) ? 0 : longOf(value);
                });
            }
        });
        assertThat(map.get(1L)).isEqualTo(5 + ROUNDS);
    }

    // ------------------------------------------------------------------------------------- the end

    @Test
    void closeWaitsForAReader() throws Exception {
        try (SyncMap<Long, Long> map = SyncMap.make(Type.LONG, Type.LONG)) {
            map.put(1L, 5L);
            FutureTask<Void> closer = new FutureTask<>(map::close, null);
            assertThat(map.<Long>read(1L, value -> {
                        awaitWait(Thread.ofPlatform().start(closer));
                        assertThatIllegalStateException()
                                .isThrownBy(() -> map.read(1L, MemorySegment::byteSize))
                                .withMessage("Already closed: the map is being ended by close()");
                        return longOf(value);
                    }))
                    .isEqualTo(5);
            closer.get();
            assertThat(map.heap.isAlive()).isFalse();
            assertThatIllegalStateException()
                    .isThrownBy(() -> map.read(1L, MemorySegment::byteSize))
                    .withMessage("Already closed: the map was ended by close()");
            assertThatIllegalStateException()
                    .isThrownBy(() -> map.update(1L, value -> {}))
                    .withMessage("Already closed: the map was ended by close()");
        }
    }

    @Test
    void aReaderWhoseHeapIsClosedReadsZerosAndThenGetsAnException() {
        for (boolean virtual : new boolean[] {true, false}) {
            NativeHeap own = NativeHeap.builder()
                    .shared()
                    .maxBytes(1 << 20)
                    .virtualMemory(virtual)
                    .open();
            SyncMap<Long, Long> map = SyncMap.make(own, Type.LONG, Type.LONG);
            map.put(1L, 5L);
            assertThatIllegalStateException()
                    .isThrownBy(() -> map.read(1L, value -> {
                        assertThat(longOf(value)).isEqualTo(5);
                        own.close();
                        System.gc();
                        assertThat(longOf(value)).isEqualTo(virtual ? 0 : 5);
                        return 0;
                    }))
                    .withMessage("Already closed: the heap was ended by NativeHeap.close()");
        }
    }

    // -------------------------------------------------------------------------------------- update

    @Test
    void anUpdateChangesOnlyItsValue() {
        for (int size : SIZES) {
            SyncMap<Long, MemorySegment> map = make(Type.LONG, Type.struct(TypeUnderTest.bytes(size)));
            for (long n = 0; n < 50; n++) {
                map.put(hash.key(n), MemorySegment.ofArray(new byte[size]));
            }
            assertThat(map.update(hash.key(20), value -> value.fill((byte) 1))).isTrue();
            assertThat(map.update(hash.key(50), value -> value.fill((byte) 1))).isFalse();
            map.forEach((key, value) -> {
                for (byte b : value.toArray(ValueLayout.JAVA_BYTE)) {
                    assertThat(b).isEqualTo((byte) (key == hash.key(20) ? 1 : 0));
                }
            });
        }
    }

    @Test
    void anUpdateThatThrowsLeavesTheValueUnchanged() {
        SyncMap<Long, Long> map = five();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> map.update(1L, value -> {
                    value.fill((byte) 1);
                    throw new Failure();
                }));
        assertThat(map.get(1L)).isEqualTo(5);
        map.put(1L, 6L);
    }

    @Test
    void anUpdateThatChangesItsMapIsRefused() {
        SyncMap<Long, Long> map = five();
        assertThatIllegalStateException()
                .isThrownBy(() -> map.update(1L, value -> map.remove(1L)))
                .withMessageStartingWith("recursive update");
        assertThat(map.get(1L)).isEqualTo(5);
    }

    /** The two ends of a half-updated value would differ. */
    @Test
    void updatesAreAtomic() throws Exception {
        SyncMap<Long, byte[]> map = make(Type.LONG, Type.BYTES);
        map.put(1L, new byte[400]);
        ConcurrentThreads.run(THREADS, id -> {
            for (int i = 0; i < ROUNDS; i++) {
                if (id % 2 == 0) {
                    map.update(1L, value -> {
                        long next = longOf(value) + 1;
                        for (long at = 0; at < 400; at += 8) {
                            value.set(ValueLayout.JAVA_LONG, at, next);
                        }
                    });
                } else {
                    MemorySegment copy = MemorySegment.ofArray(map.get(1L));
                    long first = copy.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
                    assertThat(copy.get(ValueLayout.JAVA_LONG_UNALIGNED, 392)).isEqualTo(first);
                    map.read(1L, value -> {
                        assertThat(value.get(ValueLayout.JAVA_LONG, 392))
                                .isEqualTo(longOf(value))
                                .isGreaterThanOrEqualTo(first);
                        return 0;
                    });
                }
            }
        });
        assertThat(map.<Long>read(1L, SyncValueBytesTest::longOf)).isEqualTo(THREADS / 2 * ROUNDS);
    }

    private static void awaitWait(Thread thread) {
        while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
            Thread.onSpinWait();
        }
        assertThat(thread.isAlive()).isTrue();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
