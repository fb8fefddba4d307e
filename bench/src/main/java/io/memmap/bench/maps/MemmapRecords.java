package io.memmap.bench.maps;

import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;

/** {@link MemMap} of longs to records. */
final class MemmapRecords implements LongRecords {
    private final NativeHeap heap = NativeHeap.ofConfined();
    private final MemMap<Long, Triple> map;

    MemmapRecords(long[] keys) {
        map = MemMap.make(heap, Type.LONG, Type.record(Triple.class), keys.length);
        for (long key : keys) {
            map.set(key, Triple.of(key));
        }
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            Triple value = map.get(keys[i]);
            if (value != null) {
                sum += value.digest();
            }
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
