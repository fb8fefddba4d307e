package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.Opening;
import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReservationTest {
    @Test
    void theHolderOfTheLockMayUseTheAddressWhileTheArenaCloses() throws InterruptedException {
        Arena arena = Arena.ofShared();
        Reservation reservation = Reservation.of(arena, TestAllocators.CAPACITY, false, true);
        assumeTrue(reservation.isVirtual(), "no virtual memory here");
        Thread closer = Thread.ofPlatform().unstarted(arena::close);
        synchronized (reservation.lock()) {
            reservation.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            closer.start();
            while (closer.getState() != Thread.State.BLOCKED && closer.isAlive()) {
                Thread.onSpinWait();
            }
            assertThat(closer.isAlive())
                    .as("the end of the arena waits for the lock before it unmaps")
                    .isTrue();
            assertThat(reservation.memory().scope().isAlive()).isFalse();
            assertThat(reservation.discard(0, TestAllocators.CAPACITY)).isTrue();
        }
        closer.join();
    }

    @Test
    void pagesThatTheSystemDoesNotTakeBackStayCommittedAndAreZeroedBeforeReuse() throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            Reservation reservation = Reservation.of(arena, TestAllocators.CAPACITY, false, true);
            BlockAllocator heap = new BlockAllocator(reservation);
            long bytes = 100 * HeapLayout.PAGE_BYTES;
            long block = heap.allocate(bytes, BlockKind.BLOB, true);
            assumeTrue(lock(reservation.memory().asSlice(block, HeapLayout.PAGE_BYTES)), "no page can be locked here");
            reservation.memory().asSlice(block, bytes).fill((byte) 1);
            long committed = heap.committedBytes();

            heap.release(block, block + bytes);
            assertThat(heap.committedBytes()).isEqualTo(committed);
            assertThat(isZero(heap, block, bytes)).isTrue();

            reservation.memory().asSlice(block, bytes).fill((byte) 1);
            heap.free(block, BlockKind.BLOB);
            heap.check();
            assertThat(heap.committedBytes()).isEqualTo(committed);
            assertThat(heap.allocate(bytes, BlockKind.BLOB, false)).isEqualTo(block);
            assertThat(isZero(heap, block, bytes)).isTrue();
            heap.check();
            heap.checkZeroes();
        }
    }

    @Test
    void aHeapFileWithLockedPagesIsClosedCleanly(@TempDir Path directory) throws Throwable {
        Path file = directory.resolve("heap");
        try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).file(file).open()) {
            LongLongMap.open(heap, "hits").put(404, 1);
            assumeTrue(lock(heap.segment().asSlice(0, HeapLayout.PAGE_BYTES)), "no page can be locked here");
        }
        try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).file(file).open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(LongLongMap.open(heap, "hits").get(404)).isEqualTo(1);
        }
    }

    @Test
    void backingPagesKeepsTheirBytes() {
        try (Arena arena = Arena.ofConfined()) {
            Reservation reservation = Reservation.of(arena, TestAllocators.CAPACITY, false, true);
            MemorySegment memory = reservation.memory();
            memory.set(ValueLayout.JAVA_BYTE, HeapLayout.PAGE_BYTES, (byte) 7);
            assumeTrue(reservation.back(0, 4 * HeapLayout.PAGE_BYTES), "no pages can be backed in one call here");
            assertThat(memory.get(ValueLayout.JAVA_BYTE, HeapLayout.PAGE_BYTES)).isEqualTo((byte) 7);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 2 * HeapLayout.PAGE_BYTES))
                    .isZero();
        }
    }

    @Test
    void pagesThatCannotBeBackedInOneCallAreBackedWhenTouched() {
        try (Arena arena = Arena.ofConfined()) {
            Reservation ofTheArena = Reservation.of(arena, TestAllocators.CAPACITY, false, false);
            assertThat(ofTheArena.back(0, HeapLayout.PAGE_BYTES)).isFalse();
            Reservation virtual = Reservation.of(arena, TestAllocators.CAPACITY, false, true);
            assertThat(virtual.back(1, HeapLayout.PAGE_BYTES))
                    .as("backing of an address where no page begins")
                    .isFalse();
            assertThat(virtual.back(0, HeapLayout.PAGE_BYTES))
                    .as("backing after one failure, which is not tried again")
                    .isFalse();
            BlockAllocator heap = new BlockAllocator(virtual);
            long block = heap.allocate(100 * HeapLayout.PAGE_BYTES, BlockKind.BLOB, false);
            heap.commit(block, 1);
            assertThat(heap.isMarked(block >>> HeapLayout.PAGE_SHIFT)).isTrue();
            assertThat(heap.isMarked((block >>> HeapLayout.PAGE_SHIFT) + 1)).isFalse();
        }
    }

    private static boolean isZero(BlockAllocator heap, long offset, long bytes) {
        return heap.memory.asSlice(offset, bytes).mismatch(MemorySegment.ofArray(new byte[(int) bytes])) == -1;
    }

    /** Locks a page in memory. The operating system then refuses to take it back. */
    @SuppressWarnings("restricted")
    private static boolean lock(MemorySegment page) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle mlock = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mlock"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        return (int) mlock.invokeExact(page, page.byteSize()) == 0;
    }
}
