package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
 * Random histories of object maps, compared with {@code java.util.HashMap}. After each operation
 * the answers agree and all invariants hold. At intervals the heap holds exactly the bytes that the
 * entries need, and at the end none.
 */
@Tag("slow")
class MemMapHistoryTest {
    private static final long HEAP_BYTES = 12L << 20;

    /** One step. The meaning of the two numbers depends on the action. */
    record Step(Action action, int number, int value) {}

    enum Action {
        PUT,
        SET,
        COMPUTE_IF_ABSENT,
        COMPUTE,
        REMOVE,
        DELETE,
        GET,
        GET_MANY,
        PUT_MANY,
        REMOVE_MANY,
        /**
         * Adds keys and removes as many, the oldest first. In Go's map this causes a growth in the
         * same size.
         */
        SLIDE,
        SET_BY_CURSOR,
        REMOVE_BY_CURSOR,
        RESERVE,
        SHRINK,
        CLEAR
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(200, Action.PUT),
                Tuple.of(100, Action.SET),
                Tuple.of(50, Action.COMPUTE_IF_ABSENT),
                Tuple.of(50, Action.COMPUTE),
                Tuple.of(100, Action.REMOVE),
                Tuple.of(100, Action.DELETE),
                Tuple.of(50, Action.GET),
                Tuple.of(10, Action.GET_MANY),
                Tuple.of(60, Action.PUT_MANY),
                Tuple.of(30, Action.REMOVE_MANY),
                Tuple.of(10, Action.SLIDE),
                Tuple.of(20, Action.SET_BY_CURSOR),
                Tuple.of(20, Action.REMOVE_BY_CURSOR),
                Tuple.of(8, Action.RESERVE),
                Tuple.of(8, Action.SHRINK),
                Tuple.of(4, Action.CLEAR));
        Arbitrary<Integer> numbers =
                Arbitraries.integers().between(0, 999).withDistribution(RandomDistribution.uniform());
        return Combinators.combine(actions, numbers, numbers)
                .as(Step::new)
                .list()
                .ofMinSize(200)
                .ofMaxSize(400);
    }

    @Property(tries = 160)
    void everyHistoryAgreesWithHashMapAndLeaksNoByte(
            @ForAll ModelledMap.Types types,
            @ForAll(supplier = BucketGeometries.class) Geometry geometry,
            @ForAll boolean autoShrink,
            @ForAll("histories") List<Step> history) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            new Player<>(types.make(heap, geometry, autoShrink)).play(history);
        }
    }

    /** Plays a history on a map and on its model. */
    private static final class Player<K, V> {
        private final ModelledMap<K, V> map;
        /** The next key of a sliding window. These keys are separate from the others. */
        private int newest = 100_000;

        Player(ModelledMap<K, V> map) {
            this.map = map;
        }

        void play(List<Step> history) {
            for (int i = 0; i < history.size(); i++) {
                play(history.get(i));
                map.map.check();
                assertThat(map.map.size()).isEqualTo(map.size());
                if (i % 20 == 19) {
                    map.assertNoByteLeaked();
                }
                if (i % 100 == 99) {
                    map.heap.check();
                }
            }
            map.assertContentsAgree();
            map.assertNoByteLeaked();
            map.free();
        }

        private void play(Step step) {
            int key = step.number;
            int value = step.value;
            switch (step.action) {
                case PUT -> map.put(key, value);
                case SET -> map.set(key, value);
                case COMPUTE_IF_ABSENT -> map.computeIfAbsent(key, value);
                case COMPUTE -> map.compute(key, value);
                case REMOVE -> map.remove(key);
                case DELETE -> map.delete(key);
                case GET -> map.get(key);
                case GET_MANY -> map.getMany(key, value % 100);
                case PUT_MANY -> forEach(key, 100, one -> map.put(one, value + one));
                case REMOVE_MANY -> forEach(key, value, map::delete);
                case SLIDE ->
                    forEach(0, 300, i -> {
                        map.set(newest, value);
                        map.delete(newest - 50);
                        newest++;
                    });
                case SET_BY_CURSOR -> walk(step.number, cursor -> map.setBy(cursor, value));
                case REMOVE_BY_CURSOR -> walk(step.number, map::removeBy);
                case RESERVE -> map.map.reserve(step.number);
                case SHRINK -> map.map.shrink();
                case CLEAR -> map.clear();
            }
        }

        private static void forEach(int from, int count, Consumer<Integer> action) {
            for (int i = 0; i < count; i++) {
                action.accept((from + i) % 1000);
            }
        }

        /**
         * Passes a cursor at every {@code 1 + number % 8}-th entry to the action. The cursor then
         * stays where it is.
         */
        private void walk(int number, Consumer<MemMapCursor<K, V>> action) {
            int steps = 0;
            MemMapCursor<K, V> cursor = map.map.cursor();
            for (; steps < number && cursor.next(); steps++) {
                map.assertProduced(cursor);
                if (steps % (1 + number % 8) == 0) {
                    action.accept(cursor);
                }
            }
        }
    }
}
