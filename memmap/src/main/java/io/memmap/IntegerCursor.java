package io.memmap;

import java.util.Arrays;

/** A walk over a table whose keys are integers. */
abstract class IntegerCursor<K, V> extends HashCursor<K, V> {
    private final IntegerTable table;
    private long[] keys = new long[16];

    IntegerCursor(IntegerTable table) {
        super(table);
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
    final void removeEntry() {
        remove();
    }

    /**
     * Removes the current entry from the map, if it is still there.
     *
     * @throws IllegalStateException if there is no current entry, or if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void remove() {
        table.delete(currentKey());
        forgetCurrent();
    }

    @Override
    final void take(int index, long slot, long chain, int b) {
        if (index == keys.length) {
            keys = Arrays.copyOf(keys, 2 * index);
        }
        keys[index] = table.keyAt(slot);
    }

    @Override
    final long locate(int index) {
        return table.findSlot(keys[index]);
    }
}
