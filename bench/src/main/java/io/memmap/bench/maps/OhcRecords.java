package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import org.caffinitas.ohc.CacheSerializer;

/** OHC's serializer of records. */
final class OhcRecords implements CacheSerializer<Triple> {
    /** Makes a map with the values of these keys. */
    static LongRecords of(long[] keys) {
        OhcStore<Long, Triple> store =
                new OhcStore<>(new OhcMap.LongSerializer(), new OhcRecords(), keys.length, keys.length);
        for (long key : keys) {
            store.map.put(key, Triple.of(key));
        }
        return new GotRecords(store.map::get, store.map::size, store::close);
    }

    @Override
    public void serialize(Triple value, ByteBuffer target) {
        target.putLong(value.first()).putLong(value.second()).putLong(value.third());
    }

    @Override
    public Triple deserialize(ByteBuffer source) {
        return new Triple(source.getLong(), source.getLong(), source.getLong());
    }

    @Override
    public int serializedSize(Triple value) {
        return 3 * Long.BYTES;
    }
}
