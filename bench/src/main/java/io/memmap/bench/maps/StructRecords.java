package io.memmap.bench.maps;

import io.memmap.LongStructMap;
import io.memmap.LongStructRef;
import io.memmap.NativeHeap;
import io.memmap.StructField;
import io.memmap.StructRef;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** A {@link LongStructMap}. A lookup reads the three fields of a struct in place. */
final class StructRecords implements LongRecords {
    static final StructLayout LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("first"),
            ValueLayout.JAVA_LONG.withName("second"),
            ValueLayout.JAVA_LONG.withName("third"));
    static final StructField.OfLong FIRST = StructField.ofLong(LAYOUT, "first");
    static final StructField.OfLong SECOND = StructField.ofLong(LAYOUT, "second");
    static final StructField.OfLong THIRD = StructField.ofLong(LAYOUT, "third");

    private final NativeHeap heap = NativeHeap.ofConfined();
    private final LongStructMap map;
    private final LongStructRef struct;

    StructRecords(long[] keys) {
        map = LongStructMap.make(heap, LAYOUT, keys.length);
        struct = map.ref();
        for (long key : keys) {
            struct.moveToOrAdd(key);
            set(struct, Triple.of(key));
        }
    }

    static void set(StructRef struct, Triple value) {
        struct.set(FIRST, value.first());
        struct.set(SECOND, value.second());
        struct.set(THIRD, value.third());
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            if (struct.moveTo(keys[i])) {
                sum += Triple.digest(struct.get(FIRST), struct.get(SECOND), struct.get(THIRD));
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
