package io.memmap.bench.maps;

import com.carrotsearch.hppc.LongObjectHashMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.HashMap;
import java.util.Map;
import org.agrona.collections.Long2ObjectHashMap;

/** Records in maps whose gets return objects. A method loads the classes of its own map only. */
final class MapRecords {
    private MapRecords() {}

    static LongRecords memmap(long[] keys) {
        NativeHeap heap = NativeHeap.ofConfined();
        MemMap<Long, Triple> map = MemMap.make(heap, Type.LONG, Type.record(Triple.class), keys.length);
        for (long key : keys) {
            map.set(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size, heap::close);
    }

    static LongRecords hashMap(long[] keys) {
        Map<Long, Triple> map = HashMap.newHashMap(keys.length);
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size);
    }

    static LongRecords fastutil(long[] keys) {
        Long2ObjectOpenHashMap<Triple> map = new Long2ObjectOpenHashMap<>(keys.length);
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size);
    }

    static LongRecords agrona(long[] keys) {
        Long2ObjectHashMap<Triple> map = new Long2ObjectHashMap<>();
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size);
    }

    static LongRecords hppc(long[] keys) {
        LongObjectHashMap<Triple> map = new LongObjectHashMap<>(keys.length);
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size);
    }

    static LongRecords eclipse(long[] keys) {
        var map = new org.eclipse.collections.impl.map.mutable.primitive.LongObjectHashMap<Triple>(keys.length);
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size);
    }
}
