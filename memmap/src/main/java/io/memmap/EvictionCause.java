package io.memmap;

/** Why a bounded map has removed an entry by itself. Removals and replacements that a caller asked for are no evictions. */
public enum EvictionCause {
    /** Another entry needed its place or its bytes. */
    SIZE,
    /** Its time was over. */
    EXPIRED
}
