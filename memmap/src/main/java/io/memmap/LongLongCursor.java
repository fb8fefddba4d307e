package io.memmap;

import io.memmap.format.Mem;

/**
 * A walk over the entries of a {@link LongLongMap}, in an order that is random anew for each cursor.
 *
 * <pre>{@code
 * for (LongLongCursor c = map.cursor(); c.next(); ) {
 *     if (c.value() == 0) c.remove();
 * }
 * }</pre>
 *
 * <p>The map may be changed in any way meanwhile, through the cursor or beside it. An entry that is there all the time is
 * produced exactly once, a removed one never, one that is added at most once. A clear, or a removal of the last entry,
 * ends the walk. A cursor holds no memory of the heap: there is nothing to close. To step allocates nothing, but for
 * the first step and chains longer than any before.
 *
 * <p>A cursor is for one thread, and while it walks no other thread may write to the map.
 */
public final class LongLongCursor extends IntegerCursor<Long, Long> {
    private final LongLongMap map;
    private long value;

    LongLongCursor(LongLongMap map) {
        super(map);
        this.map = map;
    }

    /**
     * Goes to the next entry.
     *
     * @return false if there is none
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
     * Returns the value that the current entry had when {@link #next} came to it, or that {@link #setValue} gave it.
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
     * @param newValue the value
     * @throws IllegalStateException if there is no current entry, if it has been removed from the map, or if the heap is closed
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
