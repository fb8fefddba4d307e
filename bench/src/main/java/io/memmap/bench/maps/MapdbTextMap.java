package io.memmap.bench.maps;

import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/** MapDB's {@link HTreeMap} from strings to byte arrays, in direct buffers. */
final class MapdbTextMap extends StringMap {
    private final DB database = DBMaker.memoryDirectDB().make();
    private final HTreeMap<String, byte[]> map =
            database.hashMap("bench", Serializer.STRING, Serializer.BYTE_ARRAY).create();

    @Override
    byte @Nullable [] get(String key) {
        return map.get(key);
    }

    @Override
    void put(String key) {
        map.put(key, value);
    }

    @Override
    public long size() {
        return map.sizeLong();
    }

    @Override
    public void close() {
        database.close();
    }
}
