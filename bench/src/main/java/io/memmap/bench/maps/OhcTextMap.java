package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.caffinitas.ohc.CacheSerializer;
import org.jspecify.annotations.Nullable;

/**
 * An {@link OhcStore} of strings. A key is a range of bytes from which its serializer copies. A
 * value is deserialized into an array that is used again, unless a get returns it. An update is a
 * get and a put.
 */
final class OhcTextMap extends TextMap {
    private final Range range = new Range();
    private final OhcStore<Range, byte[]> store;
    private boolean intoValue;

    OhcTextMap(int hint, int limit) {
        store = new OhcStore<>(new RangeSerializer(), new ValueSerializer(), hint, limit);
    }

    /** A key: a range of an array. */
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
        return store.map.get(key);
    }

    @Override
    void put(String key) {
        store.map.put(range.of(key), value);
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
        return store.map.put(range, value);
    }

    @Override
    public long size() {
        return store.map.size();
    }

    @Override
    public OptionalLong usedBytes() {
        return OptionalLong.of(store.map.memUsed());
    }

    @Override
    public void close() {
        store.close();
    }
}
