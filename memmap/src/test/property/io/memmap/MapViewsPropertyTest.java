package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * The views of a map compare keys and values as their types do. The model consists of objects whose
 * equals does the same.
 */
class MapViewsPropertyTest {
    record Place(int tag, double x) {}

    /** The kinds of heap in which the maps are. */
    enum MapKind {
        PLAIN,
        SYNC,
        BOUNDED
    }

    /**
     * Types with an equality that differs from that of their objects. The model uses the equality
     * of the type.
     */
    @SuppressWarnings("ImmutableEnumChecker") // the functions and types are immutable
    enum TypeKind {
        BYTES(Type.BYTES, n -> new byte[] {(byte) n}, bytes -> (double) bytes[0]),
        DOUBLE(Type.DOUBLE, TypeKind::number, number -> number),
        RECORD(Type.record(Place.class), n -> new Place(7, number(n)), Place::x),
        STRUCT(
                Type.struct(MemoryLayout.structLayout(ValueLayout.JAVA_DOUBLE)),
                n -> MemorySegment.ofArray(new double[] {number(n)}),
                segment -> segment.get(ValueLayout.JAVA_DOUBLE, 0));

        final Type<Object> type;
        final IntFunction<Object> make;
        final Function<Object, Double> number;

        @SuppressWarnings("unchecked") // each function gets objects that it has made
        <T> TypeKind(Type<T> type, IntFunction<T> make, Function<T, Double> number) {
            this.type = (Type<Object>) type;
            this.make = (IntFunction<Object>) make;
            this.number = (Function<Object, Double>) number;
        }

        private static double number(int n) {
            return switch (n) {
                case 0 -> Double.NaN;
                case 1 -> -0.0;
                case 2 -> 0.0;
                default -> n;
            };
        }

        /**
         * Returns an object that equals another one if the type's objects are equal. A NaN gets a
         * new object each time.
         */
        Object plain(Object object) {
            double of = number.apply(object);
            return Double.isNaN(of) ? new Object() : (Object) (of + 0.0);
        }
    }

    enum Action {
        PUT,
        CONTAINS_VALUE,
        REMOVE_VALUE,
        REMOVE_VALUES,
        RETAIN_VALUES,
        REMOVE_VALUES_IF,
        CONTAINS_ENTRY,
        REMOVE_ENTRY,
        REMOVE_ENTRIES,
        RETAIN_ENTRIES,
        REMOVE_KEYS,
        RETAIN_KEYS,
        REMOVE_KEYS_IF,
        REMOVE_PAIR,
        REPLACE_PAIR,
        COMPARE
    }

    /**
     * One step. The numbers name a key, a value, another key and another value; 0 is a NaN, which
     * is no key here.
     */
    record Step(Action action, int key, int value, int otherKey, int otherValue) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Action> actions = Arbitraries.frequencyOf(
                Tuple.of(20, Arbitraries.just(Action.PUT)), Tuple.of(20, Arbitraries.of(Action.class)));
        Arbitrary<Integer> keys = Arbitraries.integers().between(1, 8);
        Arbitrary<Integer> values = Arbitraries.integers().between(0, 4);
        return Combinators.combine(actions, keys, values, keys, values)
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 600)
    void viewsCompareKeysAndValuesAsTheirTypesDo(
            @ForAll MapKind kind, @ForAll TypeKind keys, @ForAll TypeKind values, @ForAll("steps") List<Step> steps) {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(32L << 20).open()) {
            Run run = new Run(heap, kind, keys, values);
            for (Step step : steps) {
                run.play(step);
                run.assertAgrees();
            }
            heap.check();
        }
    }

    /** A map and its model. */
    private static final class Run {
        final NativeHeap heap;
        final MapKind kind;
        final TypeKind keys;
        final TypeKind values;
        final Map<Object, Object> map;
        /** The plain key and the plain value of each entry. */
        final Map<Object, Object> model = new HashMap<>();

        Run(NativeHeap heap, MapKind kind, TypeKind keys, TypeKind values) {
            this.heap = heap;
            this.kind = kind;
            this.keys = keys;
            this.values = values;
            map = make();
        }

        private Map<Object, Object> make() {
            return switch (kind) {
                case PLAIN -> MemMap.make(heap, keys.type, values.type).asMap();
                case SYNC -> SyncMap.make(heap, keys.type, values.type);
                case BOUNDED ->
                    SyncMap.builder(heap, keys.type, values.type)
                            .maxEntries(1000)
                            .expireAfterWrite(Duration.ofDays(1))
                            .make();
            };
        }

        private Object key(int n) {
            return keys.make.apply(n);
        }

        private Object value(int n) {
            return values.make.apply(n);
        }

        private Map.Entry<Object, Object> plain(int key, int value) {
            return Map.entry(keys.plain(key(key)), values.plain(value(value)));
        }

        private Map.Entry<Object, Object> entry(int key, int value) {
            return new SimpleEntry<>(key(key), value(value));
        }

        void play(Step step) {
            int k = step.key;
            int v = step.value;
            Object plainKey = keys.plain(key(k));
            Object plainValue = values.plain(value(v));
            List<Object> both = List.of(value(v), value(step.otherValue), "of another class");
            Set<Object> plainBoth = new HashSet<>(List.of(plainValue, values.plain(value(step.otherValue))));
            List<Object> entries = List.of(entry(k, v), entry(step.otherKey, step.otherValue), "no entry");
            Set<Map.Entry<Object, Object>> plainEntries =
                    new HashSet<>(List.of(plain(k, v), plain(step.otherKey, step.otherValue)));
            List<Object> twoKeys = List.of(key(k), key(step.otherKey));
            Set<Object> plainKeys = new HashSet<>(List.of(plainKey, keys.plain(key(step.otherKey))));
            boolean has = plainValue.equals(model.get(plainKey));
            switch (step.action) {
                case PUT -> {
                    assertThat(map.put(key(k), value(v)) != null).isEqualTo(model.containsKey(plainKey));
                    model.put(plainKey, plainValue);
                }
                case CONTAINS_VALUE -> {
                    assertThat(map.containsValue(value(v))).isEqualTo(model.containsValue(plainValue));
                    assertThat(map.values().contains(value(v))).isEqualTo(model.containsValue(plainValue));
                }
                case REMOVE_VALUE -> {
                    assertThat(map.values().remove(value(v))).isEqualTo(model.containsValue(plainValue));
                    model.entrySet()
                            .removeIf(entry -> entry.getValue().equals(plainValue)
                                    && map.keySet().stream().map(keys::plain).noneMatch(entry.getKey()::equals));
                }
                case REMOVE_VALUES ->
                    assertThat(map.values().removeAll(both))
                            .isEqualTo(model.values().removeAll(plainBoth));
                case RETAIN_VALUES ->
                    assertThat(map.values().retainAll(both))
                            .isEqualTo(model.values().retainAll(plainBoth));
                case REMOVE_VALUES_IF ->
                    assertThat(map.values().removeIf(value -> values.number.apply(value) == v))
                            .isEqualTo(model.values().removeIf(value -> value instanceof Double d && d == v));
                case CONTAINS_ENTRY ->
                    assertThat(map.entrySet().contains(entry(k, v))).isEqualTo(has);
                case REMOVE_ENTRY -> {
                    assertThat(map.entrySet().remove(entry(k, v))).isEqualTo(has);
                    model.remove(plainKey, plainValue);
                }
                case REMOVE_ENTRIES ->
                    assertThat(map.entrySet().removeAll(entries))
                            .isEqualTo(model.entrySet().removeAll(plainEntries));
                case RETAIN_ENTRIES ->
                    assertThat(map.entrySet().retainAll(entries))
                            .isEqualTo(model.entrySet().retainAll(plainEntries));
                case REMOVE_KEYS ->
                    assertThat(map.keySet().removeAll(twoKeys))
                            .isEqualTo(model.keySet().removeAll(plainKeys));
                case RETAIN_KEYS ->
                    assertThat(map.keySet().retainAll(twoKeys))
                            .isEqualTo(model.keySet().retainAll(plainKeys));
                case REMOVE_KEYS_IF ->
                    assertThat(map.keySet().removeIf(key -> keys.number.apply(key) == k))
                            .isEqualTo(model.keySet().removeIf(key -> (double) key == k));
                case REMOVE_PAIR -> {
                    assertThat(map.remove(key(k), value(v))).isEqualTo(has);
                    model.remove(plainKey, plainValue);
                }
                case REPLACE_PAIR -> {
                    assertThat(map.replace(key(k), value(v), value(step.otherValue)))
                            .isEqualTo(has);
                    model.replace(plainKey, plainValue, values.plain(value(step.otherValue)));
                }
                case COMPARE -> compare();
            }
        }

        /** A map with the same entries is equal, unless one has a NaN. */
        private void compare() {
            Map<Object, Object> same = make();
            List<Map.Entry<Object, Object>> entries = new ArrayList<>(map.entrySet());
            entries.forEach(entry -> same.put(entry.getKey(), entry.getValue()));
            boolean equal = model.values().stream().allMatch(Double.class::isInstance);
            assertThat(map.equals(same)).isEqualTo(equal);
            assertThat(map.entrySet().equals(same.entrySet())).isEqualTo(equal);
            assertThat(map.keySet().equals(same.keySet())).isTrue();
            assertThat(map.keySet().hashCode()).isEqualTo(same.keySet().hashCode());
            if (equal) {
                assertThat(map.hashCode()).isEqualTo(same.hashCode());
                assertThat(map.entrySet().hashCode()).isEqualTo(map.hashCode());
            }
            same.put(key(9), value(3));
            assertThat(map.equals(same)).isFalse();
            assertThat(same.equals(map)).isFalse();
        }

        void assertAgrees() {
            Map<Object, Object> contents = new HashMap<>();
            map.forEach((key, value) -> contents.put(keys.plain(key), values.plain(value)));
            assertThat(map).hasSize(model.size());
            assertThat(contents.keySet()).isEqualTo(model.keySet());
            model.forEach((key, value) -> {
                if (value instanceof Double) {
                    assertThat(contents.get(key)).isEqualTo(value);
                } else {
                    assertThat(contents.get(key)).isNotInstanceOf(Double.class);
                }
            });
        }
    }
}
