package io.memmap.bench.maps;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.hash.serialization.BytesReader;
import net.openhft.chronicle.hash.serialization.BytesWriter;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.wire.WireIn;
import net.openhft.chronicle.wire.WireOut;
import org.jspecify.annotations.Nullable;

/** Chronicle Map's marshaller of records. */
final class ChronicleRecords implements BytesReader<Triple>, BytesWriter<Triple> {
    /** Makes a map with the values of these keys. */
    static LongRecords of(long[] keys) {
        ChronicleRecords marshaller = new ChronicleRecords();
        ChronicleMap<Long, Triple> map = ChronicleMapBuilder.of(Long.class, Triple.class)
                .name("bench")
                .entries(keys.length)
                .valueMarshallers(marshaller, marshaller)
                .constantValueSizeBySample(new Triple(0, 0, 0))
                .putReturnsNull(true)
                .create();
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::longSize, map::close);
    }

    @Override
    public Triple read(Bytes<?> in, @Nullable Triple using) {
        return new Triple(in.readLong(), in.readLong(), in.readLong());
    }

    @Override
    public void write(Bytes<?> out, Triple value) {
        out.writeLong(value.first());
        out.writeLong(value.second());
        out.writeLong(value.third());
    }

    @Override
    public void readMarshallable(WireIn wire) {
        // This marshaller has no state.
    }

    @Override
    public void writeMarshallable(WireOut wire) {
        // This marshaller has no state.
    }
}
