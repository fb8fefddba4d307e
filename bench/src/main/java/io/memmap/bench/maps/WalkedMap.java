package io.memmap.bench.maps;

/** A {@link LongMap} whose entries are walked too. */
public interface WalkedMap extends LongMap {
    /** Goes on with a walk over all entries, that never ends, by so many; returns the sum of their keys and values. */
    long walk(int entries);
}
