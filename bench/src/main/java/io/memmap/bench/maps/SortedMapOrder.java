package io.memmap.bench.maps;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** A map of the JDK. It returns the arrays that it holds. */
final class SortedMapOrder extends OrderStore {
    private final NavigableMap<byte[], byte[]> map;

    SortedMapOrder(NavigableMap<byte[], byte[]> map) {
        this.map = map;
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
    long read(byte[] from, byte @Nullable [] prefix, int most) {
        long sum = 0;
        int left = most;
        for (Map.Entry<byte[], byte[]> entry : map.tailMap(from, true).entrySet()) {
            if (prefix != null && !startsWith(entry.getKey(), prefix)) {
                break;
            }
            sum = add(sum, entry.getKey(), entry.getValue());
            if (--left == 0) {
                break;
            }
        }
        return sum;
    }

    static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public void close() {}
}
