package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.caffinitas.ohc.CacheSerializer;
import org.caffinitas.ohc.Eviction;
import org.caffinitas.ohc.OHCache;
import org.caffinitas.ohc.OHCacheBuilder;
import org.jspecify.annotations.Nullable;

/**
 * OHC's linked cache that evicts nothing. A key is a range of bytes, which its serializer copies from; a value is
 * deserialized into an array that is used again, unless it is a get's own. An update is a get and a put. (The chunked cache
 * allocates more than twice as much a get, needs {@code sun.nio.ch} exported and always evicts.)
 */
final class OhcTextMap extends TextMap {
    /** More than any entry takes, so that the capacity is never reached. */
    private static final long MOST_BYTES_AN_ENTRY = 400;

    private static final int SEGMENTS = 4;
    private static final double LOAD_FACTOR = 0.75;

    private final Range range = new Range();
    private final OHCache<Range, byte[]> map;
    private boolean intoValue;

    OhcTextMap(int hint, int limit) {
        OHCacheBuilder<Range, byte[]> builder = OHCacheBuilder.<Range, byte[]>newBuilder()
                .keySerializer(new RangeSerializer())
                .valueSerializer(new ValueSerializer())
                .segmentCount(SEGMENTS)
                .capacity(Math.max(1 << 20, limit * MOST_BYTES_AN_ENTRY))
                .eviction(Eviction.NONE)
                .throwOOME(true);
        if (hint > 0) {
            builder.hashTableSize((int) (hint / LOAD_FACTOR / SEGMENTS) + 1);
        }
        map = builder.build();
    }

    /** A key: a part of an array. */
    private static final class Range {
        private byte[] bytes = {};
        private int from;
        private int length;

        Range of(byte[] array, int start, int count) {
            bytes = array;
            from = start;
            length = count;
            return this;
        }

        Range of(String key) {
            byte[] array = key.getBytes(StandardCharsets.UTF_8);
            return of(array, 0, array.length);
        }
    }

    private static final class RangeSerializer implements CacheSerializer<Range> {
        @Override
        public void serialize(Range key, ByteBuffer target) {
            target.put(key.bytes, key.from, key.length);
        }

        @Override
        public Range deserialize(ByteBuffer source) {
            byte[] array = new byte[source.remaining()];
            source.get(array);
            return new Range().of(array, 0, array.length);
        }

        @Override
        public int serializedSize(Range key) {
            return key.length;
        }
    }

    private final class ValueSerializer implements CacheSerializer<byte[]> {
        @Override
        public void serialize(byte[] bytes, ByteBuffer target) {
            target.put(bytes);
        }

        @Override
        public byte[] deserialize(ByteBuffer source) {
            byte[] bytes = intoValue ? value : new byte[TextValues.BYTES];
            source.get(bytes);
            return bytes;
        }

        @Override
        public int serializedSize(byte[] bytes) {
            return bytes.length;
        }
    }

    private byte @Nullable [] get(Range key, boolean intoArrayUsedAgain) {
        intoValue = intoArrayUsedAgain;
        return map.get(key);
    }

    @Override
    void put(String key) {
        map.put(range.of(key), value);
    }

    @Override
    boolean copy(byte[] bytes, int from, int length) {
        return get(range.of(bytes, from, length), true) != null;
    }

    @Override
    long digest(String key) {
        byte[] found = get(range.of(key), false);
        return found == null ? 0 : TextValues.digest(found);
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        if (!copy(bytes, from, length)) {
            return false;
        }
        TextValues.setFirstWord(value, word);
        return map.put(range, value);
    }

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public OptionalLong usedBytes() {
        return OptionalLong.of(map.memUsed());
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
