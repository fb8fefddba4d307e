package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the maps that a heap finds by name. */
class DirectoryTest {
    private static final StructLayout POINT =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"), ValueLayout.JAVA_LONG.withName("y"));

    record Large(List<Long> words, String text) {}

    private final NativeHeap heap = NativeHeap.builder().maxBytes(64 << 20).open();

    @AfterEach
    void end() {
        heap.check();
        heap.close();
    }

    @Test
    void aMapThatIsOpenedTwiceIsOneMap() {
        LongLongMap.open(heap, "hits").put(404, 1);
        IntIntMap.open(heap, "ints").put(1, 2);
        MemMap.open(heap, "names", Type.UTF8, Type.INT).set("one", 1);
        LongStructMap.open(heap, "points", POINT).put(7, MemorySegment.ofArray(new long[] {1, 2}));

        assertThat(LongLongMap.open(heap, "hits").get(404)).isEqualTo(1);
        assertThat(IntIntMap.open(heap, "ints").get(1)).isEqualTo(2);
        assertThat(MemMap.open(heap, "names", Type.UTF8, Type.INT).get("one")).isEqualTo(1);
        assertThat(LongStructMap.open(heap, "points", POINT).size()).isEqualTo(1);
        assertThat(heap.maps().keySet()).containsExactly("hits", "ints", "names", "points");
    }

    @Test
    void aSecondHeapObjectOverTheSegmentFindsTheMaps() {
        LongLongMap.open(heap, "hits").put(404, 1);
        NativeHeap same = NativeHeap.at(heap.segment());
        assertThat(LongLongMap.open(same, "hits").get(404)).isEqualTo(1);
        assertThat(same.maps()).isEqualTo(heap.maps());
    }

    @Test
    void theListHasTypeSizeBytesAndPointer() {
        LongLongMap hits = LongLongMap.open(heap, "hits");
        hits.put(1, 1);
        hits.put(2, 1);
        assertThat(heap.maps())
                .containsExactly(java.util.Map.entry(
                        "hits",
                        new MapInfo("hits", "map[long]long", 2, hits.stats().bytes(), 0, hits.pointer())));
        assertThatThrownBy(() -> heap.maps().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aHeapWithoutNamesHasNoDirectory() {
        LongLongMap.builder(heap).name("label").make();
        assertThat(heap.maps()).isEmpty();
        assertThat(heap.remove("label")).isFalse();
        assertThat(heap.directory()).isZero();
    }

    @Test
    void anotherTypeIsRefusedWithBothNames() {
        LongLongMap.open(heap, "hits").put(1, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IntIntMap.open(heap, "hits"))
                .withMessage("the map named hits is a map[long]long, not a map[int]int: open it as what it is");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.open(heap, "hits", Type.UTF8, Type.LONG))
                .withMessageContaining("map[long]long")
                .withMessageContaining("map[utf8]long");
        assertThat(LongLongMap.open(heap, "hits").get(1)).isEqualTo(1);
    }

    @Test
    void aNameMustNotBeEmpty() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.open(heap, ""))
                .withMessageContaining("at least one character");
        assertThatIllegalStateException()
                .isThrownBy(() -> LongLongMap.builder(heap).open())
                .withMessageContaining("call name(...)");
    }

    @Test
    void theSettingsOfTheBuilderCountForANewMapOnly() {
        LongLongMap first = LongLongMap.builder(heap)
                .name("hits")
                .hint(10_000)
                .geometry(Geometry.GO)
                .open();
        LongLongMap second = LongLongMap.builder(heap).name("hits").open();
        assertThat(second).isEqualTo(first);
        assertThat(second.bucketLayout).isEqualTo(first.bucketLayout);
    }

    @Test
    void aFreedMapLosesItsName() {
        LongLongMap hits = LongLongMap.open(heap, "hits");
        hits.put(1, 1);
        hits.free();
        assertThat(heap.maps()).isEmpty();
        assertThat(LongLongMap.open(heap, "hits").size()).isZero();
        hits.free();
        assertThat(heap.maps()).hasSize(1);
    }

    @Test
    void aMapIsRemovedWithAllItsBlocks() {
        LongLongMap.open(heap, "other");
        long before = bytesBesideTheDirectory();
        LongLongMap.open(heap, "go").put(1, 1);
        LongLongMap.builder(heap).name("long").geometry(Geometry.LINE).open().put(1, 1);
        IntIntMap.open(heap, "int").put(1, 1);
        LongStructMap.open(heap, "points", POINT).put(7, MemorySegment.ofArray(new long[] {1, 2}));
        var large = MemMap.open(heap, "large", Type.INT, Type.record(Large.class));
        var strings = MemMap.open(heap, "strings", Type.UTF8, Type.UTF8);
        var keys = MemMap.open(heap, "keys", Type.UTF8, Type.LONG);
        var outside = MemMap.open(
                heap,
                "outside",
                Type.LONG,
                Type.struct(MemoryLayout.structLayout(
                        MemoryLayout.sequenceLayout(300, ValueLayout.JAVA_BYTE).withName("bytes"))));
        for (int i = 0; i < 1000; i++) {
            large.set(i, new Large(Collections.nCopies(i % 100, 7L), "text " + i));
            strings.set("key " + i, i % 3 == 0 ? "" : "value".repeat(i % 50));
            keys.set("key " + i, (long) i);
            outside.set((long) i, MemorySegment.ofArray(new byte[300]));
        }
        for (String name : heap.maps().keySet()) {
            if (!name.equals("other")) {
                assertThat(heap.remove(name)).isTrue();
            }
        }
        assertThat(heap.maps().keySet()).containsExactly("other");
        assertThat(large.isNil()).isTrue();
        heap.remove("other");
        assertThat(bytesBesideTheDirectory()).isLessThan(before);
        assertThat(heap.remove("large")).isFalse();
    }

    /** The array of the directory grows with the names, by as much as their hashes want. */
    private long bytesBesideTheDirectory() {
        return heap.stats().inUse() - new ListedMap(heap.memory, heap.directory()).bytes();
    }

    @Test
    void aMapForWhoseNameThereIsNoRoomIsNotMade() {
        for (int i = 1; ; i++) {
            heap.failAllocation(i);
            try {
                LongLongMap.builder(heap).name("hits").hint(100).open();
                break;
            } catch (HeapExhaustedException expected) {
                assertThat(heap.maps()).isEmpty();
                heap.check();
            }
        }
        heap.failAllocation(0);
        assertThat(heap.maps().keySet()).containsExactly("hits");
        heap.remove("hits");
        // what is left is the directory alone
        assertThat(heap.stats().header()).isEqualTo(256);
    }

    @Test
    void threadsThatOpenTheSameNameGetOneMap() throws Exception {
        try (NativeHeap shared =
                        NativeHeap.builder().shared().maxBytes(64 << 20).open();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 50; round++) {
                String name = "map " + round;
                List<Callable<LongLongMap>> tasks = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    tasks.add(() -> LongLongMap.open(shared, name));
                }
                assertThat(threads.invokeAll(tasks).stream()
                                .map(f -> f.resultNow())
                                .distinct())
                        .hasSize(1);
            }
            assertThat(shared.maps()).hasSize(50);
            shared.check();
        }
    }

    @Test
    void aBrokenEntryOfTheDirectoryIsRefused() {
        LongLongMap hits = LongLongMap.open(heap, "hits");
        MemMap<String, Long> names = MemMap.at(heap, heap.directory(), Type.UTF8, Type.LONG);
        names.set("hits", hits.pointer() + 16);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.open(heap, "hits"))
                .withMessageContaining("the map named hits is broken")
                .withMessageContaining("not a map of this heap");
        assertThatIllegalStateException().isThrownBy(heap::check).withMessageContaining("the directory is broken");
        names.set("hits", hits.pointer());
    }

    @Test
    void aClosedHeapOpensNoMap() {
        NativeHeap closed = NativeHeap.builder().maxBytes(1 << 20).open();
        LongLongMap.open(closed, "hits");
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> LongLongMap.open(closed, "hits"));
        assertThatIllegalStateException().isThrownBy(closed::maps);
        assertThatIllegalStateException().isThrownBy(() -> closed.remove("hits"));
    }
}
