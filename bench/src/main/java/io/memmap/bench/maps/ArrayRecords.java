package io.memmap.bench.maps;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;

/**
 * A {@link LongLongMap} from longs to places in a Java array. A lookup loads three longs from the
 * array.
 */
final class ArrayRecords implements LongRecords {
    private static final int COMPONENTS = 3;

    private final NativeHeap heap = NativeHeap.ofConfined();
    private final LongLongMap places;
    /** Begins with the three longs of an absent key. */
    private final long[] components;

    ArrayRecords(long[] keys) {
        places = LongLongMap.make(heap, keys.length);
        components = new long[COMPONENTS * (keys.length + 1)];
        for (int i = 0; i < keys.length; i++) {
            int place = COMPONENTS * (i + 1);
            Triple value = Triple.of(keys[i]);
            components[place] = value.first();
            components[place + 1] = value.second();
            components[place + 2] = value.third();
            places.put(keys[i], place);
        }
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            int place = (int) places.get(keys[i]);
            sum += Triple.digest(components[place], components[place + 1], components[place + 2]);
        }
        return sum;
    }

    @Override
    public long size() {
        return places.size();
    }

    @Override
    public void close() {
        heap.close();
    }
}
