package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import org.ehcache.spi.serialization.Serializer;

/** Ehcache's serializer of records. */
final class EhcacheRecords implements Serializer<Triple> {
    /**
     * The bytes of an entry while the table of its segment grows, with reserve for uneven segments.
     */
    private static final long BYTES_AN_ENTRY = 400;

    /** Makes a map with the values of these keys. */
    static LongRecords of(long[] keys) {
        EhcacheStore<Long, Triple> store =
                new EhcacheStore<>(Long.class, Triple.class, new EhcacheRecords(), keys.length * BYTES_AN_ENTRY);
        for (long key : keys) {
            store.map.put(key, Triple.of(key));
        }
        return new GotRecords(store.map::get, store::size, store::close);
    }

    @Override
    public ByteBuffer serialize(Triple value) {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(value.first())
                .putLong(value.second())
                .putLong(value.third())
                .flip();
    }

    @Override
    public Triple read(ByteBuffer binary) {
        return new Triple(binary.getLong(), binary.getLong(), binary.getLong());
    }

    @Override
    public boolean equals(Triple value, ByteBuffer binary) {
        return value.equals(read(binary));
    }
}
