package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
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
import org.jspecify.annotations.Nullable;

/**
 * Several cursors and view iterators move over one object map while the map changes at random.
 * Models know which entries have been present since each loop began. The rules are in {@code
 * docs/go-map.md}, "Loops".
 */
@Tag("slow")
class MemMapCursorPropertyTest {
    private static final long HEAP_BYTES = 12L << 20;

    /**
     * A change between two steps. The meaning of the number depends on the action; it also names
     * the cursor.
     */
    record Change(Action action, int number) {}

    enum Action {
        STEP,
        STEP_MANY,
        BEGIN,
        PUT,
        PUT_MANY,
        REMOVE,
        REMOVE_MANY,
        SET_VALUE,
        LOOK_AHEAD,
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
                Tuple.of(10, Action.BEGIN),
                Tuple.of(100, Action.PUT),
                Tuple.of(30, Action.PUT_MANY),
                Tuple.of(60, Action.REMOVE),
                Tuple.of(30, Action.REMOVE_MANY),
                Tuple.of(30, Action.SET_VALUE),
                Tuple.of(60, Action.REMOVE_CURRENT),
                Tuple.of(30, Action.LOOK_AHEAD),
                Tuple.of(5, Action.RESERVE),
                Tuple.of(5, Action.SHRINK),
                Tuple.of(1, Action.CLEAR));
        Arbitrary<Integer> numbers =
                Arbitraries.integers().between(0, 999).withDistribution(RandomDistribution.uniform());
        return Combinators.combine(actions, numbers)
                .as(Change::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(150);
    }

    /** The map is in any phase of a growth or a shrinking, and has keys and values of any types. */
    @Property(tries = 500)
    void everyLoopKeepsItsPromisesWhateverHappensToTheMap(
            @ForAll ModelledMap.Types types,
            @ForAll(supplier = BucketGeometries.class) Geometry geometry,
            @ForAll boolean autoShrink,
            @ForAll boolean byView,
            @ForAll @IntRange(max = 600) int filled,
            @ForAll @IntRange(max = 600) int removed,
            @ForAll("changes") List<Change> changes) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            ModelledMap<?, ?> map = types.make(heap, geometry, autoShrink);
            for (int key = 0; key < filled; key++) {
                map.set(key, key);
            }
            for (int key = 0; key < Math.min(removed, filled); key++) {
                map.delete(key);
            }
            play(map, byView, changes);
            map.assertNoByteLeaked();
            map.free();
        }
    }

    private static <K, V> void play(ModelledMap<K, V> map, boolean byView, List<Change> changes) {
        new Walks<K, V>(map, byView ? ViewWalk::new : CursorWalk::new).play(changes);
    }

    /** Several loops over one map, and the changes of the map. */
    private static final class Walks<K, V> {
        private static final int MOST = 3;

        private final ModelledMap<K, V> map;
        private final List<Walk<K, V>> walks = new ArrayList<>();

        Walks(ModelledMap<K, V> map, Function<ModelledMap<K, V>, Walk<K, V>> first) {
            this.map = map;
            walks.add(first.apply(map));
        }

        void play(List<Change> changes) {
            for (Change change : changes) {
                apply(change, walks.get(change.number % walks.size()));
                walks.forEach(Walk::notice);
                map.map.check();
            }
            walks.forEach(Walk::finish);
            map.assertContentsAgree();
        }

        private void apply(Change change, Walk<K, V> walk) {
            int number = change.number;
            switch (change.action) {
                case STEP -> walk.step();
                case STEP_MANY -> {
                    for (int i = 0; i < number / 4 && walk.step(); i++) {}
                }
                case BEGIN -> {
                    if (walks.size() < MOST) {
                        walks.add(number % 2 == 0 ? new CursorWalk<>(map) : new ViewWalk<>(map));
                    }
                }
                case PUT -> map.put(number, number + 1);
                case PUT_MANY -> {
                    for (int i = 0; i < 150; i++) {
                        map.set((number + i) % 1000, i);
                    }
                }
                case REMOVE -> map.remove(number);
                case REMOVE_MANY -> {
                    for (int i = 0; i < 400; i++) {
                        map.delete((number + i) % 1000);
                    }
                }
                case SET_VALUE -> walk.setValue(number);
                case REMOVE_CURRENT -> walk.remove();
                case LOOK_AHEAD -> walk.lookAhead();
                case RESERVE -> map.map.reserve(number);
                case SHRINK -> map.map.shrink();
                case CLEAR -> map.clear();
            }
        }
    }

    /** A loop, the entries that it may produce, and those that it must produce. */
    private abstract static class Walk<K, V> {
        final ModelledMap<K, V> map;
        /** Entries that have been present since the loop began. */
        private final Set<Object> always;

        private final Set<Object> produced = new HashSet<>();
        boolean isAtEntry;
        /** Whether the map has been emptied. The loop must then end. */
        boolean emptied;

        Walk(ModelledMap<K, V> map) {
            this.map = map;
            always = new HashSet<>(map.plainKeys());
            emptied = always.isEmpty();
        }

        /**
         * Goes to the next entry. Returns its key as an object with an equality, or null if there
         * is no next entry.
         */
        abstract @Nullable Object next();

        /** Returns the key of the current entry. */
        abstract K key();

        abstract void set(int number);

        abstract void erase();

        /** Asks whether there is a next entry, if this kind of loop can be asked. */
        void lookAhead() {}

        final void notice() {
            always.retainAll(map.plainKeys());
            emptied |= map.size() == 0;
        }

        /**
         * A key that was removed and put again is a new entry. The loop must not produce this key a
         * second time either.
         */
        final boolean step() {
            Object key = next();
            isAtEntry = key != null;
            if (isAtEntry) {
                assertThat(produced.add(key))
                        .as("key %s is produced for the first time", key)
                        .isTrue();
            }
            return isAtEntry;
        }

        private boolean isThere() {
            return isAtEntry && map.plainKeys().contains(map.keys.plain(key()));
        }

        final void setValue(int number) {
            if (isThere()) {
                set(number);
            }
        }

        final void remove() {
            if (isThere()) {
                erase();
                isAtEntry = false;
            }
        }

        final void finish() {
            while (step()) {}
            assertThat(next()).isNull();
            if (!emptied) {
                assertThat(produced).containsAll(always);
            }
        }
    }

    private static final class CursorWalk<K, V> extends Walk<K, V> {
        private final MemMapCursor<K, V> cursor;

        CursorWalk(ModelledMap<K, V> map) {
            super(map);
            cursor = map.map.cursor();
        }

        @Override
        @Nullable
        Object next() {
            if (!cursor.next()) {
                return null;
            }
            assertThat(emptied)
                    .as("the map was emptied, so the loop must have ended")
                    .isFalse();
            return map.assertProduced(cursor);
        }

        @Override
        K key() {
            return cursor.key();
        }

        @Override
        void set(int number) {
            map.setBy(cursor, number);
        }

        @Override
        void erase() {
            map.removeBy(cursor);
        }
    }

    /**
     * An iterator of the map's view. It follows the same rules, except that next returns an entry
     * that hasNext has already found.
     */
    private static final class ViewWalk<K, V> extends Walk<K, V> {
        private final Iterator<Map.Entry<K, V>> entries;
        private Map.Entry<K, V> entry;
        private boolean hasLookedAhead;

        ViewWalk(ModelledMap<K, V> map) {
            super(map);
            entries = map.map.asMap().entrySet().iterator();
        }

        @Override
        void lookAhead() {
            hasLookedAhead |= entries.hasNext();
        }

        @Override
        @Nullable
        Object next() {
            if (!entries.hasNext()) {
                assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(entries::next);
                return null;
            }
            entry = entries.next();
            Object key = map.keys.plain(entry.getKey());
            if (!hasLookedAhead || map.plainKeys().contains(key)) {
                map.assertProduced(entry.getKey(), entry.getValue());
                assertThat(emptied && !hasLookedAhead)
                        .as("the map was emptied, so the loop must have ended")
                        .isFalse();
            }
            hasLookedAhead = false;
            return key;
        }

        @Override
        K key() {
            return entry.getKey();
        }

        @Override
        void set(int number) {
            map.setBy(entry, number);
        }

        @Override
        void erase() {
            map.removeBy(entries, entry.getKey());
        }
    }
}
