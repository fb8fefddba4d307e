package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.caffinitas.ohc.CacheSerializer;
import org.caffinitas.ohc.CloseableIterator;
import org.caffinitas.ohc.OHCache;

/** {@link OhcStore} of longs. */
final class OhcMap extends LongMap {
    private final OhcStore<Long, Long> store;
    private final OHCache<Long, Long> map;

    OhcMap(int hint, int limit) {
        store = new OhcStore<>(new LongSerializer(), new LongSerializer(), hint, limit);
        map = store.map;
    }

    static final class LongSerializer implements CacheSerializer<Long> {
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
        store.close();
    }
}
