package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
 * Cursors over entries whose key is NaN; only the values tell them apart. An entry that stays is
 * produced exactly once, and a removed entry never. A removal removes the right entry, whatever
 * other cursors do and however the map grows.
 */
@Tag("slow")
class NanCursorPropertyTest {
    private static final long HEAP_BYTES = 4L << 20;

    record Change(Action action, int number) {}

    enum Action {
        STEP,
        STEP_MANY,
        BEGIN,
        PUT_NAN,
        PUT_NANS,
        PUT_ORDINARY,
        REMOVE_ORDINARY,
        SET_VALUE,
        REMOVE_CURRENT,
        /** Removes every entry except those with a few values, with its own cursor. */
        REMOVE_MANY,
        RESERVE,
        SHRINK,
        CLEAR
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(200, Action.STEP),
                Tuple.of(40, Action.STEP_MANY),
                Tuple.of(20, Action.BEGIN),
                Tuple.of(100, Action.PUT_NAN),
                Tuple.of(40, Action.PUT_NANS),
                Tuple.of(40, Action.PUT_ORDINARY),
                Tuple.of(20, Action.REMOVE_ORDINARY),
                Tuple.of(30, Action.SET_VALUE),
                Tuple.of(100, Action.REMOVE_CURRENT),
                Tuple.of(10, Action.REMOVE_MANY),
                Tuple.of(5, Action.RESERVE),
                Tuple.of(5, Action.SHRINK),
                Tuple.of(2, Action.CLEAR));
        Arbitrary<Integer> numbers =
                Arbitraries.integers().between(0, 299).withDistribution(RandomDistribution.uniform());
        return Combinators.combine(actions, numbers)
                .as(Change::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(150);
    }

    @Property(tries = 1000)
    void everyNanEntryIsProducedOnceAndRemovedAlone(
            @ForAll(supplier = BucketGeometries.class) Geometry geometry,
            @ForAll @IntRange(max = 250) int nans,
            @ForAll("changes") List<Change> changes) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            MemMap<Double, Long> map = MemMap.builder(heap, Type.DOUBLE, Type.LONG)
                    .geometry(geometry)
                    .make();
            new Walks(heap, map).play(nans, changes);
        }
    }

    /**
     * The NaN keys have one chain and few tophashes, so many of them differ only in their values.
     */
    @Property(tries = 1000)
    void everyNanEntryIsProducedOnceAndRemovedAloneHoweverSimilarTheHashes(
            @ForAll(supplier = BucketGeometries.class) Geometry geometry,
            @ForAll @IntRange(min = 1, max = 40) int tophashes,
            @ForAll @IntRange(max = 40) int nans,
            @ForAll("changes") List<Change> changes) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            MemMap<Double, Long> map = MemMap.builder(heap, Type.DOUBLE, Type.LONG)
                    .geometry(geometry)
                    .make();
            new Walks(heap, withFewHashes(heap, map, tophashes)).play(nans, changes);
        }
    }

    private static MemMap<Double, Long> withFewHashes(NativeHeap heap, MemMap<Double, Long> map, int tophashes) {
        long identity = Mem.getLong(heap.memory, map.pointer() + HmapLayout.IDENTITY);
        return new FixedKeyMap<>(heap, map.pointer(), identity, Type.DOUBLE, Type.LONG) {
            private long nans;

            @Override
            long hashOfNan() {
                return (100 + nans++ % tophashes) << 56 | nans % 2;
            }
        };
    }

    /** Cursors over one map, and the changes of the map. Each entry has a different value. */
    private static final class Walks {
        private static final int MOST = 3;
        private static final int MOST_ENTRIES = 250;

        private final NativeHeap heap;
        private final MemMap<Double, Long> map;
        private final Set<Long> values = new HashSet<>();
        private final List<Walk> walks = new ArrayList<>();
        private long newest;

        Walks(NativeHeap heap, MemMap<Double, Long> map) {
            this.heap = heap;
            this.map = map;
        }

        void play(int nans, List<Change> changes) {
            put(Double.NaN, nans);
            walks.add(new Walk());
            for (Change change : changes) {
                apply(change, walks.get(change.number % walks.size()));
                for (Walk walk : walks) {
                    walk.notice();
                }
                map.check();
                assertThat(map.size()).isEqualTo(values.size());
            }
            walks.forEach(Walk::finish);
            Set<Long> contents = new HashSet<>();
            map.forEach((key, value) -> contents.add(value));
            assertThat(contents).isEqualTo(values);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }

        private void apply(Change change, Walk walk) {
            int number = change.number;
            switch (change.action) {
                case STEP -> walk.step();
                case STEP_MANY -> {
                    for (int i = 0; i < number / 4 && walk.step(); i++) {}
                }
                case BEGIN -> {
                    if (walks.size() < MOST) {
                        walks.add(new Walk());
                    }
                }
                case PUT_NAN -> put(Double.NaN, 1);
                case PUT_NANS -> put(Double.NaN, number / 4);
                case PUT_ORDINARY -> {
                    remove(number);
                    put(number, 1);
                }
                case REMOVE_ORDINARY -> remove(number);
                case SET_VALUE -> walk.setValue();
                case REMOVE_CURRENT -> walk.remove();
                case REMOVE_MANY -> {
                    for (MemMapCursor<Double, Long> cursor = map.cursor(); cursor.next(); ) {
                        if (cursor.value() % 16 != number % 16) {
                            values.remove(cursor.value());
                            cursor.remove();
                        }
                    }
                }
                case RESERVE -> map.reserve(number);
                case SHRINK -> map.shrink();
                case CLEAR -> {
                    map.clear();
                    values.clear();
                }
            }
        }

        /**
         * The limit stays below 251: two of 251 NaN keys in one chain would be indistinguishable.
         */
        private void put(double key, int times) {
            for (int i = 0; i < times && values.size() < MOST_ENTRIES; i++) {
                values.add(newest);
                map.set(key, newest++);
            }
        }

        private void remove(double key) {
            Long value = map.remove(key);
            assertThat(value == null || values.remove(value)).isTrue();
        }

        /** A cursor, the entries that it may produce, and those that it must produce. */
        private final class Walk {
            private final MemMapCursor<Double, Long> cursor = map.cursor();
            /**
             * Entries that have been present since the loop began and have not been produced yet.
             */
            private final Set<Long> due = new HashSet<>(values);

            private final Set<Long> produced = new HashSet<>();
            private boolean isAtEntry;
            /** The newest value at the time when the entry was produced. */
            private long newestThen;

            private boolean emptied = values.isEmpty();

            void notice() {
                due.retainAll(values);
                emptied |= values.isEmpty();
            }

            boolean step() {
                isAtEntry = cursor.next();
                newestThen = newest;
                if (isAtEntry) {
                    assertThat(emptied)
                            .as("the map was emptied, so the loop must have ended")
                            .isFalse();
                    assertThat(values)
                            .as("values of the map, which contain the produced value")
                            .contains(cursor.value());
                    assertThat(produced.add(cursor.value()))
                            .as("value %d is produced for the first time", cursor.value())
                            .isTrue();
                    due.remove(cursor.value());
                }
                return isAtEntry;
            }

            /** Replaces the value by a new one, which no loop has to produce. */
            void setValue() {
                if (isAtEntry && values.remove(cursor.value())) {
                    values.add(newest);
                    produced.add(newest);
                    cursor.setValue(newest++);
                }
            }

            /**
             * Removes the current entry, which may already be gone. Then nothing happens, unless an
             * entry that was put later is indistinguishable from it.
             */
            void remove() {
                if (isAtEntry && (values.remove(cursor.value()) || newest == newestThen)) {
                    cursor.remove();
                    isAtEntry = false;
                }
            }

            void finish() {
                while (step()) {}
                if (!emptied) {
                    assertThat(due).as("entries that were not produced").isEmpty();
                }
            }
        }
    }
}
