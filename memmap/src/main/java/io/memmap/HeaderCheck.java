package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.BucketLayout;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import org.jspecify.annotations.Nullable;

/**
 * Checks, in constant time, whether part of a header has been overwritten. It compares the header's
 * constants with those of its type and geometry, and its pointers and sizes with each other and
 * with the heap's blocks. A map whose header passes can be walked without leaving the map's arrays.
 * {@link TableCheck} checks whether the entries are in order.
 */
final class HeaderCheck {
    private final NativeHeap heap;
    private final long hmap;

    private HeaderCheck(NativeHeap heap, long hmap) {
        this.heap = heap;
        this.hmap = hmap;
    }

    /**
     * Returns the fault in the header at {@code hmap}, a live block, as far as it can be found
     * before the map's type is known; null if there is none.
     */
    static @Nullable String faultInConstants(NativeHeap heap, long hmap) {
        return new HeaderCheck(heap, hmap).faultInConstants();
    }

    /** Returns the fault in the rest of the header of a map of this type; null if there is none. */
    static @Nullable String fault(NativeHeap heap, long hmap, MapType type) {
        return new HeaderCheck(heap, hmap).fault(type);
    }

    private @Nullable String faultInConstants() {
        if (field(HmapLayout.IDENTITY) <= 0) {
            return "identity must be 1 or more: " + field(HmapLayout.IDENTITY);
        }
        if (field(HmapLayout.EXTRA) != hmap + HmapLayout.OVERFLOW) {
            return "extra is " + field(HmapLayout.EXTRA) + ", expected " + (hmap + HmapLayout.OVERFLOW);
        }
        int geometry = Mem.getByte(heap.memory, hmap + HmapLayout.GEOMETRY);
        if (geometry < BucketLayout.GO || geometry > BucketLayout.PAGE) {
            return "geometry is not known: " + geometry;
        }
        int options = Mem.getByte(heap.memory, hmap + HmapLayout.OPTIONS);
        long bytes = HmapLayout.bytes((options & HmapLayout.JOURNALED) != 0)
                + ((options & HmapLayout.BOUNDED) != 0 ? BoundsLayout.BYTES : 0);
        if (heap.blockBytes(hmap) < bytes) {
            return "a header with the options " + options + " has " + bytes + " bytes, but its block "
                    + heap.blockBytes(hmap);
        }
        if (!isKind(HmapLayout.KEY_KIND) || !isKind(HmapLayout.VALUE_KIND)) {
            return "the kind of the keys or of the values is not known: "
                    + Mem.getByte(heap.memory, hmap + HmapLayout.KEY_KIND) + " and "
                    + Mem.getByte(heap.memory, hmap + HmapLayout.VALUE_KIND);
        }
        if (!isText(HmapLayout.NAME)) {
            return "name does not point to " + field(HmapLayout.NAME_BYTES) + " bytes of text: "
                    + field(HmapLayout.NAME);
        }
        if (!isText(HmapLayout.TYPE)) {
            return "type does not point to " + field(HmapLayout.TYPE_BYTES) + " bytes of text: "
                    + field(HmapLayout.TYPE);
        }
        return null;
    }

    private @Nullable String fault(MapType type) {
        BucketLayout stated = BucketLayout.read(heap.memory, hmap);
        BucketLayout expected = MapHandle.bucketLayout(
                Geometry.of(stated.geometry()), type, Mem.getByte(heap.memory, hmap + HmapLayout.OPTIONS));
        if (!stated.equals(expected)) {
            return "the layout of the buckets is " + stated + ", expected " + expected;
        }
        long state = field(HmapLayout.STATE);
        if ((state & HmapLayout.WRITING) != 0) {
            return null; // a thread is writing or died while writing; the next operation says so
        }
        int b = HmapLayout.b(state);
        long buckets = field(HmapLayout.BUCKETS);
        long old = field(HmapLayout.OLD_BUCKETS);
        long stamp = field(HmapLayout.STAMP);
        long count = field(HmapLayout.COUNT);
        long stamps = field(HmapLayout.STAMPS);
        if (stamp != MapHandle.stampOf(field(HmapLayout.IDENTITY), stamps, buckets, old != 0)) {
            return "stamp is " + stamp + " with stamps " + stamps + ", buckets " + buckets + " and oldbuckets " + old;
        }
        int hash0 = Mem.getInt(heap.memory, hmap + HmapLayout.HASH0);
        int copy = Mem.getInt(heap.memory, hmap + HmapLayout.HASH0_COPY);
        if (hash0 != copy) {
            return "hash0 is " + hash0 + ", but its copy is " + copy;
        }
        int load = Mem.getByte(heap.memory, hmap + HmapLayout.LOAD);
        if (!isLoad(load, expected)) {
            return "the load is " + load + " sixteenths";
        }
        if (b >= Long.SIZE || expected.bytes() > TableArrays.MAX_ARRAY_BYTES >> b) {
            return "B is too large: " + b;
        }
        if (stamp != 0 && field(HmapLayout.LIMIT) != TableArrays.limit(expected.slots(), load, state)) {
            return "limit is " + field(HmapLayout.LIMIT) + " with B " + b;
        }
        if (buckets == 0) {
            if (count != 0 || old != 0) {
                return "buckets is nil with count " + count + " and oldbuckets " + old;
            }
            long beside = field(HmapLayout.OLD_OVERFLOW) | field(HmapLayout.NEXT_OVERFLOW) | field(HmapLayout.OVERFLOW);
            return beside == 0 ? null : "buckets is nil, but oldoverflow, nextOverflow and overflow are not all 0";
        }
        long arrayBytes = (long) expected.bytes() << b;
        if (!isArray(buckets, arrayBytes)) {
            return "buckets does not point to an array of " + arrayBytes + " bytes: " + buckets;
        }
        if (expected.geometry() == BucketLayout.PAGE) {
            return faultInPages(expected, state, b);
        }
        long next = field(HmapLayout.NEXT_OVERFLOW);
        if (next != 0 && (next < buckets + arrayBytes || next >= buckets + heap.blockBytes(buckets))) {
            return "nextOverflow does not point to a spare of the array at " + buckets + ": " + next;
        }
        long slots = expected.slots() * ((1L << b) + overflowBuckets());
        if (old != 0) {
            int oldB = MapHandle.oldB(state);
            if (oldB < 0 || !isArray(old, (long) expected.bytes() << oldB)) {
                return "oldbuckets does not point to an array of 2^" + oldB + " buckets: " + old;
            }
            slots += (long) expected.slots() << oldB;
            long units = 1L << MapHandle.unitsB(state);
            long moved = field(HmapLayout.NEVACUATE);
            if (moved < 0 || moved > units) {
                return "nevacuate must be 0.." + units + ": " + moved;
            }
            long released = field(HmapLayout.RELEASED);
            long passedBytes = moved == units ? heap.blockBytes(old) : moved * expected.bytes();
            if (released < old || released > old + passedBytes) {
                return "released is " + released + " of the array at " + old + " with nevacuate " + moved;
            }
        }
        return count < 0 || count > slots ? "count must be 0.." + slots + ": " + count : null;
    }

    private static boolean isLoad(int load, BucketLayout layout) {
        return layout.geometry() == BucketLayout.PAGE
                ? load >= BucketLayout.MIN_PAGE_LOAD && load <= BucketLayout.MAX_PAGE_LOAD
                : load == layout.defaultLoad();
    }

    private @Nullable String faultInPages(BucketLayout layout, long state, int b) {
        long old = field(HmapLayout.OLD_BUCKETS);
        int largestB = b;
        if (old != 0) {
            int oldB = MapHandle.oldB(state);
            boolean inPlace = old == field(HmapLayout.BUCKETS);
            if (oldB < 0 || !isArray(old, (long) layout.bytes() << oldB)) {
                return "oldbuckets is no array of 2^" + oldB + " lines: " + old;
            }
            largestB = inPlace ? Math.max(b, oldB) : b;
            long units = 1L << PagedTable.unitsB(state);
            long moved = field(HmapLayout.NEVACUATE);
            if (moved < 0 || moved >= units) {
                return "nevacuate is " + moved + " of " + units;
            }
            long released = field(HmapLayout.RELEASED);
            if (released < old || released > old + ((long) layout.bytes() << oldB)) {
                return "released is " + released + " of the array at " + old + " with nevacuate " + moved;
            }
        }
        long extension = field(HmapLayout.NEXT_OVERFLOW);
        long block = extension & -layout.bytes();
        long lines = extension == 0 ? 0 : 1L << (extension & layout.bytes() - 1);
        if (extension != 0
                && (!heap.isBlock(block, BlockKind.OVERFLOW) || heap.blockBytes(block) < lines * layout.bytes())) {
            return "nextOverflow is no extension of " + lines + " lines: " + extension;
        }
        if (field(HmapLayout.OVERFLOW) != lines) {
            return "overflow is " + field(HmapLayout.OVERFLOW) + " with an extension of " + lines + " lines";
        }
        long reserved = field(HmapLayout.OLD_OVERFLOW);
        if (reserved != 0 && !heap.isBlock(reserved, BlockKind.OVERFLOW)) {
            return "oldoverflow is no pair: " + reserved;
        }
        long count = field(HmapLayout.COUNT);
        long slots = layout.slots() * ((2L << largestB) + lines) + 1;
        return count < 0 || count > slots ? "count is " + count + " in " + slots + " slots" : null;
    }

    private long overflowBuckets() {
        return field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW);
    }

    private boolean isArray(long pointer, long bytes) {
        return heap.isBlock(pointer, BlockKind.BUCKET) && heap.blockBytes(pointer) >= bytes;
    }

    /**
     * Returns whether this field is nil, or points to a block with as many bytes of text as the
     * next field says.
     */
    private boolean isText(long textField) {
        long text = field(textField);
        long bytes = field(textField + Long.BYTES);
        return text == 0 || (heap.isBlock(text, BlockKind.ENTRY) && bytes > 0 && bytes <= heap.blockBytes(text));
    }

    private boolean isKind(long kindField) {
        return ElementKind.isKnown(Mem.getByte(heap.memory, hmap + kindField));
    }

    private long field(long field) {
        return Mem.getLong(heap.memory, hmap + field);
    }
}
