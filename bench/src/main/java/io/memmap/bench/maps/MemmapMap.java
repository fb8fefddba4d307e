package io.memmap.bench.maps;

import io.memmap.LongLongCursor;
import io.memmap.LongLongMap;

/** {@link LongLongMap}. */
public final class MemmapMap implements WalkedMap {
    private final LongLongMap map;
    private LongLongCursor cursor;

    MemmapMap(LongLongMap map) {
        this.map = map;
        cursor = map.cursor();
    }

    /** The map itself. */
    public LongLongMap map() {
        return map;
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void putAll(long[] keys, int from, int to, long salt) {
        for (int i = from; i < to; i++) {
            map.put(keys[i], LongMap.value(keys[i], salt));
        }
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += map.get(keys[i]);
        }
        return sum;
    }

    /** As {@link #sum}, by getAll of batches. */
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

    @Override
    public long walk(int entries) {
        long sum = 0;
        for (int i = 0; i < entries; i++) {
            while (!cursor.next()) {
                cursor = map.cursor();
            }
            sum += cursor.key() + cursor.value();
        }
        return sum;
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
