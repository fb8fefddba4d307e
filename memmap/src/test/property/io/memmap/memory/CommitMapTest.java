package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import io.memmap.format.Mem;
import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/**
 * The commit map, compared with a set of pages. The commits are in one large block between two
 * others. The heap has virtual memory or not.
 */
@Tag("slow")
class CommitMapTest {
    private static final int PAGES = 300;
    private static final int NEIGHBOUR_PAGES = 9;
    /**
     * The pages of a commit are rounded to multiples of this number, if the operating system backs
     * several in one call.
     */
    private static final int AT_A_TIME = 4;

    record Step(boolean release, int from, int bytes) {}

    @Property(tries = 300)
    void commitAndReleaseActLikeASetOfPages(@ForAll("steps") List<Step> steps, @ForAll boolean virtual) {
        try (Arena arena = Arena.ofConfined()) {
            Reservation reservation = Reservation.of(arena, TestAllocators.CAPACITY, false, virtual);
            BlockAllocator heap = new BlockAllocator(reservation);
            long before = heap.allocate(NEIGHBOUR_PAGES * 4096L, BlockKind.BUCKET, false) >>> 12;
            long block = heap.allocate(PAGES * 4096L, BlockKind.BUCKET, false);
            long after = heap.allocate(NEIGHBOUR_PAGES * 4096L, BlockKind.BUCKET, false) >>> 12;
            boolean backs = reservation.back(block, 4096);
            long first = block >>> 12;
            BitSet expected = new BitSet();
            for (Step step : steps) {
                long from = block + step.from;
                long to = Math.min(from + step.bytes, block + PAGES * 4096L);
                int fromPage = (int) ((from >>> 12) - first);
                int toPage = (int) ((to >>> 12) - first);
                if (step.release) {
                    heap.release(from, to);
                    int cleared = from % 4096 == 0 ? fromPage : fromPage + 1;
                    // a sparse file does not take pages back
                    if (reservation.isVirtual() || !reservation.isLazy()) {
                        expected.clear(cleared, Math.max(cleared, toPage));
                    }
                } else {
                    heap.commit(from, to - from);
                    Mem.setByte(heap.memory, from, 1);
                    Mem.setByte(heap.memory, to - 1, 1);
                    if (backs && !expected.get(fromPage)) {
                        int window = (int) (((from >>> 12) & -AT_A_TIME) - first);
                        long end = (((to - 1) >>> 12) + AT_A_TIME) & -AT_A_TIME;
                        expected.set(Math.max(0, window), Math.min(PAGES, (int) (end - first)));
                    }
                    expected.set(fromPage, (int) (((to - 1) >>> 12) - first) + 1);
                }
                heap.check();
                for (int page = 0; page < PAGES; page++) {
                    assertThat(heap.isMarked(first + page)).isEqualTo(expected.get(page));
                }
                for (int page = 0; page < NEIGHBOUR_PAGES; page++) {
                    assertThat(heap.isMarked(before + page) || heap.isMarked(after + page))
                            .isFalse();
                }
            }
            heap.checkZeroes();
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> from = Arbitraries.oneOf(
                Arbitraries.integers().between(0, PAGES * 4096 - 1),
                Arbitraries.integers().between(0, PAGES - 1).map(page -> page * 4096));
        Arbitrary<Integer> bytes = Arbitraries.oneOf(
                Arbitraries.integers().between(1, 200),
                Arbitraries.integers().between(1, 100 * 4096),
                Arbitraries.integers().between(1, PAGES).map(pages -> pages * 4096));
        return Combinators.combine(Arbitraries.of(true, false), from, bytes)
                .as(Step::new)
                .list()
                .ofMaxSize(40);
    }
}
