package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.caffinitas.ohc.CacheSerializer;
import org.caffinitas.ohc.Eviction;
import org.caffinitas.ohc.OHCache;
import org.caffinitas.ohc.OHCacheBuilder;

/**
 * OHC's linked cache, with a capacity so large that it evicts nothing. (The chunked cache always
 * evicts.)
 */
final class OhcStore<K, V> implements AutoCloseable {
    /** More than any entry needs, so that the capacity is never reached. */
    private static final long MOST_BYTES_AN_ENTRY = 400;

    private static final int SEGMENTS = 4;
    private static final double LOAD_FACTOR = 0.75;

    final OHCache<K, V> map;

    /**
     * Makes a cache.
     *
     * @param hint the number of entries to make room for; 0 for the default size
     * @param limit the largest number of entries
     */
    OhcStore(CacheSerializer<K> keys, CacheSerializer<V> values, int hint, int limit) {
        OHCacheBuilder<K, V> builder = OHCacheBuilder.<K, V>newBuilder()
                .keySerializer(keys)
                .valueSerializer(values)
                .segmentCount(SEGMENTS)
                .capacity(Math.max(1 << 20, limit * MOST_BYTES_AN_ENTRY))
                .eviction(Eviction.NONE)
                .throwOOME(true);
        if (hint > 0) {
            builder.hashTableSize((int) (hint / LOAD_FACTOR / SEGMENTS) + 1);
        }
        map = builder.build();
    }

    @Override
    public void close() {
        try {
            map.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
