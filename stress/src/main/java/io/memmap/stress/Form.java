package io.memmap.stress;

import io.memmap.Type;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A way to write numbers as keys or values of a map. An object contains its number more than once,
 * so that an object of parts of two others has none.
 *
 * @param type the type of the objects
 * @param maker makes the object of a number
 * @param reader returns the number that an object claims to have; may throw an
 *     {@link IllegalArgumentException} or {@link IndexOutOfBoundsException} for an object that was
 *     never made
 * @param same says whether an object is the one of a number
 */
record Form<T>(Type<T> type, LongFunction<T> maker, ToLongFunction<T> reader, Same<T> same) {
    private static final int RADIX = 36;

    /** The numbers as they are. */
    static final Form<Long> LONG = new Form<>(Type.LONG, Long::valueOf, Long::longValue, Long::equals);

    /** Texts of many lengths. A read checks a text to its last character. */
    static final Form<String> TEXT = new Form<>(
            Type.UTF8,
            Form::text,
            text -> Long.parseLong(text, 0, Math.max(0, text.indexOf(' ')), RADIX),
            String::equals);

    /** Records of fixed size. */
    static final Form<Fixed> FIXED = new Form<>(
            Type.record(Fixed.class, MethodHandles.lookup()),
            number -> new Fixed(number, new Pair((int) number, (byte) number), Stamp.digest(number)),
            Fixed::number,
            Fixed::equals);

    /** Records with a text and a list. */
    static final Form<Varied> VARIED = new Form<>(
            Type.record(Varied.class, MethodHandles.lookup()),
            number -> new Varied(number, text(number), list(number)),
            Varied::number,
            Varied::equals);

    /** The structs of {@link #STRUCT}: a number, and words that are derived from it. */
    static final StructLayout LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("number"),
            MemoryLayout.sequenceLayout(5, ValueLayout.JAVA_LONG).withName("between"),
            ValueLayout.JAVA_LONG.withName("digest"));

    /** Structs, which are segments. */
    static final Form<MemorySegment> STRUCT = new Form<>(
            Type.struct(LAYOUT),
            Form::struct,
            struct -> struct.get(ValueLayout.JAVA_LONG, 0),
            (struct, other) -> struct.mismatch(other) == -1);

    /** Says whether two objects of one number are equal. */
    interface Same<T> {
        boolean areSame(T object, T other);
    }

    /** A part of a record. */
    record Pair(int low, byte lowest) {}

    record Fixed(long number, Pair pair, long digest) {}

    record Varied(long number, String text, List<Long> list) {}

    T of(long number) {
        return maker.apply(number);
    }

    /** Returns the number of an object; 0 for null, {@link Stamp#TORN} for an object of no number. */
    long number(@Nullable T object) {
        if (object == null) {
            return 0;
        }
        try {
            long number = reader.applyAsLong(object);
            return same.areSame(object, of(number)) ? number : Stamp.TORN;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return Stamp.TORN;
        }
    }

    /**
     * Returns the text of a number: the number, and then its digest, repeated. The digest says how
     * often: mostly a few times, rarely hundreds of times.
     */
    private static String text(long number) {
        long digest = Stamp.digest(number);
        int times = (digest & 0xFF00) == 0 ? (int) (digest & 0xFF) + 300 : (int) (digest & 7);
        return Long.toString(number, RADIX) + ' ' + Long.toString(digest, RADIX).repeat(times);
    }

    private static List<Long> list(long number) {
        long digest = Stamp.digest(number);
        return LongStream.rangeClosed(digest, digest + (digest & 15)).boxed().toList();
    }

    /** Returns the struct of a number. The last word is its digest. */
    private static MemorySegment struct(long number) {
        long[] words = new long[(int) (LAYOUT.byteSize() / Long.BYTES)];
        Arrays.setAll(words, i -> Stamp.digest(number) + i);
        words[0] = number;
        words[words.length - 1] = Stamp.digest(number);
        return MemorySegment.ofArray(words);
    }
}
