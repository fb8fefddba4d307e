package io.memmap;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * A field of a struct, by which a {@code StructView} reads it and a {@code StructRef} writes it. A
 * field is made once, usually as a constant of a class. Its offset and its type are checked then,
 * so an access need not check them again.
 *
 * <pre>{@code
 * static final StructLayout ORDER = MemoryLayout.structLayout(
 *         ValueLayout.JAVA_LONG.withName("price"),
 *         ValueLayout.JAVA_INT.withName("quantity"),
 *         ValueLayout.JAVA_INT.withName("venue"));
 * static final StructField.OfLong PRICE = StructField.ofLong(ORDER, "price");
 * }</pre>
 *
 * <p>There is a class for each type of field, so the compiler knows what an access returns. A field
 * may lie at any offset, aligned or not, and may be big-endian. A field belongs to its layout: a
 * struct of another layout refuses it. Fields are immutable, so any thread may use them.
 *
 * @see LongStructMap
 */
public sealed interface StructField {
    /**
     * Returns a member of a struct that is a {@code long}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException if {@link Type#struct} refuses the layout, or has no such
     *     member of this type
     */
    static OfLong ofLong(StructLayout layout, String name) {
        return ofLong(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code long} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link MemoryLayout#select}, without open elements
     * @return the field
     * @throws IllegalArgumentException if {@link Type#struct} refuses the layout, or has no
     *     field of this type there
     */
    static OfLong ofLong(StructLayout layout, PathElement... path) {
        return new Place.LongField(Place.of(long.class, layout, path));
    }

    /**
     * Returns a member of a struct that is an {@code int}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfInt ofInt(StructLayout layout, String name) {
        return ofInt(layout, PathElement.groupElement(name));
    }

    /**
     * Returns an {@code int} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfInt ofInt(StructLayout layout, PathElement... path) {
        return new Place.IntField(Place.of(int.class, layout, path));
    }

    /**
     * Returns a member of a struct that is a {@code short}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfShort ofShort(StructLayout layout, String name) {
        return ofShort(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code short} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfShort ofShort(StructLayout layout, PathElement... path) {
        return new Place.ShortField(Place.of(short.class, layout, path));
    }

    /**
     * Returns a member of a struct that is a {@code byte}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfByte ofByte(StructLayout layout, String name) {
        return ofByte(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code byte} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfByte ofByte(StructLayout layout, PathElement... path) {
        return new Place.ByteField(Place.of(byte.class, layout, path));
    }

    /**
     * Returns a member of a struct that is a {@code char}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfChar ofChar(StructLayout layout, String name) {
        return ofChar(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code char} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfChar ofChar(StructLayout layout, PathElement... path) {
        return new Place.CharField(Place.of(char.class, layout, path));
    }

    /**
     * Returns a member of a struct that is a {@code float}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfFloat ofFloat(StructLayout layout, String name) {
        return ofFloat(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code float} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfFloat ofFloat(StructLayout layout, PathElement... path) {
        return new Place.FloatField(Place.of(float.class, layout, path));
    }

    /**
     * Returns a member of a struct that is a {@code double}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfDouble ofDouble(StructLayout layout, String name) {
        return ofDouble(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code double} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfDouble ofDouble(StructLayout layout, PathElement... path) {
        return new Place.DoubleField(Place.of(double.class, layout, path));
    }

    /**
     * Returns a member of a struct that is a {@code boolean}.
     *
     * @param layout the layout of the struct
     * @param name the name of the member
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, String)} does
     */
    static OfBoolean ofBoolean(StructLayout layout, String name) {
        return ofBoolean(layout, PathElement.groupElement(name));
    }

    /**
     * Returns a {@code boolean} at any depth of a struct.
     *
     * @param layout the layout of the struct
     * @param path the path to the field, as for {@link #ofLong(StructLayout, PathElement...)}
     * @return the field
     * @throws IllegalArgumentException as {@link #ofLong(StructLayout, PathElement...)} does
     */
    static OfBoolean ofBoolean(StructLayout layout, PathElement... path) {
        return new Place.BooleanField(Place.of(boolean.class, layout, path));
    }

    /** A field of type {@code long}. */
    sealed interface OfLong extends StructField permits Place.LongField {}

    /** A field of type {@code int}. */
    sealed interface OfInt extends StructField permits Place.IntField {}

    /** A field of type {@code short}. */
    sealed interface OfShort extends StructField permits Place.ShortField {}

    /** A field of type {@code byte}. */
    sealed interface OfByte extends StructField permits Place.ByteField {}

    /** A field of type {@code char}. */
    sealed interface OfChar extends StructField permits Place.CharField {}

    /** A field of type {@code float}. */
    sealed interface OfFloat extends StructField permits Place.FloatField {}

    /** A field of type {@code double}. */
    sealed interface OfDouble extends StructField permits Place.DoubleField {}

    /** A field of type {@code boolean}. */
    sealed interface OfBoolean extends StructField permits Place.BooleanField {}
}
