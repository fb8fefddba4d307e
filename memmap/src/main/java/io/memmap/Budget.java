package io.memmap;

/**
 * The bounds of a table, as far as the table has to know them. A table without bounds has no budget, and that null is all that
 * it looks at. Which entry is evicted, and when, is decided by {@link Limits}, the one class that extends this. An abstract
 * class with one subclass costs no more than the subclass: the JIT compiler calls its methods directly.
 *
 * <p>Each entry of a bounded table has a <em>node</em>, which the budget keeps. The number of the node is in the entry's slot,
 * behind the value.
 */
abstract class Budget {
    /** The bytes that the number of a node takes in a slot. */
    static final int SLOT_BYTES = Integer.BYTES;

    /** Charges bytes that are about to be taken; returns false, with nothing charged, if the budget does not have them. */
    abstract boolean charge(long bytes);

    /** Takes a charge back, of bytes that the heap has back. */
    abstract void discharge(long bytes);

    /** Returns whether an array of this size fits, and a few overflow buckets that moving to it may take. */
    abstract boolean hasRoomToGrow(long arrayBytes);

    /** Returns the bytes that the budget itself has taken from the heap. */
    abstract long ownBytes();

    /** Gives the entry that has been added in this slot a node. There is a free one. */
    abstract void link(long slot, long hash);

    /** Frees the node of an entry that is about to be removed. Its slot does not name the node any more. */
    abstract void unlink(int node);

    /** Returns the hash under which the entry with this node was put. A key that does not equal itself has no other hash. */
    abstract long hash(int node);

    /** Gives all nodes back: all entries are about to be removed. */
    abstract void clear();

    /** Gives everything back: the table, which has no entry any more, is about to be freed. */
    abstract void free();

    /**
     * Checks the invariants of the budget.
     *
     * @throws IllegalStateException naming the invariant that is broken
     */
    abstract void check();
}
