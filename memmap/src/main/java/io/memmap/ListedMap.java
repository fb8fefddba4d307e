package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import java.lang.foreign.MemorySegment;

/**
 * The sizes that the header of a map states, for a list of maps. The sizes may be of different
 * moments, as another thread may be writing to the map.
 */
final class ListedMap extends TableArrays {
    ListedMap(MemorySegment mem, long hmap) {
        super(mem, hmap, BucketLayout.read(mem, hmap));
    }

    /** Returns the number of all overflow buckets of the old array, because a walk takes too long. */
    @Override
    long oldOverflowBlocks(int b) {
        return field(HmapLayout.OLD_OVERFLOW);
    }
}
