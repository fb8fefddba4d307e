package io.memmap;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * A reference to a struct whose fields can be read. It is an object that is made once and moves from
 * struct to struct, so a read makes no garbage. The fields of the struct are {@link StructField}s
 * of its layout.
 *
 * <p>A reference knows whether it still is at its struct, and throws if it is not. It never reads
 * the bytes of another struct. It is for use by one thread.
 *
 * @see LongStructMap#ref
 * @see SyncLongStructMap#ref
 */
public abstract sealed class StructView permits StructRef, SyncLongStructRef {
    /** The memory that the struct lies in. */
    final MemorySegment mem;
    /** Whether the address of the struct is one of {@link Mem#EVERYTHING}, not an offset in the memory. */
    private final boolean raw;

    /** The type of the struct. */
    final StructType type;

    /** A layout that equals that of the type; fields of it are accepted without a comparison. */
    private StructLayout known;

    StructView(MemorySegment mem, boolean raw, StructType type) {
        this.mem = mem;
        this.raw = raw;
        this.type = type;
        known = type.layout();
    }

    /** Returns the memory in which the struct has its address. */
    final MemorySegment memory() {
        return raw ? Mem.EVERYTHING : mem;
    }

    /** Returns the address of the struct; throws if the field here cannot be accessed now. */
    abstract long start(Place place);

    /** Returns the address of the struct; throws if it cannot be accessed as a whole now. */
    abstract long start();

    @SuppressWarnings("ReferenceEquality") // a quick test before the comparison
    final long addressOf(Place place) {
        if (place.layout() != known) {
            requireOwn(place);
        }
        return start(place) + place.offset();
    }

    private void requireOwn(Place place) {
        type.requireOwn(place);
        known = place.layout();
    }

    /**
     * Returns the value of a {@code long}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final long get(StructField.OfLong field) {
        Place place = ((Place.LongField) field).place();
        long value = memory().get(Mem.LONG, addressOf(place));
        return place.isBigEndian() ? Long.reverseBytes(value) : value;
    }

    /**
     * Returns the value of an {@code int}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final int get(StructField.OfInt field) {
        Place place = ((Place.IntField) field).place();
        int value = memory().get(Mem.INT, addressOf(place));
        return place.isBigEndian() ? Integer.reverseBytes(value) : value;
    }

    /**
     * Returns the value of a {@code short}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final short get(StructField.OfShort field) {
        Place place = ((Place.ShortField) field).place();
        short value = memory().get(Mem.SHORT, addressOf(place));
        return place.isBigEndian() ? Short.reverseBytes(value) : value;
    }

    /**
     * Returns the value of a {@code byte}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final byte get(StructField.OfByte field) {
        Place place = ((Place.ByteField) field).place();
        return memory().get(Mem.BYTE, addressOf(place));
    }

    /**
     * Returns the value of a {@code char}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final char get(StructField.OfChar field) {
        Place place = ((Place.CharField) field).place();
        short bits = memory().get(Mem.SHORT, addressOf(place));
        return (char) (place.isBigEndian() ? Short.reverseBytes(bits) : bits);
    }

    /**
     * Returns the value of a {@code float}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final float get(StructField.OfFloat field) {
        Place place = ((Place.FloatField) field).place();
        int bits = memory().get(Mem.INT, addressOf(place));
        return Float.intBitsToFloat(place.isBigEndian() ? Integer.reverseBytes(bits) : bits);
    }

    /**
     * Returns the value of a {@code double}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final double get(StructField.OfDouble field) {
        Place place = ((Place.DoubleField) field).place();
        long bits = memory().get(Mem.LONG, addressOf(place));
        return Double.longBitsToDouble(place.isBigEndian() ? Long.reverseBytes(bits) : bits);
    }

    /**
     * Returns the value of a {@code boolean}.
     *
     * @param field the field
     * @return its value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final boolean get(StructField.OfBoolean field) {
        Place place = ((Place.BooleanField) field).place();
        return memory().get(Mem.BYTE, addressOf(place)) != 0;
    }

    /**
     * Copies the struct to the start of a segment. Padding is copied as zeros.
     *
     * @param target the segment, of at least the struct's size
     * @throws IllegalArgumentException if the segment is too small
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void copyTo(MemorySegment target) {
        type.requireRoom(target);
        Mem.copyOut(memory(), start(), target, 0, type.bytes());
    }
}
