package io.memmap;

import io.memmap.telemetry.Leaks;
import org.jspecify.annotations.Nullable;

/**
 * Answers a heap's questions about the owner of a block. The heap asks only if it has chosen the
 * block as a sample for its allocation profile. So the heap does not depend on maps.
 *
 * <p>The owner is an argument of each method. A map passes itself, and one {@code BlockOwner}
 * serves all maps. If a map were a {@code BlockOwner} itself, these methods would appear in the
 * public API.
 *
 * @param <T> the class of the owners
 */
interface BlockOwner<T> {
    /** For an owner of which only the name is known: a map that is being made, or no map at all. */
    BlockOwner<String> BY_NAME = name -> name;

    /** The name of the owner of a block that belongs to no map. */
    String NO_MAP = "";

    /**
     * Returns the name of the map that owns the block; empty if the map has no name, or if there is
     * no map.
     */
    String mapName(T owner);

    /** Returns whether the owner drops entries by itself, because it has a bound or an expiry. */
    default boolean isBounded(T owner) {
        return false;
    }

    /**
     * Returns what tracks the owner, so that a leak of it is detected; null if nothing tracks it.
     */
    default Leaks.@Nullable Tracked tracked(T owner) {
        return null;
    }

    /**
     * Offers the sample to the owner. The owner may take it over and pass it to
     * {@link HeapMemory#takeSample} later. A stack trace takes some 100 us, which a map does not
     * want to spend under its lock.
     *
     * @param block the pointer of the block
     * @param objects how many blocks the sample stands for
     * @return true if the owner has taken the sample over; false if the heap must take it now
     */
    default boolean defersSample(T owner, long block, double objects) {
        return false;
    }
}
