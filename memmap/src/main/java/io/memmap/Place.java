package io.memmap;

import io.memmap.codec.StructShape;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Where a field lies in a struct. This and the fields are records, because C2 treats the components
 * of a record that is a constant as constants.
 *
 * @param layout the layout of the whole struct
 * @param offset the offset of the field's first byte in the struct
 * @param isBigEndian whether the field's bytes are in the other order than the words of a heap
 * @param name the field and its layout in words
 */
record Place(StructLayout layout, int offset, int bytes, boolean isBigEndian, String name) {
    static Place of(Class<?> carrier, StructLayout layout, PathElement... path) {
        Objects.requireNonNull(layout, "layout");
        StructShape shape = StructShape.of(layout);
        long offset;
        MemoryLayout selected;
        try {
            offset = layout.byteOffset(path);
            selected = select(layout, path);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("no such field in " + shape.name() + ": " + e.getMessage(), e);
        }
        if (!(selected instanceof ValueLayout value) || value.carrier() != carrier) {
            throw new IllegalArgumentException("a field of type " + carrier.getSimpleName() + " was asked for, but "
                    + selected.name().orElse("the layout") + " in " + shape.name() + " is " + selected
                    + ": use the method of StructField for that type");
        }
        return new Place(
                layout,
                (int) offset,
                (int) value.byteSize(),
                value.order() == ByteOrder.BIG_ENDIAN,
                value.name().orElse("at offset " + offset) + " of " + shape.name());
    }

    /** Returns the layout at the end of a path, which may have indices of sequences. */
    private static MemoryLayout select(MemoryLayout layout, PathElement... path) {
        MemoryLayout selected = layout;
        for (PathElement element : path) {
            selected =
                    selected instanceof SequenceLayout sequence ? sequence.elementLayout() : selected.select(element);
        }
        return selected;
    }

    /** Returns the place of a field. */
    static Place of(StructField field) {
        return switch (field) {
            case LongField(Place place) -> place;
            case IntField(Place place) -> place;
            case ShortField(Place place) -> place;
            case ByteField(Place place) -> place;
            case CharField(Place place) -> place;
            case FloatField(Place place) -> place;
            case DoubleField(Place place) -> place;
            case BooleanField(Place place) -> place;
        };
    }

    @Override
    public String toString() {
        return name;
    }

    record LongField(Place place) implements StructField.OfLong {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record IntField(Place place) implements StructField.OfInt {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record ShortField(Place place) implements StructField.OfShort {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record ByteField(Place place) implements StructField.OfByte {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record CharField(Place place) implements StructField.OfChar {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record FloatField(Place place) implements StructField.OfFloat {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record DoubleField(Place place) implements StructField.OfDouble {
        @Override
        public String toString() {
            return place.name;
        }
    }

    record BooleanField(Place place) implements StructField.OfBoolean {
        @Override
        public String toString() {
            return place.name;
        }
    }
}
