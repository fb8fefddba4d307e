package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.memmap.format.Mem;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Handles of object maps: nil, freed, made again from a pointer, and of another type. The rules are
 * in {@code docs/go-map.md}, "Handles and nil".
 */
class MemMapHandleTest extends MemMapTestBase {

    static List<TypeUnderTest<?>> keys() {
        return TypeUnderTest.keys().toList();
    }

    // ------------------------------------------------------------------------------- nil and freed

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    <T> void theNilMapReadsAsEmptyAndRefusesWrites(TypeUnderTest<T> tested) {
        for (MemMap<T, T> nil : List.of(MemMap.<T, T>nil(), MemMap.at(heap, 0, tested.type(), tested.type()))) {
            assertThat(nil.pointer()).isZero();
            assertReadsAsEmpty(nil, tested);
            assertRefusesWrites(nil, tested, "assignment to entry in nil map: make a map first");
        }
        assertThat(MemMap.at(heap, 0, tested.type(), Type.INT)).hasToString("map[" + tested + "]int nil");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    <T> void everyHandleOfAFreedMapIsNilEvenIfAnotherMapTakesItsPlace(TypeUnderTest<T> tested) {
        MemMap<T, T> map = builder(tested.type(), tested.type()).make();
        MemMap<T, T> other = MemMap.at(heap, map.pointer(), tested.type(), tested.type());
        map.put(tested.get(0), tested.get(1));
        assertThat(TypeUnderTest.same(other.get(tested.get(0)), tested.get(1))).isTrue();
        map.free();
        for (boolean replaced : new boolean[] {false, true}) {
            if (replaced) {
                MemMap<T, T> next = make(tested.type(), tested.type());
                next.put(tested.get(0), tested.get(1));
                assertThat(next.pointer())
                        .as("the new map has the same header block")
                        .isEqualTo(map.pointer());
            }
            for (MemMap<T, T> handle : List.of(map, other)) {
                assertReadsAsEmpty(handle, tested);
                assertRefusesWrites(
                        handle,
                        tested,
                        "assignment to entry in freed map (pointer " + map.pointer() + "): make a map first");
                assertThat(handle).asString().endsWith(" freed@" + map.pointer());
            }
        }
    }

    private static <T> void assertReadsAsEmpty(MemMap<T, T> map, TypeUnderTest<T> tested) {
        T key = tested.get(0);
        assertThat(map.isNil()).isTrue();
        assertThat(map.isEmpty()).isTrue();
        assertThat(map.size()).isZero();
        assertThat(map.name()).isEmpty();
        assertThat(map.stats()).isEqualTo(MapStats.NIL);
        assertThat(map.get(key)).isNull();
        assertThat(map.getOrDefault(key, key)).isSameAs(key);
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.remove(key)).isNull();
        assertThat(map.delete(key)).isFalse();
        assertThat(map.computeIfAbsent(key, same -> null)).isNull();
        assertThat(map.compute(key, (same, value) -> value)).isNull();
        assertThat(Optional.ofNullable(map.read(key, MemorySegment::byteSize))).isEmpty();
        assertThat(map.update(key, value -> value.fill((byte) 1))).isFalse();
        assertThat(map.copyValue(key, MemorySegment.ofArray(new byte[0]), 0)).isEqualTo(-1);
        assertThat(map.cursor().next()).isFalse();
        assertThat(map.asMap()).isEmpty();
        assertThat(map.asMap().get(key)).isNull();
        assertThat(map.asMap().remove(key)).isNull();
        assertThat(map.contentEquals(map)).isTrue();
        map.forEach((each, value) -> {
            throw new AssertionError("an entry of an empty map: " + each);
        });
        if (map.keyType.isVariable()) {
            assertThat(map.get(new byte[1], 0, 1)).isNull();
            assertThat(map.containsKey(MemorySegment.ofArray(new byte[1]), 0, 1))
                    .isFalse();
            assertThat(map.delete(new byte[1], 0, 1)).isFalse();
        }
        map.check();
        map.clear();
        map.free();
        map.freeDeep();
    }

    private static <T> void assertRefusesWrites(MemMap<T, T> map, TypeUnderTest<T> tested, String message) {
        T object = tested.get(0);
        for (ThrowingCallable write : new ThrowingCallable[] {
            () -> map.put(object, object),
            () -> map.set(object, object),
            () -> map.computeIfAbsent(object, same -> object),
            () -> map.compute(object, (key, value) -> object),
            () -> map.merge(object, object, (a, b) -> a),
            () -> map.asMap().put(object, object),
            () -> map.asMap().putAll(Map.of(object, object)),
            () -> map.reserve(10),
            map::shrink
        }) {
            assertThatExceptionOfType(NilMapException.class).isThrownBy(write).withMessage(message);
        }
    }

    @Test
    void nullIsNeitherAKeyNorAValue() {
        for (MemMap<String, String> map : List.of(make(Type.UTF8, Type.UTF8), MemMap.<String, String>nil())) {
            for (ThrowingCallable use : new ThrowingCallable[] {
                () -> map.get(null),
                () -> map.containsKey(null),
                () -> map.put(null, "v"),
                () -> map.put("k", null),
                () -> map.set(null, "v"),
                () -> map.delete(null),
                () -> map.remove(null),
                () -> map.merge("k", null, (a, b) -> a)
            }) {
                assertThatNullPointerException().isThrownBy(use);
            }
        }
    }

    @Test
    void everyOperationOnAClosedHeapIsRefused() {
        NativeHeap own = openHeap();
        MemMap<String, String> map = MemMap.make(own, Type.UTF8, Type.UTF8);
        map.put("k", "v");
        own.close();
        for (ThrowingCallable use : new ThrowingCallable[] {
            () -> map.get("k"), () -> map.put("k", "w"), () -> map.delete("k"), map::size, map::cursor
        }) {
            assertThatIllegalStateException().isThrownBy(use).withMessageStartingWith("Already closed");
        }
    }

    @Test
    void aMapOfMapsMayBeFreedAfterItsHeapHasEnded() {
        NativeHeap own = openHeap();
        MemMap<String, MemMap<String, Integer>> map = MemMap.make(own, Type.UTF8, Type.map(Type.UTF8, Type.INT));
        map.put("k", MemMap.make(own, Type.UTF8, Type.INT));
        own.close();
        map.freeDeep();
        map.free();
        assertThatIllegalStateException()
                .isThrownBy(() -> map.put("l", MemMap.nil()))
                .withMessage("Already closed: the heap was ended by NativeHeap.close()");
    }

    // ------------------------------------------------------------------------------------------ at

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    <T> void atMakesAnotherHandleOfTheSameMapAndRefusesAnotherType(TypeUnderTest<T> tested) {
        MemMap<T, Integer> map = make(tested.type(), Type.INT);
        map.put(tested.get(1), 7);
        MemMap<T, Integer> same = MemMap.at(heap, map.pointer(), tested.type(), Type.INT);
        assertThat(same.get(tested.get(1))).isEqualTo(7);
        same.put(tested.get(0), 8);
        assertThat(map.get(tested.get(0))).isEqualTo(8);

        for (TypeUnderTest<?> other : keys()) {
            if (!other.type().toString().equals(tested.type().toString())) {
                assertRefused(map, () -> MemMap.at(heap, map.pointer(), other.type(), Type.INT), other + "]int");
            }
        }
        assertRefused(map, () -> MemMap.at(heap, map.pointer(), tested.type(), Type.LONG), tested + "]long");
    }

    private static void assertRefused(MemMap<?, ?> map, ThrowingCallable at, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(at)
                .withMessage("pointer " + map.pointer() + " is a " + map.type + "; expected a map[" + expected);
    }

    @Test
    void structsWithOtherFieldsAreOtherTypes() {
        Type<MemorySegment> point = Type.struct(
                MemoryLayout.structLayout(ValueLayout.JAVA_INT.withName("x"), ValueLayout.JAVA_INT.withName("y")));
        Type<MemorySegment> size = Type.struct(MemoryLayout.structLayout(
                ValueLayout.JAVA_INT.withName("width"), ValueLayout.JAVA_INT.withName("height")));
        Type<MemorySegment> floats = Type.struct(
                MemoryLayout.structLayout(ValueLayout.JAVA_FLOAT.withName("x"), ValueLayout.JAVA_FLOAT.withName("y")));
        MemMap<MemorySegment, MemorySegment> map = make(point, point);
        assertRefused(map, () -> MemMap.at(heap, map.pointer(), size, point), size + "]" + point);
        assertRefused(map, () -> MemMap.at(heap, map.pointer(), point, floats), point + "]" + floats);
        MemMap<Integer, MemMap<Integer, Integer>> nested = make(Type.INT, Type.map(Type.INT, Type.INT));
        assertRefused(
                nested,
                () -> MemMap.at(heap, nested.pointer(), Type.INT, Type.map(Type.INT, Type.LONG)),
                "int]map[int]long");
    }

    @Test
    void aPointerToNoMapIsRefused() {
        MemMap<String, String> map = make(Type.UTF8, Type.UTF8);
        map.put("a key", "a value");
        MemMap<String, String> freed = builder(Type.UTF8, Type.UTF8).make();
        freed.free();
        long keyBlock = Mem.getLong(map.mem, map.keyAddress(map.slotOf("a key")));
        for (long wrong : new long[] {-1, 8, map.pointer() + 8, keyBlock, freed.pointer(), Long.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MemMap.at(heap, wrong, Type.UTF8, Type.UTF8))
                    .withMessage("pointer " + wrong + " is not a map of this heap; expected a map[utf8]utf8");
        }
    }

    // ------------------------------------------------------------------------------ primitive maps

    @Test
    void aMapOfLongsCanBeOpenedAsALongLongMapAndTheReverse() {
        MemMap<Long, Long> objects = make(Type.LONG, Type.LONG);
        LongLongMap longs = LongLongMap.at(heap, objects.pointer());
        for (long n = -1000; n < 1000; n++) {
            if (n % 2 == 0) {
                objects.put(n * n * n, n);
            } else {
                longs.put(n * n * n, n);
            }
        }
        longs.check();
        for (long n = -1000; n < 1000; n++) {
            assertThat(longs.get(n * n * n)).isEqualTo(n);
            assertThat(objects.get(n * n * n)).isEqualTo(n);
        }
        assertThat(longs.remove(-1)).isTrue();
        assertThat(objects.remove(1L)).isEqualTo(1);
        assertThat(objects.get(-1L)).isNull();
        assertThat(longs.containsKey(1)).isFalse();
        assertThat(longs.size()).isEqualTo(1998);

        LongLongMap made = LongLongMap.builder(heap).geometry(geometry).make();
        made.put(Long.MIN_VALUE, 5);
        MemMap<Long, Long> twin = keep(MemMap.at(heap, made.pointer(), Type.LONG, Type.LONG));
        assertThat(twin.get(Long.MIN_VALUE)).isEqualTo(5);
        assertThat(twin.merge(Long.MIN_VALUE, 1L, Long::sum)).isEqualTo(6);
        assertThat(made.get(Long.MIN_VALUE)).isEqualTo(6);
    }

    @Test
    void aMapOfIntsCanBeOpenedAsAnIntIntMapAndTheReverse() {
        MemMap<Integer, Integer> objects = make(Type.INT, Type.INT);
        IntIntMap ints = IntIntMap.at(heap, objects.pointer());
        for (int n = -1000; n < 1000; n++) {
            if (n % 2 == 0) {
                objects.put(n * n * n, n);
            } else {
                ints.put(n * n * n, n);
            }
        }
        ints.check();
        for (int n = -1000; n < 1000; n++) {
            assertThat(ints.get(n * n * n)).isEqualTo(n);
            assertThat(objects.get(n * n * n)).isEqualTo(n);
        }
        IntIntMap made = IntIntMap.builder(heap).geometry(geometry).make();
        made.put(-1, 5);
        MemMap<Integer, Integer> twin = keep(MemMap.at(heap, made.pointer(), Type.INT, Type.INT));
        assertThat(twin.get(-1)).isEqualTo(5);
        twin.free();
        assertThat(made.isNil()).isTrue();
    }

    @Test
    void primitiveMapsRefuseEveryOtherType() {
        MemMap<Long, Integer> map = make(Type.LONG, Type.INT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.at(heap, map.pointer()))
                .withMessage("pointer " + map.pointer() + " is a map[long]int; expected a map[long]long");
        MemMap<Long, Long> pointers = make(Type.pointer(), Type.pointer());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.at(heap, pointers.pointer()))
                .withMessage("pointer " + pointers.pointer() + " is a map[pointer]pointer; expected a map[long]long");
    }
}
