package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.StructShape;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The values of a map whose values are structs.
 *
 * @param layout the layout of a struct, as the caller has given it
 * @param type the type of the values, as a {@link MemMap} has it
 * @param shape the size and the padding
 */
record StructType(StructLayout layout, Type<MemorySegment> type, StructShape shape) {
    /**
     * The size of the largest struct. A thread keeps buffers of this size for its next operation, so
     * an operation on a larger struct would make garbage.
     */
    static final int MAX_BYTES = 64 << 10;

    static StructType of(StructLayout layout) {
        Objects.requireNonNull(layout, "layout");
        if (layout.byteSize() > MAX_BYTES) {
            throw new IllegalArgumentException("a struct of a LongStructMap must have at most " + MAX_BYTES + " bytes: "
                    + layout.byteSize() + "; a MemMap takes larger ones");
        }
        return new StructType(layout, Type.struct(layout), StructShape.of(layout));
    }

    int bytes() {
        return shape.bytes();
    }

    MapType mapType() {
        return new MapType(Type.LONG, type);
    }

    /** Throws if a field belongs to another layout. */
    void requireOwn(Place place) {
        if (!place.layout().equals(layout)) {
            throw new IllegalArgumentException(
                    "the field " + place + " is none of " + shape.name() + ": make it from the layout of the map");
        }
    }

    void requireSize(MemorySegment segment) {
        if (segment.byteSize() != bytes()) {
            throw new IllegalArgumentException(
                    "a segment of " + shape.name() + " must have " + bytes() + " bytes: " + segment.byteSize());
        }
    }

    void requireRoom(MemorySegment target) {
        if (target.byteSize() < bytes()) {
            throw new IllegalArgumentException("the target must have room for a " + shape.name() + " of " + bytes()
                    + " bytes: " + target.byteSize());
        }
    }

    /** Throws if a segment does not have room for this many structs. */
    void requireRoom(MemorySegment structs, long count) {
        long needed = count * bytes();
        if (structs.byteSize() < needed) {
            throw new IllegalArgumentException("the segment must have room for " + count + " structs of " + bytes()
                    + " bytes, " + needed + ": " + structs.byteSize());
        }
    }

    /** Encodes the struct with this number of an array of structs. */
    void encode(MemorySegment structs, long number, EncodedBytes to) {
        byte[] bytes = to.own(bytes());
        MemorySegment.copy(structs, ValueLayout.JAVA_BYTE, number * bytes(), bytes, 0, bytes());
        shape.clearPadding(bytes);
    }

    /** Copies an encoded struct to a segment. */
    void decode(EncodedBytes from, MemorySegment target, long at) {
        MemorySegment.copy(from.bytes, from.from, target, ValueLayout.JAVA_BYTE, at, bytes());
    }

    /** Zeroes the padding of the struct at this address. */
    void clearPadding(MemorySegment memory, long address) {
        for (int i = 0; i < shape.paddings().size(); i++) {
            StructShape.Padding padding = shape.paddings().get(i);
            Mem.zero(memory, address + padding.offset(), padding.bytes());
        }
    }
}
