package io.memmap.bench.maps;

import io.memmap.unsafe.UnsafeHeap;
import io.memmap.unsafe.UnsafeMemMap;
import io.memmap.unsafe.UnsafeType;
import java.lang.foreign.MemorySegment;

/**
 * An {@link UnsafeMemMap} from strings to byte arrays: the counterpart of {@link MemmapBytesMap}
 * without checks.
 */
final class UnsafeTwinTextMap extends TextMap {
    private final UnsafeMemMap<String, byte[]> map;
    private final MemorySegment segment = MemorySegment.ofArray(value);

    UnsafeTwinTextMap(UnsafeHeap heap, int hint) {
        map = UnsafeMemMap.make(heap, UnsafeType.UTF8, UnsafeType.BYTES, hint);
    }

    @Override
    void put(String key) {
        map.set(key, value);
    }

    @Override
    boolean copy(byte[] bytes, int from, int length) {
        return map.copyValue(bytes, from, length, segment, 0) == TextValues.BYTES;
    }

    @Override
    long digest(String key) {
        byte[] found = map.get(key);
        return found == null ? 0 : TextValues.digest(found);
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        return map.update(bytes, from, length, object -> TextValues.setFirstWord(object, word));
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
