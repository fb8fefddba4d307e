package io.memmap.bench.maps;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;

/**
 * A {@link LongLongMap} from longs to the digests of their values. A lookup is one get, which is the
 * yardstick for lookups that read three fields.
 */
final class DigestRecords implements LongRecords {
    private final NativeHeap heap = NativeHeap.ofConfined();
    private final LongLongMap map;

    DigestRecords(long[] keys) {
        map = LongLongMap.make(heap, keys.length);
        for (long key : keys) {
            map.put(key, Triple.of(key).digest());
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

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public void close() {
        heap.close();
    }
}
