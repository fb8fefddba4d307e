package io.memmap.bench.maps;

import java.io.IOException;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/** MapDB's serializer of records. */
final class MapdbRecords implements Serializer<Triple> {
    /** Makes a map with the values of these keys. */
    static LongRecords of(long[] keys) {
        DB database = DBMaker.memoryDirectDB().make();
        HTreeMap<Long, Triple> map =
                database.hashMap("bench", Serializer.LONG, new MapdbRecords()).create();
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::sizeLong, database::close);
    }

    @Override
    public void serialize(DataOutput2 out, Triple value) throws IOException {
        out.writeLong(value.first());
        out.writeLong(value.second());
        out.writeLong(value.third());
    }

    @Override
    public Triple deserialize(DataInput2 in, int available) throws IOException {
        return new Triple(in.readLong(), in.readLong(), in.readLong());
    }
}
