package io.memmap;

/** A walk over a table whose keys are integers. */
abstract class IntegerCursor<K, V> extends HashCursor<K, V> {
    /** Entries taken from the table at a time: enough that loads from several buckets overlap. */
    private static final int ENTRIES_AT_A_TIME = 32;

    private final IntegerTable table;
    private long[] keys = {};
    private long kept;

    IntegerCursor(IntegerTable table) {
        super(table, ENTRIES_AT_A_TIME);
        this.table = table;
    }

    final long currentKey() {
        return keys[currentIndex()];
    }

    /** Returns the address of the current entry's value. */
    final long requireValueAddress() {
        return table.valueAddress(requireSlot());
    }

    @Override
    final boolean erase(int index) {
        return table.delete(keys[index]);
    }

    @Override
    final void keep() {
        kept = currentKey();
    }

    @Override
    final void removeKept() {
        table.delete(kept);
    }

    @Override
    final void save(long[] slots, int count, long chain, int b) {
        if (count > keys.length) {
            keys = new long[slots.length];
        }
        for (int i = 0; i < count; i++) {
            keys[i] = table.keyAt(slots[i]);
        }
    }

    @Override
    final long locate(int index) {
        return table.findSlot(keys[index]);
    }
}
