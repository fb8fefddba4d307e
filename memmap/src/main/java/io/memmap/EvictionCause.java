package io.memmap;

/** Why a bounded map has removed or dropped an entry by itself. Removals and replacements that a caller asked for are no evictions. */
public enum EvictionCause {
    /** Another entry needed its place or its bytes. */
    SIZE,
    /** Its time was over. */
    EXPIRED,
    /** It alone is larger than a shard has room for, and the map drops such entries: {@link SyncMap.Builder#dropTooLarge}. */
    TOO_LARGE
}
