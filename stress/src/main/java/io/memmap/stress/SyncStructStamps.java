package io.memmap.stress;

import io.memmap.MapStats;
import io.memmap.NativeHeap;
import io.memmap.StructField;
import io.memmap.StructRef;
import io.memmap.StructView;
import io.memmap.SyncLongStructMap;
import io.memmap.SyncLongStructRef;
import java.lang.foreign.MemorySegment;

/** A SyncLongStructMap that stores stamps as structs. */
final class SyncStructStamps implements StampMap {
    static final StructField.OfLong NUMBER = StructField.ofLong(Form.LAYOUT, "number");
    static final StructField.OfLong DIGEST = StructField.ofLong(Form.LAYOUT, "digest");

    private final SyncLongStructMap map;

    SyncStructStamps(NativeHeap heap) {
        map = SyncLongStructMap.make(heap, Form.LAYOUT);
    }

    /** Returns the number of a struct by two of its fields; 0 for a struct of zeros. */
    static long number(StructView struct) {
        long number = struct.get(NUMBER);
        return struct.get(DIGEST) == Stamp.digest(number) ? number : Stamp.TORN;
    }

    @Override
    public String name() {
        return "SyncLongStructMap";
    }

    /** Reads some fields of one key in two, and all fields of the others. */
    @Override
    public long get(int key) {
        if (key % 2 == 0) {
            SyncLongStructRef ref = map.ref(NUMBER, DIGEST);
            return ref.read(key) ? number(ref) : 0;
        }
        MemorySegment struct = MemorySegment.ofArray(new long[(int) (Form.LAYOUT.byteSize() / Long.BYTES)]);
        return map.get(key, struct) ? Form.STRUCT.number(struct) : 0;
    }

    @Override
    public long put(int key, long stamp) {
        long[] before = {0};
        map.ref().updateOrAdd(key, struct -> before[0] = set(struct, stamp));
        return before[0];
    }

    /** Sets a struct, and returns the number that it had. */
    private static long set(StructRef struct, long stamp) {
        long before = number(struct);
        struct.copyFrom(Form.STRUCT.of(stamp));
        return before;
    }

    @Override
    public long putIfAbsent(int key, long stamp) {
        long[] there = {0};
        map.ref().updateOrAdd(key, struct -> {
            there[0] = number(struct);
            if (there[0] == 0) {
                struct.copyFrom(Form.STRUCT.of(stamp));
            }
        });
        return there[0];
    }

    @Override
    public boolean replace(int key, long expected, long stamp) {
        return map.replace(key, Form.STRUCT.of(expected), Form.STRUCT.of(stamp));
    }

    @Override
    public boolean remove(int key, long expected) {
        return map.remove(key, Form.STRUCT.of(expected));
    }

    @Override
    public void forEach(Action action) {
        map.forEach((key, struct) -> action.accept(Math.toIntExact(key), number(struct)));
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
