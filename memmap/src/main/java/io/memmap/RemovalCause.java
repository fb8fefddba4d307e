package io.memmap;

/**
 * Why an entry has left a {@link SyncMap}. The names are those of Caffeine's {@code RemovalCause},
 * and {@link #TOO_LARGE}.
 */
public enum RemovalCause {
    /** A caller has removed the entry, or cleared the map. */
    EXPLICIT,
    /** A caller has replaced or changed the value. The listener receives the value before. */
    REPLACED,
    /** Another entry needed its slot or its bytes. */
    SIZE,
    /** The entry has expired. */
    EXPIRED,
    /**
     * The entry alone exceeds what one shard may hold, and the map is set to drop such entries:
     * {@link SyncMapBuilder#dropTooLarge}.
     */
    TOO_LARGE;

    /**
     * Returns whether the map has removed or dropped the entry by itself, and not at a caller's
     * wish.
     *
     * @return false for {@link #EXPLICIT} and {@link #REPLACED}
     */
    public boolean wasEvicted() {
        return this != EXPLICIT && this != REPLACED;
    }
}
