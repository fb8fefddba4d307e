package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.SyncLongStructMap;
import io.memmap.SyncLongStructRef;

/** A {@link SyncLongStructMap}. A lookup copies the three fields of a struct. */
final class SyncStructRecords implements LongRecords {
    private final NativeHeap heap = NativeHeap.ofShared();
    private final SyncLongStructMap map;
    private final SyncLongStructRef struct;

    SyncStructRecords(long[] keys) {
        map = SyncLongStructMap.make(heap, StructRecords.LAYOUT, keys.length);
        struct = map.ref(StructRecords.FIRST, StructRecords.SECOND, StructRecords.THIRD);
        for (long key : keys) {
            struct.updateOrAdd(key, key, (added, of) -> StructRecords.set(added, Triple.of(of)));
        }
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            if (struct.read(keys[i])) {
                sum += Triple.digest(
                        struct.get(StructRecords.FIRST),
                        struct.get(StructRecords.SECOND),
                        struct.get(StructRecords.THIRD));
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
