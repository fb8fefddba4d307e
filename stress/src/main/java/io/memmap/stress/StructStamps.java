package io.memmap.stress;

import io.memmap.LongStructMap;
import io.memmap.LongStructRef;
import io.memmap.MapStats;
import io.memmap.NativeHeap;
import java.lang.foreign.MemorySegment;

/** A LongStructMap that stores stamps as structs. It is for one thread at a time, or many readers. */
final class StructStamps implements StampMap {
    private final LongStructMap map;

    StructStamps(NativeHeap heap) {
        map = LongStructMap.make(heap, Form.LAYOUT);
    }

    @Override
    public String name() {
        return "LongStructMap";
    }

    /** Reads one key in two in place, and copies the structs of the others. */
    @Override
    public long get(int key) {
        if (key % 2 == 0) {
            LongStructRef ref = map.ref();
            return ref.moveTo(key) ? SyncStructStamps.number(ref) : 0;
        }
        MemorySegment struct = MemorySegment.ofArray(new long[(int) (Form.LAYOUT.byteSize() / Long.BYTES)]);
        return map.get(key, struct) ? Form.STRUCT.number(struct) : 0;
    }

    @Override
    public long put(int key, long stamp) {
        LongStructRef ref = map.ref();
        long before = ref.moveToOrAdd(key) ? 0 : SyncStructStamps.number(ref);
        ref.copyFrom(Form.STRUCT.of(stamp));
        return before;
    }

    @Override
    public long putIfAbsent(int key, long stamp) {
        return map.putIfAbsent(key, Form.STRUCT.of(stamp)) ? 0 : get(key);
    }

    @Override
    public boolean replace(int key, long expected, long stamp) {
        return get(key) == expected && map.put(key, Form.STRUCT.of(stamp));
    }

    @Override
    public boolean remove(int key, long expected) {
        return get(key) == expected && map.remove(key);
    }

    @Override
    public void forEach(Action action) {
        map.forEach((key, struct) -> action.accept(Math.toIntExact(key), SyncStructStamps.number(struct)));
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
