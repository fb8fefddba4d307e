package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.format.HmapLayout;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A plain map in a heap that several threads share. The rules are in {@code docs/go-map.md},
 * "Detecting misuse by several threads". The tests write into the header the bytes that a thread
 * leaves there in the middle of a write. So no test depends on chance.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class ConcurrentUseTest {
    private static final int THREADS = 4;

    @Parameter
    MapVariant variant;

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(16L << 20).open();

    @AfterEach
    void theHeapIsSound() {
        try (heap) {
            heap.check();
        }
    }

    /** go:misuse-messages. */
    @Test
    void aReadDuringAWriteThrowsWithGosMessage() {
        AnyMap map = variant.make(heap).fill(0, 100);
        assertRefusedBesideAWrite(
                map,
                "concurrent map read and map write",
                () -> map.get(1),
                () -> map.getOrDefault(1, 2),
                () -> map.containsKey(1),
                () -> map.getAll(new long[] {1}, new long[1]));
    }

    /** go:misuse-messages. */
    @Test
    void aWriteDuringAWriteThrowsWithGosMessage() {
        AnyMap map = variant.make(heap).fill(0, 100);
        assertRefusedBesideAWrite(
                map,
                "concurrent map writes",
                () -> map.put(1, 1),
                () -> map.add(1, 1),
                () -> map.remove(1),
                () -> map.table().clear(),
                () -> map.table().reserve(1000),
                () -> map.table().shrink(),
                () -> map.table().free());
        assertThat(map.size()).isEqualTo(100);
    }

    /** go:misuse-messages. */
    @Test
    void aCursorStepDuringAWriteThrowsWithGosMessage() {
        AnyMap map = variant.make(heap).fill(0, 100);
        AnyMap.Cursor cursor = map.cursor();
        assertThat(cursor.next()).isTrue();
        assertRefusedBesideAWrite(
                map, "concurrent map iteration and map write", cursor::next, () -> map.forEach((key, value) -> {}));
    }

    /** go:misuse-messages, during a growth, when a lookup takes another path. */
    @Test
    void aReadOfAGrowingMapDuringAWriteThrowsWithGosMessage() {
        AnyMap map = variant.make(heap).fill(0, 1000);
        for (long key = 1000; !map.isGrowing(); key++) {
            map.put(key, 10 * key);
        }
        assertRefusedBesideAWrite(
                map, "concurrent map read and map write", () -> map.get(1), () -> map.containsKey(-1));
        assertRefusedBesideAWrite(map, "concurrent map writes", () -> map.put(1, 1), () -> map.remove(-1));
    }

    /** go:writers-flip-a-flag: another writer has ended and has cleared the flag of this one. */
    @Test
    void aWriterWhoseFlagWasClearedThrows() {
        AtomicReference<AnyMap> map = new AtomicReference<>();
        boolean[] interferes = {false};
        map.set(ChosenHashTable.make(heap, variant.geometry, variant.autoShrink, key -> {
            if (interferes[0]) { // a write has begun when it computes the hash
                interferes[0] = false;
                map.get().table().endWrite();
            }
            return key << 56 | key;
        }));
        map.get().fill(0, 100);
        for (ThrowingCallable write : new ThrowingCallable[] {
            () -> map.get().put(1, 1), () -> map.get().remove(2)
        }) {
            interferes[0] = true;
            assertThatExceptionOfType(ConcurrentModificationException.class)
                    .isThrownBy(write)
                    .withMessageStartingWith("concurrent map writes: ");
        }
        map.get().check();
        assertThat(map.get().get(3)).isEqualTo(30);
    }

    /**
     * go:detection-is-best-effort: a writer reads the array twice, and another thread takes the
     * array away in between. An array at 0 would be in the header of the heap itself. A write to a
     * paged map in a shared heap reads the array only from the header.
     */
    @Test
    void aWriterWhoseArrayIsGoneThrowsAndWritesNothing() {
        AnyMap map = variant.make(heap).fill(0, 100);
        HashTable table = map.table();
        while (map.isGrowing()) {
            map.put(1, 10);
        }
        if (!variant.isPaged()) {
            table.cachedArray = 0;
            assertIsAWriteBesideAWrite(() -> map.put(1, 1));
            table.refreshCache();
        }
        for (long key = 100; !map.isGrowing(); key++) {
            map.put(key, 10 * key);
        }
        long array = table.field(HmapLayout.BUCKETS);
        table.setField(HmapLayout.BUCKETS, 0);
        assertIsAWriteBesideAWrite(() -> map.put(1, 1));
        table.setField(HmapLayout.BUCKETS, array);
        map.check();
    }

    private static void assertIsAWriteBesideAWrite(ThrowingCallable call) {
        assertThatExceptionOfType(ConcurrentModificationException.class)
                .isThrownBy(call)
                .withMessageStartingWith("concurrent map writes: ");
    }

    /** go:empty-maps-detect-nothing. */
    @Test
    void readsRemovalsAndClearOfAnEmptyMapReturnBeforeTheyCheckTheFlag() {
        AnyMap map = variant.make(heap);
        map.put(1, 1);
        map.remove(1);
        leaveWriting(map, true);
        assertThat(map.get(1)).isZero();
        assertThat(map.containsKey(1)).isFalse();
        assertThat(map.remove(1)).isFalse();
        assertThatCode(() -> map.table().clear()).doesNotThrowAnyException();
        leaveWriting(map, false);
        map.check();
    }

    /** go:nil-comes-first. */
    @Test
    void operationsOnAFreedMapSayFreedWhateverItsFlag() {
        AnyMap map = variant.make(heap).fill(0, 10);
        map.table().free();
        leaveWriting(map, true);
        assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> map.put(1, 1));
        assertThat(map.get(1)).isZero();
        leaveWriting(map, false);
    }

    /** go:readers-may-share, as in TestConcurrentReadsAfterGrowth, after each of 250 insertions. */
    @Test
    void manyThreadsMayReadWhileNoThreadWrites() throws Exception {
        AnyMap map = variant.make(heap);
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int size = 1; size <= 250; size++) {
                map.fill(size - 1, size);
                int expected = size;
                List<Callable<Boolean>> readers = new ArrayList<>();
                for (int reader = 0; reader < THREADS; reader++) {
                    readers.add(() -> sumOfLookups(map, expected) == sumOfLoop(map));
                }
                for (Future<Boolean> agrees : threads.invokeAll(readers)) {
                    assertThat(agrees.get())
                            .as("all readers agree at size %d", size)
                            .isTrue();
                }
            }
        }
        map.check();
    }

    private static long sumOfLookups(AnyMap map, int size) {
        long sum = 0;
        for (int key = 0; key < size; key++) {
            sum += map.get(key);
        }
        return sum;
    }

    private static long sumOfLoop(AnyMap map) {
        long sum = 0;
        for (AnyMap.Cursor cursor = map.cursor(); cursor.next(); ) {
            sum += cursor.value();
        }
        return sum;
    }

    private static void assertRefusedBesideAWrite(AnyMap map, String message, ThrowingCallable... calls) {
        leaveWriting(map, true);
        for (ThrowingCallable call : calls) {
            assertThatExceptionOfType(ConcurrentModificationException.class)
                    .isThrownBy(call)
                    .withMessageStartingWith(message + ": ");
        }
        leaveWriting(map, false);
        map.check(); // no call has changed the map
        assertThat(map.get(1)).isEqualTo(10);
    }

    /** Makes the header look as other threads see it during a write. */
    private static void leaveWriting(AnyMap map, boolean writing) {
        HashTable table = map.table();
        long state = table.state();
        table.setState(writing ? state | HmapLayout.WRITING : state & ~HmapLayout.WRITING);
        table.setField(HmapLayout.STAMP, writing || !table.isLive() ? 0 : table.stamp());
    }
}
