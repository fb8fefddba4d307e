package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/**
 * A type with an object of it for every number from 0: distinct ones, of lengths that differ.
 *
 * @param plain makes what equals another exactly when the objects are equal as keys
 * @param lengthOutOfLine the bytes that an object has in its entry's block
 */
record Sample<T>(Type<T> type, IntFunction<T> object, Function<T, Object> plain, ToIntFunction<T> lengthOutOfLine) {
    /** One byte more than fits in a slot. */
    static final StructLayout STRUCT_129 = MemoryLayout.structLayout(
            ValueLayout.JAVA_INT_UNALIGNED.withName("number"),
            MemoryLayout.sequenceLayout(125, ValueLayout.JAVA_BYTE).withName("filler"));

    record Place(int x, boolean marked, long y) {}

    record Price(double amount, char currency, Place at) {}

    static final Sample<Long> LONG = inline(Type.LONG, number -> number * 0x9E37_79B9_7F4A_7C15L);
    static final Sample<Integer> INT = inline(Type.INT, number -> number);
    static final Sample<UUID> UUID = inline(Type.UUID, number -> new UUID(number, -number));
    static final Sample<Place> PLACE =
            inline(Type.record(Place.class), number -> new Place(number, number % 3 == 0, -number));
    static final Sample<Price> PRICE =
            inline(Type.record(Price.class), number -> new Price(number / 8.0, '€', PLACE.object(number)));
    /** Of the numbers 0 and 1 the two zeros, which are one key. */
    static final Sample<Double> DOUBLE = new Sample<>(
            Type.DOUBLE, number -> number == 1 ? -0.0 : number / 4.0, zeroOrOther -> zeroOrOther + 0.0, object -> 0);

    /** Of the number 0 the empty string; others of one to four bytes a character. */
    static final Sample<String> UTF8 = new Sample<>(
            Type.UTF8,
            number -> number == 0 ? "" : number + filler(number).repeat(number * 7 % 40),
            string -> string,
            string -> string.getBytes(UTF_8).length);

    /** Of the number 0 the empty array; some of whole pages. */
    static final Sample<byte[]> BYTES =
            new Sample<>(Type.BYTES, Sample::bytes, ByteBuffer::wrap, bytes -> bytes.length);

    static final Sample<MemorySegment> STRUCT = new Sample<>(
            Type.struct(STRUCT_129),
            Sample::struct,
            struct -> ByteBuffer.wrap(struct.toArray(ValueLayout.JAVA_BYTE)),
            struct -> (int) STRUCT_129.byteSize());

    T object(int number) {
        return object.apply(number);
    }

    Object plain(T element) {
        return plain.apply(element);
    }

    /** Returns the bytes that an object has in its entry's block, 0 if it lies in the slot. */
    int lengthOutOfLine(T element) {
        return lengthOutOfLine.applyAsInt(element);
    }

    private static <T> Sample<T> inline(Type<T> type, IntFunction<T> object) {
        return new Sample<>(type, object, element -> element, element -> 0);
    }

    private static String filler(int number) {
        return switch (number % 4) {
            case 0 -> "x";
            case 1 -> "é";
            case 2 -> "€";
            default -> "😀";
        };
    }

    private static byte[] bytes(int number) {
        if (number == 0) {
            return new byte[0];
        }
        byte[] bytes = new byte[number % 250 == 9 ? 40_000 : Integer.BYTES + number * 13 % 400];
        ByteBuffer.wrap(bytes).putInt(number);
        bytes[bytes.length - 1] ^= (byte) number; // what a lookup compares last
        return bytes;
    }

    private static MemorySegment struct(int number) {
        MemorySegment struct = MemorySegment.ofArray(new byte[(int) STRUCT_129.byteSize()]);
        struct.fill((byte) number);
        struct.set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
        return struct;
    }
}
