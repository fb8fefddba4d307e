package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.AnyMap.Cursor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;

/**
 * Random histories of a map, compared with {@code java.util.HashMap}. After each operation the
 * answers agree and all invariants hold. At the end the contents agree, and a freed map leaves
 * nothing in the heap.
 */
@Tag("slow")
class MapHistoryTest {
    /**
     * The smallest heap that holds the maps of a history. It is small because each check reads all
     * of it.
     */
    private static final long HEAP_BYTES = 8L << 20;

    /**
     * The ways in which a number of a history becomes a key. The numbers are below 2,000, except
     * those of a sliding window.
     */
    enum Keys {
        FEW,
        SEQUENTIAL,
        SCATTERED,
        WITH_EQUAL_LOW_BITS,
        NEGATIVE;

        long of(long number) {
            return switch (this) {
                case FEW -> number & 15;
                case SEQUENTIAL -> number;
                case SCATTERED -> (int) (number * 0x9E37_79B9);
                case WITH_EQUAL_LOW_BITS -> (int) (number << 20);
                case NEGATIVE -> -number;
            };
        }
    }

    /** Hash functions that cause long chains, equal tophashes, or both. */
    enum HashFunction {
        CONSTANT,
        TWO_LOW_BITS,
        ONE_TOPHASH,
        IDENTITY;

        long of(long key) {
            return switch (this) {
                case CONSTANT -> 0x5A00_0000_0000_0003L;
                case TWO_LOW_BITS -> mix(key) & 0xFF00_0000_0000_0003L;
                case ONE_TOPHASH -> mix(key) & 0x00FF_FFFF_FFFF_FFFFL;
                case IDENTITY -> key;
            };
        }

        private static long mix(long key) {
            long mixed = (key ^ (key >>> 31)) * 0xBF58476D1CE4E5B9L;
            return mixed ^ (mixed >>> 29);
        }
    }

    /** One step. The meaning of the two numbers depends on the action. */
    record Step(Action action, int number, int value) {}

    enum Action {
        PUT,
        ADD,
        REMOVE,
        GET,
        PUT_ALL,
        REMOVE_MANY,
        /**
         * Adds keys and removes as many, the oldest first. In Go's map this causes a growth in the
         * same size.
         */
        SLIDE,
        GET_ALL,
        SET_BY_CURSOR,
        REMOVE_BY_CURSOR,
        RESERVE,
        SHRINK,
        CLEAR
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(300, Action.PUT),
                Tuple.of(100, Action.ADD),
                Tuple.of(250, Action.REMOVE),
                Tuple.of(150, Action.GET),
                Tuple.of(40, Action.PUT_ALL),
                Tuple.of(25, Action.REMOVE_MANY),
                Tuple.of(10, Action.SLIDE),
                Tuple.of(20, Action.GET_ALL),
                Tuple.of(20, Action.SET_BY_CURSOR),
                Tuple.of(20, Action.REMOVE_BY_CURSOR),
                Tuple.of(4, Action.RESERVE),
                Tuple.of(4, Action.SHRINK),
                Tuple.of(2, Action.CLEAR));
        Arbitrary<Integer> numbers =
                Arbitraries.integers().between(0, 1999).withDistribution(RandomDistribution.uniform());
        Arbitrary<Integer> values = Arbitraries.integers().between(-1_000_000, 1_000_000);
        return Combinators.combine(actions, numbers, values)
                .as(Step::new)
                .list()
                .ofMinSize(400)
                .ofMaxSize(800);
    }

    @Property(tries = 120)
    void everyHistoryAgreesWithHashMap(
            @ForAll MapVariant variant, @ForAll Keys keys, @ForAll("histories") List<Step> history) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            new Player(heap, variant.make(heap), keys).play(history);
        }
    }

    @Property(tries = 60)
    void everyHistoryAgreesWithHashMapHoweverBadTheHashIs(
            @ForAll HashFunction hash,
            @ForAll Geometry geometry,
            @ForAll boolean autoShrink,
            @ForAll("histories") List<Step> history) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            AnyMap map = ChosenHashTable.make(heap, geometry, autoShrink, hash::of);
            new Player(heap, map, Keys.SEQUENTIAL).play(history);
        }
    }

    /** Plays a history on a map and on its model. */
    private static final class Player {
        private final NativeHeap heap;
        private final AnyMap map;
        private final Keys keys;
        private final Map<Long, Long> model = new HashMap<>();
        /** The next key of a sliding window. These keys are separate from the others. */
        private long newest = 1_000_000;

        Player(NativeHeap heap, AnyMap map, Keys keys) {
            this.heap = heap;
            this.map = map;
            this.keys = keys;
        }

        void play(List<Step> history) {
            for (int i = 0; i < history.size(); i++) {
                Step step = history.get(i);
                play(step);
                map.check();
                assertThat(map.size()).isEqualTo(model.size());
                if (i % 100 == 99) {
                    heap.check();
                }
            }
            assertContentsAgree();
            map.table().free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }

        private void play(Step step) {
            long key = keys.of(step.number);
            long value = step.value;
            switch (step.action) {
                case PUT -> assertThat(map.put(key, value)).isEqualTo(orZero(model.put(key, value)));
                case ADD -> assertThat(map.add(key, value % 1000)).isEqualTo(model.merge(key, value % 1000, Long::sum));
                case REMOVE -> assertThat(map.remove(key)).isEqualTo(model.remove(key) != null);
                case GET -> {
                    assertThat(map.get(key)).isEqualTo(orZero(model.get(key)));
                    assertThat(map.getOrDefault(key, value)).isEqualTo(model.getOrDefault(key, value));
                    assertThat(map.containsKey(key)).isEqualTo(model.containsKey(key));
                }
                case PUT_ALL -> {
                    long[] some = keysFrom(step.number, 150);
                    long[] values =
                            new Random(value).longs(some.length, 0, 1000).toArray();
                    map.putAll(some, values);
                    for (int i = 0; i < some.length; i++) {
                        model.put(some[i], values[i]);
                    }
                }
                case REMOVE_MANY -> {
                    for (long one : keysFrom(step.number / 20, 1950)) {
                        assertThat(map.remove(one)).isEqualTo(model.remove(one) != null);
                    }
                }
                case SLIDE -> {
                    for (int i = 0; i < 1000; i++, newest++) {
                        map.put(newest, newest);
                        model.put(newest, newest);
                        assertThat(map.remove(newest - 100)).isEqualTo(model.remove(newest - 100) != null);
                    }
                }
                case GET_ALL -> {
                    long[] some = keysFrom(step.number, 200);
                    long[] values = new long[some.length];
                    assertThat(map.getAll(some, values)).isEqualTo(hitsOf(some));
                    for (int i = 0; i < some.length; i++) {
                        assertThat(values[i]).isEqualTo(orZero(model.get(some[i])));
                    }
                }
                case SET_BY_CURSOR ->
                    walk(step.number, cursor -> {
                        cursor.setValue(value);
                        model.put(cursor.key(), value);
                        assertThat(cursor.value()).isEqualTo(value);
                    });
                case REMOVE_BY_CURSOR ->
                    walk(step.number, cursor -> {
                        assertThat(model.remove(cursor.key())).isEqualTo(cursor.value());
                        cursor.remove();
                    });
                case RESERVE -> map.table().reserve(step.number);
                case SHRINK -> map.table().shrink();
                case CLEAR -> {
                    map.table().clear();
                    model.clear();
                }
            }
        }

        /**
         * Passes a cursor at every {@code 1 + number % 8}-th entry to the action. The cursor then
         * stays where it is.
         */
        private void walk(int number, Consumer<Cursor> action) {
            int every = 1 + number % 8;
            int steps = 0;
            for (Cursor cursor = map.cursor(); steps < number && cursor.next(); steps++) {
                assertThat(model).containsEntry(cursor.key(), cursor.value());
                if (steps % every == 0) {
                    action.accept(cursor);
                }
            }
        }

        private long[] keysFrom(int number, int count) {
            long[] some = new long[count];
            for (int i = 0; i < count; i++) {
                some[i] = keys.of(number + i);
            }
            return some;
        }

        private int hitsOf(long[] some) {
            int hits = 0;
            for (long key : some) {
                hits += model.containsKey(key) ? 1 : 0;
            }
            return hits;
        }

        private void assertContentsAgree() {
            Map<Long, Long> contents = new HashMap<>();
            map.forEach((key, value) -> assertThat(contents.put(key, value))
                    .as("value of an earlier entry with key %d", key)
                    .isNull());
            assertThat(contents).isEqualTo(model);
        }

        private static long orZero(Long value) {
            return value == null ? 0 : value;
        }
    }
}
