package io.memmap.stress;

import io.memmap.MapStats;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import java.util.Map;
import java.util.function.Supplier;

/** A map of objects that stores keys and stamps as keys and values of some form. */
final class ObjectStamps<K, V> implements StampMap {
    private final String name;
    private final Form<K> keys;
    private final Form<V> values;
    private final Map<K, V> map;
    private final Supplier<MapStats> stats;
    private final Runnable check;
    private final Runnable free;

    private ObjectStamps(
            String name,
            Form<K> keys,
            Form<V> values,
            Map<K, V> map,
            Supplier<MapStats> stats,
            Runnable check,
            Runnable free) {
        this.name = name;
        this.keys = keys;
        this.values = values;
        this.map = map;
        this.stats = stats;
        this.check = check;
        this.free = free;
    }

    /** Makes a map for many threads. */
    static <K, V> StampMap sync(NativeHeap heap, String types, Form<K> keys, Form<V> values) {
        SyncMap<K, V> map = SyncMap.make(heap, keys.type(), values.type());
        return new ObjectStamps<>("SyncMap" + types, keys, values, map, map::stats, map::check, map::free);
    }

    /** Makes a map for one thread at a time, with a lock. */
    static <K, V> StampMap locked(NativeHeap heap, String types, Form<K> keys, Form<V> values) {
        MemMap<K, V> map = MemMap.make(heap, keys.type(), values.type());
        return new LockedStamps(
                new ObjectStamps<>("MemMap" + types, keys, values, map.asMap(), map::stats, map::check, map::free));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long get(int key) {
        return values.number(map.get(keys.of(key)));
    }

    @Override
    public long put(int key, long stamp) {
        return values.number(map.put(keys.of(key), values.of(stamp)));
    }

    @Override
    public long putIfAbsent(int key, long stamp) {
        return values.number(map.putIfAbsent(keys.of(key), values.of(stamp)));
    }

    @Override
    public boolean replace(int key, long expected, long stamp) {
        return map.replace(keys.of(key), values.of(expected), values.of(stamp));
    }

    @Override
    public boolean remove(int key, long expected) {
        return map.remove(keys.of(key), values.of(expected));
    }

    @Override
    public void forEach(Action action) {
        map.forEach((key, value) -> action.accept((int) keys.number(key), values.number(value)));
    }

    @Override
    public MapStats stats() {
        return stats.get();
    }

    @Override
    public void check() {
        check.run();
    }

    @Override
    public void free() {
        free.run();
    }
}
