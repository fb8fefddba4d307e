package io.memmap;

import io.memmap.format.Mem;

/**
 * A cursor over the entries of a {@link LongLongMap}. The order is random and differs between
 * cursors.
 *
 * <pre>{@code
 * for (LongLongCursor c = map.cursor(); c.next(); ) {
 *     if (c.value() == 0) c.remove();
 * }
 * }</pre>
 *
 * <p>The map may be changed in any way during the walk, through the cursor or otherwise. An entry
 * that is present during the whole walk is produced exactly once. An entry that is removed before
 * its turn is not produced. An entry that is added is produced at most once. A clear, or the
 * removal of the last entry, ends the walk. A cursor holds no memory of the heap, so it need not be
 * closed. A step allocates nothing, except for the first step and for a chain longer than any
 * before.
 *
 * <p>A cursor is for use by one thread. During the walk no other thread may write to the map.
 */
public final class LongLongCursor extends IntegerCursor<Long, Long> {
    private final LongLongMap map;
    private long value;

    LongLongCursor(LongLongMap map) {
        super(map);
        this.map = map;
    }

    /**
     * Moves to the next entry.
     *
     * @return true if there is a next entry; false at the end
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public boolean next() {
        return advance() != 0;
    }

    /**
     * Returns the key of the current entry.
     *
     * @return the key
     * @throws IllegalStateException if there is no current entry
     */
    public long key() {
        return currentKey();
    }

    /**
     * Returns the value of the current entry: the value that {@link #setValue} has set, or else the
     * value when {@link #next} moved to the entry.
     *
     * @return the value
     * @throws IllegalStateException if there is no current entry
     */
    public long value() {
        requireCurrent();
        return value;
    }

    /**
     * Replaces the value of the current entry.
     *
     * @param newValue the new value
     * @throws IllegalStateException if there is no current entry, if the entry has been removed
     *     from the map, or if the heap is closed
     */
    public void setValue(long newValue) {
        Mem.setLong(mem, requireValueAddress(), newValue);
        value = newValue;
    }

    @Override
    Long entryKey() {
        return key();
    }

    @Override
    void produced(long slot) {
        value = Mem.getLong(mem, map.valueAddress(slot));
    }

    @Override
    Long entryValue() {
        return value();
    }

    @Override
    void setEntryValue(Long newValue) {
        setValue(newValue);
    }
}
