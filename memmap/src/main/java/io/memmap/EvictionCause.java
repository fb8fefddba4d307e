package io.memmap;

/**
 * Why a bounded map has removed or dropped an entry by itself. A removal or a replacement that a
 * caller asked for is not an eviction.
 */
public enum EvictionCause {
    /** Another entry needed its slot or its bytes. */
    SIZE,
    /** The entry has expired. */
    EXPIRED,
    /**
     * The entry alone exceeds what one shard may hold, and the map is set to drop such entries:
     * {@link SyncMapBuilder#dropTooLarge}.
     */
    TOO_LARGE
}
