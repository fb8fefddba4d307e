package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.NativeHeap;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.MemStats;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The twin's heaps, as the observers of memmap show them. */
class ObservedTwinTest {
    @Test
    void aHeapOfTheTwinIsCountedWhileItLives() {
        MemStats before = MemStats.read();
        try (UnsafeHeap heap = UnsafeHeap.builder().maxBytes(64 << 20).open()) {
            UnsafeLongLongMap map = UnsafeLongLongMap.make(heap);
            for (long key = 0; key < 1000; key++) {
                map.put(key, key);
            }
            MemStats.Heap seen = MemStats.read().heaps().getLast();
            assertThat(seen.inUse()).isEqualTo(heap.stats().inUse()).isPositive();
            assertThat(seen.growths()).isEqualTo(map.stats().doublings());
            assertThat(seen.maps()).isEmpty();
            assertThat(seen.mapsComplete()).isFalse();
        }
        MemStats after = MemStats.read();
        assertThat(after.heaps()).hasSameSizeAs(before.heaps());
        assertThat(after.heapsOpened() - before.heapsOpened()).isEqualTo(1);
        assertThat(after.heapsClosed() - before.heapsClosed()).isEqualTo(1);
    }

    @Test
    void memoryWithTwoHeapObjectsIsCountedOnce() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(64 << 20).open()) {
            MemStats before = MemStats.read();
            UnsafeHeap twin = UnsafePointers.twin(heap);
            NativeHeap again = UnsafePointers.checked(twin);
            again.allocate(100);
            MemStats now = MemStats.read();
            assertThat(now.heapsOpened()).isEqualTo(before.heapsOpened());
            assertThat(now.inUse() - before.inUse()).isEqualTo(112);
        }
    }

    @Test
    void theStackOfATwinsSampleStartsWithTheCaller() {
        try (UnsafeHeap heap =
                UnsafeHeap.builder().maxBytes(64 << 20).profileEvery(1).open()) {
            heap.allocate(64);
            String label = "heap-" + MemStats.read().heaps().getLast().id();
            List<HeapProfile.Site> sites = HeapProfile.take().sites().stream()
                    .filter(site -> site.heap().equals(label))
                    .toList();
            assertThat(sites).hasSize(1);
            assertThat(sites.getFirst().inUseBytes()).isEqualTo(64);
            // This class is in the library's package. So the first frame that counts is that of its
            // caller.
            assertThat(sites.getFirst().stack().getFirst().getClassName()).doesNotStartWith("io.memmap");
        }
    }
}
