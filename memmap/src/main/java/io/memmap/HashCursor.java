package io.memmap;

/**
 * A cursor that produces entries for the views of a map too.
 *
 * @param <K> the class of the keys in a {@link java.util.Map}
 * @param <V> the class of the values in a {@link java.util.Map}
 */
abstract class HashCursor<K, V> extends SlotCursor {
    HashCursor(HashTable table, int enough) {
        super(table, enough);
    }

    /** Returns the key of the current entry. */
    abstract K entryKey();

    /** Returns the value that the current entry had when it was produced. */
    abstract V entryValue();

    /** Replaces the value of the current entry. */
    abstract void setEntryValue(V value);

    /**
     * Keeps the key of the current entry for {@link #removeKept}, which may be called after the
     * cursor has moved on.
     */
    abstract void keep();

    /** Removes the entry whose key was kept, if it is still present. */
    abstract void removeKept();
}
