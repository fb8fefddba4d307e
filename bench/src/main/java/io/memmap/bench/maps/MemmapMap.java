package io.memmap.bench.maps;

import io.memmap.LongLongCursor;
import io.memmap.LongLongMap;

/** {@link LongLongMap}. */
public final class MemmapMap extends LongMap {
    private final LongLongMap map;

    MemmapMap(LongLongMap map) {
        this.map = map;
    }

    /** Returns the map. */
    public LongLongMap map() {
        return map;
    }

    @Override
    public long get(long key) {
        return map.get(key);
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void add(long key, long delta) {
        map.add(key, delta);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        for (LongLongCursor cursor = map.cursor(); cursor.next(); ) {
            sum += cursor.value();
        }
        return sum;
    }

    /** Returns the same as {@link #sum}, by getAll of batches. */
    public long sumBatched(long[] keys, int from, int to, long[] batch, long[] values) {
        long sum = 0;
        for (int start = from; start < to; start += batch.length) {
            int keysInBatch = Math.min(batch.length, to - start);
            System.arraycopy(keys, start, batch, 0, keysInBatch);
            map.getAll(batch, values);
            for (int i = 0; i < keysInBatch; i++) {
                sum += values[i];
            }
        }
        return sum;
    }

    /** Does the same as {@link #putAll}, by putAll of batches. */
    public void putBatched(long[] keys, int from, int to, long salt, long[] batch, long[] values) {
        for (int start = from; start < to; start += batch.length) {
            int keysInBatch = Math.min(batch.length, to - start);
            for (int i = 0; i < keysInBatch; i++) {
                batch[i] = keys[start + i];
                values[i] = value(batch[i], salt);
            }
            map.putAll(batch, values);
        }
    }

    @Override
    public void clear() {
        map.clear();
    }

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public void close() {
        map.free();
    }
}
