package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A codec of arrays of numbers or chars. It stores the elements one after another, little-endian.
 * The map stores a copy, and each read returns a new array. All NaNs get the same bytes, as Java
 * compares arrays of doubles so.
 *
 * @param type the name of the type of the arrays
 * @param make makes an array of a length
 * @param viewOf returns an array's elements as a segment
 * @param element the layout of an element in an array
 * @param encoded the layout of an element in the map
 * @param nan finds and sets NaNs; null if the elements are integers
 * @param <A> the class of the arrays
 */
public record ArrayCodec<A>(
        String type,
        IntFunction<A> make,
        Function<A, MemorySegment> viewOf,
        ValueLayout element,
        ValueLayout encoded,
        StructShape.@Nullable FloatField nan)
        implements Codec.Appending<A> {

    public static <A> ArrayCodec<A> of(
            String type, IntFunction<A> make, Function<A, MemorySegment> viewOf, ValueLayout element) {
        boolean isFloating = element.carrier() == float.class || element.carrier() == double.class;
        int bytes = (int) element.byteSize();
        return new ArrayCodec<>(
                type,
                make,
                viewOf,
                element,
                element.withByteAlignment(1).withOrder(ByteOrder.LITTLE_ENDIAN),
                isFloating ? new StructShape.FloatField(0, bytes, true) : null);
    }

    @Override
    public void append(A object, EncodedBytes to) {
        MemorySegment source = viewOf.apply(object);
        long size = source.byteSize();
        if (size > EncodedBytes.MAX_BYTES - to.length) {
            throw new IllegalArgumentException("an object of " + type + " must have at most " + EncodedBytes.MAX_BYTES
                    + " bytes: the array has " + size);
        }
        int bytes = (int) size;
        int at = to.append(bytes);
        copy(source, element, 0, MemorySegment.ofArray(to.bytes), encoded, at, bytes);
        if (nan != null) {
            for (int end = at + bytes; at < end; at += nan.bytes()) {
                if (nan.isNan(to.bytes, at)) {
                    nan.setNan(to.bytes, at);
                }
            }
        }
    }

    @Override
    public A read(ByteCursor from, int length) {
        A array = make.apply(countOf(length));
        int at = from.take(length);
        copy(MemorySegment.ofArray(from.bytes), encoded, at, viewOf.apply(array), element, 0, length);
        return array;
    }

    @Override
    public A decodeAt(MemorySegment memory, long address, int length) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return Codec.Appending.super.decodeAt(memory, address, length);
        }
        A array = make.apply(countOf(length));
        Mem.copyOut(memory, address, viewOf.apply(array), 0, length);
        return array;
    }

    /** Copies elements, and changes their byte order if the layouts differ in it. */
    private static void copy(
            MemorySegment object,
            ValueLayout from,
            long offset,
            MemorySegment target,
            ValueLayout to,
            long targetOffset,
            long bytes) {
        MemorySegment.copy(object, from, offset, target, to, targetOffset, bytes / from.byteSize());
    }

    private int countOf(int length) {
        int elementBytes = (int) element.byteSize();
        if (length % elementBytes != 0) {
            throw new IllegalStateException("the bytes of a " + type + " must be a multiple of " + elementBytes
                    + ", but are " + length + ": they were not written by this type");
        }
        return length / elementBytes;
    }

    @Override
    public boolean runsCallersCode() {
        return false;
    }

    @Override
    public boolean hashesIdentity() {
        return true;
    }

    /** A codec of arrays of booleans, one byte each. */
    public static final class OfBooleans implements Codec.Appending<boolean[]> {
        @Override
        public String type() {
            return "booleans";
        }

        @Override
        public void append(boolean[] object, EncodedBytes to) {
            int at = to.append(object.length);
            byte[] bytes = to.bytes;
            for (int i = 0; i < object.length; i++) {
                bytes[at + i] = (byte) (object[i] ? 1 : 0);
            }
        }

        @Override
        public boolean[] read(ByteCursor from, int length) {
            boolean[] array = new boolean[length];
            int at = from.take(length);
            for (int i = 0; i < length; i++) {
                array[i] = from.bytes[at + i] != 0;
            }
            return array;
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }

        @Override
        public boolean hashesIdentity() {
            return true;
        }
    }
}
