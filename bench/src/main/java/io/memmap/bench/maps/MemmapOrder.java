package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.OrderedMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** A {@link SyncMap} and its ordered view. */
final class MemmapOrder extends OrderStore {
    private final NativeHeap heap = NativeHeap.ofShared();
    private final SyncMap<byte[], byte[]> map;
    private @Nullable OrderedMap<byte[], byte[]> ordered;

    MemmapOrder(int shards) {
        map = SyncMap.builder(heap, Type.BYTES, Type.BYTES).shards(shards).make();
    }

    @Override
    public void put(byte[] key, byte[] value) {
        map.put(key, value);
    }

    @Override
    public void remove(byte[] key) {
        map.remove(key);
    }

    @Override
    public void index() {
        ordered = map.ordered();
    }

    @Override
    public long indexBytes() {
        return heap.stats().order();
    }

    @Override
    long read(byte[] from, byte @Nullable [] prefix, int most) {
        OrderedMap<byte[], byte[]> view = ordered;
        if (view == null) {
            throw new IllegalStateException("the map has no index yet");
        }
        NavigableMap<byte[], byte[]> part = prefix != null ? view.prefixMap(prefix) : view.tailMap(from, true);
        long sum = 0;
        int left = most;
        for (Map.Entry<byte[], byte[]> entry : part.entrySet()) {
            sum = add(sum, entry.getKey(), entry.getValue());
            if (--left == 0) {
                break;
            }
        }
        return sum;
    }

    @Override
    public void close() {
        map.free();
        heap.close();
    }
}
