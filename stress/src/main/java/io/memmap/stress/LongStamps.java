package io.memmap.stress;

import io.memmap.MapStats;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;

/** A SyncLongLongMap that stores stamps as they are. */
final class LongStamps implements StampMap {
    private final SyncLongLongMap map;

    LongStamps(NativeHeap heap) {
        map = SyncLongLongMap.make(heap);
    }

    @Override
    public String name() {
        return "SyncLongLongMap";
    }

    @Override
    public long get(int key) {
        return map.get(key);
    }

    @Override
    public long put(int key, long stamp) {
        return map.put(key, stamp);
    }

    @Override
    public long putIfAbsent(int key, long stamp) {
        long there = map.putIfAbsent(key, stamp);
        return there == stamp ? 0 : there;
    }

    @Override
    public boolean replace(int key, long expected, long stamp) {
        return map.replace(key, expected, stamp);
    }

    @Override
    public boolean remove(int key, long expected) {
        return map.remove(key, expected);
    }

    @Override
    public void forEach(Action action) {
        map.forEach((key, stamp) -> action.accept(Math.toIntExact(key), stamp));
    }

    @Override
    public MapStats stats() {
        return map.stats();
    }

    @Override
    public void check() {
        map.check();
    }

    @Override
    public void free() {
        map.free();
    }
}
