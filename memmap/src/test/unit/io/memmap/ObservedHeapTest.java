package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.observe.MemStats;
import io.memmap.observe.MemStats.Detail;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Heaps that are hard to observe: heaps without virtual memory, and heaps whose bytes make no
 * sense.
 */
class ObservedHeapTest {
    private static NativeHeap.Builder withoutVirtualMemory() {
        return NativeHeap.builder().maxBytes(1 << 20).virtualMemory(false);
    }

    @Test
    void onlyItsOwnThreadReadsAConfinedHeapWithoutVirtualMemory() {
        int unreadable = MemStats.read().unreadableHeaps();
        try (NativeHeap heap = withoutVirtualMemory().confined().open()) {
            LongLongMap.builder(heap).name("here").make().put(1, 2);
            MemStats own = MemStats.read();
            assertThat(own.unreadableHeaps()).isEqualTo(unreadable);
            assertThat(own.heaps().getLast().maps().getFirst().size()).isEqualTo(1);
            MemStats others = CompletableFuture.supplyAsync(MemStats::read).join();
            assertThat(others.unreadableHeaps()).isEqualTo(unreadable + 1);
            assertThat(others.heaps()).hasSize(own.heaps().size() - 1);
        }
        assertThat(MemStats.read().unreadableHeaps()).isEqualTo(unreadable);
    }

    @Test
    void allThreadsReadASharedHeapWithoutVirtualMemoryAndItsCountsStayAfterItsEnd() {
        long before;
        try (NativeHeap heap = withoutVirtualMemory().shared().open()) {
            before = MemStats.read().allocations();
            heap.allocate(10);
            MemStats seen = CompletableFuture.supplyAsync(MemStats::read).join();
            assertThat(seen.heaps().getLast().inUse()).isEqualTo(16);
        }
        assertThat(MemStats.read().allocations()).isEqualTo(before + 1);
    }

    @Test
    void aDroppedHeapWithoutVirtualMemoryLeavesTheRegistry() {
        long opened = MemStats.read().heapsOpened();
        try (Arena arena = Arena.ofConfined()) {
            withoutVirtualMemory().arena(arena).open();
            assertThat(MemStats.read().heapsOpened()).isEqualTo(opened + 1);
        }
        long closed = MemStats.read().heapsClosed();
        // This ends, because the JVM clears the reference after some collection: no object reaches
        // the segment.
        while (MemStats.read().heapsClosed() == closed) {
            System.gc();
        }
        assertThat(MemStats.read().unreadableHeaps()).isZero();
    }

    /**
     * A stray write can leave any bytes in a header, and a torn read can return them. Neither may
     * cause an exception in the observer.
     */
    @ParameterizedTest
    @EnumSource
    void headersWithRandomBytesAreReadOrLeftOut(Geometry geometry) {
        Random random = new Random(42);
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map =
                    LongLongMap.builder(heap).geometry(geometry).name("name").make();
            for (long key = 0; key < 100; key++) {
                map.put(key, key);
            }
            byte[] sound = new byte[(int) HmapLayout.BYTES];
            Mem.copyOut(heap.memory, map.pointer(), sound, sound.length);
            for (int i = 0; i < 3_000; i++) {
                for (int broken = random.nextInt(1, 8); broken > 0; broken--) {
                    long field = 8L * random.nextInt((int) HmapLayout.BYTES / 8);
                    // this field alone tells whether a block is a header
                    if (field != HmapLayout.EXTRA) {
                        Mem.setLong(heap.memory, map.pointer() + field, random.nextLong() >> random.nextInt(64));
                    }
                }
                MemStats.Heap seen = MemStats.read(Detail.CHAINS).heaps().getLast();
                assertThat(seen.maps().size()).isLessThanOrEqualTo(1);
                Mem.copyIn(sound, 0, heap.memory, map.pointer(), sound.length);
            }
            assertThat(MemStats.read().heaps().getLast().maps()).hasSize(1);
            map.check();
        }
    }

    @Test
    void walksOverTablesWithRandomBytesEnd() {
        Random random = new Random(43);
        for (int i = 0; i < 300; i++) {
            try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).open()) {
                LongLongMap.make(heap).put(1, 2);
                long table = Mem.getLong(heap.memory, 32);
                for (int broken = 0; broken < 20; broken++) {
                    Mem.setLong(heap.memory, table + 64L * random.nextInt(16), random.nextLong() >> random.nextInt(64));
                }
                assertThat(MemStats.read().heaps().getLast().inUse()).isPositive();
            }
        }
    }
}
