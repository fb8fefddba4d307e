package io.memmap;

import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import java.lang.foreign.MemorySegment;

/**
 * A reference to a struct whose fields can be read and written. {@link StructView} says what holds
 * for both. A write changes the field's bytes and no others, and does not check what it overwrites.
 *
 * @see LongStructRef LongStructRef, which is at a struct in the map
 * @see SyncLongStructRef#update SyncLongStructRef.update, which changes a struct under a lock
 */
public abstract sealed class StructRef extends StructView permits LongStructRef, SyncLongStructRef.Edit {
    StructRef(MemorySegment mem, boolean raw, StructType type) {
        super(mem, raw, type);
    }

    /**
     * Sets a {@code long}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfLong field, long value) {
        Place place = ((Place.LongField) field).place();
        memory().set(Mem.LONG, addressOf(place), place.isBigEndian() ? Long.reverseBytes(value) : value);
    }

    /**
     * Sets an {@code int}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfInt field, int value) {
        Place place = ((Place.IntField) field).place();
        memory().set(Mem.INT, addressOf(place), place.isBigEndian() ? Integer.reverseBytes(value) : value);
    }

    /**
     * Sets a {@code short}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfShort field, short value) {
        Place place = ((Place.ShortField) field).place();
        memory().set(Mem.SHORT, addressOf(place), place.isBigEndian() ? Short.reverseBytes(value) : value);
    }

    /**
     * Sets a {@code byte}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfByte field, byte value) {
        Place place = ((Place.ByteField) field).place();
        memory().set(Mem.BYTE, addressOf(place), value);
    }

    /**
     * Sets a {@code char}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfChar field, char value) {
        Place place = ((Place.CharField) field).place();
        short bits = (short) value;
        memory().set(Mem.SHORT, addressOf(place), place.isBigEndian() ? Short.reverseBytes(bits) : bits);
    }

    /**
     * Sets a {@code float}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfFloat field, float value) {
        Place place = ((Place.FloatField) field).place();
        int bits = Float.floatToRawIntBits(value);
        memory().set(Mem.INT, addressOf(place), place.isBigEndian() ? Integer.reverseBytes(bits) : bits);
    }

    /**
     * Sets a {@code double}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfDouble field, double value) {
        Place place = ((Place.DoubleField) field).place();
        long bits = Double.doubleToRawLongBits(value);
        memory().set(Mem.LONG, addressOf(place), place.isBigEndian() ? Long.reverseBytes(bits) : bits);
    }

    /**
     * Sets a {@code boolean}.
     *
     * @param field the field
     * @param value the new value
     * @throws IllegalArgumentException if the field belongs to another layout
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void set(StructField.OfBoolean field, boolean value) {
        Place place = ((Place.BooleanField) field).place();
        memory().set(Mem.BYTE, addressOf(place), (byte) (value ? 1 : 0));
    }

    /**
     * Sets all fields.
     *
     * @param source the bytes of the new struct, of exactly its size; those of padding are ignored
     * @throws IllegalArgumentException if the segment has another size
     * @throws IllegalStateException if this reference is at no struct
     */
    public final void copyFrom(MemorySegment source) {
        type.requireSize(source);
        StackReserve.claim(); // all or nothing
        long address = start();
        long copy = beginOverwrite();
        Mem.copyIn(source, 0, memory(), address, type.bytes());
        type.clearPadding(memory(), address);
        endOverwrite(copy);
    }

    /** Called before all bytes of the struct change. The result is for the end. */
    long beginOverwrite() {
        return 0;
    }

    void endOverwrite(long copy) {}
}
