package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.Hash;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.OrderLayout;
import io.memmap.format.Tophash;
import io.memmap.memory.BlockAllocator;
import io.memmap.telemetry.ChainCounts;
import io.memmap.telemetry.MapFigures;
import io.memmap.telemetry.MapReader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A read-only look at a map, for a thread that only observes. The map's owner may be writing the
 * header at the same moment. So no field that is read is used before it has been checked: that it
 * belongs to a map, and that it is small enough to compute with. Only chains and pages are walked,
 * and only up to a bound.
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
        public void count(MemorySegment memory, MapFigures map, long from, int parts, ChainCounts counts) {
            ObservedMap now = of(memory, map.pointer());
            if (now != null && now.identity == map.identity()) {
                counts.slots = now.slots;
                if (now.paged) {
                    now.countLines(from, from + parts, counts);
                } else {
                    now.countChains(from, from + parts, counts);
                }
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
        if (paged && !(isPaged() && linesOfExtension() >= 0)) {
            return false;
        }
        return slots > 0
                && slots <= 8
                && bucketBytes > 0
                && overflowOffset <= bucketBytes - Long.BYTES
                && fits(field(HmapLayout.BUCKETS), HmapLayout.b(state))
                && (!isGrowing() || fits(field(HmapLayout.OLD_BUCKETS), oldB(state)));
    }

    private boolean isPaged() {
        // Not by the record's equals: its call site keeps the class loader of the library reachable.
        return (keyBytes == Long.BYTES || keyBytes == Integer.BYTES)
                && valueBytes >= 0
                && keysOffset == 0
                && valuesOffset == keyBytes
                && keyStride >= keyBytes + (long) valueBytes
                && Long.bitCount(keyStride) == 1
                && bucketBytes == BucketLayout.PAGE_BYTES >>> BucketLayout.PAGE_B
                && slots == bucketBytes / keyStride;
    }

    /** Returns the number of lines of a paged map's extension; -1 if it does not lie in the memory. */
    private long linesOfExtension() {
        long lines = field(HmapLayout.OVERFLOW);
        return lines >= 0 && lines <= mem.byteSize() / bucketBytes ? lines : -1;
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
                paged ? field(HmapLayout.OVERFLOW) : field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW),
                limit + 1,
                headerBytes(),
                arrayBytes(),
                overflowBytes(),
                blobBytes(),
                orderBytes(),
                counter(HmapLayout.DOUBLINGS) + counter(HmapLayout.SAME_SIZE_GROWTHS),
                counter(HmapLayout.SHRINKS),
                field(HmapLayout.MOVES),
                slots,
                load,
                paged,
                changes(),
                field(HmapLayout.GROWTH_WRITES),
                field(HmapLayout.GROWTH_CHANGES) + (isGrowing() ? changes() : 0),
                1L << (Mem.getByte(mem, hmap + HmapLayout.FLOOR_B) & 31),
                has(HmapLayout.AUTO_SHRINK),
                has(HmapLayout.BOUNDED),
                has(HmapLayout.NAMED) && hmap != Mem.getLong(mem, HeapLayout.DIRECTORY_OFFSET));
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

    @Override
    long orderBytes() {
        long order = field(HmapLayout.ORDER);
        return order > 0 && order <= mem.byteSize() - OrderLayout.HEADER_BYTES ? super.orderBytes() : 0;
    }

    /**
     * Returns whether the heap is in a file, and this byte is in a hole of it. Reading it would take space
     * in the file, or end with a signal if there is none.
     */
    private boolean isHole(long offset) {
        return Mem.getInt(mem, HeapLayout.FILE_STATE_OFFSET) != HeapLayout.FILE_NONE
                && !BlockAllocator.isCommitted(
                        mem,
                        Mem.getLong(mem, HeapLayout.BITMAP_OFFSET_OFFSET),
                        Mem.getInt(mem, HeapLayout.GRANULE_SHIFT_OFFSET),
                        offset,
                        1);
    }

    private void countChains(long from, long to, ChainCounts counts) {
        long state = state();
        long array = field(HmapLayout.BUCKETS);
        long buckets = array == 0 ? 0 : 1L << HmapLayout.b(state);
        long old = field(HmapLayout.OLD_BUCKETS);
        long oldBuckets = old == 0 ? 0 : 1L << oldB(state);
        long end = Math.min(to, buckets + oldBuckets);
        for (long chain = from; chain < end; chain++) {
            countChain(chain < buckets ? array + chain * bucketBytes : old + (chain - buckets) * bucketBytes, counts);
        }
    }

    private void countChain(long first, ChainCounts counts) {
        if (isHole(first) || isHole(first + bucketBytes - 1)) {
            counts.buckets[0]++;
            counts.chains[0]++;
            counts.addPart(0);
            return;
        }
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
            counts.addPart(entries);
        }
    }

    // --------------------------------------------------------------------------------------- pages

    /**
     * Counts these lines of a paged map. The lines of both arrays are numbered as if they were one
     * array of the larger size, which they mostly are. The lines of the extension follow.
     */
    private void countLines(long from, long to, ChainCounts counts) {
        long state = state();
        boolean growing = isGrowing();
        int b = growing ? Math.max(HmapLayout.b(state), oldB(state)) : HmapLayout.b(state);
        if (b >= Integer.SIZE) {
            return; // the map has changed since it was found plausible
        }
        long lines = field(HmapLayout.BUCKETS) == 0 ? 0 : 1L << b;
        for (long line = from; line < Math.min(to, lines); line += 1L << BucketLayout.PAGE_B) {
            countPage(line >>> BucketLayout.PAGE_B, state, growing, counts);
        }
        long extension = field(HmapLayout.NEXT_OVERFLOW);
        long extensionB = extension & bucketBytes - 1;
        long extensionLines = extension == 0 || extensionB >= Integer.SIZE ? 0 : 1L << extensionB;
        long first = extension & -bucketBytes;
        long linesBefore = Math.min(lines, 1L << BucketLayout.PAGE_B);
        for (long line = Math.max(from, lines) - lines; line < Math.min(to - lines, extensionLines); line++) {
            countLine(first, line * bucketBytes, extensionLines * bucketBytes, linesBefore, counts);
        }
        if (from == 0 && field(HmapLayout.OLD_OVERFLOW) != 0) {
            counts.longest = Math.max(1, counts.longest);
        }
    }

    /** Counts a page where its entries are at present, if the map has a page of this number. */
    private void countPage(long page, long state, boolean growing, ChainCounts counts) {
        long units = 1L << PagedTable.unitsB(state);
        boolean isOld = growing && (page & units - 1) >= field(HmapLayout.NEVACUATE);
        int b = isOld ? oldB(state) : HmapLayout.b(state);
        if (page >= 1L << PagedTable.pagesB(b)) {
            return; // these entries are in the lower page
        }
        long array = field(isOld ? HmapLayout.OLD_BUCKETS : HmapLayout.BUCKETS);
        long bytes = Math.min(BucketLayout.PAGE_BYTES, bucketBytes << b);
        long entries = 0;
        for (long line = 0; line < bytes; line += bucketBytes) {
            entries += countLine(array + page * BucketLayout.PAGE_BYTES, line, bytes, 0, counts);
        }
        counts.addPart(entries);
    }

    /**
     * Counts a line of a page, or of the extension, whose searches visit a page before it. Returns
     * the number of entries in the line.
     *
     * @param start where the page or the extension begins
     * @param line the distance of the line from there
     * @param bytes the size of the page or the extension
     * @param linesBefore the lines of a page if this is the extension, else 0
     */
    private int countLine(long start, long line, long bytes, long linesBefore, ChainCounts counts) {
        if (start <= 0 || start > mem.byteSize() - line - bucketBytes) {
            return 0;
        }
        int filled = 0;
        for (long slot = line; slot < line + bucketBytes; slot += keyStride) {
            boolean isLong = keyBytes == Long.BYTES;
            long stored = isLong ? Mem.getLong(mem, start + slot) : Mem.getInt(mem, start + slot);
            if (stored != 0) {
                filled++;
                long hash = hash(stored);
                long home = linesBefore == 0 ? hash : PageExtension.line(hash) * bucketBytes;
                long visited = linesBefore + 1 + ((home ^ slot) & bytes - 1) / bucketBytes;
                counts.chains[(int) Math.min(visited, ChainCounts.MOST_BUCKETS) - 1]++;
                counts.longest = Math.max(counts.longest, visited);
            }
        }
        counts.buckets[filled]++;
        return filled;
    }

    private long hash(long stored) {
        return Hash.ofStoredKey(stored, secret(0), secret(2));
    }

    private long secret(int index) {
        return Mem.getLong(mem, HeapLayout.SECRETS_OFFSET + (long) index * Long.BYTES);
    }
}
