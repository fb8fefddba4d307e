package io.memmap.bench.maps;

import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** {@link MemMap} of strings. */
abstract class MemmapTextMap<V> extends TextMap {
    final MemMap<String, V> map;
    final MemorySegment segment = MemorySegment.ofArray(value);
    private final NativeHeap heap;
    private long newWord;
    /** Made once, so that an update does not allocate it. */
    private final Consumer<MemorySegment> change = this::setNewWord;

    MemmapTextMap(NativeHeap heap, Type<V> valueType, int hint) {
        this.heap = heap;
        map = MemMap.make(heap, Type.UTF8, valueType, hint);
    }

    @Override
    final boolean copy(byte[] bytes, int from, int length) {
        return map.copyValue(bytes, from, length, segment, 0) == TextValues.BYTES;
    }

    @Override
    final boolean update(byte[] bytes, int from, int length, long word) {
        newWord = word;
        return map.update(bytes, from, length, change);
    }

    private void setNewWord(MemorySegment bytes) {
        TextValues.setFirstWord(bytes, newWord);
    }

    @Override
    public final long size() {
        return map.size();
    }

    @Override
    public final OptionalLong usedBytes() {
        return OptionalLong.of(heap.stats().inUse());
    }

    @Override
    public final OptionalLong committedBytes() {
        return OptionalLong.of(heap.stats().committed());
    }

    @Override
    public final void close() {
        map.free();
    }
}
