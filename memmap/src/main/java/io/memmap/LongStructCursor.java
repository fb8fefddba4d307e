package io.memmap;

/**
 * A cursor over the entries of a {@link LongStructMap}. The order is random and differs between
 * cursors.
 *
 * <pre>{@code
 * for (LongStructCursor c = orders.cursor(); c.next(); ) {
 *     if (c.value().get(QUANTITY) == 0) c.remove();
 * }
 * }</pre>
 *
 * <p>The map may be changed in any way during the walk, through the cursor or otherwise. An entry
 * that is present during the whole walk is produced exactly once. An entry that is removed before
 * its turn is not produced. An entry that is added is produced at most once. A clear, or the
 * removal of the last entry, ends the walk. A cursor holds no memory of the heap, so it need not be
 * closed. A step allocates nothing, except for the first step and for a chain or page with more
 * entries than any before.
 *
 * <p>A cursor is for use by one thread. During the walk no other thread may write to the map.
 */
public final class LongStructCursor extends SlotCursor {
    /** Entries taken from the table at a time: enough that loads from several buckets overlap. */
    private static final int ENTRIES_AT_A_TIME = 32;

    private final StructTable map;
    private final LongStructRef struct;
    private long[] keys = {};

    LongStructCursor(StructTable map) {
        super(map, ENTRIES_AT_A_TIME);
        this.map = map;
        struct = new LongStructRef(map);
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
        return keys[currentIndex()];
    }

    /**
     * Returns a reference to the struct of the current entry, as it is in the map now. The object is
     * the same each time. It becomes stale like a {@link LongStructRef}; then call this method again.
     *
     * @return the reference
     * @throws IllegalStateException if there is no current entry, if the entry has been removed from
     *     the map, or if the heap is closed
     */
    public StructRef value() {
        struct.settle(key(), map.structAt(requireSlot()));
        return struct;
    }

    @Override
    boolean erase(int index) {
        return map.delete(keys[index]);
    }

    @Override
    void save(long[] slots, int count, long chain, int b) {
        if (count > keys.length) {
            keys = new long[slots.length];
        }
        for (int i = 0; i < count; i++) {
            keys[i] = map.keyAt(slots[i]);
        }
    }

    @Override
    long locate(int index) {
        return map.findSlot(keys[index]);
    }
}
