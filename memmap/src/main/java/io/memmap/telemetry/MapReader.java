package io.memmap.telemetry;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Reads maps in the memory of a heap while other threads may write to it. Results can be stale by
 * moments. For a map that is being made, freed or grown they can be wrong. The methods never throw
 * because of the content that they find.
 */
public interface MapReader {
    /**
     * Returns the contents of the header at this offset, or null if no live map is there. Takes
     * constant time.
     */
    @Nullable
    MapFigures read(MemorySegment memory, long header);

    /**
     * Counts some chains, or some lines of a paged map. Chains are numbered from 0: first those of
     * the current array, then those of the old array. Lines are numbered from 0: first those of the
     * array, then those of the extension. Counts nothing if the map is gone.
     *
     * @param from the number of the first chain, or of the first line, which begins a page
     */
    void count(MemorySegment memory, MapFigures map, long from, int parts, ChainCounts counts);
}
