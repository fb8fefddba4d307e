package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;

/**
 * Random histories of a map for many threads, played by one thread, like Go's TestMapMatchesRWMutex
 * and TestMapMatchesDeepCopy. Every answer agrees with the model, all invariants hold after each
 * step, and a freed map leaves nothing in the heap.
 */
@Tag("slow")
class SyncHistoryTest {
    private static final long HEAP_BYTES = 8L << 20;
    private static final int KEYS = 24;
    private static final int VALUES = 4;
    /** The number of keys that one step puts and removes, so that shards grow and shrink. */
    private static final int MANY = 150;

    enum Action {
        GET,
        PUT,
        PUT_IF_ABSENT,
        REMOVE,
        COMPARE_AND_REMOVE,
        REPLACE,
        COMPARE_AND_REPLACE,
        COMPUTE,
        COMPUTE_IF_ABSENT,
        COMPUTE_IF_PRESENT,
        MERGE,
        REMOVE_BY_ITERATOR,
        SET_BY_ITERATOR,
        REPLACE_ALL,
        PUT_MANY,
        REMOVE_MANY,
        CLEAR
    }

    /** One step. The numbers name a key and two values. */
    record Step(Action action, int key, int value, int other) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Action> actions = Arbitraries.frequencyOf(
                Tuple.of(
                        40,
                        Arbitraries.of(Action.class).filter(action -> action.compareTo(Action.REMOVE_BY_ITERATOR) < 0)),
                Tuple.of(1, Arbitraries.of(Action.class)));
        return Combinators.combine(
                        actions,
                        Arbitraries.integers().between(0, KEYS - 1),
                        Arbitraries.integers().between(0, VALUES - 1),
                        Arbitraries.integers().between(0, VALUES - 1))
                .as(Step::new)
                .list()
                .ofMinSize(200)
                .ofMaxSize(400);
    }

    @Property(tries = 30)
    void everyHistoryOfStringsAgreesWithConcurrentHashMap(
            @ForAll ChosenHash hash, @ForAll("histories") List<Step> history) {
        play(hash, Type.UTF8, Type.LONG, number -> NumberedType.SHORT_TEXT.object((int) number), n -> n, history);
    }

    @Property(tries = 30)
    void everyHistoryOfLongsAgreesWithConcurrentHashMap(
            @ForAll ChosenHash hash, @ForAll("histories") List<Step> history) {
        play(hash, Type.LONG, Type.UTF8, hash::key, number -> "v".repeat((int) number * 100), history);
    }

    @Property(tries = 30)
    void everyHistoryOfListsAndEncodedObjectsAgreesWithConcurrentHashMap(
            @ForAll ChosenHash hash, @ForAll("histories") List<Step> history) {
        play(
                hash,
                Type.list(Type.UTF8),
                TypeUnderTest.Order.TYPE,
                number -> List.of("key", "" + number),
                number -> new TypeUnderTest.Order(number, "b".repeat((int) number * 100), List.of(7)),
                history);
    }

    private static <K, V> void play(
            ChosenHash hash,
            Type<K> keyType,
            Type<V> valueType,
            LongFunction<K> key,
            LongFunction<V> value,
            List<Step> history) {
        try (NativeHeap heap = hash.open(HEAP_BYTES)) {
            SyncMap<K, V> map = SyncMap.make(heap, keyType, valueType);
            ConcurrentMap<K, V> model = new ConcurrentHashMap<>();
            for (Step step : history) {
                assertThat(answer(map, step, key, value))
                        .as("answer to %s", step)
                        .isEqualTo(answer(model, step, key, value));
                map.check();
                assertThat(map.size()).isEqualTo(model.size());
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
            }
            assertThat(map).isEqualTo(model);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    /** Runs a step and returns the answer of the map. */
    private static <K, V> Object answer(
            ConcurrentMap<K, V> map, Step step, LongFunction<K> keys, LongFunction<V> values) {
        K key = keys.apply(step.key);
        V value = values.apply(step.value);
        V other = values.apply(step.other);
        boolean removes = step.value == step.other;
        return switch (step.action) {
            case GET -> List.of(Objects.toString(map.get(key)), map.getOrDefault(key, other), map.containsKey(key));
            case PUT -> map.put(key, value);
            case PUT_IF_ABSENT -> map.putIfAbsent(key, value);
            case REMOVE -> map.remove(key);
            case COMPARE_AND_REMOVE -> map.remove(key, value);
            case REPLACE -> map.replace(key, value);
            case COMPARE_AND_REPLACE -> map.replace(key, value, other);
            case COMPUTE -> map.compute(key, (same, old) -> removes ? null : old == null ? value : other);
            case COMPUTE_IF_ABSENT -> map.computeIfAbsent(key, same -> removes ? null : value);
            case COMPUTE_IF_PRESENT -> map.computeIfPresent(key, (same, old) -> removes ? null : other);
            case MERGE -> map.merge(key, value, (old, given) -> removes ? null : other);
            case REMOVE_BY_ITERATOR -> map.values().removeIf(value::equals);
            case SET_BY_ITERATOR -> {
                for (Map.Entry<K, V> entry : map.entrySet()) {
                    if (entry.getValue().equals(value)) {
                        entry.setValue(other);
                    }
                }
                yield map.containsValue(other);
            }
            case REPLACE_ALL -> {
                map.replaceAll((same, old) -> old.equals(value) ? other : old);
                yield map.containsValue(value);
            }
            case PUT_MANY -> {
                for (int number = 0; number < MANY; number++) {
                    map.put(keys.apply(KEYS + number), value);
                }
                yield map.size();
            }
            case REMOVE_MANY -> {
                for (int number = MANY; number-- > 0; ) {
                    map.remove(keys.apply(KEYS + number));
                }
                yield map.isEmpty();
            }
            case CLEAR -> {
                map.clear();
                yield map.size();
            }
        };
    }

    @Property(tries = 40)
    void everyHistoryOfPrimitivesAgreesWithHashMap(@ForAll ChosenHash hash, @ForAll("histories") List<Step> history) {
        try (NativeHeap heap = hash.open(HEAP_BYTES)) {
            SyncLongLongMap map = SyncLongLongMap.make(heap);
            Map<Long, Long> model = new HashMap<>();
            for (Step step : history) {
                play(map, model, hash, step);
                map.check();
                assertThat(map.size()).isEqualTo(model.size());
                assertThat(map.isEmpty()).isEqualTo(model.isEmpty());
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
            }
            Map<Long, Long> contents = new HashMap<>();
            map.forEach((key, value) -> assertThat(contents.put(key, value))
                    .as("value of an earlier entry with key %d", key)
                    .isNull());
            assertThat(contents).isEqualTo(model);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    private static void play(SyncLongLongMap map, Map<Long, Long> model, ChosenHash hash, Step step) {
        long key = hash.key(step.key);
        long value = step.value;
        long other = step.other;
        switch (step.action) {
            case GET -> {
                assertThat(map.get(key)).isEqualTo(orZero(model.get(key)));
                assertThat(map.getOrDefault(key, other)).isEqualTo(model.getOrDefault(key, other));
                assertThat(map.containsKey(key)).isEqualTo(model.containsKey(key));
            }
            case PUT, SET_BY_ITERATOR -> assertThat(map.put(key, value)).isEqualTo(orZero(model.put(key, value)));
            case PUT_IF_ABSENT, COMPUTE_IF_ABSENT -> {
                model.putIfAbsent(key, value);
                assertThat(map.putIfAbsent(key, value)).isEqualTo(model.get(key));
            }
            case REMOVE, REMOVE_BY_ITERATOR -> assertThat(map.remove(key)).isEqualTo(model.remove(key) != null);
            case COMPARE_AND_REMOVE -> assertThat(map.remove(key, value)).isEqualTo(model.remove(key, value));
            case COMPARE_AND_REPLACE, REPLACE ->
                assertThat(map.replace(key, value, other)).isEqualTo(model.replace(key, value, other));
            case COMPUTE, COMPUTE_IF_PRESENT, REPLACE_ALL ->
                assertThat(map.add(key, value)).isEqualTo(model.merge(key, value, Long::sum));
            case MERGE ->
                assertThat(map.merge(key, value, (old, given) -> old * 3 + given))
                        .isEqualTo(model.merge(key, value, (old, given) -> old * 3 + given));
            case PUT_MANY -> {
                for (int number = 0; number < MANY; number++) {
                    map.put(hash.key(KEYS + number), value);
                    model.put(hash.key(KEYS + number), value);
                }
            }
            case REMOVE_MANY -> {
                for (Iterator<Long> all = model.keySet().iterator(); all.hasNext(); all.remove()) {
                    assertThat(map.remove((long) all.next())).isTrue();
                }
            }
            case CLEAR -> {
                map.clear();
                model.clear();
            }
        }
    }

    private static long orZero(Long value) {
        return value == null ? 0 : value;
    }
}
