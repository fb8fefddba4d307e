package io.memmap.stress;

import io.memmap.MapStats;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;

/** A map that many threads may read, or one may write, with the lock that this needs. */
final class LockedStamps implements StampMap {
    private final StampMap map;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    LockedStamps(StampMap map) {
        this.map = map;
    }

    private static long with(Lock taken, LongSupplier operation) {
        taken.lock();
        try {
            return operation.getAsLong();
        } finally {
            taken.unlock();
        }
    }

    private static void with(Lock taken, Runnable operation) {
        taken.lock();
        try {
            operation.run();
        } finally {
            taken.unlock();
        }
    }

    @Override
    public String name() {
        return map.name();
    }

    @Override
    public long get(int key) {
        return with(lock.readLock(), () -> map.get(key));
    }

    @Override
    public long put(int key, long stamp) {
        return with(lock.writeLock(), () -> map.put(key, stamp));
    }

    @Override
    public long putIfAbsent(int key, long stamp) {
        return with(lock.writeLock(), () -> map.putIfAbsent(key, stamp));
    }

    @Override
    public boolean replace(int key, long expected, long stamp) {
        return with(lock.writeLock(), () -> map.replace(key, expected, stamp) ? 1 : 0) != 0;
    }

    @Override
    public boolean remove(int key, long expected) {
        return with(lock.writeLock(), () -> map.remove(key, expected) ? 1 : 0) != 0;
    }

    @Override
    public void forEach(Action action) {
        with(lock.readLock(), () -> map.forEach(action));
    }

    @Override
    public void check() {
        with(lock.readLock(), map::check);
    }

    @Override
    public MapStats stats() {
        return map.stats();
    }

    @Override
    public void free() {
        map.free();
    }
}
