package io.memmap;

import io.memmap.codec.ArrayCodec;
import io.memmap.codec.Codec;
import io.memmap.codec.Codecs;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.ListCodec;
import io.memmap.codec.MapOfCodec;
import io.memmap.codec.MaybeCodec;
import io.memmap.codec.NumberCodecs;
import io.memmap.codec.OperationBuffers;
import io.memmap.codec.Part;
import io.memmap.codec.RecordCodec;
import io.memmap.codec.SetCodec;
import io.memmap.codec.StructShape;
import io.memmap.format.ElementKind;
import io.memmap.format.Mem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A type of keys or values of a {@link MemMap}. It defines the Java objects, their encoding and
 * where they lie in memory.
 *
 * <p><b>Place.</b> An object with a fixed size of at most 128 bytes lies in its slot, the part of a
 * bucket that holds one entry. A larger object lies in a block of its own, and the slot holds a
 * pointer to the block. Go does the same. Objects whose size varies, such as strings, arrays and
 * lists, always have a block of their own.
 *
 * <p><b>Equality of keys.</b> Two keys are equal if their bytes are, with the exceptions that Go
 * makes: the padding of a struct does not count, +0 equals -0, and a NaN equals nothing, not even
 * itself. So every put of a NaN adds an entry, which only a cursor, an iterator or a clear can
 * remove. These exceptions hold for numbers and for what has a fixed size: structs, records, and
 * optionals of those. Types of variable size have no exceptions. For numbers in lists, sets, maps
 * and arrays, and those that a {@link ByteWriter} writes, equal bytes mean the same as
 * {@link Double#equals}: +0 differs from -0, and a NaN equals a NaN.
 *
 * <p>Types are immutable, and any thread may use them. Two types are the same if their
 * {@linkplain #toString names} are equal.
 *
 * @param <T> the Java class of the objects
 * @see MemMap
 * @see SyncMap
 */
public final class Type<T> {
    /** Larger objects lie in a block outside of the slot, as in Go. */
    static final int MAX_INLINE_BYTES = 128;

    private static final int VARIABLE = -1;
    /**
     * Bytes that an object of variable size has in a slot: the block's pointer, the number of bytes
     * in the block, and, for a key, a part of its hash.
     */
    private static final int RUN_SLOT_BYTES = 16;

    /** 64-bit integers. */
    public static final Type<Long> LONG = word(ElementKind.LONG, Long.class, 8, Long::longValue, Long::valueOf);
    /** 32-bit integers. */
    public static final Type<Integer> INT =
            word(ElementKind.INT, Integer.class, 4, Integer::longValue, word -> (int) word);
    /** 16-bit integers. */
    public static final Type<Short> SHORT =
            word(ElementKind.SHORT, Short.class, 2, value -> value & 0xFFFFL, word -> (short) word);
    /** 8-bit integers. */
    public static final Type<Byte> BYTE =
            word(ElementKind.BYTE, Byte.class, 1, value -> value & 0xFFL, word -> (byte) word);
    /** UTF-16 code units. */
    public static final Type<Character> CHAR =
            word(ElementKind.CHAR, Character.class, 2, value -> (long) value, word -> (char) word);
    /** Booleans, one byte each. */
    public static final Type<Boolean> BOOLEAN =
            word(ElementKind.BOOLEAN, Boolean.class, 1, value -> value ? 1 : 0, word -> word != 0);
    /** 32-bit floating-point numbers. As keys, +0 equals -0 and a NaN equals nothing. */
    public static final Type<Float> FLOAT = word(
            ElementKind.FLOAT,
            Float.class,
            4,
            value -> Float.floatToRawIntBits(value),
            word -> Float.intBitsToFloat((int) word));
    /** 64-bit floating-point numbers. As keys, +0 equals -0 and a NaN equals nothing. */
    public static final Type<Double> DOUBLE = word(
            ElementKind.DOUBLE, Double.class, 8, value -> Double.doubleToRawLongBits(value), Double::longBitsToDouble);
    /** UUIDs, 16 bytes each. */
    public static final Type<UUID> UUID =
            new Type<>(ElementKind.UUID, "uuid", UUID.class, Codecs.OfUuid.BYTES, List.of(), new Codecs.OfUuid());
    /** Instants with nanoseconds, 12 bytes each. */
    public static final Type<Instant> INSTANT = new Type<>(
            ElementKind.INSTANT, "instant", Instant.class, Codecs.OfInstant.BYTES, List.of(), new Codecs.OfInstant());
    /**
     * Strings, encoded in UTF-8. A string with an unpaired surrogate has no UTF-8 encoding and is
     * refused with {@link IllegalArgumentException}, which says the surrogate's position.
     */
    public static final Type<String> UTF8 =
            new Type<>(ElementKind.UTF8, "utf8", String.class, VARIABLE, List.of(), new Codecs.OfUtf8());
    /**
     * Arrays of bytes. Two arrays are equal if their bytes are. The map stores a copy, and each
     * read returns a new copy.
     */
    public static final Type<byte[]> BYTES =
            new Type<>(ElementKind.BYTES, "bytes", byte[].class, VARIABLE, List.of(), new Codecs.OfBytes());
    /** Dates without a time zone, 8 bytes each: the days since 1970-01-01. */
    public static final Type<LocalDate> LOCAL_DATE =
            word(ElementKind.LOCAL_DATE, LocalDate.class, 8, LocalDate::toEpochDay, LocalDate::ofEpochDay);
    /** Dates with a time but without a time zone, with nanoseconds, 12 bytes each. */
    public static final Type<LocalDateTime> LOCAL_DATE_TIME =
            fixed(ElementKind.LOCAL_DATE_TIME, LocalDateTime.class, 12, new NumberCodecs.OfLocalDateTime());
    /** Durations with nanoseconds, 12 bytes each. */
    public static final Type<Duration> DURATION =
            fixed(ElementKind.DURATION, Duration.class, 12, new NumberCodecs.OfDuration());
    /** Integers of any size. */
    public static final Type<BigInteger> BIG_INTEGER =
            variable(ElementKind.BIG_INTEGER, BigInteger.class, new NumberCodecs.OfBigInteger());
    /**
     * Decimal numbers of any size. As {@link BigDecimal#equals} does, the type distinguishes 1.0
     * from 1.00.
     */
    public static final Type<BigDecimal> BIG_DECIMAL =
            variable(ElementKind.BIG_DECIMAL, BigDecimal.class, new NumberCodecs.OfBigDecimal());
    /**
     * Arrays of booleans, one byte each. All types of arrays compare as {@link Arrays#equals} does.
     * The map stores a copy, and each read returns a new copy.
     */
    public static final Type<boolean[]> BOOLEANS =
            variable(ElementKind.BOOLEANS, boolean[].class, new ArrayCodec.OfBooleans());
    /** Arrays of 16-bit integers. */
    public static final Type<short[]> SHORTS =
            array(ElementKind.SHORTS, short[].class, short[]::new, MemorySegment::ofArray, ValueLayout.JAVA_SHORT);
    /** Arrays of UTF-16 code units. */
    public static final Type<char[]> CHARS =
            array(ElementKind.CHARS, char[].class, char[]::new, MemorySegment::ofArray, ValueLayout.JAVA_CHAR);
    /** Arrays of 32-bit integers. */
    public static final Type<int[]> INTS =
            array(ElementKind.INTS, int[].class, int[]::new, MemorySegment::ofArray, ValueLayout.JAVA_INT);
    /** Arrays of 64-bit integers. */
    public static final Type<long[]> LONGS =
            array(ElementKind.LONGS, long[].class, long[]::new, MemorySegment::ofArray, ValueLayout.JAVA_LONG);
    /**
     * Arrays of 32-bit floating-point numbers. Unlike keys of {@link #FLOAT}, +0 differs from -0,
     * and a NaN equals a NaN.
     */
    public static final Type<float[]> FLOATS =
            array(ElementKind.FLOATS, float[].class, float[]::new, MemorySegment::ofArray, ValueLayout.JAVA_FLOAT);
    /**
     * Arrays of 64-bit floating-point numbers. Unlike keys of {@link #DOUBLE}, +0 differs from -0,
     * and a NaN equals a NaN.
     */
    public static final Type<double[]> DOUBLES =
            array(ElementKind.DOUBLES, double[].class, double[]::new, MemorySegment::ofArray, ValueLayout.JAVA_DOUBLE);

    private static final Type<Long> POINTER = word(ElementKind.POINTER, Long.class, 8, Long::longValue, Long::valueOf);

    private final ElementKind kind;
    private final String name;
    /** The class of the objects; null if only the caller's reader and writer know it. */
    private final @Nullable Class<?> javaClass;

    private final int bytes;
    /** The floating-point fields of an object. */
    private final List<StructShape.FloatField> floats;

    private final Codec<T> codec;
    private final Part<T> part;

    private static <T> Type<T> fixed(ElementKind kind, Class<T> javaClass, int bytes, Codec<T> codec) {
        return new Type<>(kind, kind.toString(), javaClass, bytes, List.of(), codec);
    }

    private static <T> Type<T> variable(ElementKind kind, Class<T> javaClass, Codec<T> codec) {
        return variable(kind, kind.toString(), javaClass, codec);
    }

    private static <A> Type<A> array(
            ElementKind kind,
            Class<A> javaClass,
            IntFunction<A> make,
            Function<A, MemorySegment> viewOf,
            ValueLayout element) {
        return variable(kind, javaClass, ArrayCodec.of(kind.toString(), make, viewOf, element));
    }

    /** Returns a type whose objects vary in size. */
    private static <T> Type<T> variable(ElementKind kind, String name, Class<?> javaClass, Codec<T> codec) {
        return new Type<>(kind, name, javaClass, VARIABLE, List.of(), codec);
    }

    private Type(
            ElementKind kind,
            String name,
            @Nullable Class<?> javaClass,
            int bytes,
            List<StructShape.FloatField> floats,
            Codec<T> codec) {
        this.kind = kind;
        this.name = name;
        this.javaClass = javaClass;
        this.bytes = bytes;
        this.floats = floats;
        this.codec = codec;
        part = new Part<>(codec, bytes, floats, javaClass);
    }

    private static <T> Type<T> word(
            ElementKind kind, Class<T> javaClass, int bytes, ToLongFunction<T> to, LongFunction<T> from) {
        boolean floating = kind == ElementKind.FLOAT || kind == ElementKind.DOUBLE;
        List<StructShape.FloatField> floats =
                floating ? List.of(new StructShape.FloatField(0, bytes, true)) : List.of();
        return new Type<>(kind, kind.toString(), javaClass, bytes, floats, new Codecs.Word<>(bytes, to, from));
    }

    /**
     * Returns a type of structs. Its objects are segments of the layout's size. A put copies the
     * segment's bytes. A get returns a copy in the Java heap, aligned to 8 bytes. Padding reads as
     * zero.
     *
     * @param layout the struct, of at most 1 GiB. Its members may be value layouts except
     *     addresses, structs, sequences and padding. A layout without members makes a type whose
     *     objects have no bytes; with such values a map serves as a set
     * @return the type
     * @throws IllegalArgumentException if the layout is too large, or contains an address or a
     *     union; the message says which
     */
    public static Type<MemorySegment> struct(StructLayout layout) {
        StructShape shape = StructShape.of(layout);
        return new Type<>(
                ElementKind.STRUCT,
                shape.name(),
                MemorySegment.class,
                shape.bytes(),
                shape.floats(),
                new Codecs.Struct(shape));
    }

    /**
     * Returns a type of the caller's own objects, which are stored in a struct's layout. The
     * functions do not run in the middle of a map's operation. They may use the map, and if they
     * throw, the map is unchanged. Each call gets a new segment.
     *
     * @param <T> the Java class of the objects
     * @param layout the struct, as for {@link #struct}
     * @param reader makes an object from a segment of the layout's size
     * @param writer writes an object to a segment of the layout's size, which is zero before
     * @return the type
     * @throws IllegalArgumentException for the reasons given at {@link #struct}
     */
    public static <T> Type<T> of(
            StructLayout layout,
            Function<? super MemorySegment, ? extends T> reader,
            BiConsumer<? super MemorySegment, ? super T> writer) {
        StructShape shape = StructShape.of(layout);
        Objects.requireNonNull(reader, "reader");
        Objects.requireNonNull(writer, "writer");
        return new Type<>(
                ElementKind.STRUCT,
                shape.name(),
                null,
                shape.bytes(),
                shape.floats(),
                new Codecs.Custom<>(new Codecs.Struct(shape), reader, writer));
    }

    /**
     * Returns a type of the caller's own objects, which the caller's code encodes to any number of
     * bytes. A library such as Jackson, Kryo or Protocol Buffers can do the work:
     *
     * <pre>{@code
     * Type<Order> orders = Type.of("order.1", Order.class,
     *         (order, to) -> mapper.writeValue(to.asOutputStream(), order),
     *         from -> mapper.readValue(from.asInputStream(), Order.class));
     * }</pre>
     *
     * <p><b>As keys</b>, two objects are equal if their bytes are. So the encoder must write the
     * same bytes for all objects that are equal, in each run of the program that uses the map, and
     * different bytes for objects that differ. Beware of what has no order of its own, such as the
     * elements of a {@code HashSet} and the entries of a {@code HashMap}; of +0 and -0, which are
     * different bytes; of a {@code BigDecimal} 1.0 and 1.00; and of serializers that write a
     * reference to an object where it occurs twice. Values are compared by their bytes as well, in
     * {@code containsValue}, {@code replace(key, expected, value)} and the like. The views of the
     * map take the objects' {@code hashCode}, so equal bytes must mean equal hash codes.
     *
     * <p><b>The functions</b> may use any map, even the one whose operation they run in, and if
     * they throw, the map is unchanged. In the methods of {@code SyncMap} that run a caller's
     * function under a lock, they may only read that map. Many threads may call them at once.
     *
     * <p><b>Cost.</b> The encoder writes into a buffer of the thread, which the map copies into its
     * memory; the decoder reads from a buffer into which the map has copied the bytes. Nothing else
     * is copied on the way, and nothing allocated but one small writer or reader for a call. Where
     * {@link ByteWriter#putBuffer} or {@link ByteReader#getBuffer} is used, there is also a new
     * array.
     *
     * <p>The header of a map states the name. It is all that tells one such type from another: if
     * the bytes get another meaning, change the name, for example its number at the end.
     *
     * @param <T> the Java class of the objects
     * @param name names the meaning of the bytes: letters, digits and any of {@code . _ - : / $ @}.
     *     Two types with one name are the same type
     * @param javaClass the class of the objects; an object of another class is not in the map
     * @param encoder writes an object
     * @param decoder reads an object, of which the encoder has written the bytes
     * @return the type
     * @throws IllegalArgumentException if the name is empty or has another character
     */
    public static <T> Type<T> of(
            String name, Class<? super T> javaClass, Encoder<? super T> encoder, Decoder<? extends T> decoder) {
        requireName(name);
        Objects.requireNonNull(javaClass, "javaClass");
        Objects.requireNonNull(encoder, "encoder");
        Objects.requireNonNull(decoder, "decoder");
        String full = ElementKind.CODEC + "{" + name + "}";
        return variable(ElementKind.CODEC, full, javaClass, new CustomCodec<>(full, encoder, decoder));
    }

    private static void requireName(String name) {
        boolean isName = !name.isEmpty()
                && name.codePoints().allMatch(c -> Character.isLetterOrDigit(c) || "._-:/$@".indexOf(c) >= 0);
        if (!isName) {
            throw new IllegalArgumentException(
                    "the name of a type must consist of letters, digits and . _ - : / $ @, at least one: '" + name
                            + "'");
        }
    }

    /**
     * Writes the bytes of objects.
     *
     * @param <T> the class of the objects
     * @see #of(String, Class, Encoder, Decoder)
     */
    @FunctionalInterface
    public interface Encoder<T> {
        /**
         * Writes the bytes of an object.
         *
         * @param object the object
         * @param to takes the bytes; works only until this method returns
         * @throws IOException if a library throws it. The operation of the map throws it on as an
         *     {@link java.io.UncheckedIOException}
         */
        void encode(T object, ByteWriter to) throws IOException;
    }

    /**
     * Makes objects from their bytes.
     *
     * @param <T> the class of the objects
     * @see #of(String, Class, Encoder, Decoder)
     */
    @FunctionalInterface
    public interface Decoder<T> {
        /**
         * Makes an object from its bytes.
         *
         * @param from gives the bytes, all of which must be read; works only until this method
         *     returns
         * @return a new object, not null
         * @throws IOException if a library throws it. The operation of the map throws it on as an
         *     {@link java.io.UncheckedIOException}
         */
        T decode(ByteReader from) throws IOException;
    }

    /**
     * Returns a type of records. A component may be
     *
     * <ul>
     *   <li>a primitive or its box, a {@code String}, an enum, a {@code UUID}, {@code Instant},
     *       {@code LocalDate}, {@code LocalDateTime}, {@code Duration}, {@code BigDecimal} or {@code
     *       BigInteger}, or an array of primitives
     *   <li>a record with such components, or a sealed interface of such records
     *   <li>an {@code Optional}, {@code List}, {@code Set} or {@code Map} of these. A get returns
     *       collections that cannot be changed; sets and maps have the order of their encoded
     *       elements or keys
     * </ul>
     *
     * <p>A record may contain itself, as a tree does, where the recursion can end: through a
     * component that may be null, an {@code Optional}, a collection or a sealed interface. Records
     * inside each other need stack: a list of a hundred thousand linked records ends with a
     * {@link StackOverflowError}, and the map is unchanged. {@link #of(TypeRef)} returns the type of
     * a generic record.
     *
     * <p><b>Null.</b> A component may be null if it is the box of a primitive, or has an annotation
     * named {@code Nullable} that is kept at run time, such as that of JSpecify. It then takes a
     * byte more. In any other component null is refused with a {@link NullPointerException} that
     * names the component. An element of a collection may be null if the type argument is
     * annotated, as in {@code List<@Nullable String>}.
     *
     * <p><b>Layout.</b> A record of primitives, and of records of primitives, has a fixed size. Its
     * layout is that of a little-endian C struct with the same members. Any other record varies in
     * size. Its components follow one another without padding.
     *
     * <p><b>Equality of keys.</b> Records of a fixed size are equal as structs are: +0 equals -0, and
     * a NaN equals nothing. Other records are equal if their bytes are, which mostly agrees with the
     * {@code equals} of a record: a NaN equals a NaN, +0 and -0 differ, and so do the {@code
     * BigDecimal} 1.0 and 1.00. Arrays are compared by their elements.
     *
     * <p><b>Changes of the class.</b> The type's {@linkplain #toString name}, which a map's header
     * states, is the shape of the record: the names and types of its components in their order. A
     * map that was made with another shape is refused by {@link MemMap#at}, with both shapes in the
     * message. {@link #withVersion} tells types apart that have the same shape.
     *
     * <p>The constructor and the accessors of the record run in the map's operations, as the
     * functions of {@link #of(String, Class, Encoder, Decoder)} do.
     *
     * @param <T> the record
     * @param record the record's class. It and the records in it must be on the class path, or in a
     *     package that is open to {@code io.memmap}, or public in an exported package. For any other
     *     class, use {@linkplain #record(Class, MethodHandles.Lookup) the method with a lookup}
     * @return the type
     * @throws IllegalArgumentException if the class is not a record, is not accessible, or has a
     *     component of another type; the message says which
     */
    @SuppressWarnings("unchecked") // the resolver returns the type of the class
    public static <T extends Record> Type<T> record(Class<T> record) {
        return (Type<T>) new TypeResolver(null).ofRecord(record);
    }

    /**
     * Returns a type of records that the caller can access but this library cannot. Otherwise the
     * same as {@link #record(Class)}.
     *
     * @param <T> the record
     * @param record the record's class
     * @param lookup the caller's lookup, from {@link MethodHandles#lookup()}
     * @return the type
     * @throws IllegalArgumentException if the class is not a record, is not accessible, or has a
     *     component of another type; the message says which
     */
    @SuppressWarnings("unchecked") // the resolver returns the type of the class
    public static <T extends Record> Type<T> record(Class<T> record, MethodHandles.Lookup lookup) {
        Objects.requireNonNull(lookup, "lookup");
        return (Type<T>) new TypeResolver(lookup).ofRecord(record);
    }

    /**
     * Returns a type of the records that implement a sealed interface. The interface permits only
     * records, as {@link #record(Class)} allows them, and sealed interfaces of such records. A byte
     * in front of a record tells its class: the number of the class in the order of the classes'
     * simple names. The order of the {@code permits} clause does not count. If a class is added or
     * renamed, the shape has changed.
     *
     * @param <T> the sealed interface
     * @param sealed the interface's class
     * @return the type
     * @throws IllegalArgumentException if the class is not a sealed interface or permits another
     *     class, and for the reasons given at {@link #record(Class)}
     */
    @SuppressWarnings("unchecked") // the resolver returns the type of the class
    public static <T> Type<T> sealed(Class<T> sealed) {
        return (Type<T>) new TypeResolver(null).ofSealed(sealed);
    }

    /**
     * Does the same as {@link #sealed(Class)} for records that the caller can access but this
     * library cannot.
     *
     * @param <T> the sealed interface
     * @param sealed the interface's class
     * @param lookup the caller's lookup, from {@link MethodHandles#lookup()}
     * @return the type
     * @throws IllegalArgumentException if the class is not a sealed interface or permits another
     *     class, and for the reasons given at {@link #record(Class)}
     */
    @SuppressWarnings("unchecked") // the resolver returns the type of the class
    public static <T> Type<T> sealed(Class<T> sealed, MethodHandles.Lookup lookup) {
        Objects.requireNonNull(lookup, "lookup");
        return (Type<T>) new TypeResolver(lookup).ofSealed(sealed);
    }

    /**
     * Returns the type of a Java type with type arguments: of a generic record, of a generic sealed
     * interface, or of anything else that {@link #record(Class)} allows as a component.
     *
     * <pre>{@code
     * record Pair<A, B>(A first, B second) {}
     *
     * Type<Pair<String, Long>> pairs = Type.of(new TypeRef<Pair<String, Long>>() {});
     * Type<Map<String, List<Long>>> lists = Type.of(new TypeRef<Map<String, List<Long>>>() {});
     * }</pre>
     *
     * @param <T> the Java type
     * @param javaType names the Java type
     * @return the type
     * @throws IllegalArgumentException for the reasons given at {@link #record(Class)}
     */
    @SuppressWarnings("unchecked") // the resolver returns the type of the Java type
    public static <T> Type<T> of(TypeRef<T> javaType) {
        return (Type<T>) new TypeResolver(null).of(javaType);
    }

    /**
     * Does the same as {@link #of(TypeRef)} for records that the caller can access but this library
     * cannot.
     *
     * @param <T> the Java type
     * @param javaType names the Java type
     * @param lookup the caller's lookup, from {@link MethodHandles#lookup()}
     * @return the type
     * @throws IllegalArgumentException for the reasons given at {@link #record(Class)}
     */
    @SuppressWarnings("unchecked") // the resolver returns the type of the Java type
    public static <T> Type<T> of(TypeRef<T> javaType, MethodHandles.Lookup lookup) {
        Objects.requireNonNull(lookup, "lookup");
        return (Type<T>) new TypeResolver(lookup).of(javaType);
    }

    /** Returns the type of a record that has a struct's layout. */
    static <T> Type<T> struct(Class<T> record, MethodHandles.Lookup lookup) {
        StructLayout layout = RecordCodec.layoutOf(record);
        StructShape shape = StructShape.of(layout);
        return new Type<>(
                ElementKind.STRUCT,
                shape.name(),
                record,
                shape.bytes(),
                shape.floats(),
                RecordCodec.of(record, layout, shape, lookup));
    }

    /** Returns the type of a record or sealed interface whose objects vary in size. */
    static <T> Type<T> composite(String name, Class<?> javaClass, Codec<T> codec) {
        return variable(javaClass.isRecord() ? ElementKind.RECORD : ElementKind.SEALED, name, javaClass, codec);
    }

    /**
     * Returns this type with a version, which becomes a part of the type's name. Maps of one version
     * are refused with a type of another. So a program that gives the same bytes another meaning,
     * for example because an amount is now in cents, does not misread the maps that it made before.
     * The types that are made from this one, such as {@link #list}, state the version too. A record
     * type that contains this type's records does not: it needs a version of its own.
     *
     * @param version the version, at least 1; it replaces a version that the type has already
     * @return the type with the version
     * @throws IllegalArgumentException if the version is less than 1
     */
    public Type<T> withVersion(int version) {
        if (version < 1) {
            throw new IllegalArgumentException("version must be 1 or more: " + version);
        }
        String versioned = name.replaceFirst(" v\\d+$", "") + " v" + version;
        return new Type<>(kind, versioned, javaClass, bytes, floats, codec);
    }

    /**
     * Returns a type of the constants of an enum. A constant is stored as its number in the order
     * of declaration, in 1 byte, or in 2 bytes if there are more than 256 constants. The name of
     * the type lists the constants. So a map of an enum with other constants, or in another order,
     * has another type and is not opened by mistake.
     *
     * @param <E> the enum
     * @param enumClass the class of the enum
     * @return the type
     * @throws IllegalArgumentException if the class is not that of an enum
     */
    @SuppressWarnings("EnumOrdinal") // the name of the type states which number means which constant
    public static <E extends Enum<E>> Type<E> enumOf(Class<E> enumClass) {
        E[] constants = enumClass.getEnumConstants();
        if (constants == null) {
            throw new IllegalArgumentException(enumClass.getName() + " is not an enum");
        }
        String name = Arrays.stream(constants).map(Enum::name).collect(Collectors.joining(", ", "enum{", "}"));
        int bytes = constants.length <= 1 << Byte.SIZE ? Byte.BYTES : Short.BYTES;
        return new Type<>(
                ElementKind.ENUM,
                name,
                enumClass,
                bytes,
                List.of(),
                new Codecs.Word<>(bytes, constant -> enumClass.cast(constant).ordinal(), number -> {
                    if (number >= constants.length) {
                        throw new IllegalStateException("no constant of " + name + " has the number " + number
                                + ": its bytes have been overwritten");
                    }
                    return constants[(int) number];
                }));
    }

    /**
     * Returns a type of lists. A list is stored as a whole, in one block: to change an element,
     * store another list. The lists that a map returns cannot be modified. Two lists are equal if
     * they have equal elements in the same order; doubles and floats count as equal as in
     * {@link Double#equals}. The elements are not null, unless their type is {@link #nullable}.
     *
     * @param <E> the class of the elements
     * @param elements the type of the elements; neither {@link #map} nor {@link #pointer}
     * @return the type
     * @throws IllegalArgumentException if the elements would be maps of a heap or pointers
     */
    public static <E> Type<List<E>> list(Type<E> elements) {
        String name = ElementKind.LIST + "(" + elements + ")";
        return variable(ElementKind.LIST, name, List.class, new ListCodec<>(name, elements.part()));
    }

    /**
     * Returns a type of sets. A set is stored as a whole, in one block, with its elements in the
     * order of their bytes. So two sets with the same elements are equal, whatever their own order
     * is. The sets that a map returns cannot be modified, and have that order. As elements, doubles
     * and floats are equal as in {@link Double#equals}.
     *
     * @param <E> the class of the elements
     * @param elements the type of the elements; neither {@link #map} nor {@link #pointer}, and
     *     nothing that contains arrays or segments
     * @return the type
     * @throws IllegalArgumentException if the elements cannot be those of a set; the message says
     *     why
     */
    public static <E> Type<Set<E>> set(Type<E> elements) {
        String name = ElementKind.SET + "(" + elements + ")";
        requireEquals(elements, name);
        return variable(ElementKind.SET, name, Set.class, new SetCodec<>(name, elements.part()));
    }

    /**
     * Returns a type of Java's maps. Such a map is stored as a whole, in one block, with its
     * entries in the order of the keys' bytes. So two maps with the same entries are equal,
     * whatever their own order is. The maps that are read from a block cannot be modified, and have
     * that order. For a map in the heap, of which single entries can be read and written, use
     * {@link #map}.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param keys the type of the keys; neither {@link #map} nor {@link #pointer}, and nothing that
     *     contains arrays or segments
     * @param values the type of the values; neither {@link #map} nor {@link #pointer}
     * @return the type
     * @throws IllegalArgumentException if the keys or values cannot be those of such a map; the
     *     message says why
     */
    public static <K, V> Type<Map<K, V>> mapOf(Type<K> keys, Type<V> values) {
        String name = ElementKind.MAP_OF + "(" + keys + ", " + values + ")";
        requireEquals(keys, name);
        return variable(ElementKind.MAP_OF, name, Map.class, new MapOfCodec<>(name, keys.part(), values.part()));
    }

    private static void requireEquals(Type<?> elements, String composite) {
        if (elements.codec.hashesIdentity()) {
            throw new IllegalArgumentException("there can be no " + composite + ": Java compares arrays and segments"
                    + " by identity, so a set would not find them; use a list, or a type with equals and hashCode");
        }
    }

    /**
     * Returns a type of {@link Optional}s. If the objects have a fixed size, so have the optionals:
     * one byte more.
     *
     * @param <T> the class of the object in an optional
     * @param objects the type of that object; neither {@link #map} nor {@link #pointer} nor
     *     {@link #nullable}
     * @return the type
     * @throws IllegalArgumentException if the object would be a map of a heap, a pointer, or
     *     nullable
     */
    public static <T> Type<Optional<T>> optional(Type<T> objects) {
        String name = ElementKind.OPTIONAL + "(" + objects + ")";
        requireNotNullable(objects, name);
        return maybe(ElementKind.OPTIONAL, name, Optional.class, new MaybeCodec.OfOptional<>(name, objects.part()));
    }

    /**
     * Returns a type of objects of another type and null. It serves for parts: the elements of a
     * {@link #list}, the values of a {@link #mapOf}, and {@link ByteWriter#put}. The keys and values
     * of a map are never null, even if it has this type; {@link #optional} says that a value is
     * absent.
     *
     * @param <T> the class of the objects
     * @param objects the type of the objects that are not null; neither {@link #map} nor
     *     {@link #pointer} nor {@link #nullable}
     * @return the type
     * @throws IllegalArgumentException if the objects would be maps of a heap, pointers, or
     *     nullable
     */
    public static <T> Type<T> nullable(Type<T> objects) {
        String name = ElementKind.NULLABLE + "(" + objects + ")";
        requireNotNullable(objects, name);
        return maybe(ElementKind.NULLABLE, name, objects.javaClass, new MaybeCodec.OfNullable<>(name, objects.part()));
    }

    private static void requireNotNullable(Type<?> objects, String name) {
        if (objects.codec.acceptsNull()) {
            throw new IllegalArgumentException("there can be no " + name + ": " + objects + " has a null already");
        }
    }

    private static <T> Type<T> maybe(
            ElementKind kind, String name, @Nullable Class<?> javaClass, MaybeCodec<T, ?> codec) {
        return new Type<>(kind, name, javaClass, codec.bytes(), codec.floats(), codec);
    }

    /**
     * Returns a type of values that are other maps of the same heap. In Go this is
     * {@code map[K1]map[K2]V}. The type cannot be a type of keys. A put stores a pointer to the
     * inner map; a get returns a handle of it. If the inner map has been freed, the handle is that
     * of a freed map. Freeing the outer map does not free the inner maps; {@link MemMap#freeDeep}
     * does.
     *
     * @param <K> the type of the inner maps' keys
     * @param <V> the type of the inner maps' values
     * @param keyType the type of the inner maps' keys
     * @param valueType the type of the inner maps' values
     * @return the type
     */
    public static <K, V> Type<MemMap<K, V>> map(Type<K> keyType, Type<V> valueType) {
        MemMap.requireKeyType(keyType);
        return new Type<>(
                ElementKind.MAP,
                new MapType(keyType, valueType).toString(),
                MemMap.class,
                MapCodec.BYTES,
                List.of(),
                new MapCodec<>(keyType, valueType, null));
    }

    /**
     * Returns a type of plain pointers. A pointer is an offset in the heap, as
     * {@link NativeHeap#allocate} returns it, or any other 64-bit number. Many entries, and many
     * maps, can point to one block and change it in place. In Go this is {@code map[K]*V}. The map
     * neither follows the pointers nor frees their blocks.
     *
     * @return the type
     */
    public static Type<Long> pointer() {
        return POINTER;
    }

    ElementKind kind() {
        return kind;
    }

    /** Returns the codec of this type for the maps of a heap. */
    @SuppressWarnings("unchecked") // a codec of maps stays a codec of maps of the same type
    Codec<T> codecIn(NativeHeap heap) {
        return codec instanceof MapCodec<?, ?> ofMaps ? (Codec<T>) ofMaps.in(heap) : codec;
    }

    /**
     * Returns the codec of this type. If the type is a map, the codec belongs to no heap, so it can
     * neither encode nor decode.
     */
    Codec<T> codec() {
        return codec;
    }

    /** Returns this type as a part of a composite type. */
    Part<T> part() {
        if (kind == ElementKind.MAP || kind == ElementKind.POINTER) {
            throw new IllegalArgumentException("a " + name
                    + " cannot be a part of another object: maps of a heap are values of maps only,"
                    + " and a pointer can be stored as a long");
        }
        return part;
    }

    /**
     * Returns whether objects have floating-point numbers, so that equality differs from equality
     * of the bytes.
     */
    boolean isFloating() {
        return !floats.isEmpty();
    }

    boolean isVariable() {
        return bytes == VARIABLE;
    }

    boolean isInline() {
        return bytes >= 0 && bytes <= MAX_INLINE_BYTES;
    }

    /** Returns the number of bytes that an object has in a slot. */
    int slotBytes() {
        if (isVariable()) {
            return RUN_SLOT_BYTES;
        }
        return isInline() ? bytes : Long.BYTES;
    }

    /** Returns the number of bytes of every object; negative if objects vary in size. */
    int fixedBytes() {
        return bytes;
    }

    /**
     * Returns the address of an object's bytes.
     *
     * @param address the address of the object's part of a slot
     */
    long start(MemorySegment memory, long address) {
        return isInline() ? address : Mem.getLong(memory, address);
    }

    /**
     * Returns the number of an object's bytes.
     *
     * @param address the address of the object's part of a slot
     */
    int length(MemorySegment memory, long address) {
        return isVariable() ? Mem.getInt(memory, address + Long.BYTES) : bytes;
    }

    /** Returns a holder with room for an object of this type, whose size must be fixed. */
    EncodedBytes room() {
        EncodedBytes room = new EncodedBytes();
        room.own(bytes);
        return room;
    }

    /** Returns whether an encoded object contains a NaN, so that it does not equal itself. */
    boolean hasNan(EncodedBytes object) {
        for (StructShape.FloatField field : floats) {
            if (field.isNan(object.bytes, object.from)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether an encoded object contains a -0. */
    boolean hasNegativeZero(EncodedBytes object) {
        for (StructShape.FloatField field : floats) {
            if (field.isNegativeZero(object.bytes, object.from)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Copies an encoded object and replaces each -0 in it with +0. Copies are equal if and only if
     * their bytes are, unless they contain a NaN.
     */
    void copyCanonical(EncodedBytes object, EncodedBytes to) {
        byte[] bytes = to.own(object.length);
        System.arraycopy(object.bytes, object.from, bytes, 0, object.length);
        for (StructShape.FloatField field : floats) {
            if (field.isNegativeZero(bytes, 0)) {
                Arrays.fill(bytes, field.offset(), field.offset() + field.bytes(), (byte) 0);
            }
        }
    }

    /** Returns whether two encoded objects are equal by Go's rule. */
    boolean equalObjects(EncodedBytes a, EncodedBytes b) {
        if (hasNan(a) || hasNan(b)) {
            return false;
        }
        if (!hasNegativeZero(a) && !hasNegativeZero(b)) {
            return Arrays.equals(a.bytes, a.from, a.from + a.length, b.bytes, b.from, b.from + b.length);
        }
        try (OperationBuffers canonical = OperationBuffers.take()) {
            copyCanonical(a, canonical.key);
            copyCanonical(b, canonical.value);
            return Arrays.equals(canonical.key.bytes, 0, a.length, canonical.value.bytes, 0, b.length);
        }
    }

    /**
     * Returns an object that represents an object of this type in comparisons. Two representatives
     * are equal, and have equal hash codes, if the objects are equal by this type's rule. Returns
     * null for an object that equals nothing: a NaN, null, or an object of another class. The hash
     * code is that of the object itself, so that the hash code of a {@link java.util.Map} agrees
     * with those of other maps. There are two exceptions: arrays and segments get a hash code of
     * their contents, and -0 gets the hash code of +0.
     */
    @Nullable
    Object equalityOf(@Nullable Object object) {
        T own = object == null ? null : cast(object);
        if (own == null || (object instanceof MemorySegment segment && segment.byteSize() != bytes)) {
            return null;
        }
        boolean hasHashCode = !codec.hashesIdentity();
        if (hasHashCode && !isFloating() && hasOwnEquals()) {
            return own; // its equals follows this type's rule
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            codec.encode(own, buffers.key);
            if (hasNan(buffers.key)) {
                return null;
            }
            copyCanonical(buffers.key, buffers.value);
            byte[] canonical = Arrays.copyOf(buffers.value.bytes, buffers.value.length);
            int hash = own.hashCode();
            if (!hasHashCode) {
                hash = Arrays.hashCode(canonical);
            } else if (hasNegativeZero(buffers.key)) {
                hash = codec.decode(buffers.value).hashCode();
            }
            return new Equality(ByteBuffer.wrap(canonical), hash);
        }
    }

    /** Returns whether the objects' own equals agrees with their bytes, apart from numbers. */
    private boolean hasOwnEquals() {
        return switch (kind) {
            case STRUCT, CODEC, LIST, SET, MAP_OF, OPTIONAL, NULLABLE, RECORD, SEALED -> false;
            default -> true;
        };
    }

    /** The bytes of an object, with +0 in place of each -0. */
    private record Equality(ByteBuffer bytes, int hash) {
        @Override
        public boolean equals(@Nullable Object object) {
            return object instanceof Equality other && bytes.equals(other.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** Returns the object as an object of this type, or null if it is of another class. */
    @SuppressWarnings("unchecked") // if javaClass is null, the caller's writer finds out
    @Nullable
    T cast(@Nullable Object object) {
        boolean isOwn = javaClass == null || (javaClass.isInstance(object) && codec.accepts(object));
        return isOwn ? (T) object : null;
    }

    /**
     * Returns the type's name, which a map's header states. It is the kind, such as {@code long} or
     * {@code utf8}. For a struct it lists the fields, and for a map it is the map's type as Go
     * writes it.
     */
    @Override
    public String toString() {
        return name;
    }
}
