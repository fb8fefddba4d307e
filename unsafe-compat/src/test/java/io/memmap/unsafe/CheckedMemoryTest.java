package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.memmap.unsafe.MemoryMisuseException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checked memory reports accesses and frees of addresses that do not belong to the caller. */
class CheckedMemoryTest {
    private final CheckedMemory memory = UnsafeMemory.checked();

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void anAccessAfterTheEndNamesTheBlockAndItsAllocation() {
        long block = memory.allocateMemory(13);
        memory.putByte(block + 12, (byte) 1);
        MemoryMisuseException behind = misuse(() -> memory.putByte(block + 13, (byte) 1));
        assertThat(behind.kind()).isEqualTo(Kind.STRAY_ACCESS);
        assertThat(behind.address()).isEqualTo(block + 13);
        assertThat(behind)
                .hasMessageContaining("0 bytes after the end of the block of 13 bytes at 0x" + Long.toHexString(block))
                .hasMessageContaining("CheckedMemoryTest.anAccessAfterTheEndNamesTheBlockAndItsAllocation")
                .hasMessageContaining("by thread " + Thread.currentThread().getName());
        assertThat(behind.getCause()).hasMessageStartingWith("allocated at ");
        assertThat(misuse(() -> memory.getLong(block + 6)))
                .hasMessageContaining("begins at offset 6 and ends 1 bytes past the end");
        assertThat(misuse(() -> memory.getByte(block - 3))).hasMessageContaining("3 bytes before the block of 13");
        assertThat(misuse(() -> memory.setMemory(block, Long.MAX_VALUE, (byte) 0)))
                .hasMessageContaining("past the end");
    }

    @Test
    void theMessageNamesTheNearestBlock() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment place = arena.allocate(1000);
            memory.admit(place.asSlice(0, 100));
            memory.admit(place.asSlice(500, 7));
            long start = place.address();
            assertThat(misuse(() -> memory.getByte(start + 299)))
                    .hasMessageContaining("199 bytes after the end of the block of 100");
            assertThat(misuse(() -> memory.getByte(start + 301)))
                    .hasMessageContaining("199 bytes before the block of 7");
        }
    }

    @Test
    void theMessageSaysThatAPointerIsNull() {
        assertThat(misuse(() -> memory.getLong(0))).hasMessageContaining("(a null pointer): no block is live");
        assertThat(misuse(() -> memory.getLong(1L << 40)).getMessage()).doesNotContain("null");
        assertThat(misuse(() -> memory.getLong(-8)).getMessage()).doesNotContain("null");
    }

    @Test
    void useAfterFreeDiffersFromAnAddressThatNeverBelongedToABlock() {
        long block = memory.allocateMemory(64);
        freeInAMethodOfItsOwn(block);
        MemoryMisuseException after = misuse(() -> memory.getLong(block + 8));
        assertThat(after.kind()).isEqualTo(Kind.USE_AFTER_FREE);
        assertThat(after)
                .hasMessageContaining("8 bytes into the block of 64 bytes")
                .hasMessageContaining("useAfterFreeDiffersFromAnAddressThatNeverBelongedToABlock")
                .hasMessageContaining("freeInAMethodOfItsOwn");
        assertThat(after.getSuppressed()).hasSize(1);
        assertThat(misuse(() -> memory.getLong(block + 64)).kind()).isEqualTo(Kind.STRAY_ACCESS);
    }

    private void freeInAMethodOfItsOwn(long block) {
        memory.freeMemory(block);
    }

    @Test
    void aBlockCanBeFreedOnlyOnceAndAtItsStart() {
        long block = memory.allocateMemory(64);
        assertThat(misuse(() -> memory.freeMemory(block + 16)))
                .hasMessageContaining("16 bytes into the block of 64 bytes")
                .returns(Kind.STRAY_FREE, MemoryMisuseException::kind);
        assertThat(misuse(() -> memory.freeMemory(block + 64)).kind()).isEqualTo(Kind.STRAY_FREE);
        assertThat(misuse(() -> memory.reallocateMemory(block + 8, 8)).kind()).isEqualTo(Kind.STRAY_FREE);
        memory.freeMemory(block);
        assertThat(misuse(() -> memory.freeMemory(block)).kind()).isEqualTo(Kind.DOUBLE_FREE);
        assertThat(misuse(() -> memory.reallocateMemory(block, 8)).kind()).isEqualTo(Kind.DOUBLE_FREE);
        assertThat(memory.liveBlocks()).isEmpty();
    }

    @Test
    void reallocationLeavesAStalePointerBehind() {
        long block = memory.allocateMemory(8);
        memory.putLong(block, 42);
        long moved = memory.reallocateMemory(block, 16);
        assertThat(memory.getLong(moved)).isEqualTo(42);
        assertThat(misuse(() -> memory.getLong(block)).kind()).isEqualTo(Kind.USE_AFTER_FREE);
        long shrunk = memory.reallocateMemory(moved, 4);
        assertThat(misuse(() -> memory.getLong(shrunk)).kind()).isEqualTo(Kind.STRAY_ACCESS);
    }

    @Test
    void newMemoryIsNotZero() {
        long block = memory.allocateMemory(8);
        assertThat(memory.getLong(block)).isEqualTo(0xCDCDCDCD_CDCDCDCDL);
    }

    @Test
    void leaksAreListedWithTheirSites() {
        long first = memory.allocateMemory(24);
        assertThat(memory.liveBlocks()).singleElement().satisfies(leak -> {
            assertThat(leak.address()).isEqualTo(first);
            assertThat(leak.bytes()).isEqualTo(24);
            assertThat(leak.thread()).isEqualTo(Thread.currentThread().getName());
            assertThat(leak.site().getFirst().getMethodName()).isEqualTo("leaksAreListedWithTheirSites");
        });
        memory.freeMemory(first);
        assertThat(memory.liveBlocks()).isEmpty();
    }

    @Test
    void freedMemoryIsNotHandedOutWhileTheQuarantineHasRoom() {
        long block = memory.allocateMemory(48);
        memory.freeMemory(block);
        for (int i = 0; i < CheckedMemory.QUARANTINE_BLOCKS - 1; i++) {
            long other = memory.allocateMemory(48);
            assertThat(other).isNotEqualTo(block);
            memory.freeMemory(other);
        }
        assertThat(misuse(() -> memory.getLong(block)).kind()).isEqualTo(Kind.USE_AFTER_FREE);
    }

    @Test
    void theQuarantineGivesMemoryBack() {
        Set<Long> large = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            large.add(freed(CheckedMemory.QUARANTINE_BYTES / 2));
        }
        assertThat(large).as("addresses, which are reused").hasSizeLessThan(12);
        int blocks = 2 * CheckedMemory.QUARANTINE_BLOCKS + CheckedMemory.REMEMBERED_BLOCKS;
        Set<Long> small = new HashSet<>();
        for (int i = 0; i < blocks; i++) {
            small.add(freed(16));
        }
        assertThat(small).hasSizeLessThan(blocks);
        assertThat(memory.liveBlocks()).isEmpty();
    }

    private long freed(long bytes) {
        long block = memory.allocateMemory(bytes);
        memory.freeMemory(block);
        return block;
    }

    @Test
    void foreignSegmentsAreAdmittedUnderTheirOwnRules() throws Exception {
        long address;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(32, 8);
            address = memory.admit(segment);
            memory.putLong(address + 24, 7);
            assertThat(memory.getLong(address + 24)).isEqualTo(7);
            assertThat(misuse(() -> memory.getLong(address + 25)).kind()).isEqualTo(Kind.STRAY_ACCESS);
            assertThat(misuse(() -> memory.freeMemory(address)).kind()).isEqualTo(Kind.STRAY_FREE);
            assertThat(inAnotherThread(() -> memory.getLong(address))).isInstanceOf(WrongThreadException.class);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> memory.admit(segment.asSlice(31)))
                    .withMessageContaining("overlap");
            memory.dismiss(address);
            assertThat(misuse(() -> memory.getLong(address)).kind()).isEqualTo(Kind.USE_AFTER_FREE);
            assertThat(misuse(() -> memory.dismiss(address)).kind()).isEqualTo(Kind.DOUBLE_FREE);
            memory.admit(segment);
        }
        assertThat(misuse(() -> memory.getLong(address)))
                .hasMessageContaining("whose arena was closed")
                .returns(Kind.USE_AFTER_FREE, MemoryMisuseException::kind);
        assertThatIllegalArgumentException().isThrownBy(() -> memory.admit(MemorySegment.ofArray(new long[1])));
        assertThatIllegalArgumentException().isThrownBy(() -> memory.admit(MemorySegment.NULL));
        Arena closed = Arena.ofConfined();
        MemorySegment gone = closed.allocate(8);
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> memory.admit(gone));
    }

    @Test
    void closingFreesEverything() {
        long block = memory.allocateMemory(8);
        memory.close();
        assertThat(misuse(() -> memory.getLong(block)).kind()).isEqualTo(Kind.USE_AFTER_FREE);
        assertThat(memory.liveBlocks()).isEmpty();
        memory.close();
    }

    /**
     * Two threads access blocks while a third frees them. An access uses the block's own bytes or
     * throws; the JVM does not crash.
     */
    @Test
    void aFreeDuringAnAccessDoesNotCrash() throws Exception {
        AtomicLong shared = new AtomicLong(memory.allocateMemory(1 << 20));
        CountDownLatch freed = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(threads.submit(() -> {
                    long refused = 0;
                    while (freed.getCount() != 0) {
                        long block = shared.get();
                        try {
                            int value = memory.getByte(block + 4711) & 0xFF;
                            assertThat(value).isIn(0xCD, 0xDD);
                        } catch (MemoryMisuseException | IllegalStateException e) {
                            refused++;
                        }
                    }
                    return refused;
                }));
            }
            // more than the quarantine holds, so arenas close while the readers use them
            for (int i = 0; i < 500; i++) {
                long next = memory.allocateMemory(1 << 20);
                memory.freeMemory(shared.getAndSet(next));
            }
            freed.countDown();
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isNotNegative();
            }
        }
    }

    @Property(tries = 50)
    void onlyBytesOfLiveBlocksAreAccessible(@ForAll("choices") List<Integer> choices) {
        try (CheckedMemory checked = UnsafeMemory.checked();
                Arena arena = Arena.ofConfined()) {
            int bytes = 64;
            MemorySegment place = arena.allocate(bytes);
            int[] owner = new int[bytes];
            int next = 1;
            for (int choice : choices) {
                int from = choice % bytes;
                int length = Math.min(1 + choice / bytes % 8, bytes - from);
                boolean free = true;
                for (int i = from; i < from + length; i++) {
                    free &= owner[i] == 0;
                }
                if (free) {
                    checked.admit(place.asSlice(from, length));
                    Arrays.fill(owner, from, from + length, next++);
                } else if (owner[from] != 0 && (from == 0 || owner[from - 1] != owner[from])) {
                    checked.dismiss(place.address() + from);
                    int gone = owner[from];
                    for (int i = from; i < bytes && owner[i] == gone; i++) {
                        owner[i] = 0;
                    }
                }
                for (int at = 0; at < bytes - 1; at++) {
                    boolean within = owner[at] != 0 && owner[at] == owner[at + 1];
                    long address = place.address() + at;
                    if (within) {
                        checked.putShort(address, (short) at);
                    } else {
                        misuse(() -> checked.getShort(address));
                    }
                }
            }
        }
    }

    @Provide
    Arbitrary<List<Integer>> choices() {
        return Arbitraries.integers().between(0, 511).list().ofMaxSize(30);
    }

    private static MemoryMisuseException misuse(ThrowingCallable work) {
        MemoryMisuseException thrown = catchThrowableOfType(MemoryMisuseException.class, work);
        assertThat(thrown).as("the exception of a misuse").isNotNull();
        return thrown;
    }

    private static Throwable inAnotherThread(Callable<?> work) throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(() -> {
            try {
                work.call();
            } catch (Exception e) {
                thrown[0] = e;
            }
        });
        thread.start();
        thread.join();
        return thrown[0];
    }
}
