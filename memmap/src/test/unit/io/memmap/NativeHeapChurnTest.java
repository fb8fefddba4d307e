package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The test allocates and frees a million blocks of all sizes and kinds. */
@Tag("slow")
class NativeHeapChurnTest {
    private static final int OPERATIONS = 1_000_000;
    private static final int CHECKS = 20;
    private static final int SLOTS = 20_000;
    private static final long SEED = 20261122;
    private static final BlockKind[] KINDS = BlockKind.values();

    @ParameterizedTest
    @EnumSource(Pages.class)
    void bytesInUseReturnToZeroAndCommittedBytesStayNearThem(Pages pages) {
        try (NativeHeap heap =
                NativeHeap.builder().pages(pages).maxBytes(2L << 30).open()) {
            HeapStats empty = heap.stats();
            SplittableRandom random = new SplittableRandom(SEED);
            long[] pointers = new long[SLOTS];
            BlockKind[] kinds = new BlockKind[SLOTS];
            double worst = 0;
            for (int operation = 1; operation <= OPERATIONS; operation++) {
                int slot = random.nextInt(SLOTS);
                if (pointers[slot] != 0) {
                    heap.free(pointers[slot], kinds[slot]);
                    pointers[slot] = 0;
                } else {
                    kinds[slot] = KINDS[random.nextInt(KINDS.length)];
                    pointers[slot] = heap.tryAllocate(bytes(random), kinds[slot]);
                    assertThat(pointers[slot]).isNotZero();
                }
                if (operation % (OPERATIONS / CHECKS) == 0) {
                    heap.check();
                    HeapStats stats = heap.stats();
                    double fragmentation = (double) stats.committed() / stats.inUse();
                    // from now on it frees as many blocks as it allocates
                    if (operation > OPERATIONS / 4) {
                        worst = Math.max(worst, fragmentation);
                    }
                }
            }
            System.out.printf(
                    "%s, seed %d: committed / in use at most %.3f, at the end of the churn %s%n",
                    pages, SEED, worst, heap.stats());
            assertThat(worst).isLessThan(pages == Pages.SMALL ? 1.35 : 2);
            for (int slot = 0; slot < SLOTS; slot++) {
                if (pointers[slot] != 0) {
                    heap.free(pointers[slot], kinds[slot]);
                }
            }
            heap.check();
            HeapStats end = heap.stats();
            assertThat(end.inUse()).isEqualTo(empty.inUse());
            assertThat(end.committed() - end.metadata())
                    .isLessThanOrEqualTo(pages == Pages.SMALL ? 320 << 10 : 4 << 20);
        }
    }

    /** Most blocks are small, and large blocks hold most of the bytes. */
    private static long bytes(SplittableRandom random) {
        int dice = random.nextInt(1000);
        if (dice < 900) {
            return 1L + random.nextInt(512);
        }
        return dice < 990 ? 1L + random.nextInt(16_384) : 1L + random.nextInt(1 << 20);
    }
}
