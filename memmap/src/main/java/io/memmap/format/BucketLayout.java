package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The layout of a bucket: the offsets of the tophash bytes, keys, values and overflow pointer, in
 * bytes from the start of the bucket. A slot holds one entry. Its tophash byte is derived from the
 * top byte of the key's hash (see {@link Tophash}). The tophash bytes are always the first eight
 * bytes. The bytes of slots that do not exist stay zero.
 *
 * <p>{@link #PAGE} has no buckets. There this is the layout of a line, a cache line of slots, which
 * takes the place of a bucket. A line has neither tophash bytes nor an overflow pointer, and {@code
 * overflowOffset} is 0.
 *
 * <pre>
 * GO      | tophash[8] | key 0 .. key 7 | value 0 .. value 7 | overflow |
 * LINE    | tophash[8] | overflow | key 0 value 0 | key 1 value 1 | ... |      whole cache lines
 * PAGE    | key 0 value 0 | key 1 value 1 | ... |                              one cache line
 * </pre>
 *
 * @param geometry {@link #GO}, {@link #LINE} or {@link #PAGE}
 * @param slots the number of slots in a bucket, 1 to 8
 * @param bytes the size of a bucket
 */
public record BucketLayout(
        int geometry,
        int slots,
        int keyBytes,
        int valueBytes,
        int keysOffset,
        int keyStride,
        int valuesOffset,
        int valueStride,
        int overflowOffset,
        int bytes) {
    /** The geometry of Go's buckets, as stored in a header. */
    public static final int GO = 1;
    /** The geometry of buckets that fill whole cache lines, as stored in a header. */
    public static final int LINE = 2;
    /** The geometry of pages of key-value pairs, as stored in a header. */
    public static final int PAGE = 3;

    /** The log2 of the number of buckets in a page of {@link #PAGE}. */
    public static final int PAGE_B = 6;
    /** The size of a page of {@link #PAGE} in bytes. */
    public static final int PAGE_BYTES = 64 << PAGE_B;

    /** The load limit of {@link #GO} and {@link #LINE}, in sixteenths of all slots. */
    public static final int BUCKET_LOAD = 13;
    /** The load limit of {@link #PAGE} unless the map's owner sets another one, in sixteenths. */
    public static final int PAGE_LOAD = 8;
    /** The least and the greatest load limit of {@link #PAGE}, in sixteenths of all slots. */
    public static final int MIN_PAGE_LOAD = 4;

    public static final int MAX_PAGE_LOAD = 11;
    /** The most bytes of a value of {@link #PAGE}: its slot is a cache line with a key of 8 bytes. */
    public static final int MAX_PAGE_VALUE_BYTES = 56;

    public static final int TOPHASH_BYTES = 8;
    private static final int POINTER_BYTES = 8;
    private static final int CACHE_LINE_BYTES = 64;

    /** Equal to what the JDK makes for a record. That makes code at its first call, when a heap is opened. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BucketLayout that
                && geometry == that.geometry
                && slots == that.slots
                && keyBytes == that.keyBytes
                && valueBytes == that.valueBytes
                && keysOffset == that.keysOffset
                && keyStride == that.keyStride
                && valuesOffset == that.valuesOffset
                && valueStride == that.valueStride
                && overflowOffset == that.overflowOffset
                && bytes == that.bytes;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * geometry + keyBytes) + valueBytes; // the others follow from these
    }

    /** Returns the layout of buckets whose slots have this many bytes for a key and for a value. */
    public static BucketLayout of(int geometry, int keyBytes, int valueBytes) {
        return switch (requireKnown(geometry)) {
            case GO -> go(keyBytes, valueBytes);
            case LINE -> line(keyBytes, valueBytes);
            default -> page(keyBytes, valueBytes);
        };
    }

    private static int requireKnown(int geometry) {
        if (geometry < GO || geometry > PAGE) {
            throw new IllegalArgumentException("unknown geometry in a map's header: " + geometry);
        }
        return geometry;
    }

    private static BucketLayout go(int keyBytes, int valueBytes) {
        int values = TOPHASH_BYTES + 8 * keyBytes;
        int overflow = values + 8 * valueBytes;
        return new BucketLayout(
                GO,
                8,
                keyBytes,
                valueBytes,
                TOPHASH_BYTES,
                keyBytes,
                values,
                valueBytes,
                overflow,
                overflow + POINTER_BYTES);
    }

    private static BucketLayout line(int keyBytes, int valueBytes) {
        int pairs = TOPHASH_BYTES + POINTER_BYTES;
        int valueInPair = roundUp(keyBytes, alignment(valueBytes));
        int pairBytes = roundUp(valueInPair + valueBytes, Math.max(alignment(keyBytes), alignment(valueBytes)));
        int slots = 8;
        for (int fewer = 7; fewer >= 4; fewer--) {
            if (lines(pairs + fewer * pairBytes) * slots < lines(pairs + slots * pairBytes) * fewer) {
                slots = fewer;
            }
        }
        return new BucketLayout(
                LINE,
                slots,
                keyBytes,
                valueBytes,
                pairs,
                pairBytes,
                pairs + valueInPair,
                pairBytes,
                TOPHASH_BYTES,
                lines(pairs + slots * pairBytes) * CACHE_LINE_BYTES);
    }

    /**
     * A bucket is a cache line of pairs. It has neither tophash bytes nor an overflow pointer. The size
     * of a pair is a power of two, so that no pair lies in two lines.
     */
    private static BucketLayout page(int keyBytes, int valueBytes) {
        int pairBytes = Math.max(2 * keyBytes, Integer.highestOneBit(2 * (keyBytes + valueBytes) - 1));
        return new BucketLayout(
                PAGE,
                CACHE_LINE_BYTES / pairBytes,
                keyBytes,
                valueBytes,
                0,
                pairBytes,
                keyBytes,
                pairBytes,
                0,
                CACHE_LINE_BYTES);
    }

    /**
     * Returns the layout that is stored in a map's header.
     *
     * @throws IllegalArgumentException if the header holds an unknown geometry
     */
    public static BucketLayout read(MemorySegment memory, long hmap) {
        return new BucketLayout(
                requireKnown(Mem.getByte(memory, hmap + HmapLayout.GEOMETRY)),
                Mem.getByte(memory, hmap + HmapLayout.SLOTS),
                Mem.getInt(memory, hmap + HmapLayout.KEY_BYTES),
                Mem.getInt(memory, hmap + HmapLayout.VALUE_BYTES),
                Mem.getShort(memory, hmap + HmapLayout.KEYS_OFFSET),
                Mem.getShort(memory, hmap + HmapLayout.KEY_STRIDE),
                Mem.getShort(memory, hmap + HmapLayout.VALUES_OFFSET),
                Mem.getShort(memory, hmap + HmapLayout.VALUE_STRIDE),
                Mem.getShort(memory, hmap + HmapLayout.OVERFLOW_OFFSET),
                Mem.getInt(memory, hmap + HmapLayout.BUCKET_BYTES));
    }

    /** Stores this layout in a map's header. */
    public void write(MemorySegment memory, long hmap) {
        Mem.setByte(memory, hmap + HmapLayout.GEOMETRY, geometry);
        Mem.setByte(memory, hmap + HmapLayout.SLOTS, slots);
        Mem.setInt(memory, hmap + HmapLayout.KEY_BYTES, keyBytes);
        Mem.setInt(memory, hmap + HmapLayout.VALUE_BYTES, valueBytes);
        Mem.setShort(memory, hmap + HmapLayout.KEYS_OFFSET, keysOffset);
        Mem.setShort(memory, hmap + HmapLayout.KEY_STRIDE, keyStride);
        Mem.setShort(memory, hmap + HmapLayout.VALUES_OFFSET, valuesOffset);
        Mem.setShort(memory, hmap + HmapLayout.VALUE_STRIDE, valueStride);
        Mem.setShort(memory, hmap + HmapLayout.OVERFLOW_OFFSET, overflowOffset);
        Mem.setInt(memory, hmap + HmapLayout.BUCKET_BYTES, bytes);
    }

    /**
     * Returns the most entries that 2^b buckets hold before the table must grow: this number of
     * sixteenths of all slots, but at least one bucket's slots if the buckets can have overflow
     * buckets. {@link #GO} and {@link #LINE} have 13 sixteenths, or 6.5 of 8 slots on average.
     */
    public static long loadLimit(int slots, int b, int sixteenths) {
        long limit = (((long) sixteenths * slots) << b) >>> 4;
        return sixteenths == BUCKET_LOAD ? Math.max(slots, limit) : limit;
    }

    /** Returns the load limit in sixteenths of a map whose owner sets none. */
    public int defaultLoad() {
        return geometry == PAGE ? PAGE_LOAD : BUCKET_LOAD;
    }

    /**
     * Returns this layout as a StructLayout. Its members are named tophash, key0, value0, ... and
     * overflow.
     */
    public StructLayout toStructLayout() {
        var members = new ArrayList<MemoryLayout>();
        if (geometry == PAGE) {
            for (int slot = 0; slot < slots; slot++) {
                members.add(element(keyBytes).withName("key" + slot));
                members.add(element(valueBytes).withName("value" + slot));
                pad(members, keyStride - keyBytes - valueBytes);
            }
            return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new))
                    .withName("line");
        }
        members.add(MemoryLayout.sequenceLayout(TOPHASH_BYTES, Mem.BYTE).withName("tophash"));
        var overflow = Mem.LONG.withName("overflow");
        if (geometry == GO) {
            addSlots(members, "key", keyBytes, 8);
            addSlots(members, "value", valueBytes, 8);
            members.add(overflow);
        } else {
            members.add(overflow);
            int valueInPair = valuesOffset - keysOffset;
            for (int slot = 0; slot < slots; slot++) {
                members.add(element(keyBytes).withName("key" + slot));
                pad(members, valueInPair - keyBytes);
                members.add(element(valueBytes).withName("value" + slot));
                pad(members, keyStride - valueInPair - valueBytes);
            }
            pad(members, bytes - keysOffset - slots * keyStride);
        }
        return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new)).withName("bmap");
    }

    private static void addSlots(List<MemoryLayout> members, String name, int bytes, int slots) {
        for (int slot = 0; slot < slots; slot++) {
            members.add(element(bytes).withName(name + slot));
        }
    }

    private static void pad(List<MemoryLayout> members, int bytes) {
        if (bytes > 0) {
            members.add(MemoryLayout.paddingLayout(bytes));
        }
    }

    private static MemoryLayout element(int bytes) {
        return switch (bytes) {
            case 8 -> Mem.LONG;
            case 4 -> Mem.INT;
            case 2 -> Mem.SHORT;
            case 1 -> Mem.BYTE;
            default -> MemoryLayout.sequenceLayout(bytes, Mem.BYTE);
        };
    }

    private static int lines(int bytes) {
        return (bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
    }

    private static int alignment(int bytes) {
        return bytes == 0 ? 1 : Math.min(8, Integer.lowestOneBit(bytes));
    }

    private static int roundUp(int bytes, int alignment) {
        return (bytes + alignment - 1) & -alignment;
    }
}
