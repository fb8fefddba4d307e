package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A heap that many threads use at the same time, and a heap that is closed while they use it. */
class NativeHeapThreadsTest {
    private static final int THREADS = 4;

    @Test
    void blocksOfManyThreadsNeverOverlap() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(256 << 20).open()) {
            everywhere(id -> {
                SplittableRandom random = new SplittableRandom(id);
                long[] pointers = new long[64];
                long[] bytes = new long[64];
                for (int i = 0; i < 30_000; i++) {
                    int slot = random.nextInt(pointers.length);
                    if (pointers[slot] != 0) {
                        assertThat(heap.memory.get(ValueLayout.JAVA_LONG, pointers[slot]))
                                .isEqualTo(id);
                        assertThat(heap.memory.get(ValueLayout.JAVA_LONG_UNALIGNED, pointers[slot] + bytes[slot] - 8))
                                .isEqualTo(id);
                        heap.free(pointers[slot], BlockKind.BUCKET);
                        pointers[slot] = 0;
                    } else {
                        bytes[slot] = 16L + random.nextInt(random.nextInt(10) == 0 ? 200_000 : 2000);
                        pointers[slot] = heap.tryReserve(bytes[slot], BlockKind.BUCKET);
                        heap.commit(pointers[slot], bytes[slot]);
                        heap.memory.set(ValueLayout.JAVA_LONG, pointers[slot], id);
                        heap.memory.set(ValueLayout.JAVA_LONG_UNALIGNED, pointers[slot] + bytes[slot] - 8, id);
                    }
                }
                for (long pointer : pointers) {
                    if (pointer != 0) {
                        heap.free(pointer, BlockKind.BUCKET);
                    }
                }
            });
            assertThat(heap.stats().inUse()).isZero();
            heap.check();
            heap.checkZeroes();
        }
    }

    @Test
    void threadsGetAlreadyClosedIfTheirHeapIsClosed() throws Exception {
        for (int round = 0; round < 20; round++) {
            NativeHeap heap = NativeHeap.builder().shared().maxBytes(64 << 20).open();
            closedUnderItsThreads(heap, heap::close);
        }
    }

    @Test
    void threadsGetAlreadyClosedIfTheArenaOfTheirHeapIsClosed() throws Exception {
        for (int round = 0; round < 20; round++) {
            Arena arena = Arena.ofShared();
            NativeHeap heap =
                    NativeHeap.builder().arena(arena).maxBytes(64 << 20).open();
            closedUnderItsThreads(heap, arena::close);
        }
    }

    private static void closedUnderItsThreads(NativeHeap heap, Runnable close) throws Exception {
        CountDownLatch busy = new CountDownLatch(THREADS - 1);
        everywhere(id -> {
            if (id == 0) {
                busy.await();
                close.run();
                return;
            }
            long operations = 0;
            try {
                while (true) {
                    long small = heap.allocate(128);
                    long large = heap.allocate(500_000);
                    heap.release(large, large + 400_000);
                    heap.free(large);
                    heap.free(small);
                    if (operations++ == 10) {
                        busy.countDown();
                    }
                }
            } catch (IllegalStateException closed) {
                assertThat(closed).hasMessageStartingWith("Already closed");
                assertThat(operations).isGreaterThan(10);
            }
        });
        assertThat(heap.isAlive()).isFalse();
    }

    private interface Work {
        void run(long id) throws Exception;
    }

    private static void everywhere(Work work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> futures = new ArrayList<>();
            for (int id = 0; id < THREADS; id++) {
                long own = id;
                Callable<Object> task = () -> {
                    work.run(own);
                    return own;
                };
                futures.add(executor.submit(task));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }
}
