package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.HmapLayout;
import java.lang.foreign.MemorySegment;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Copies of a map, which Go calls maps.Clone (go:clone), and the comparison of contents, which Go
 * calls maps.Equal.
 */
class CopyTest extends MemMapTestBase {
    private NativeHeap otherHeap;

    @BeforeEach
    void openOther() {
        otherHeap = openHeap();
    }

    @AfterEach
    void closeOther() {
        otherHeap.checkZeroes();
        assertThat(otherHeap.stats().inUse()).isZero();
        otherHeap.close();
    }

    static Stream<TypeUnderTest<?>> keys() {
        return TypeUnderTest.keys();
    }

    // -------------------------------------------------------------------------------------- copies

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    <T> void aCopyInTheSameOrAnotherHeapHasTheSameEntries(TypeUnderTest<T> tested) {
        MemMap<T, T> map = make(tested.type(), tested.type());
        for (int n = 0; n < Math.min(300, tested.count()); n++) {
            map.put(tested.get(n), tested.get(n + 1));
        }
        if (tested.type() == Type.pointer()) {
            assertRefused(map);
            return;
        }
        for (NativeHeap target : new NativeHeap[] {heap, otherHeap}) {
            MemMap<T, T> copy = map.copy(target);
            copy.check();
            assertThat(copy.heap).isSameAs(target);
            assertThat(copy.pointer()).isNotEqualTo(target == heap ? map.pointer() : 0);
            assertThat(copy.contentEquals(map)).isTrue();
            assertThat(map.contentEquals(copy)).isTrue();
            copy.free();
        }
    }

    @Test
    void aCopyTakenWhileTheMapGrowsOrShrinksIsComplete() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        Map<String, Integer> model = new HashMap<>();
        int whileGrowing = 0;
        for (int n = 0; n < 700; n++) {
            map.put("key " + n, n);
            model.put("key " + n, n);
            whileGrowing += map.isGrowing() && n % 3 == 0 ? assertCopyHolds(map, model) : 0;
        }
        int whileShrinking = 0;
        for (int n = 0; n < 700; n++) {
            map.delete("key " + n);
            model.remove("key " + n);
            whileShrinking += map.isGrowing() ? assertCopyHolds(map, model) : 0;
        }
        assertThat(whileGrowing).isPositive();
        assertThat(whileShrinking).isPositive();
    }

    private int assertCopyHolds(MemMap<String, Integer> map, Map<String, Integer> model) {
        MemMap<String, Integer> copy = map.copy(otherHeap);
        copy.check();
        map.check();
        assertThat(copy.asMap()).isEqualTo(model);
        copy.free();
        return 1;
    }

    @Test
    void aCopyIsIndependentOfItsOriginal() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        for (int n = 0; n < 100; n++) {
            map.put("key " + n, new byte[] {(byte) n});
        }
        MemMap<String, byte[]> copy = keep(map.copy(heap));
        map.update("key 1", value -> value.fill((byte) -1));
        map.put("key 2", new byte[] {-2});
        map.delete("key 3");
        copy.put("new", new byte[0]);
        copy.update("key 4", value -> value.fill((byte) -4));

        assertThat(copy.get("key 1")).containsExactly(1);
        assertThat(copy.get("key 2")).containsExactly(2);
        assertThat(copy.get("key 3")).containsExactly(3);
        assertThat(map.get("key 4")).containsExactly(4);
        assertThat(map.containsKey("new")).isFalse();
        map.free();
        assertThat(copy.size()).isEqualTo(101);
        assertThat(copy.get("key 99")).containsExactly(99);
    }

    @Test
    void aCopyHasTheSettingsOfItsOriginal() {
        for (boolean autoShrink : new boolean[] {false, true}) {
            MemMap<Integer, Integer> map = keep(builder(Type.INT, Type.INT)
                    .autoShrink(autoShrink)
                    .name("Größen")
                    .make());
            MemMap<Integer, Integer> copy = map.copy(otherHeap);
            assertThat(copy.name()).isEqualTo("Größen");
            assertThat(copy.bucketLayout).isEqualTo(map.bucketLayout);
            assertThat(copy.isEmpty()).isTrue();
            for (int n = 0; n < 1000; n++) {
                copy.put(n, n);
            }
            for (int n = 0; n < 1000; n++) {
                copy.delete(n);
            }
            assertThat(copy.stats().shrinks() > 0).isEqualTo(autoShrink);
            copy.free();
        }
    }

    @Test
    void aCopyShrinksByItselfOnlyAsFarAsItsOriginal() {
        MemMap<Integer, Integer> map = make(Type.INT, Type.INT);
        map.reserve(2000);
        for (int n = 0; n < 1500; n++) {
            map.put(n, n);
        }
        MemMap<Integer, Integer> copy = keep(map.copy(heap));
        assertThat(b(copy)).isLessThanOrEqualTo(b(map));
        int b = b(copy);
        for (int n = 0; n < 1500; n++) {
            copy.delete(n);
        }
        assertThat(b(copy)).isEqualTo(b);
        assertThat(copy.stats().shrinks()).isZero();
    }

    @Test
    void aCopyOfANilOrFreedMapIsNil() {
        assertThat(MemMap.<Long, Long>nil().copy(heap).isNil()).isTrue();
        MemMap<Long, Long> freed = builder(Type.LONG, Type.LONG).make();
        freed.free();
        assertThat(freed.copy(heap)).hasToString("map[long]long nil");
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void pointersAreNotCopiedToAnotherHeap() {
        MemMap<Integer, Long> pointers = make(Type.INT, Type.pointer());
        assertRefused(pointers);
        assertRefused(make(Type.pointer(), Type.INT));
        MemMap<Integer, MemMap<Integer, Integer>> maps = make(Type.INT, Type.map(Type.INT, Type.INT));
        assertRefused(maps);

        MemMap<Integer, Integer> inner = make(Type.INT, Type.INT);
        maps.put(1, inner);
        pointers.put(1, 77L);
        assertThat(keep(maps.copy(heap)).get(1).pointer()).isEqualTo(inner.pointer());
        assertThat(keep(pointers.copy(heap)).get(1)).isEqualTo(77);
    }

    private void assertRefused(MemMap<?, ?> map) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.copy(otherHeap))
                .withMessage("a " + map.type + " cannot be copied to another heap: its pointers refer to this heap");
    }

    @Test
    void aCopyThatFindsNoMemoryLeavesNothing() {
        MemMap<String, MemorySegment> map = keep(builder(Type.UTF8, Type.struct(TypeUnderTest.bytes(200)))
                .name("a name")
                .make());
        for (int n = 0; n < 40; n++) {
            map.put("key " + n, TypeUnderTest.filled(200, n));
        }
        int failures = 0;
        for (MemMap<String, MemorySegment> copy = null; copy == null; ) {
            otherHeap.failAllocation(++failures);
            try {
                copy = map.copy(otherHeap);
                assertThat(copy.contentEquals(map)).isTrue();
                copy.free();
            } catch (HeapExhaustedException e) {
                assertThat(otherHeap.stats().inUse())
                        .as("allocation %d failed", failures)
                        .isZero();
            }
        }
        assertThat(failures)
                .as("failed allocations: header, name, type, array and 40 blocks")
                .isGreaterThan(44);
        otherHeap.failAllocation(0);
    }

    @Test
    void aMapThatIsBeingWrittenIsNotCopied() {
        MemMap<Integer, Integer> map = make(Type.INT, Type.INT);
        map.put(1, 1);
        map.setState(map.state() | HmapLayout.WRITING);
        assertThatExceptionOfType(ConcurrentModificationException.class)
                .isThrownBy(() -> map.copy(heap))
                .withMessageStartingWith("concurrent map clone and map write: ");
        map.setState(map.state() & ~HmapLayout.WRITING);
    }

    // ------------------------------------------------------------------------------------ contents

    @Test
    void contentsAreEqualWhateverTheOrderGeometryAndHeap() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        for (int n = 0; n < 500; n++) {
            map.put("key " + n, new byte[n % 50]);
        }
        for (Geometry each : BucketGeometries.ALL) {
            MemMap<String, byte[]> other = MemMap.builder(otherHeap, Type.UTF8, Type.BYTES)
                    .geometry(each)
                    .hint(5000)
                    .make();
            for (int n = 499; n >= 0; n--) {
                assertThat(map.contentEquals(other)).isFalse();
                other.put("key " + n, new byte[n % 50]);
            }
            assertThat(map.contentEquals(other)).isTrue();
            assertThat(other.contentEquals(map)).isTrue();
            other.free();
        }
    }

    @Test
    void aDifferentKeyOrValueMakesContentsUnequal() {
        MemMap<Long, String> map = make(Type.LONG, Type.UTF8);
        map.put(1L, "one");
        map.put(2L, "two");
        MemMap<Long, String> other = keep(map.copy(heap));
        assertThat(map.contentEquals(map)).isTrue();
        other.put(2L, "TWO");
        assertThat(map.contentEquals(other)).isFalse();
        other.put(2L, "two!");
        assertThat(map.contentEquals(other)).isFalse();
        other.delete(2L);
        assertThat(map.contentEquals(other)).as("a copy with fewer entries").isFalse();
        assertThat(other.contentEquals(map)).as("a copy with more entries").isFalse();
        other.put(3L, "two");
        assertThat(map.contentEquals(other)).as("a copy with another key").isFalse();
    }

    record Point(float x, double y) {}

    @Test
    void zerosAreEqualAndNansAreUnequal() {
        assertZerosAreEqualAndNanIsNot(Type.DOUBLE, 0.0, -0.0, Double.NaN);
        assertZerosAreEqualAndNanIsNot(Type.FLOAT, 0f, -0f, Float.NaN);
        assertZerosAreEqualAndNanIsNot(
                Type.record(Point.class), new Point(-0f, 0), new Point(0, -0.0), new Point(1, Double.NaN));
    }

    private <T> void assertZerosAreEqualAndNanIsNot(Type<T> type, T zero, T otherZero, T nan) {
        MemMap<T, T> map = make(type, type);
        MemMap<T, T> other = make(type, type);
        map.put(zero, zero);
        other.put(otherZero, otherZero);
        assertThat(map.contentEquals(other)).isTrue();
        assertThat(map.contentEquals(map)).isTrue();

        other.put(zero, nan);
        assertThat(map.contentEquals(other)).isFalse();
        assertThat(other.contentEquals(other)).as("a NaN as value").isFalse();
        map.put(nan, zero);
        assertThat(map.contentEquals(map)).as("a NaN as key").isFalse();
        assertThat(map.contentEquals(keep(map.copy(heap)))).isFalse();
    }

    @Test
    void nilAndFreedMapsEqualEmptyMaps() {
        MemMap<Long, Long> empty = make(Type.LONG, Type.LONG);
        MemMap<Long, Long> one = make(Type.LONG, Type.LONG);
        one.put(0L, 0L);
        MemMap<Long, Long> freed = builder(Type.LONG, Type.LONG).make();
        freed.put(1L, 1L);
        freed.free();
        for (MemMap<Long, Long> none : List.of(MemMap.<Long, Long>nil(), freed, empty)) {
            assertThat(none.contentEquals(empty)).isTrue();
            assertThat(empty.contentEquals(none)).isTrue();
            assertThat(none.contentEquals(one)).isFalse();
            assertThat(one.contentEquals(none)).isFalse();
        }
    }

    @Test
    void innerMapsAreEqualOnlyIfTheyAreTheSameMap() {
        MemMap<Integer, MemMap<Integer, Integer>> map = make(Type.INT, Type.map(Type.INT, Type.INT));
        MemMap<Integer, MemMap<Integer, Integer>> other = make(Type.INT, Type.map(Type.INT, Type.INT));
        MemMap<Integer, Integer> inner = make(Type.INT, Type.INT);
        MemMap<Integer, Integer> twin = make(Type.INT, Type.INT);
        map.put(1, inner);
        other.put(1, MemMap.at(heap, inner.pointer(), Type.INT, Type.INT));
        assertThat(map.contentEquals(other)).isTrue();
        other.put(1, twin);
        assertThat(map.contentEquals(other)).isFalse();
        map.put(1, MemMap.nil());
        other.put(1, MemMap.nil());
        assertThat(map.contentEquals(other)).isTrue();
    }

    @Test
    void pointersOfTwoHeapsAreNotEqual() {
        MemMap<Integer, Long> map = make(Type.INT, Type.pointer());
        MemMap<Integer, Long> other = MemMap.make(otherHeap, Type.INT, Type.pointer());
        map.put(1, 5L);
        other.put(1, 5L);
        assertThat(map.contentEquals(other)).isFalse();
        other.free();
        MemMap<Integer, Long> same = keep(map.copy(heap));
        assertThat(map.contentEquals(same)).isTrue();
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // a mistake that a caller can make
    void mapsOfTwoTypesAreNotEqual() {
        MemMap<Integer, Integer> ints = make(Type.INT, Type.INT);
        MemMap<Integer, Float> floats = make(Type.INT, Type.FLOAT);
        ints.put(1, 0);
        floats.put(1, 0f);
        assertThat(ints.contentEquals((MemMap) floats)).isFalse();
    }
}
