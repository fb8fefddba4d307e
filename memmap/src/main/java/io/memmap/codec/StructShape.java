package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The facts about a struct that a map needs: its size, its fields as text, the padding, and the
 * floating-point fields. The last matter because keys with +0 and -0 are equal, and a NaN equals
 * nothing.
 *
 * @param name the fields and the padding, as the map's type writes them:
 *     {@code struct{x long, y int, 4 padding}}
 */
public record StructShape(String name, int bytes, List<Padding> paddings, List<FloatField> floats) {
    /** A range of bytes without meaning. */
    public record Padding(int offset, int bytes) {}

    /** A float or double. */
    public record FloatField(int offset, int bytes, boolean littleEndian) {
        public boolean isNan(byte[] object, int from) {
            return bytes == Double.BYTES
                    ? Double.isNaN(Double.longBitsToDouble(bits(object, from)))
                    : Float.isNaN(Float.intBitsToFloat((int) bits(object, from)));
        }

        public boolean isNegativeZero(byte[] object, int from) {
            return bits(object, from) == (bytes == Double.BYTES ? Long.MIN_VALUE : Integer.MIN_VALUE);
        }

        /** Makes the field the NaN that Java computes with. */
        public void setNan(byte[] object, int from) {
            if (bytes == Double.BYTES) {
                long bits = Double.doubleToLongBits(Double.NaN);
                Mem.setLong(object, from + offset, littleEndian ? bits : Long.reverseBytes(bits));
            } else {
                int bits = Float.floatToIntBits(Float.NaN);
                Mem.setInt(object, from + offset, littleEndian ? bits : Integer.reverseBytes(bits));
            }
        }

        private long bits(byte[] object, int from) {
            if (bytes == Double.BYTES) {
                long bits = Mem.getLong(object, from + offset);
                return littleEndian ? bits : Long.reverseBytes(bits);
            }
            int bits = Mem.getInt(object, from + offset);
            return littleEndian ? bits : Integer.reverseBytes(bits);
        }
    }

    /**
     * The size of the largest struct. The length of a Java array limits it, because structs are
     * read and written as a whole.
     */
    private static final long MAX_BYTES = 1 << 30;

    public static StructShape of(StructLayout layout) {
        if (layout.byteSize() > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a struct must have at most " + MAX_BYTES + " bytes: " + layout.byteSize());
        }
        var paddings = new ArrayList<Padding>();
        var floats = new ArrayList<FloatField>();
        var name = new StringBuilder();
        describe(layout, 0, name, paddings, floats);
        return new StructShape(name.toString(), (int) layout.byteSize(), List.copyOf(paddings), List.copyOf(floats));
    }

    private static void describe(
            MemoryLayout layout, long offset, StringBuilder name, List<Padding> paddings, List<FloatField> floats) {
        switch (layout) {
            case StructLayout struct -> {
                name.append("struct{");
                long at = offset;
                String separator = "";
                for (MemoryLayout member : struct.memberLayouts()) {
                    name.append(separator);
                    separator = ", ";
                    member.name()
                            .ifPresent(memberName -> name.append(memberName).append(' '));
                    describe(member, at, name, paddings, floats);
                    at += member.byteSize();
                }
                name.append('}');
            }
            case SequenceLayout sequence -> {
                name.append('[').append(sequence.elementCount()).append(']');
                for (long i = 0; i < sequence.elementCount(); i++) {
                    describe(
                            sequence.elementLayout(),
                            offset + i * sequence.elementLayout().byteSize(),
                            i == 0 ? name : new StringBuilder(),
                            paddings,
                            floats);
                }
            }
            case PaddingLayout padding -> {
                name.append(padding.byteSize()).append(" padding");
                paddings.add(new Padding((int) offset, (int) padding.byteSize()));
            }
            case ValueLayout value -> {
                name.append(value.carrier().getSimpleName());
                if (value.order() == ByteOrder.BIG_ENDIAN && value.byteSize() > 1) {
                    name.append(" big-endian");
                }
                if (value.carrier() == MemorySegment.class) {
                    throw new IllegalArgumentException("a struct of a map cannot hold addresses: " + layout
                            + "; store a pointer as a long, its offset in the heap");
                }
                if (value.carrier() == float.class || value.carrier() == double.class) {
                    floats.add(new FloatField(
                            (int) offset, (int) value.byteSize(), value.order() == ByteOrder.LITTLE_ENDIAN));
                }
            }
            default ->
                throw new IllegalArgumentException(
                        "a struct of a map may hold values, structs, sequences and padding, but not " + layout);
        }
    }

    // These loops make no iterator, which would be garbage.

    public void clearPadding(MemorySegment object) {
        for (int i = 0; i < paddings.size(); i++) {
            Padding padding = paddings.get(i);
            Mem.zero(object, padding.offset, padding.bytes);
        }
    }

    public void clearPadding(byte[] bytes) {
        for (int i = 0; i < paddings.size(); i++) {
            Padding padding = paddings.get(i);
            Arrays.fill(bytes, padding.offset, padding.offset + padding.bytes, (byte) 0);
        }
    }
}
