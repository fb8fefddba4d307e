package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;

/** Recomputes the invariants of a paged table ({@link PagedTable}) from the memory of one map. */
final class PageCheck extends InvariantCheck {
    private final PagedTable pages;
    private long entries;
    private long inExtension;

    PageCheck(HashTable table, PagedTable pages) {
        super(table);
        this.pages = pages;
    }

    /**
     * Checks the invariants of the map.
     *
     * @throws IllegalStateException if one is broken: the message names the invariant and the place
     */
    void check() {
        checkHeader();
        if (!table.isGrowing()) {
            require((state & HmapLayout.SHRINKING) == 0, "I8", "the shrinking flag is set");
            requireEqual(table.field(HmapLayout.RELEASED), 0, "I8", "released");
            requireEqual(table.field(HmapLayout.NEVACUATE), 0, "I8", "nevacuate");
        }
        if (table.field(HmapLayout.BUCKETS) != 0) {
            checkArray(table.field(HmapLayout.BUCKETS), HmapLayout.b(state));
            if (table.isGrowing() && table.field(HmapLayout.OLD_BUCKETS) != table.field(HmapLayout.BUCKETS)) {
                checkArray(table.field(HmapLayout.OLD_BUCKETS), MapHandle.oldB(state));
            }
        }
        checkExtension();
        long reserved = table.field(HmapLayout.OLD_OVERFLOW);
        if (reserved != 0) {
            requireEqual(Mem.getLong(table.mem, reserved) & keyBits(), 0, "P7", "the stored key of the reserved key");
            entries++;
        }
        requireEqual(table.field(HmapLayout.COUNT), entries, "I1", "count");
    }

    private long keyBits() {
        return table.keyBytes == Long.BYTES ? -1 : (1L << (Byte.SIZE * table.keyBytes)) - 1;
    }

    private void checkArray(long array, int b) {
        boolean inPlace = table.field(HmapLayout.OLD_BUCKETS) == array;
        int largestB = inPlace ? Math.max(b, MapHandle.oldB(state)) : b;
        long bytes = (long) BucketLayout.PAGE_BYTES >>> BucketLayout.PAGE_B << largestB;
        require(heap.isBlock(array, BlockKind.BUCKET), "I14", "the array is no live block: " + array);
        boolean isLeft = array != table.field(HmapLayout.BUCKETS);
        long moved = isLeft ? table.field(HmapLayout.NEVACUATE) * BucketLayout.PAGE_BYTES : 0;
        for (long slot = array + moved; slot < array + bytes; slot += table.keyStride) {
            if (heap.isHole(slot, table.keyStride)) {
                continue;
            }
            if ((Mem.getLong(table.mem, slot) & keyBits()) == 0) {
                requireEmpty(slot);
            } else {
                entries++;
                checkSlot(slot);
            }
        }
    }

    private void requireEmpty(long slot) {
        for (long i = table.valuesOffset; i < table.keyStride; i++) {
            if (Mem.getByte(table.mem, slot + i) != 0) {
                throw broken("P4", "the value of the empty slot @" + slot + " is not zero");
            }
        }
    }

    private void checkSlot(long slot) {
        String fault = pages.faultAt(slot);
        if (fault != null) {
            throw broken("P1, P2 or P5", "slot @" + slot + " " + fault);
        }
        long found = table.searchAgain(slot);
        if (found != slot) {
            throw broken("P3", "the key of slot @" + slot + " is found in slot @" + found);
        }
    }

    private void checkExtension() {
        long extension = table.field(HmapLayout.NEXT_OVERFLOW);
        if (extension == 0) {
            requireEqual(table.field(HmapLayout.NANS), 0, "P6", "nans");
            return;
        }
        long start = extension & -table.bucketBytes;
        long end = start + (table.bucketBytes << (extension & table.bucketBytes - 1));
        for (long slot = start; slot < end; slot += table.keyStride) {
            if ((Mem.getLong(table.mem, slot) & keyBits()) == 0) {
                requireEmpty(slot);
            } else {
                entries++;
                inExtension++;
                checkSlot(slot);
            }
        }
        requireEqual(table.field(HmapLayout.NANS), inExtension, "P6", "nans");
        long slots = (end - start) / table.keyStride;
        require(inExtension > 0 && 4 * inExtension <= 3 * slots, "P6", inExtension + " entries in " + slots + " slots");
    }

    /**
     * Describes a page of the current array, line by line. The number of a slot says how many slots
     * a search for its key visits before it. An empty slot is a dash.
     */
    static void describe(HashTable table, long page, StringBuilder text) {
        int b = HmapLayout.b(table.state());
        long start = table.field(HmapLayout.BUCKETS) + page * BucketLayout.PAGE_BYTES;
        long bytes = Math.min(BucketLayout.PAGE_BYTES, table.bucketBytes << b);
        for (long offset = 0; offset < bytes; offset += table.keyStride) {
            if (offset % table.bucketBytes == 0) {
                text.append(System.lineSeparator())
                        .append("  line @")
                        .append(start + offset)
                        .append(':');
            }
            long key = table.keyBytes == Long.BYTES
                    ? Mem.getLong(table.mem, start + offset)
                    : Mem.getInt(table.mem, start + offset);
            if (key == 0) {
                text.append(" -");
            } else {
                long home = table.hashAt(start + offset, table.seed(), page, b) & bytes - table.keyStride;
                text.append(' ').append((home ^ offset) / table.keyStride);
            }
        }
        long extension = table.field(HmapLayout.NEXT_OVERFLOW) & -table.bucketBytes;
        text.append(System.lineSeparator()).append("  extension ").append(extension == 0 ? "nil" : "@" + extension);
    }
}
