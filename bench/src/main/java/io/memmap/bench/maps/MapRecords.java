package io.memmap.bench.maps;

import com.carrotsearch.hppc.LongObjectHashMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.unsafe.UnsafeHeap;
import io.memmap.unsafe.UnsafeMemMap;
import io.memmap.unsafe.UnsafeType;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Makes records of maps whose gets return objects. A method loads only the classes of its own map.
 */
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

    static LongRecords sync(long[] keys) {
        NativeHeap heap = NativeHeap.ofShared();
        SyncMap<Long, Triple> map = SyncMap.make(heap, Type.LONG, Type.record(Triple.class), keys.length);
        for (long key : keys) {
            map.put(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::mappingCount, heap::close);
    }

    static LongRecords unsafe(long[] keys) {
        UnsafeHeap heap = UnsafeHeap.ofConfined();
        UnsafeMemMap<Long, Triple> map =
                UnsafeMemMap.make(heap, UnsafeType.LONG, UnsafeType.record(Triple.class), keys.length);
        for (long key : keys) {
            map.set(key, Triple.of(key));
        }
        return new GotRecords(map::get, map::size, heap::close);
    }

    static LongRecords hashMap(long[] keys) {
        return jdk(HashMap.newHashMap(keys.length), keys);
    }

    static LongRecords concurrentHashMap(long[] keys) {
        return jdk(new ConcurrentHashMap<>(keys.length), keys);
    }

    private static LongRecords jdk(Map<Long, Triple> map, long[] keys) {
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
