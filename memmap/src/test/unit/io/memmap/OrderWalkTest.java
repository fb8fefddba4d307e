package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The batches in which iterators in order take entries: where they end, and what changes meanwhile. */
class OrderWalkTest {
    private static final int KEYS = 200;

    private static String key(int number) {
        return "%05d".formatted(number);
    }

    /** Returns a value that names its key, and has more bytes than the one before if it is newer. */
    private static String value(int number, int version) {
        return (key(number) + ".").repeat(1 + number % 7 + 20 * version);
    }

    private static SyncMap<String, String> filled(int shards, NavigableMap<String, String> model) {
        SyncMap<String, String> map =
                SyncMap.builder(Type.UTF8, Type.UTF8).shards(shards).make();
        for (int i = 0; i < KEYS; i++) {
            model.put(key(i), value(i, 0));
        }
        map.putAll(model);
        map.ordered();
        return map;
    }

    private static void assertSame(NavigableMap<String, String> view, NavigableMap<String, String> model) {
        assertThat(List.copyOf(view.entrySet())).isEqualTo(List.copyOf(model.entrySet()));
        assertThat(List.copyOf(view.keySet())).isEqualTo(List.copyOf(model.keySet()));
        assertThat(List.copyOf(view.descendingMap().entrySet()))
                .isEqualTo(List.copyOf(model.descendingMap().entrySet()));
    }

    /** A range ends within a batch, at its end, or where a leaf ends. 0 shards stand for a plain map. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 16})
    void aRangeMayEndAtEveryEntryOfABatch(int shards) {
        TreeMap<String, String> model = new TreeMap<>();
        try (NativeHeap heap = NativeHeap.ofConfined();
                SyncMap<String, String> sync = filled(Math.max(1, shards), model)) {
            MemMap<String, String> plain = MemMap.make(heap, Type.UTF8, Type.UTF8);
            model.forEach(plain::set);
            OrderedMap<String, String> ordered = shards == 0 ? plain.ordered() : sync.ordered();
            for (int length = 0; length <= KEYS; length += length < 70 ? 1 : 9) {
                String from = key(KEYS - length);
                String to = key(length);
                assertSame(ordered.headMap(to, false), model.headMap(to, false));
                assertSame(ordered.tailMap(from, true), model.tailMap(from, true));
                if (length > 0) {
                    assertSame(ordered.subMap(key(1), true, to, true), model.subMap(key(1), true, to, true));
                }
            }
        }
    }

    /** What another thread does while a walk takes entries. */
    enum Change {
        REMOVE((map, number) -> map.remove(key(number))),
        OVERWRITE_WITH_A_LARGER_VALUE((map, number) -> map.put(key(number), value(number, 1))),
        OVERWRITE_WITH_AN_EMPTY_VALUE((map, number) -> map.put(key(number), "")),
        ADD((map, number) -> map.put(key(number) + "+", value(number, 0))),
        REPLACE_BY_OTHER_KEYS((map, number) -> {
            map.remove(key(number));
            map.put(key(number + KEYS), value(number, 0));
        });

        @SuppressWarnings("ImmutableEnumChecker") // the lambdas have no state
        private final BiConsumer<Map<String, String>, Integer> one;

        Change(BiConsumer<Map<String, String>, Integer> one) {
            this.one = one;
        }

        /** Changes every third key, which changes most blocks, and reuses those that are freed. */
        void apply(Map<String, String> map) {
            for (int i = 0; i < KEYS; i += 3) {
                one.accept(map, i);
            }
        }
    }

    /**
     * A walk takes its first keys in steps. A change between any two of them is seen: the walk
     * produces what the map has after the change.
     */
    @ParameterizedTest
    @EnumSource
    void aChangeBetweenTwoStepsIsSeen(Change change) {
        for (int changed = 0; changed < OrderWalk.STEPS; changed++) {
            for (boolean ascending : new boolean[] {true, false}) {
                TreeMap<String, String> model = new TreeMap<>();
                try (SyncMap<String, String> map = filled(1, model)) {
                    OrderWalk walk = new ShardOrderWalk<>(
                            map.shards, map.shards.get(0), KeyRange.ALL, ascending, true, 60, new OrderWalk.Holders());
                    for (int step = 0; step < OrderWalk.STEPS; step++) {
                        walk.takeAhead(step);
                        if (step == changed) {
                            change.apply(map);
                        }
                    }
                    change.apply(model);
                    assertThat(produced(walk))
                            .containsExactlyElementsOf((ascending ? model : model.descendingMap()).entrySet());
                }
            }
        }
    }

    private static List<Map.Entry<String, String>> produced(OrderWalk walk) {
        List<Map.Entry<String, String>> produced = new ArrayList<>();
        while (walk.advance()) {
            String key = Type.UTF8.codec().decode(walk.encodedKey(walk.current()));
            produced.add(Map.entry(key, Type.UTF8.codec().decode(walk.value())));
        }
        return produced;
    }

    /**
     * The map changes after each entry that an iterator produces. A key that stays is produced once,
     * in order, and each value is one that its key has had.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4})
    void anIteratorGoesOnWhileEntriesChangeBetweenItsBatches(int shards) {
        for (int seed = 0; seed < 20; seed++) {
            TreeMap<String, String> model = new TreeMap<>();
            try (NativeHeap heap = NativeHeap.ofConfined();
                    SyncMap<String, String> sync = filled(Math.max(1, shards), model)) {
                MemMap<String, String> plain = MemMap.make(heap, Type.UTF8, Type.UTF8);
                model.forEach(plain::set);
                Map<String, String> map = shards == 0 ? plain.asMap() : sync;
                OrderedMap<String, String> ordered = shards == 0 ? plain.ordered() : sync.ordered();
                iterate(map, ordered, new Random(seed));
            }
        }
    }

    private static void iterate(Map<String, String> map, OrderedMap<String, String> ordered, Random random) {
        boolean[] isRemoved = new boolean[KEYS];
        int next = 0;
        for (Iterator<Map.Entry<String, String>> entries = ordered.entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<String, String> entry = entries.next();
            int number = Integer.parseInt(entry.getKey());
            for (; next < number; next++) {
                assertThat(isRemoved[next]).as("key %d has been removed", next).isTrue();
            }
            next = number + 1;
            assertThat(entry.getValue()).isIn(value(number, 0), value(number, 1));
            for (int i = 0; i < 5; i++) {
                int other = random.nextInt(KEYS);
                if (random.nextBoolean()) {
                    map.remove(key(other));
                    isRemoved[other] = true;
                } else {
                    map.replace(key(other), value(other, 1));
                }
            }
        }
        for (; next < KEYS; next++) {
            assertThat(isRemoved[next]).as("key %d has been removed", next).isTrue();
        }
    }

    /** Batches end early if the keys or the values have many bytes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4})
    void longKeysAndValuesComeInSmallerBatches(int shards) {
        TreeMap<String, String> model = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            model.put(key(i) + "k".repeat(i % 10 * 1000), "v".repeat(i % 7 * 6000 + i));
        }
        try (NativeHeap heap = NativeHeap.ofConfined();
                SyncMap<String, String> sync = SyncMap.builder(Type.UTF8, Type.UTF8)
                        .shards(Math.max(1, shards))
                        .make()) {
            MemMap<String, String> plain = MemMap.make(heap, Type.UTF8, Type.UTF8);
            Map<String, String> map = shards == 0 ? plain.asMap() : sync;
            map.putAll(model);
            assertSame(shards == 0 ? plain.ordered() : sync.ordered(), model);
        }
    }
}
