package io.memmap;

import io.memmap.memory.Mem;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/** The engine with a hash function that a test chooses, so that it knows which keys share a chain or a tophash. */
final class PinnedTable extends LongTable {
    private final LongUnaryOperator hashFunction;

    private PinnedTable(NativeHeap heap, long hmap, LongUnaryOperator hashFunction) {
        super(heap, hmap, MapType.LONG_TO_LONG);
        this.hashFunction = hashFunction;
    }

    static AnyMap make(NativeHeap heap, Geometry geometry, boolean autoShrink, LongUnaryOperator hashFunction) {
        long hmap = makeHeader(heap, MapType.LONG_TO_LONG, geometry, autoShrink ? HmapLayout.AUTO_SHRINK : 0, "");
        PinnedTable table = new PinnedTable(heap, hmap, hashFunction);
        table.initialize(0);
        return table.new Face();
    }

    @Override
    long hash(long key, long seed) {
        return hashFunction.applyAsLong(key);
    }

    /** What {@link LongLongMap} makes of a table, without a class of its own for each hash function. */
    private final class Face extends AnyMap {
        @Override
        HashTable table() {
            return PinnedTable.this;
        }

        @Override
        long get(long key) {
            return getOrDefault(key, 0);
        }

        @Override
        long getOrDefault(long key, long defaultValue) {
            long address = find(key);
            return address == 0 ? defaultValue : Mem.getLong(mem, address);
        }

        @Override
        boolean containsKey(long key) {
            return find(key) != 0;
        }

        @Override
        long put(long key, long value) {
            long address = findToWrite(key);
            if (address == 0) {
                return write(key, value, false);
            }
            long previous = Mem.getLong(mem, address);
            Mem.setLong(mem, address, value);
            return previous;
        }

        @Override
        long add(long key, long delta) {
            long sum = get(key) + delta;
            put(key, sum);
            return sum;
        }

        @Override
        boolean remove(long key) {
            return delete(key);
        }

        @Override
        int getAll(long[] keys, long[] values) {
            int hits = 0;
            for (int i = 0; i < keys.length; i++) {
                values[i] = get(keys[i]);
                hits += containsKey(keys[i]) ? 1 : 0;
            }
            return hits;
        }

        @Override
        void putAll(long[] keys, long[] values) {
            for (int i = 0; i < keys.length; i++) {
                put(keys[i], values[i]);
            }
        }

        @Override
        void forEach(LongLongConsumer action) {
            for (Cursor cursor = cursor(); cursor.next(); ) {
                action.accept(cursor.key(), cursor.value());
            }
        }

        @Override
        Cursor cursor() {
            return new PinnedCursor(PinnedTable.this);
        }

        @Override
        long slotOf(long key) {
            return findSlot(key);
        }

        @Override
        long keyAt(long slot) {
            return PinnedTable.this.keyAt(slot);
        }

        @Override
        long hash(long key) {
            return hashFunction.applyAsLong(key);
        }
    }

    private static final class PinnedCursor extends HashCursor<Long, Long> implements AnyMap.Cursor {
        private final PinnedTable table;
        private long[] keys = new long[16];
        private long value;
        private long kept;

        PinnedCursor(PinnedTable table) {
            super(table, 32);
            this.table = table;
        }

        @Override
        public boolean next() {
            long slot = advance();
            value = slot == 0 ? 0 : Mem.getLong(table.mem, table.valueAddress(slot));
            return slot != 0;
        }

        @Override
        public long key() {
            return keys[currentIndex()];
        }

        @Override
        public long value() {
            requireCurrent();
            return value;
        }

        @Override
        public void setValue(long newValue) {
            Mem.setLong(table.mem, table.valueAddress(currentSlot()), newValue);
            value = newValue;
        }

        @Override
        boolean erase(int index) {
            return table.delete(keys[index]);
        }

        @Override
        void keep() {
            kept = key();
        }

        @Override
        void removeKept() {
            table.delete(kept);
        }

        @Override
        void remember(long[] slots, int count, long chain, int b) {
            keys = LongStream.of(slots).limit(count).map(table::keyAt).toArray();
        }

        @Override
        Long entryKey() {
            return key();
        }

        @Override
        Long entryValue() {
            return value();
        }

        @Override
        void setEntryValue(Long newValue) {
            setValue(newValue);
        }

        @Override
        long locate(int index) {
            return table.findSlot(keys[index]);
        }
    }
}
