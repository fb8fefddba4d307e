package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;

/**
 * Chronicle Map from byte buffers to byte arrays. A buffer passes a range of bytes without a copy,
 * and {@code getUsing} fills an array. An update is a get and a put.
 */
final class ChronicleTextMap extends TextMap {
    private static final int AVERAGE_KEY_BYTES = 24;

    private final ChronicleMap<ByteBuffer, byte[]> map;
    private ByteBuffer range = ByteBuffer.allocate(0);

    ChronicleTextMap(int entries) {
        map = ChronicleMapBuilder.of(ByteBuffer.class, byte[].class)
                .name("bench")
                .entries(entries)
                .averageKeySize(AVERAGE_KEY_BYTES)
                .constantValueSizeBySample(value)
                .putReturnsNull(true)
                .create();
    }

    @SuppressWarnings("ReferenceEquality") // the array must be the same object
    private ByteBuffer range(byte[] bytes, int from, int length) {
        if (range.array() != bytes) {
            range = ByteBuffer.wrap(bytes);
        }
        return range.limit(from + length).position(from);
    }

    private static ByteBuffer key(String key) {
        return ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    void put(String key) {
        map.put(key(key), value);
    }

    @Override
    boolean copy(byte[] bytes, int from, int length) {
        return map.getUsing(range(bytes, from, length), value) != null;
    }

    @Override
    long digest(String key) {
        byte[] found = map.get(key(key));
        return found == null ? 0 : TextValues.digest(found);
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        ByteBuffer key = range(bytes, from, length);
        if (map.getUsing(key, value) == null) {
            return false;
        }
        TextValues.setFirstWord(value, word);
        map.put(key, value);
        return true;
    }

    @Override
    public long size() {
        return map.longSize();
    }

    @Override
    public OptionalLong committedBytes() {
        return OptionalLong.of(map.offHeapMemoryUsed());
    }

    @Override
    public void close() {
        map.close();
    }
}
