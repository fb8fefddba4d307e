package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Maps as values: Go's {@code map[K1]map[K2]V}. */
class NestedMapTest extends MemMapTestBase {
    private static final Type<MemMap<String, Integer>> COUNTS = Type.map(Type.UTF8, Type.INT);

    private MemMap<String, MemMap<String, Integer>> outer;

    private MemMap<String, MemMap<String, Integer>> outer() {
        if (outer == null) {
            outer = make(Type.UTF8, COUNTS);
        }
        return outer;
    }

    /** An inner map, for a test that frees it. */
    private MemMap<String, Integer> inner() {
        return builder(Type.UTF8, Type.INT).make();
    }

    // -------------------------------------------------------------------------------------- access

    @Test
    void computeIfAbsentMakesTheInnerMap() {
        for (int n = 0; n < 1000; n++) {
            outer().computeIfAbsent("outer " + n % 30, key -> inner()).merge("inner " + n % 7, n, Integer::sum);
        }
        assertThat(outer().size()).isEqualTo(30);
        Map<String, Map<String, Integer>> expected = new HashMap<>();
        for (int n = 0; n < 1000; n++) {
            expected.computeIfAbsent("outer " + n % 30, key -> new HashMap<>())
                    .merge("inner " + n % 7, n, Integer::sum);
        }
        outer().forEach((key, inner) -> {
            inner.check();
            assertThat(inner.asMap()).isEqualTo(expected.get(key));
        });
        outer().freeDeep();
    }

    @Test
    void getReturnsAHandleOfTheSameInnerMap() {
        MemMap<String, Integer> inner = keep(inner());
        outer().put("a", inner);
        outer().put("b", inner);
        outer().get("a").put("x", 1);
        assertThat(outer().get("b").get("x")).isEqualTo(1);
        assertThat(inner.get("x")).isEqualTo(1);
        assertThat(outer().get("a")).isNotSameAs(inner).isEqualTo(inner);
        assertThat(outer().remove("a").pointer()).isEqualTo(inner.pointer());
        assertThat(inner.get("x"))
                .as("the outer entry is gone, but the inner map is still there")
                .isEqualTo(1);
    }

    @Test
    void innerMapsHaveTheirOwnGeometry() {
        for (Geometry each : BucketGeometries.ALL) {
            outer().put(
                            each.name(),
                            keep(MemMap.builder(heap, Type.UTF8, Type.INT)
                                    .geometry(each)
                                    .make()));
            MemMap<String, Integer> inner = outer().get(each.name());
            for (int n = 0; n < 100; n++) {
                inner.put("key " + n, n);
            }
            assertThat(inner.bucketLayout.geometry()).isEqualTo(each.code());
            assertThat(outer().get(each.name()).size()).isEqualTo(100);
        }
    }

    @Test
    void theNilMapCanBeAValue() {
        assertThat(outer().put("a", MemMap.nil())).isNull();
        MemMap<String, Integer> nil = outer().get("a");
        assertThat(nil).isNotNull().hasToString("map[utf8]int nil");
        assertThat(nil.isNil()).isTrue();
        assertThat(nil.get("x")).isNull();
        assertThatExceptionOfType(NilMapException.class)
                .isThrownBy(() -> nil.put("x", 1))
                .withMessage("assignment to entry in nil map: make a map first");
        assertThat(outer().containsKey("a")).isTrue();
        outer().freeDeep();
    }

    /**
     * A handle equals every other handle of the same map. So the views of values find a map that
     * get has returned.
     */
    @Test
    void theViewOfAMapOfMapsIsLive() {
        Map<String, MemMap<String, Integer>> view = outer().asMap();
        List<Long> pointers = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            MemMap<String, Integer> inner = keep(inner());
            pointers.add(inner.pointer());
            assertThat(view.put("key " + n, inner)).isNull();
        }
        assertThat(view.values().stream().map(MemMap::pointer)).containsExactlyInAnyOrderElementsOf(pointers);
        assertThat(view.get("key 3").pointer()).isEqualTo(pointers.get(3));
        assertThat(view.containsValue(view.get("key 3"))).isTrue();
        assertThat(view.containsValue(keep(inner()))).isFalse();
        for (Map.Entry<String, MemMap<String, Integer>> entry : view.entrySet()) {
            if (entry.getKey().equals("key 3")) {
                assertThat(entry.setValue(view.get("key 4")).pointer()).isEqualTo(pointers.get(3));
            }
        }
        assertThat(outer().get("key 3").pointer()).isEqualTo(pointers.get(4));
        view.values().removeIf(inner -> inner.pointer() == pointers.get(4));
        assertThat(view).hasSize(18).doesNotContainKeys("key 3", "key 4");
        assertThat(view.remove("key 5").pointer()).isEqualTo(pointers.get(5));
        view.keySet().clear();
        assertThat(outer().isEmpty()).isTrue();
    }

    // ------------------------------------------------------------------------------------ refusals

    @Test
    void mapsCannotBeKeys() {
        for (Runnable attempt : List.<Runnable>of(
                () -> MemMap.make(heap, COUNTS, Type.INT),
                () -> MemMap.make(heap, COUNTS, Type.INT, 100),
                () -> MemMap.builder(heap, COUNTS, Type.INT),
                () -> Type.map(COUNTS, Type.INT))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(attempt::run)
                    .withMessage("maps cannot be keys: map[utf8]int");
        }
    }

    @Test
    void aMapOfAnotherHeapCannotBeAValue() {
        try (NativeHeap other = openHeap()) {
            MemMap<String, Integer> foreign = MemMap.make(other, Type.UTF8, Type.INT);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> outer().put("a", foreign))
                    .withMessage(
                            "a map of another heap cannot be a value: map[utf8]int@" + foreign.pointer() + " size 0");
        }
        assertThat(outer().isEmpty()).isTrue();
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // a mistake that a caller can make
    void aMapOfAnotherTypeCannotBeAValue() {
        MemMap<String, Long> longs = make(Type.UTF8, Type.LONG);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> outer().put("a", (MemMap) longs))
                .withMessage("a value must be a map[utf8]int: map[utf8]long@" + longs.pointer() + " size 0");
        assertThat(outer().isEmpty()).isTrue();
    }

    // ---------------------------------------------------------------------------------- freed maps

    @Test
    void aFreedInnerMapReadsAsFreed() {
        MemMap<String, Integer> inner = inner();
        inner.put("x", 1);
        outer().put("a", inner);
        inner.free();
        assertFreed(outer().get("a"), inner.pointer());
        outer().forEach((key, value) -> assertFreed(value, inner.pointer()));
    }

    @Test
    void aFreedInnerMapStaysFreedWhenAnotherMapTakesItsPlace() {
        MemMap<String, Integer> inner = inner();
        outer().put("a", inner);
        inner.free();
        MemMap<String, Integer> next = keep(inner());
        next.put("y", 2);
        assertThat(next.pointer()).as("the next map has the same header block").isEqualTo(inner.pointer());

        assertFreed(outer().get("a"), inner.pointer());
        outer().put("b", inner); // a stale handle
        assertFreed(outer().get("b"), inner.pointer());
        outer().put("c", next);
        assertThat(outer().get("c").get("y")).isEqualTo(2);
    }

    private static void assertFreed(MemMap<String, Integer> handle, long pointer) {
        assertThat(handle.isNil()).isTrue();
        assertThat(handle.get("x")).isNull();
        assertThat(handle.size()).isZero();
        assertThat(handle).hasToString("map[utf8]int freed@" + pointer);
        assertThatExceptionOfType(NilMapException.class)
                .isThrownBy(() -> handle.put("x", 1))
                .withMessage("assignment to entry in freed map (pointer " + pointer + "): make a map first");
    }

    // ------------------------------------------------------------------------------------- freeing

    @Test
    void freeKeepsTheInnerMaps() {
        MemMap<String, Integer> inner = keep(inner());
        inner.put("x", 1);
        outer().put("a", inner);
        outer().put("a", MemMap.nil());
        outer().put("b", inner);
        outer().delete("b");
        outer().put("c", inner);
        outer().clear();
        outer().put("d", inner);
        outer().free();
        assertThat(inner.get("x")).isEqualTo(1);
    }

    @Test
    void freeDeepFreesMapsOfMapsOfMaps() {
        Type<MemMap<Integer, MemMap<String, Integer>>> middleType = Type.map(Type.INT, COUNTS);
        assertThat(middleType).hasToString("map[int]map[utf8]int");
        MemMap<Long, MemMap<Integer, MemMap<String, Integer>>> top = make(Type.LONG, middleType);
        List<MemMap<?, ?>> all = new ArrayList<>();
        for (long i = 0; i < 20; i++) {
            MemMap<Integer, MemMap<String, Integer>> middle =
                    top.computeIfAbsent(i, key -> builder(Type.INT, COUNTS).make());
            all.add(middle);
            for (int j = 0; j < 10; j++) {
                MemMap<String, Integer> bottom = middle.computeIfAbsent(j, key -> inner());
                bottom.put("a text that lies in a block", j);
                all.add(bottom);
            }
        }
        top.freeDeep();
        assertThat(all).hasSize(220).allMatch(MemMap::isNil);
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void freeDeepFreesASharedInnerMapOnce() {
        MemMap<String, Integer> shared = inner();
        shared.put("x", 1);
        Type<MemMap<String, MemMap<String, Integer>>> outerType = Type.map(Type.UTF8, COUNTS);
        MemMap<Integer, MemMap<String, MemMap<String, Integer>>> top = make(Type.INT, outerType);
        for (int n = 0; n < 10; n++) {
            outer().put("key " + n, shared);
            top.put(n, outer());
        }
        MemMap<String, MemMap<String, Integer>> second =
                builder(Type.UTF8, COUNTS).make();
        second.put("also", shared);
        second.put("nothing", MemMap.nil());
        top.put(10, second);
        top.put(11, MemMap.nil());

        top.freeDeep();
        assertThat(shared.isNil()).isTrue();
        assertThat(heap.stats().inUse()).isZero();
        top.freeDeep();
        MemMap.<Integer, MemMap<Integer, Integer>>nil().freeDeep();
    }

    @Test
    void freeDeepOfAFreedMapKeepsTheMapThatTookItsPlace() {
        MemMap<String, MemMap<String, Integer>> stale =
                builder(Type.UTF8, COUNTS).make();
        MemMap<String, Integer> inner = keep(inner());
        stale.free();
        MemMap<String, MemMap<String, Integer>> next = make(Type.UTF8, COUNTS);
        assertThat(next.pointer()).as("the next map has the same header block").isEqualTo(stale.pointer());
        next.put("a", inner);
        stale.freeDeep();
        assertThat(inner.isNil()).isFalse();
        assertThat(next.get("a").isNil()).isFalse();
    }

    @Test
    void freeDeepFreesAMapWithoutInnerMaps() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        map.put("a", new byte[1000]);
        map.freeDeep();
        assertThat(map.isNil()).isTrue();
        assertThat(heap.stats().inUse()).isZero();
    }
}
