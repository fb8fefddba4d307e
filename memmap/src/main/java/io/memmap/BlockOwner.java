package io.memmap;

import io.memmap.telemetry.Leaks;
import org.jspecify.annotations.Nullable;

/**
 * Tells a heap what it has to know of the owner of a block. The heap asks only if it has chosen the block as a sample for
 * its allocation profile. So the heap needs to know nothing of maps.
 *
 * <p>The owner is an argument of each method. A map passes itself, and there is one {@code BlockOwner} for all maps: a map
 * that were a {@code BlockOwner} itself would show these methods in the public API.
 *
 * @param <T> the class of the owners
 */
interface BlockOwner<T> {
    /** The owner is known by its name only: a map that is being made, or no map at all. */
    BlockOwner<String> BY_NAME = name -> name;

    /** The name of the owner of a block that belongs to no map. */
    String NO_MAP = "";

    /** Returns the name of the map that owns the block; empty if the map has no name, or if there is no map. */
    String mapName(T owner);

    /** Returns what tracks the owner, so that it is found if it leaks; null if nothing does. */
    default Leaks.@Nullable Tracked tracked(T owner) {
        return null;
    }

    /**
     * Offers the sample to the owner, who may take it over and hand it to {@link NativeHeap#takeSample} later. A stack trace
     * takes some 100 us, which a map does not want to spend under its lock.
     *
     * @param block the pointer of the block
     * @param objects how many blocks the sample stands for
     * @return true if the owner has taken the sample over; false if the heap is to take it now
     */
    default boolean defersSample(T owner, long block, double objects) {
        return false;
    }
}
