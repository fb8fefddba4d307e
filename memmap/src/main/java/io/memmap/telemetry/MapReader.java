package io.memmap.telemetry;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Reads maps in the memory of a heap that other threads may be writing. What it answers can be stale by moments, and of a map
 * that is being made, freed or grown it can be wrong; it never throws for what it finds.
 */
public interface MapReader {
    /** Returns what the header at this offset says; null if no live map is there. Takes constant time. */
    @Nullable
    MapFigures read(MemorySegment memory, long header);

    /**
     * Counts some chains, numbered from 0: those of the current array and, behind them, of the old one; none if the map is gone.
     */
    void count(MemorySegment memory, MapFigures map, long from, int chains, ChainCounts counts);
}
