package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.Type;

/** A {@link io.memmap.MemMap} from strings to byte arrays. */
final class MemmapBytesMap extends MemmapTextMap<byte[]> {
    private static final int BATCH = 500;
    private final String[] keys = new String[BATCH];
    private final byte[][] values = new byte[BATCH][];

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

    @Override
    public long sumByBatch(String[] all, int from, int to) {
        long sum = 0;
        for (int start = from; start < to; start += BATCH) {
            if (to - start < BATCH) {
                return sum + sumByString(all, start, to);
            }
            System.arraycopy(all, start, keys, 0, BATCH);
            map.getAll(keys, values);
            for (byte[] found : values) {
                sum += found == null ? 0 : TextValues.digest(found);
            }
        }
        return sum;
    }
}
