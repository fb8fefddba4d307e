package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.HeapStats;
import io.memmap.LongLongMap;
import io.memmap.MapStats;
import io.memmap.NativeHeap;
import io.memmap.observe.MemStats.Detail;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * The figures that observers read equal those of the heap and its maps, whatever operations were
 * done.
 */
@Tag("slow")
class MemStatsPropertyTest {
    @Property(tries = 200)
    void snapshotsAgreeWithTheHeapAndItsMaps(@ForAll @Size(max = 40) List<@IntRange(max = 999) Integer> steps) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            List<LongLongMap> maps = new ArrayList<>();
            for (int step : steps) {
                act(heap, maps, step % 7, step / 7);
                agree(heap, maps, MemStats.read(Detail.CHAINS).heaps().getLast());
            }
            heap.check();
        }
    }

    private static void act(NativeHeap heap, List<LongLongMap> maps, int action, int number) {
        if (action == 0 || maps.isEmpty()) {
            maps.add(LongLongMap.builder(heap)
                    .hint(number)
                    .name(number % 2 == 0 ? "" : "map " + number)
                    .make());
            return;
        }
        LongLongMap map = maps.get(number % maps.size());
        switch (action) {
            case 1, 2 -> {
                for (long key = 0; key < 10L * number; key++) {
                    map.put(key, number);
                }
            }
            case 3 -> {
                for (long key = 0; key < 10L * number; key++) {
                    map.remove(key);
                }
            }
            case 4 -> map.clear();
            case 5 -> {
                if (number % 2 == 0) {
                    map.shrink();
                } else {
                    map.reserve(5L * number);
                }
            }
            default -> {
                map.free();
                maps.remove(map);
            }
        }
    }

    private static void agree(NativeHeap heap, List<LongLongMap> maps, MemStats.Heap seen) {
        HeapStats own = heap.stats();
        assertThat(seen.inUse()).isEqualTo(own.inUse());
        assertThat(seen.objects()).isEqualTo(own.blocks()).isEqualTo(seen.allocations() - seen.frees());
        assertThat(seen.mapsComplete()).isTrue();
        List<LongLongMap> byPointer = maps.stream()
                .sorted(Comparator.comparingLong(LongLongMap::pointer))
                .toList();
        assertThat(seen.maps()).hasSameSizeAs(byPointer);
        long inUse = 0;
        for (int i = 0; i < byPointer.size(); i++) {
            MemStats.Map map = seen.maps().get(i);
            MapStats stats = byPointer.get(i).stats();
            assertThat(map.pointer()).isEqualTo(byPointer.get(i).pointer());
            assertThat(map.name()).isEqualTo(byPointer.get(i).name());
            assertThat(map.size()).isEqualTo(stats.size());
            assertThat(map.buckets()).isEqualTo(stats.buckets());
            assertThat(map.overflowBuckets()).isEqualTo(stats.overflowBuckets());
            assertThat(map.growing()).isEqualTo(stats.growing());
            assertThat(map.longestChain()).isEqualTo(stats.longestChain());
            assertThat(map.growths()).isEqualTo(stats.doublings() + stats.sameSizeGrowths());
            assertThat(map.shrinks()).isEqualTo(stats.shrinks());
            assertThat(map.inUse()).isGreaterThanOrEqualTo(stats.bytes());
            assertThat(map.overflowShare()).isBetween(0.0, 1.0);
            if (!stats.growing()) {
                assertThat(map.inUse()).isEqualTo(stats.bytes());
            }
            inUse += stats.bytes();
        }
        assertThat(inUse).isEqualTo(own.inUse());
    }
}
