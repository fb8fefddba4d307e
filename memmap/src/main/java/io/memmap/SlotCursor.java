package io.memmap;

/**
 * A walk over a table that produces entries one by one. Each entry is located again when its turn
 * comes, because it may have moved or been removed.
 */
abstract class SlotCursor extends ChainWalk {
    private int next;
    /** The slot of the current entry when it was produced; 0 if there is no current entry. */
    private long current;

    SlotCursor(HashTable table, int enough) {
        super(table, enough);
    }

    /** Returns the slot where the key with this index is now, or 0 if it has been removed. */
    abstract long locate(int index);

    /** Called when the entry in this slot has become the current entry. */
    void produced(long slot) {}

    /**
     * Removes the entry of the key with this index from the map. Returns whether it was present.
     */
    abstract boolean erase(int index);

    /** Moves to the next entry. Returns the entry's slot, or 0 at the end. */
    final long advance() {
        current = 0;
        int index = next;
        if (index < taken() && isUnchanged()) {
            next = index + 1;
            long slot = slotTaken(index);
            current = slot;
            // Called here too: the JIT compiler can reuse the checks of the memory from
            // isUnchanged().
            produced(slot);
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

    /** Returns the slot where the current entry is now, or 0 if it has been removed. */
    final long currentSlot() {
        requireCurrent();
        if (isUnchanged()) {
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

    /** Returns the slot where the current entry is now. Throws if the entry has been removed. */
    final long requireSlot() {
        long slot = currentSlot();
        if (slot == 0) {
            throw new IllegalStateException("the entry has been removed from the map");
        }
        return slot;
    }

    /** Returns the index of the current entry among the entries taken from the table. */
    final int currentIndex() {
        requireCurrent();
        return next - 1;
    }

    /**
     * Removes the current entry from the map, if it is still present.
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
