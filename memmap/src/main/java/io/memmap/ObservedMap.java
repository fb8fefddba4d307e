package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import io.memmap.telemetry.ChainCounts;
import io.memmap.telemetry.MapFigures;
import io.memmap.telemetry.MapReader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A read-only look at a map, for a thread that only observes. The map's owner may be writing the
 * header at the same moment. So no field that is read is used before it has been checked: that it
 * belongs to a map, and that it is small enough to compute with. Only chains are walked, and only
 * up to a bound.
 */
final class ObservedMap extends TableArrays {
    /** The reader by which {@link io.memmap.memory.LiveHeap} reads maps. */
    static final MapReader READER = new Reader();

    private static final int MOST_TEXT_BYTES = 1 << 16;

    private static final class Reader implements MapReader {
        @Override
        public @Nullable MapFigures read(MemorySegment memory, long header) {
            ObservedMap map = of(memory, header);
            return map == null ? null : map.figures();
        }

        @Override
        public void count(MemorySegment memory, MapFigures map, long from, int chains, ChainCounts counts) {
            ObservedMap now = of(memory, map.pointer());
            if (now != null && now.identity == map.identity()) {
                now.count(from, chains, counts);
            }
        }
    }

    private ObservedMap(MemorySegment memory, long hmap, BucketLayout layout) {
        super(memory, hmap, layout);
    }

    /**
     * Returns the map whose header is at {@code hmap}; null if no map is there, or if its header
     * makes no sense at this moment.
     */
    private static @Nullable ObservedMap of(MemorySegment memory, long hmap) {
        if (hmap < 0
                || hmap > memory.byteSize() - HmapLayout.BYTES
                || Mem.getLong(memory, hmap + HmapLayout.IDENTITY) == 0
                || Mem.getLong(memory, hmap + HmapLayout.EXTRA) != hmap + HmapLayout.OVERFLOW) {
            return null;
        }
        try {
            ObservedMap map = new ObservedMap(memory, hmap, BucketLayout.read(memory, hmap));
            return map.isPlausible() ? map : null;
        } catch (IllegalArgumentException torn) { // the geometry is not a known one
            return null;
        }
    }

    /**
     * Returns whether the arrays lie within the memory, so that no sum of sizes overflows and no
     * shift wraps.
     */
    private boolean isPlausible() {
        long state = state();
        return slots > 0
                && slots <= 8
                && bucketBytes > 0
                && overflowOffset <= bucketBytes - Long.BYTES
                && fits(field(HmapLayout.BUCKETS), HmapLayout.b(state))
                && (!isGrowing() || fits(field(HmapLayout.OLD_BUCKETS), oldB(state)));
    }

    private boolean fits(long array, int b) {
        if (array == 0) {
            return true;
        }
        return array > 0
                && array < mem.byteSize()
                && b >= 0
                && b < Integer.SIZE
                && bucketBytes << b <= mem.byteSize() - array;
    }

    private MapFigures figures() {
        long state = state();
        int b = HmapLayout.b(state);
        long size = field(HmapLayout.COUNT);
        long array = field(HmapLayout.BUCKETS);
        long limit = hasTooManyOverflow(state) ? size : loadLimit(b);
        return new MapFigures(
                hmap,
                identity,
                readText(HmapLayout.NAME),
                field(HmapLayout.TYPE) == 0 ? MapType.nameAt(mem, hmap) : readText(HmapLayout.TYPE),
                has(HmapLayout.SHARD) ? field(HmapLayout.STATE) >>> 32 | 1L << 32 : 0,
                size,
                array == 0 ? 0 : 1L << b,
                isGrowing() ? 1L << oldB(state) : 0,
                field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW),
                limit + 1,
                headerBytes(),
                arrayBytes(),
                overflowBytes(),
                blobBytes(),
                field(HmapLayout.DOUBLINGS) + field(HmapLayout.SAME_SIZE_GROWTHS),
                field(HmapLayout.SHRINKS),
                field(HmapLayout.MOVES),
                slots,
                field(HmapLayout.CHANGES),
                field(HmapLayout.GROWTH_WRITES),
                field(HmapLayout.GROWTH_CHANGES) + (isGrowing() ? field(HmapLayout.CHANGES) : 0),
                1L << (Mem.getByte(mem, hmap + HmapLayout.FLOOR_B) & 31),
                has(HmapLayout.AUTO_SHRINK),
                has(HmapLayout.BOUNDED));
    }

    private boolean has(int option) {
        return (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & option) != 0;
    }

    private String readText(long field) {
        long bytes = field(field + Long.BYTES);
        long block = field(field);
        boolean isText = block > 0 && bytes > 0 && bytes <= MOST_TEXT_BYTES && block <= mem.byteSize() - bytes;
        return isText ? text(mem, hmap + field) : "";
    }

    /**
     * Returns the number of all overflow buckets of the old array, because a walk over the array
     * would take too long. Up to a sixteenth of them are spare buckets of the array and not
     * separate blocks.
     */
    @Override
    long oldOverflowBlocks(int b) {
        return field(HmapLayout.OLD_OVERFLOW);
    }

    private void count(long from, int chains, ChainCounts counts) {
        counts.slots = slots;
        long state = state();
        long array = field(HmapLayout.BUCKETS);
        long buckets = array == 0 ? 0 : 1L << HmapLayout.b(state);
        long old = field(HmapLayout.OLD_BUCKETS);
        long oldBuckets = old == 0 ? 0 : 1L << oldB(state);
        long end = Math.min(from + chains, buckets + oldBuckets);
        for (long chain = from; chain < end; chain++) {
            count(chain < buckets ? array + chain * bucketBytes : old + (chain - buckets) * bucketBytes, counts);
        }
    }

    private void count(long first, ChainCounts counts) {
        long limit = field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW) + 1;
        int length = 0;
        long entries = 0;
        boolean hasMoved = false;
        for (long bucket = first;
                bucket > 0 && bucket <= mem.byteSize() - bucketBytes && length < limit;
                bucket = overflow(bucket)) {
            long tops = tops(bucket);
            hasMoved |= length == 0 && Tophash.isEvacuated(tops);
            if (!hasMoved) {
                int filled = Long.bitCount(Tophash.filled(tops) & Tophash.lanes(slots));
                counts.buckets[filled]++;
                entries += filled;
            }
            length++;
        }
        counts.longest = Math.max(counts.longest, length);
        if (length > 0 && !hasMoved) {
            counts.chains[Math.min(length, ChainCounts.MOST_BUCKETS) - 1]++;
            counts.entries += entries;
            counts.squares += entries * entries;
        }
    }
}
