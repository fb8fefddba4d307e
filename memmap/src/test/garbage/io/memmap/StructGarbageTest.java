package io.memmap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.ObjLongConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No operation on a map of structs makes a Java object, and this does not depend on a compiler's
 * optimisations. A loop over the entries makes one cursor.
 */
@ParameterizedClass(name = "{0}, shared: {1}")
@CsvSource({"SMALL, false", "SMALL, true", "IN_BLOCK, false", "LARGE, false"})
class StructGarbageTest {
    private static final int ENTRIES = 1000;
    /** The size of a cursor with room for the keys and slots of some chains, and its reference. */
    private static final long CURSOR_BYTES = 1200;

    private static long sum;

    @Parameter(0)
    Orders orders;

    @Parameter(1)
    boolean shared;

    private final long[] keys = LongStream.range(-10, ENTRIES).toArray();
    private final Arena arena = Arena.ofConfined();
    private MemorySegment one;
    private MemorySegment many;
    private NativeHeap heap;
    private LongStructMap map;
    private LongStructRef ref;

    @BeforeEach
    void fill() {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(128L << 20).profileEvery(0);
        heap = (shared ? builder.shared() : builder.confined()).open();
        map = LongStructMap.make(heap, orders.layout);
        ref = map.ref();
        one = arena.allocate(orders.bytes());
        many = arena.allocate((long) keys.length * orders.bytes());
        for (long key = 0; key < ENTRIES; key++) {
            ref.moveToOrAdd(key);
            orders.set(ref, key);
        }
    }

    @AfterEach
    void close() {
        heap.close();
        arena.close();
    }

    @Test
    void readsAndWritesInPlaceMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (long key = -10; key < ENTRIES; key++) {
                if (ref.moveTo(key)) {
                    sum += ref.get(orders.price) + ref.get(orders.quantity) + (long) ref.get(orders.rate);
                    ref.set(orders.price, ref.key());
                    ref.set(orders.rate, ref.get(orders.rate) + 1);
                    sum += ref.isCurrent() ? 1 : 0;
                }
            }
        });
    }

    @Test
    void copiesMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (long key = 0; key < ENTRIES; key++) {
                sum += map.get(key, one) ? 1 : 0;
                sum += map.put(key, one) ? 1 : 0;
                sum += map.putIfAbsent(key, one) ? 1 : 0;
                sum += map.containsKey(-key) ? 1 : 0;
                ref.moveTo(key);
                ref.copyTo(one);
                ref.copyFrom(one);
            }
        });
    }

    @Test
    void batchesMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            sum += map.getAll(keys, many);
            map.putAll(keys, many);
        });
    }

    @Test
    void growthAndShrinkingMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (long key = ENTRIES; key < 5 * ENTRIES; key++) {
                ref.moveToOrAdd(key);
            }
            for (long key = ENTRIES; key < 5 * ENTRIES; key++) {
                sum += map.remove(key) ? 1 : 0;
            }
            map.reserve(3 * ENTRIES);
            map.shrink();
        });
    }

    /** The map is half full, so no chain is longer than the cursor's initial room. A page may be. */
    @Test
    void aLoopMakesOnlyItsCursor() {
        long bytes = map.paged ? 4 * CURSOR_BYTES : CURSOR_BYTES;
        map.reserve(4 * ENTRIES);
        MapGarbageTest.assertGarbageAtMost(bytes, () -> {
            for (LongStructCursor cursor = map.cursor(); cursor.next(); ) {
                sum += cursor.key() + cursor.value().get(orders.price);
                cursor.value().set(orders.price, 1);
            }
        });
        MapGarbageTest.assertGarbageAtMost(
                bytes, () -> map.forEach((key, order) -> sum += key + order.get(orders.price)));
    }

    @Test
    void aMapForManyThreadsMakesNoGarbage() {
        try (NativeHeap own = NativeHeap.builder()
                .maxBytes(128L << 20)
                .shared()
                .profileEvery(0)
                .open()) {
            SyncLongStructMap sync = SyncLongStructMap.make(own, orders.layout);
            SyncLongStructRef some = sync.ref(orders.price, orders.rate, orders.last);
            SyncLongStructRef all = sync.ref();
            ObjLongConsumer<StructRef> set = orders::set;
            MapGarbageTest.assertGarbageAtMost(0, () -> {
                for (long key = 0; key < ENTRIES; key++) {
                    all.updateOrAdd(key, key, set);
                    sum += some.read(key) ? some.get(orders.price) + some.get(orders.last) : 0;
                    sum += all.read(key) ? all.get(orders.quantity) : 0;
                    sum += all.update(key, 7, set) ? all.get(orders.quantity) : 0;
                    sum += some.read(-key) ? 1 : 0;
                    sum += sync.get(key, one) ? 1 : 0;
                    sum += sync.containsKey(key) ? 1 : 0;
                    sum += sync.put(key, one) ? 1 : 0;
                    sum += sync.putIfAbsent(key, one) ? 1 : 0;
                }
                sum += sync.getAll(keys, many);
                sync.putAll(keys, many);
                for (long key = -10; key < ENTRIES; key++) {
                    sum += sync.remove(key) ? 1 : 0;
                }
            });
        }
    }

    @Test
    void keysOfObjectMapsMakeNoGarbage() {
        byte[] value = {1, 2, 3};
        LongKeyMap<byte[]> byLong = LongKeyMap.of(MemMap.make(heap, Type.LONG, Type.BYTES));
        IntKeyMap<byte[]> byInt = IntKeyMap.of(MemMap.make(heap, Type.INT, Type.BYTES));
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (int key = 0; key < ENTRIES; key++) {
                byLong.set(1000L + key, value);
                byInt.set(1000 + key, value);
                sum += byLong.containsKey(1000L + key) && byInt.containsKey(1000 + key) ? 1 : 0;
                sum += byLong.get(-1000L - key) == null && byInt.get(-1000 - key) == null ? 1 : 0;
            }
            for (int key = 0; key < ENTRIES; key++) {
                sum += byLong.delete(1000L + key) && byInt.delete(1000 + key) ? 1 : 0;
            }
        });
        try (NativeHeap own = NativeHeap.builder()
                .maxBytes(32L << 20)
                .shared()
                .profileEvery(0)
                .open()) {
            LongKeyMap<byte[]> sync = LongKeyMap.of(SyncMap.make(own, Type.LONG, Type.BYTES));
            MapGarbageTest.assertGarbageAtMost(0, () -> {
                for (int key = 0; key < ENTRIES; key++) {
                    sync.set(1000L + key, value);
                    sum += sync.containsKey(1000L + key) && sync.get(-1000L - key) == null ? 1 : 0;
                    sum += sync.delete(1000L + key) ? 1 : 0;
                }
            });
        }
    }
}
