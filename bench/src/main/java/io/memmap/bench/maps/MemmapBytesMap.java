package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.Type;

/** A {@link io.memmap.MemMap} from strings to byte arrays. */
final class MemmapBytesMap extends MemmapTextMap<byte[]> {
    MemmapBytesMap(NativeHeap heap, int hint) {
        super(heap, Type.BYTES, hint);
    }

    @Override
    void put(String key) {
        map.set(key, value);
    }

    @Override
    long digest(String key) {
        byte[] found = map.get(key);
        return found == null ? 0 : TextValues.digest(found);
    }
}
