package io.memmap;

/**
 * The bounds of a table, as far as the table has to use them. In a table without bounds the
 * reference to the budget is null, and the table only tests for that. Which entry is evicted, and
 * when, is decided by {@link Limits}, the only class that extends this one. An abstract class with
 * one subclass costs no more than the subclass: the JIT compiler calls its methods directly.
 *
 * <p>Each entry of a bounded table has a <em>node</em>, a record that the budget keeps about the
 * entry. The number of the node is in the entry's slot, after the value.
 */
abstract class Budget {
    /** The number of bytes that the number of a node takes in a slot. */
    static final int SLOT_BYTES = Integer.BYTES;

    /**
     * Charges bytes that are about to be taken from the heap. Returns false, with nothing charged,
     * if the budget does not have them.
     */
    abstract boolean charge(long bytes);

    /** Reverses the charge for bytes that have been returned to the heap. */
    abstract void discharge(long bytes);

    /**
     * Returns whether the budget has room for an array of this size, and for a few overflow buckets
     * that may be needed to move the entries to it.
     */
    abstract boolean hasRoomToGrow(long arrayBytes);

    /** Returns the bytes that the budget itself has taken from the heap. */
    abstract long ownBytes();

    /**
     * Assigns a node to the entry that is about to be added in this slot. There must be a free
     * node.
     */
    abstract void link(long slot, long hash);

    /** Notes that the entry in this slot is about to be removed. */
    abstract void beginUnlink(long slot);

    /** Frees the node of the entry that has been removed since {@link #beginUnlink}. */
    abstract void endUnlink();

    /**
     * Returns the hash under which the entry in this slot was put. A key that does not equal itself
     * (NaN) has no other hash.
     */
    abstract long hashAt(long slot);

    /** Frees all nodes, because all entries are about to be removed. */
    abstract void clear();

    /**
     * Frees all memory of the budget. The table has no entries any more and is about to be freed.
     */
    abstract void free();

    /**
     * Checks the invariants of the budget.
     *
     * @throws IllegalStateException naming the invariant that is broken
     */
    abstract void check();
}
