package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.Type;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** A {@link io.memmap.MemMap} from strings to structs of 100 bytes, which lie in the buckets. */
final class MemmapStructMap extends MemmapTextMap<MemorySegment> {
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(TextValues.BYTES, ValueLayout.JAVA_BYTE).withName("bytes"));

    MemmapStructMap(NativeHeap heap, int hint) {
        super(heap, Type.struct(LAYOUT), hint);
    }

    @Override
    void put(String key) {
        map.set(key, segment);
    }

    @Override
    long digest(String key) {
        MemorySegment found = map.get(key);
        return found == null ? 0 : TextValues.digest(found);
    }
}
