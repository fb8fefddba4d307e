package io.memmap;

/**
 * A walk over a table that produces its entries one by one, each where it is when its turn comes.
 *
 * @param <K> the keys as a java.util.Map has them
 * @param <V> the values as a java.util.Map has them
 */
abstract class HashCursor<K, V> extends ChainWalk {
    private int next;
    /** The slot of the current entry when it was produced; 0 if there is no current entry. */
    private long current;

    HashCursor(HashTable table, int enough) {
        super(table, enough);
    }

    /** Returns the slot where the {@code index}-th key is now, or 0. */
    abstract long locate(int index);

    /** The entry in this slot has become the current one. */
    void produced(long slot) {}

    /** Returns the key of the current entry. */
    abstract K entryKey();

    /** Returns the value that the current entry had when it was produced. */
    abstract V entryValue();

    /** Replaces the value of the current entry. */
    abstract void setEntryValue(V value);

    /** Removes the entry of the {@code index}-th key from the map; returns whether it was there. */
    abstract boolean erase(int index);

    /** Keeps the key of the current entry, for {@link #removeKept} when the cursor has gone on. */
    abstract void keep();

    /** Removes the entry whose key was kept, if it is there. */
    abstract void removeKept();

    /** Goes to the next entry; returns its slot, or 0 at the end. */
    final long advance() {
        current = 0;
        int index = next;
        if (index < taken() && hasStood()) {
            next = index + 1;
            long slot = slotTaken(index);
            current = slot;
            produced(slot); // here, so that what was just checked of the memory need not be checked again
            return slot;
        }
        return advanceFarther();
    }

    private long advanceFarther() {
        while (isWalkable()) {
            while (next < taken()) {
                int index = next++;
                long slot = hasMoved() ? locate(index) : slotTaken(index);
                if (slot != 0) {
                    current = slot;
                    produced(slot);
                    return slot;
                }
            }
            if (hasEnded()) {
                return 0;
            }
            next = 0;
            take(Integer.MAX_VALUE);
        }
        return 0;
    }

    /** Returns the slot of the current entry where it is now, or 0 if it has been removed. */
    final long currentSlot() {
        requireCurrent();
        if (hasStood()) {
            return current;
        }
        if (!isLive()) {
            return 0;
        }
        return hasMoved() ? locate(next - 1) : current;
    }

    final void requireCurrent() {
        if (current == 0) {
            throw new IllegalStateException(
                    "the cursor is at no entry: next() has not been called, or returned false, or the"
                            + " entry has been removed through the cursor");
        }
    }

    /** Returns the slot of the current entry where it is now. */
    final long requireSlot() {
        long slot = currentSlot();
        if (slot == 0) {
            throw new IllegalStateException("the entry has been removed from the map");
        }
        return slot;
    }

    /** Index of the current entry among those taken. */
    final int currentIndex() {
        requireCurrent();
        return next - 1;
    }

    /**
     * Removes the current entry from the map, if it is still there.
     *
     * @throws IllegalStateException if there is no current entry, or if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void remove() {
        if (erase(currentIndex())) {
            passRemoval();
        }
        current = 0;
    }
}
