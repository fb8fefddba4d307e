package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A map of structs that finds no memory throws, keeps its entries, and works again afterwards. */
@Tag("slow")
class LongStructExhaustionTest {
    /** A map of orders as a map of longs: an entry's value is the number of its order. */
    private static final class AsLongs extends AnyMap {
        private final Orders orders;
        private final LongStructMap map;
        private final LongStructRef ref;

        AsLongs(NativeHeap heap, Orders orders) {
            this.orders = orders;
            map = LongStructMap.builder(heap, orders.layout).name("orders").make();
            ref = map.ref();
        }

        @Override
        HashTable table() {
            return map;
        }

        @Override
        long get(long key) {
            return getOrDefault(key, 0);
        }

        @Override
        long getOrDefault(long key, long defaultValue) {
            return ref.moveTo(key) ? orders.number(ref) : defaultValue;
        }

        @Override
        boolean containsKey(long key) {
            return map.containsKey(key);
        }

        @Override
        long put(long key, long value) {
            long before = get(key);
            map.put(key, orders.of(value));
            return before;
        }

        @Override
        long add(long key, long delta) {
            if (ref.moveToOrAdd(key)) {
                orders.set(ref, delta);
            } else {
                orders.set(ref, orders.number(ref) + delta);
            }
            return orders.number(ref);
        }

        @Override
        boolean remove(long key) {
            return map.remove(key);
        }

        @Override
        int getAll(long[] keys, long[] values) {
            throw new UnsupportedOperationException();
        }

        @Override
        void putAll(long[] keys, long[] values) {
            MemorySegment structs = MemorySegment.ofArray(new byte[keys.length * orders.bytes()]);
            for (int i = 0; i < keys.length; i++) {
                structs.asSlice((long) i * orders.bytes(), orders.bytes()).copyFrom(orders.of(values[i]));
            }
            map.putAll(keys, structs);
        }

        @Override
        void forEach(LongLongConsumer action) {
            map.forEach((key, order) -> action.accept(key, orders.number(order)));
        }

        @Override
        Cursor cursor() {
            LongStructCursor cursor = map.cursor();
            return new Cursor() {
                @Override
                public boolean next() {
                    return cursor.next();
                }

                @Override
                public long key() {
                    return cursor.key();
                }

                @Override
                public long value() {
                    return orders.number(cursor.value());
                }

                @Override
                public void setValue(long value) {
                    orders.set(cursor.value(), value);
                }

                @Override
                public void remove() {
                    cursor.remove();
                }
            };
        }

        @Override
        long slotOf(long key) {
            return map.findSlot(key);
        }

        @Override
        long keyAt(long slot) {
            return map.keyAt(slot);
        }

        @Override
        long hash(long key) {
            return map.hash(key, map.seed());
        }
    }

    @ParameterizedTest(name = "{0} failures in a row")
    @ValueSource(ints = {1, 20})
    void noEntryIsLostAndNoByteLeaksWhicheverAllocationFails(int failures) {
        for (Orders orders : List.of(Orders.SMALL, Orders.LARGEST_IN_PAGE, Orders.LARGEST_IN_SLOT)) {
            Function<NativeHeap, AnyMap> maker = heap -> new AsLongs(heap, orders);
            assertThat(ExhaustionHistory.playWithEachAllocationFailing(maker, failures))
                    .as("number of allocations in the history of " + orders)
                    .isGreaterThan(orders == Orders.LARGEST_IN_SLOT ? 15 : 8);
        }
    }

    /** Structs outside of their slots need an allocation each, so this history is shorter. */
    @ParameterizedTest
    @EnumSource
    void anOperationThatFailsHasNoEffect(Orders orders) {
        long allocations = 0;
        boolean failed = true;
        while (failed) {
            try (NativeHeap heap =
                    NativeHeap.builder().shared().maxBytes(8L << 20).open()) {
                LongStructMap map = LongStructMap.make(heap, orders.layout);
                SyncLongStructMap sync =
                        SyncLongStructMap.builder(heap, orders.layout).shards(1).make();
                heap.failAllocation(++allocations);
                play(orders, heap, map, sync);
                failed = ExhaustionHistory.hasFailed(heap, allocations);
                map.free();
                sync.free();
                assertThat(heap.stats().inUse()).isZero();
                heap.checkZeroes();
            }
        }
        assertThat(allocations).isGreaterThan(orders.bytes() > 128 ? 150 : 8);
    }

    private static void play(Orders orders, NativeHeap heap, LongStructMap map, SyncLongStructMap sync) {
        Map<Long, Long> model = new HashMap<>();
        Map<Long, Long> syncModel = new HashMap<>();
        LongStructRef ref = map.ref();
        SyncLongStructRef syncRef = sync.ref();
        for (long step = 0; step < 160; step++) {
            long key = step % 90;
            long value = step;
            try {
                if (step % 3 == 0) {
                    map.put(key, orders.of(value));
                    model.put(key, value);
                } else if (ref.moveToOrAdd(key) || step % 3 == 1) {
                    model.put(key, value);
                    orders.set(ref, value);
                }
            } catch (HeapExhaustedException injected) {
                assertContents(orders, heap, map, model, sync, syncModel);
            }
            try {
                if (step % 3 == 0) {
                    sync.put(key, orders.of(value));
                } else {
                    syncRef.updateOrAdd(key, value, orders::set);
                }
                syncModel.put(key, value);
            } catch (HeapExhaustedException injected) {
                assertContents(orders, heap, map, model, sync, syncModel);
            }
            if (step % 7 == 0) {
                assertThat(map.remove(step / 2)).isEqualTo(model.remove(step / 2) != null);
                assertThat(sync.remove(step / 2)).isEqualTo(syncModel.remove(step / 2) != null);
            }
        }
        try {
            map.reserve(300);
            map.shrink();
            LongStructMap copy = map.copy(heap);
            assertThat(copy.size()).isEqualTo(map.size());
            copy.free();
        } catch (HeapExhaustedException injected) {
            // all three have no effect if they fail
        }
        assertContents(orders, heap, map, model, sync, syncModel);
    }

    private static void assertContents(
            Orders orders,
            NativeHeap heap,
            LongStructMap map,
            Map<Long, Long> model,
            SyncLongStructMap sync,
            Map<Long, Long> syncModel) {
        map.check();
        sync.check();
        heap.check();
        Map<Long, Long> contents = new HashMap<>();
        map.forEach((key, order) -> contents.put(key, orders.number(order)));
        assertThat(contents).isEqualTo(model);
        Map<Long, Long> syncContents = new HashMap<>();
        sync.forEach((key, order) -> syncContents.put(key, orders.number(order)));
        assertThat(syncContents).isEqualTo(syncModel);
        assertThat(map.stats().bytes() + sync.stats().bytes())
                .isEqualTo(heap.stats().inUse());
    }
}
