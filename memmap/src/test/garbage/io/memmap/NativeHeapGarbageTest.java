package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.memmap.format.BlockKind;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The four methods of the heap that the engine calls make no Java objects, whatever path they take.
 */
class NativeHeapGarbageTest {
    private static final int WARM_UP_ROUNDS = 5_000;
    private static final int ROUNDS = 1_000;

    @ParameterizedTest
    @CsvSource({"SMALL, false", "SMALL, true", "HUGE, false", "HUGE, true"})
    void allocateFreeCommitAndReleaseMakeNoGarbage(Pages pages, boolean shared) {
        NativeHeap.Builder builder =
                NativeHeap.builder().pages(pages).maxBytes(64 << 20).profileEvery(0);
        try (NativeHeap heap = (shared ? builder.shared() : builder.confined()).open()) {
            long[] pointers = new long[40];
            run(heap, pointers, WARM_UP_ROUNDS);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE;
            // repeats until C2 has compiled the work
            for (int attempt = 0; attempt < 200 && least != 0; attempt++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                run(heap, pointers, ROUNDS);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isZero();
        }
    }

    private static void run(NativeHeap heap, long[] pointers, int rounds) {
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < pointers.length; i++) {
                pointers[i] = heap.tryAllocate(1 + (round * 31L + i * 977L) % 3000, BlockKind.OVERFLOW);
            }
            long large = heap.tryReserve(1_000_000, BlockKind.BUCKET);
            if (round % 16 == 0) {
                heap.commit(large, 1_000_000);
                heap.release(large, large + 500_000);
            }
            heap.commit(large + 4096L * (round % 200), 100);
            heap.free(large, BlockKind.BUCKET);
            for (long pointer : pointers) {
                heap.free(pointer, BlockKind.OVERFLOW);
            }
        }
    }
}
