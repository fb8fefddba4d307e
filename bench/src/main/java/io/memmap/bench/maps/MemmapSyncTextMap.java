package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A {@link SyncMap} from strings to byte arrays. */
final class MemmapSyncTextMap extends StringMap {
    private final NativeHeap heap;
    private final SyncMap<String, byte[]> map;
    private long newWord;
    /** Made once, so that an update does not allocate it. */
    private final Consumer<MemorySegment> change = this::setNewWord;

    MemmapSyncTextMap(NativeHeap heap, int hint) {
        this.heap = heap;
        map = SyncMap.make(heap, Type.UTF8, Type.BYTES, hint);
    }

    @Override
    byte @Nullable [] get(String key) {
        return map.get(key);
    }

    @Override
    void put(String key) {
        map.put(key, value);
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        newWord = word;
        return map.update(key(bytes, from, length), change);
    }

    private void setNewWord(MemorySegment bytes) {
        TextValues.setFirstWord(bytes, newWord);
    }

    @Override
    public long size() {
        return map.mappingCount();
    }

    @Override
    public OptionalLong usedBytes() {
        return OptionalLong.of(heap.stats().inUse());
    }

    @Override
    public OptionalLong committedBytes() {
        return OptionalLong.of(heap.stats().committed());
    }

    @Override
    public void close() {
        map.free();
    }
}
