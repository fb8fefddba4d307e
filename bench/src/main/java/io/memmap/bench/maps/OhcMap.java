package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.caffinitas.ohc.CacheSerializer;
import org.caffinitas.ohc.CloseableIterator;
import org.caffinitas.ohc.Eviction;
import org.caffinitas.ohc.OHCache;
import org.caffinitas.ohc.OHCacheBuilder;

/** OHC's linked cache that evicts nothing. (The chunked one always evicts.) */
final class OhcMap extends LongMap {
    /** More than any entry takes, so that the capacity is never reached. */
    private static final long MOST_BYTES_AN_ENTRY = 200;

    private static final double LOAD_FACTOR = 0.75;
    private static final int SEGMENTS = 4;

    private final OHCache<Long, Long> map;

    OhcMap(int hint, int limit) {
        OHCacheBuilder<Long, Long> builder = OHCacheBuilder.<Long, Long>newBuilder()
                .keySerializer(new LongSerializer())
                .valueSerializer(new LongSerializer())
                .segmentCount(SEGMENTS)
                .capacity(Math.max(1 << 20, limit * MOST_BYTES_AN_ENTRY))
                .eviction(Eviction.NONE)
                .throwOOME(true);
        if (hint > 0) {
            builder.hashTableSize((int) (hint / LOAD_FACTOR / SEGMENTS) + 1);
        }
        map = builder.build();
    }

    private static final class LongSerializer implements CacheSerializer<Long> {
        @Override
        public void serialize(Long number, ByteBuffer target) {
            target.putLong(number);
        }

        @Override
        public Long deserialize(ByteBuffer source) {
            return source.getLong();
        }

        @Override
        public int serializedSize(Long number) {
            return Long.BYTES;
        }
    }

    @Override
    public long get(long key) {
        Long value = map.get(key);
        return value == null ? 0 : value;
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void add(long key, long delta) {
        map.put(key, get(key) + delta);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        try (CloseableIterator<Long> keys = map.keyIterator()) {
            while (keys.hasNext()) {
                sum += get(keys.next());
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return sum;
    }

    @Override
    public void clear() {
        map.clear();
    }

    @Override
    public long size() {
        return map.size();
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
