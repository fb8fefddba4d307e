package io.memmap;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A type under test, with objects of it.
 *
 * @param count how many objects differ
 * @param nth makes one of them
 * @param extremes objects that are equal to themselves and to no other
 * @param extremeValues more objects, which as keys are not
 */
record Specimen<T>(Type<T> type, long count, LongFunction<T> nth, List<T> extremes, List<T> extremeValues) {
    private static final int LARGE_BYTES = 200;
    private static final int INNER_MAPS = 5;

    static final StructLayout PLACE_LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_DOUBLE.withName("x"),
            ValueLayout.JAVA_INT.withName("floor"),
            MemoryLayout.paddingLayout(4));
    private static final StructLayout STRUCT_LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("id"),
            ValueLayout.JAVA_SHORT.withName("part"),
            MemoryLayout.paddingLayout(6));

    /** An object with a type of its own code. */
    record Place(double x, int floor) {
        static final Type<Place> TYPE = Type.of(PLACE_LAYOUT, Place::read, Place::write);

        private static Place read(MemorySegment segment) {
            return new Place(segment.get(ValueLayout.JAVA_DOUBLE, 0), segment.get(ValueLayout.JAVA_INT, 8));
        }

        private static void write(MemorySegment segment, Place place) {
            segment.set(ValueLayout.JAVA_DOUBLE, 0, place.x);
            segment.set(ValueLayout.JAVA_INT, 8, place.floor);
        }
    }

    /** A record of records. */
    record Span(byte tag, Point from, Point to) {}

    record Point(long x, char y) {}

    /** Returns the types that keys can have. */
    static Stream<Specimen<?>> keys() {
        return Stream.of(
                new Specimen<>(Type.LONG, n -> n << 31, Long.MIN_VALUE, -1L, 0L, 1L, Long.MAX_VALUE),
                new Specimen<>(Type.INT, n -> (int) n, Integer.MIN_VALUE, -1, 0, 1, Integer.MAX_VALUE),
                new Specimen<>(Type.SHORT, n -> (short) n, Short.MIN_VALUE, (short) -1, (short) 0, Short.MAX_VALUE),
                new Specimen<>(Type.BYTE, n -> (byte) n, Byte.MIN_VALUE, (byte) -1, (byte) 0, Byte.MAX_VALUE)
                        .withCount(256),
                new Specimen<>(Type.CHAR, n -> (char) n, '\0', 'a', Character.MIN_SURROGATE, Character.MAX_VALUE),
                new Specimen<>(Type.BOOLEAN, n -> n != 0, false, true).withCount(2),
                new Specimen<>(
                                Type.FLOAT,
                                n -> n / 4f,
                                0f,
                                Float.MIN_VALUE,
                                Float.MIN_NORMAL,
                                Float.MAX_VALUE,
                                -Float.MAX_VALUE,
                                Float.POSITIVE_INFINITY,
                                Float.NEGATIVE_INFINITY)
                        .withExtremeValues(-0f, Float.NaN),
                new Specimen<>(
                                Type.DOUBLE,
                                n -> n / 4.0,
                                0.0,
                                Double.MIN_VALUE,
                                Double.MIN_NORMAL,
                                Double.MAX_VALUE,
                                -Double.MAX_VALUE,
                                Double.POSITIVE_INFINITY,
                                Double.NEGATIVE_INFINITY)
                        .withExtremeValues(-0.0, Double.NaN),
                new Specimen<>(
                        Type.UUID,
                        n -> new UUID(n, ~n),
                        new UUID(0, 0),
                        new UUID(-1, -1),
                        new UUID(0, 1),
                        new UUID(1, 0),
                        new UUID(Long.MIN_VALUE, Long.MAX_VALUE)),
                new Specimen<>(
                        Type.INSTANT,
                        n -> Instant.ofEpochSecond(n, 7 * n),
                        Instant.MIN,
                        Instant.MAX,
                        Instant.EPOCH,
                        Instant.EPOCH.minusNanos(1),
                        Instant.ofEpochSecond(1, 999_999_999)),
                new Specimen<>(
                        Type.UTF8,
                        Specimen::text,
                        "",
                        "\0",
                        "\0\0",
                        "a",
                        "ä",
                        "€",
                        "😀",
                        "😀".repeat(100),
                        "x".repeat(9000)),
                new Specimen<>(
                        Type.BYTES,
                        n -> text(n).getBytes(StandardCharsets.UTF_16LE),
                        new byte[0],
                        new byte[1],
                        new byte[2],
                        new byte[] {-1},
                        new byte[9000]),
                new Specimen<>(Type.struct(STRUCT_LAYOUT), Specimen::struct, struct(0), struct(-1)),
                new Specimen<>(Type.struct(bytes(LARGE_BYTES)), Specimen::large, large(-1), large(1L << 40)),
                new Specimen<>(
                                Place.TYPE,
                                n -> new Place(n, (int) -n),
                                new Place(0, 0),
                                new Place(Double.NEGATIVE_INFINITY, Integer.MIN_VALUE))
                        .withExtremeValues(new Place(-0.0, -1), new Place(Double.NaN, 5)),
                new Specimen<>(
                        Type.record(Span.class),
                        n -> new Span((byte) n, new Point(n, 'x'), new Point(-n, (char) n)),
                        new Span(Byte.MIN_VALUE, new Point(Long.MIN_VALUE, '\uFFFF'), new Point(0, '\0'))),
                new Specimen<>(Type.pointer(), n -> n, 0L, Long.MIN_VALUE, -1L));
    }

    /** Returns the types that values can have in maps of this heap. */
    static Stream<Specimen<?>> values(NativeHeap heap, List<MemMap<Long, Long>> inner) {
        return Stream.concat(keys(), Stream.of(maps(heap, inner)));
    }

    private static Specimen<MemMap<Long, Long>> maps(NativeHeap heap, List<MemMap<Long, Long>> inner) {
        LongStream.range(0, INNER_MAPS).forEach(n -> inner.add(MemMap.make(heap, Type.LONG, Type.LONG)));
        return new Specimen<>(
                Type.map(Type.LONG, Type.LONG),
                Long.MAX_VALUE,
                n -> inner.get((int) (n % INNER_MAPS)),
                inner,
                List.of(MemMap.nil()));
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // List.of only reads them
    private Specimen(Type<T> type, LongFunction<T> nth, T... extremes) {
        this(type, Long.MAX_VALUE, nth, List.of(extremes), List.of());
    }

    private Specimen<T> withCount(long newCount) {
        return new Specimen<>(type, newCount, nth, extremes, extremeValues);
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // List.of only reads them
    private Specimen<T> withExtremeValues(T... values) {
        return new Specimen<>(type, count, nth, extremes, List.of(values));
    }

    T get(long n) {
        return nth.apply(n);
    }

    /** Returns whether two objects of one type have the same content. */
    static boolean same(Object a, Object b) {
        if (a instanceof MemorySegment segment && b instanceof MemorySegment other) {
            return segment.mismatch(other) == -1;
        }
        if (a instanceof MemMap<?, ?> map && b instanceof MemMap<?, ?> other) {
            return map.pointer() == other.pointer();
        }
        return Objects.deepEquals(a, b);
    }

    /** Returns a layout of this many bytes. */
    static StructLayout bytes(long count) {
        return MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(count, ValueLayout.JAVA_BYTE).withName("bytes"));
    }

    /** Returns a segment of this many bytes that depend on a number, which is in the first eight of them. */
    static MemorySegment filled(int bytes, long n) {
        MemorySegment segment = MemorySegment.ofArray(new byte[bytes]);
        segment.fill((byte) n);
        segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, n);
        return segment;
    }

    private static String text(long n) {
        return n + "ä€😀".repeat((int) (n % 5)) + n;
    }

    private static MemorySegment struct(long n) {
        MemorySegment segment = MemorySegment.ofArray(new long[2]);
        segment.set(ValueLayout.JAVA_LONG, 0, n);
        segment.set(ValueLayout.JAVA_SHORT, 8, (short) ~n);
        return segment;
    }

    private static MemorySegment large(long n) {
        return filled(LARGE_BYTES, n);
    }

    @Override
    public String toString() {
        return type.toString();
    }
}
