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

    HashCursor(HashTable table) {
        super(table);
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

    /** Removes the current entry, if it is still there. */
    abstract void removeEntry();

    /** Goes to the next entry; returns its slot, or 0 at the end. */
    final long advance() {
        current = 0;
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
            takeChain();
        }
        return 0;
    }

    /** Returns the slot of the current entry where it is now, or 0 if it has been removed. */
    final long currentSlot() {
        requireCurrent();
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

    /** The current entry has been removed through this cursor. */
    final void forgetCurrent() {
        current = 0;
    }
}
