package io.memmap.stress;

import io.memmap.Geometry;
import io.memmap.IntIntMap;
import io.memmap.LongLongMap;
import io.memmap.LongStructMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The maps of a heap in a file: one of each class, some with another geometry or an ordered index. The
 * last two are caches if the heap is for many threads.
 */
final class CrashMaps {
    /** The number of maps. */
    static final int COUNT = 10;

    private static final long HEAP_BYTES = 32L << 20;
    private static final StructLayout SMALL = words(3);
    private static final StructLayout WIDE = words(7);

    /** A value of the map of records: it has its number and its key twice. */
    record Entry(long number, String text, int key) {}

    /** How to open a map by its name. */
    private interface Opener {
        View<?, ?> open(NativeHeap heap, String name);
    }

    /** Reads the number of an operation from a value, and checks that the value is not torn. */
    private interface Reader<V> {
        /** Returns the number, or -1 if the value is of no operation with this key. */
        long number(long key, V value);
    }

    /**
     * A map of any class as one of numbers.
     *
     * @param order the keys in order if the map has an index
     */
    private record View<K, V>(
            Map<K, V> map,
            Runnable check,
            LongFunction<K> keys,
            ToLongFunction<K> parse,
            Function<long[], V> values,
            Reader<V> reader,
            @Nullable Iterable<K> order) {
        long get(long key) {
            V value = map.get(keys.apply(key));
            return value == null ? 0 : reader.number(key, value);
        }

        void put(long key, long number) {
            map.put(keys.apply(key), values.apply(new long[] {key, number}));
        }

        void remove(long key) {
            map.remove(keys.apply(key));
        }

        Map<Long, Long> content() {
            Map<Long, Long> content = new HashMap<>();
            map.forEach((k, v) -> {
                long key = parse.applyAsLong(k);
                content.put(key, reader.number(key, v));
            });
            return content;
        }

        /** Returns whether the index has the keys of the map, in order. */
        boolean isOrdered() {
            if (order == null) {
                return true;
            }
            List<String> found = new ArrayList<>();
            order.forEach(key -> found.add(key.toString()));
            Set<String> expected = new TreeSet<>();
            map.keySet().forEach(key -> expected.add(key.toString()));
            return found.equals(List.copyOf(expected));
        }
    }

    private static final List<String> NAMES =
            List.of("longs", "lines", "ints", "structs", "wide", "texts", "records", "ordered", "cache", "evicting");
    private static final List<Opener> OPENERS = List.of(
            CrashMaps::longs,
            CrashMaps::lines,
            CrashMaps::ints,
            (heap, name) -> structs(heap, name, SMALL),
            (heap, name) -> structs(heap, name, WIDE),
            CrashMaps::texts,
            CrashMaps::records,
            CrashMaps::ordered,
            CrashMaps::longs,
            CrashMaps::texts);
    private static final Map<String, Opener> CACHES =
            Map.of("cache", CrashMaps::cache, "evicting", CrashMaps::evicting);

    private final NativeHeap heap;
    private final boolean hasCaches;
    private final List<View<?, ?>> views = new ArrayList<>();

    /** Opens the maps of a writer whose operations have this seed. */
    CrashMaps(NativeHeap heap, long seed) {
        this.heap = heap;
        hasCaches = hasCaches(seed);
        for (int map = 0; map < COUNT; map++) {
            views.add(open(map));
        }
    }

    /** Opens the heap of a writer whose operations have this seed. */
    static NativeHeap open(Path file, long seed) {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(HEAP_BYTES).file(file);
        return hasCaches(seed) ? builder.shared().open() : builder.open();
    }

    private static boolean hasCaches(long seed) {
        return seed % 2 != 0;
    }

    private View<?, ?> open(int map) {
        String name = NAMES.get(map);
        Opener plain = OPENERS.get(map);
        return (hasCaches ? CACHES.getOrDefault(name, plain) : plain).open(heap, name);
    }

    static String name(int map) {
        return NAMES.get(map);
    }

    /** Returns whether the keys lie in the slots, as numbers. */
    static boolean hasNumbersAsKeys(int map) {
        return !List.of("texts", "ordered", "evicting").contains(NAMES.get(map));
    }

    static Set<String> names() {
        return Set.copyOf(NAMES);
    }

    void apply(long seed, long number) {
        CrashStep step = CrashStep.of(seed, number);
        View<?, ?> view = views.get(step.map());
        switch (step.kind()) {
            case PUT -> view.put(step.key(), number);
            case REMOVE -> view.remove(step.key());
            case CLEAR -> view.map().clear();
            case DROP -> {
                heap.remove(NAMES.get(step.map()));
                views.set(step.map(), open(step.map()));
            }
        }
    }

    /** Checks all tables. */
    void check() {
        heap.check();
        views.forEach(view -> view.check().run());
    }

    /** Returns the number of the last put of a key; 0 if the key is absent, -1 if the value is torn. */
    long get(int map, long key) {
        return views.get(map).get(key);
    }

    /** Returns the content as numbers of operations by key; -1 is a torn value. */
    Map<Long, Long> content(int map) {
        return views.get(map).content();
    }

    /**
     * Returns what of a model must be in a map with this content: all of it, unless the map evicts
     * entries.
     */
    Map<Long, Long> expected(int map, Map<Long, Long> model, Map<Long, Long> content) {
        if (!hasCaches || !NAMES.get(map).equals("evicting")) {
            return model;
        }
        Map<Long, Long> expected = new HashMap<>(model);
        expected.keySet().retainAll(content.keySet());
        return expected;
    }

    boolean isOrdered(int map) {
        return views.get(map).isOrdered();
    }

    private static View<Long, Long> longs(NativeHeap heap, String name) {
        return numbers(LongLongMap.open(heap, name));
    }

    private static View<Long, Long> lines(NativeHeap heap, String name) {
        return numbers(LongLongMap.builder(heap)
                .geometry(Geometry.LINE)
                .autoShrink(true)
                .name(name)
                .open());
    }

    private static View<Long, Long> numbers(LongLongMap map) {
        return new View<>(map.asMap(), map::check, k -> k, k -> k, v -> v[1], (key, value) -> value, null);
    }

    private static View<Integer, Integer> ints(NativeHeap heap, String name) {
        IntIntMap map = IntIntMap.open(heap, name);
        return new View<>(map.asMap(), map::check, k -> (int) k, k -> k, v -> (int) v[1], (key, value) -> value, null);
    }

    /** Returns a cache that has room for all keys. */
    private static View<Long, Long> cache(NativeHeap heap, String name) {
        SyncMap<Long, Long> map = SyncMap.builder(heap, Type.LONG, Type.LONG)
                .name(name)
                .maxEntries(4 * CrashStep.KEYS)
                .shards(1)
                .open();
        return new View<>(map, map::check, k -> k, k -> k, v -> v[1], (key, value) -> value, null);
    }

    /** Returns a cache that has room for some keys. */
    private static View<String, String> evicting(NativeHeap heap, String name) {
        SyncMap<String, String> map = SyncMap.builder(heap, Type.UTF8, Type.UTF8)
                .name(name)
                .maxBytes(100_000)
                .expireAfterAccess(Duration.ofDays(1))
                .shards(2)
                .open();
        return ofTexts(map, map::check);
    }

    private static StructLayout words(int words) {
        MemoryLayout[] fields = new MemoryLayout[words];
        for (int i = 0; i < words; i++) {
            fields[i] = ValueLayout.JAVA_LONG.withName("word" + i);
        }
        return MemoryLayout.structLayout(fields);
    }

    private static View<Long, MemorySegment> structs(NativeHeap heap, String name, StructLayout layout) {
        LongStructMap map =
                LongStructMap.builder(heap, layout).autoShrink(true).name(name).open();
        int words = (int) (layout.byteSize() / Long.BYTES);
        return new View<>(
                map.asMap(),
                map::check,
                k -> k,
                k -> k,
                v -> {
                    long[] struct = new long[words];
                    for (int i = 0; i < words; i++) {
                        struct[i] = v[1] + i * v[0];
                    }
                    return MemorySegment.ofArray(struct);
                },
                (key, value) -> {
                    long number = value.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
                    for (int i = 1; i < words; i++) {
                        if (value.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * Long.BYTES) != number + i * key) {
                            return -1;
                        }
                    }
                    return number;
                },
                null);
    }

    /** Returns a text of up to 55 characters; one of 50 has some 2,000. */
    private static String text(long number) {
        int length = number % 50 == 0 ? 2_000 : (int) (number % 50);
        return number + "v".repeat(length);
    }

    private static long numberOf(String text) {
        int end = text.indexOf('v');
        long number = Long.parseLong(end < 0 ? text : text.substring(0, end));
        return text.equals(text(number)) ? number : -1;
    }

    private static String key(long key) {
        return "key " + key;
    }

    private static long keyOf(String key) {
        return Long.parseLong(key.substring(4));
    }

    private static View<String, String> texts(NativeHeap heap, String name) {
        MemMap<String, String> map = MemMap.builder(heap, Type.UTF8, Type.UTF8)
                .autoShrink(true)
                .name(name)
                .open();
        return ofTexts(map.asMap(), map::check);
    }

    private static View<String, String> ofTexts(Map<String, String> map, Runnable check) {
        return new View<>(
                map, check, CrashMaps::key, CrashMaps::keyOf, v -> text(v[1]), (key, value) -> numberOf(value), null);
    }

    private static View<Long, Entry> records(NativeHeap heap, String name) {
        MemMap<Long, Entry> map = MemMap.open(heap, name, Type.LONG, Type.record(Entry.class, MethodHandles.lookup()));
        return new View<>(
                map.asMap(),
                map::check,
                k -> k,
                k -> k,
                v -> new Entry(v[1], text(v[1]), (int) v[0]),
                (key, value) -> value.key() == key && value.text().equals(text(value.number())) ? value.number() : -1,
                null);
    }

    private static View<String, Long> ordered(NativeHeap heap, String name) {
        MemMap<String, Long> map = MemMap.open(heap, name, Type.UTF8, Type.LONG);
        Iterable<String> order = map.ordered().navigableKeySet();
        return new View<>(
                map.asMap(), map::check, CrashMaps::key, CrashMaps::keyOf, v -> v[1], (key, value) -> value, order);
    }
}
