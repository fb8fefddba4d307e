package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.AnyMap.Cursor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/**
 * A cursor moves while its map changes at random. A model knows which entries have been present
 * since the loop began. The loop must produce each of these exactly once, a removed entry never, no
 * entry twice, and nothing after the map has been emptied.
 */
@Tag("slow")
class CursorPropertyTest {
    private static final long HEAP_BYTES = 8L << 20;

    /** A change between two steps. The meaning of the number depends on the action. */
    record Change(Action action, int number) {}

    enum Action {
        STEP,
        STEP_MANY,
        PUT,
        PUT_MANY,
        REMOVE,
        REMOVE_MANY,
        SET_VALUE,
        REMOVE_CURRENT,
        RESERVE,
        SHRINK,
        CLEAR
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(200, Action.STEP),
                Tuple.of(60, Action.STEP_MANY),
                Tuple.of(100, Action.PUT),
                Tuple.of(30, Action.PUT_MANY),
                Tuple.of(100, Action.REMOVE),
                Tuple.of(30, Action.REMOVE_MANY),
                Tuple.of(20, Action.SET_VALUE),
                Tuple.of(50, Action.REMOVE_CURRENT),
                Tuple.of(10, Action.RESERVE),
                Tuple.of(10, Action.SHRINK),
                Tuple.of(1, Action.CLEAR));
        Arbitrary<Integer> numbers =
                Arbitraries.integers().between(0, 1999).withDistribution(RandomDistribution.uniform());
        return Combinators.combine(actions, numbers)
                .as(Change::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(100);
    }

    /**
     * The map is in any phase of a growth (the last actions were puts) or of a shrinking
     * (removals). A cursor walks over it.
     */
    @Property(tries = 1500)
    void aLoopKeepsItsPromisesWhateverHappensToTheMap(
            @ForAll MapVariant variant,
            @ForAll @IntRange(max = 1500) int filled,
            @ForAll @IntRange(max = 1500) int removed,
            @ForAll("changes") List<Change> changes,
            @ForAll boolean finished) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            AnyMap map = variant.make(heap).fill(0, filled);
            map.removeAll(0, Math.min(removed, filled));
            new Walk(map).walk(changes, finished);
            map.table().free();
            assertThat(heap.stats().inUse())
                    .as("bytes in use after free, whether or not the cursor has ended")
                    .isZero();
        }
    }

    /** The chains are few and long, so the entries lie at few positions of the loop. */
    @Property(tries = 500)
    void aLoopKeepsItsPromisesHoweverBadTheHashIs(
            @ForAll MapHistoryTest.HashFunction hash,
            @ForAll Geometry geometry,
            @ForAll boolean autoShrink,
            @ForAll @IntRange(max = 600) int filled,
            @ForAll("changes") List<Change> changes,
            @ForAll boolean finished) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            AnyMap map =
                    ChosenHashTable.make(heap, geometry, autoShrink, hash::of).fill(0, filled);
            new Walk(map).walk(changes, finished);
            map.table().free();
            assertThat(heap.stats().inUse())
                    .as("bytes in use after free, whether or not the cursor has ended")
                    .isZero();
        }
    }

    /** A cursor, the entries that it may produce, and those that it must produce. */
    private static final class Walk {
        private final AnyMap map;
        private final Cursor cursor;
        private final Map<Long, Long> model = new HashMap<>();
        /** Entries that have been present since the loop began. */
        private final Set<Long> always = new HashSet<>();

        private final Set<Long> produced = new HashSet<>();
        private boolean isAtEntry;
        /** Whether the map has been emptied. The loop must then end. */
        private boolean emptied;

        Walk(AnyMap map) {
            this.map = map;
            map.forEach(model::put);
            always.addAll(model.keySet());
            emptied = model.isEmpty();
            cursor = map.cursor();
        }

        void walk(List<Change> changes, boolean finished) {
            for (Change change : changes) {
                apply(change);
                emptied |= model.isEmpty();
                map.check();
            }
            if (finished) {
                while (step()) {}
                assertThat(cursor.next()).isFalse();
                if (!emptied) {
                    assertThat(produced).containsAll(always);
                }
            }
        }

        private void apply(Change change) {
            int number = change.number;
            switch (change.action) {
                case STEP -> step();
                case STEP_MANY -> {
                    for (int i = 0; i < number / 4 && step(); i++) {}
                }
                case PUT -> put(number);
                case PUT_MANY -> {
                    for (int i = 0; i < 200; i++) {
                        put(number + i);
                    }
                }
                case REMOVE -> remove(number);
                case REMOVE_MANY -> {
                    for (int i = 0; i < 400; i++) {
                        remove((number + i) % 2000);
                    }
                }
                case SET_VALUE -> {
                    if (isAtEntry && model.containsKey(cursor.key())) {
                        cursor.setValue(number);
                        model.put(cursor.key(), (long) number);
                    }
                }
                case REMOVE_CURRENT -> {
                    if (isAtEntry) {
                        model.remove(cursor.key());
                        always.remove(cursor.key());
                        cursor.remove();
                        isAtEntry = false;
                    }
                }
                case RESERVE -> map.table().reserve(number);
                case SHRINK -> map.table().shrink();
                case CLEAR -> {
                    map.table().clear();
                    model.clear();
                    always.clear();
                }
            }
        }

        private void put(long key) {
            map.put(key, key + 1);
            model.put(key, key + 1);
        }

        private void remove(long key) {
            assertThat(map.remove(key)).isEqualTo(model.remove(key) != null);
            always.remove(key);
        }

        /**
         * A key that was removed and put again is a new entry. The loop must not produce this key a
         * second time either.
         */
        private boolean step() {
            isAtEntry = cursor.next();
            if (isAtEntry) {
                assertThat(emptied)
                        .as("the map was emptied, so the loop must have ended")
                        .isFalse();
                assertThat(produced.add(cursor.key()))
                        .as("key %d is produced for the first time", cursor.key())
                        .isTrue();
                assertThat(model).containsEntry(cursor.key(), cursor.value());
            }
            return isAtEntry;
        }
    }
}
