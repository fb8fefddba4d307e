package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.Codecs;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.codec.RecordCodec;
import io.memmap.codec.StructShape;
import io.memmap.format.ElementKind;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the keys or the values of a {@link MemMap} are, and how they lie in memory.
 *
 * <p><b>Where they lie.</b> What has a fixed size of up to 128 bytes lies in its slot of a bucket; what is larger, in a block
 * of its own with its pointer in the slot, as in Go. Strings and byte arrays always have a block of their own.
 *
 * <p><b>Equality of keys</b> is that of their bytes, with Go's exceptions: the padding of a struct takes no part, +0 equals
 * -0, and a NaN equals nothing, itself included. So every put of a NaN adds an entry, which only a cursor, an iterator or
 * a clear can remove.
 *
 * <p>Types are immutable and for all threads. Two types are the same when their {@linkplain #toString names} are.
 *
 * @param <T> the Java objects
 */
public final class Type<T> {
    /** As in Go: what is larger lies out of line. */
    static final int MAX_INLINE_BYTES = 128;

    private static final int VARIABLE = -1;
    /** Of a variable size: the block's pointer, and the number of bytes in it. Of a key, its hash is beside the length. */
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
    /** Truth values, a byte each. */
    public static final Type<Boolean> BOOLEAN =
            word(ElementKind.BOOLEAN, Boolean.class, 1, value -> value ? 1 : 0, word -> word != 0);
    /** 32-bit floating-point numbers. As keys: +0 equals -0, a NaN equals nothing. */
    public static final Type<Float> FLOAT = word(
            ElementKind.FLOAT,
            Float.class,
            4,
            value -> Float.floatToRawIntBits(value),
            word -> Float.intBitsToFloat((int) word));
    /** 64-bit floating-point numbers. As keys: +0 equals -0, a NaN equals nothing. */
    public static final Type<Double> DOUBLE = word(
            ElementKind.DOUBLE, Double.class, 8, value -> Double.doubleToRawLongBits(value), Double::longBitsToDouble);
    /** UUIDs, 16 bytes each. */
    public static final Type<UUID> UUID =
            new Type<>(ElementKind.UUID, "uuid", UUID.class, Codecs.OfUuid.BYTES, List.of(), new Codecs.OfUuid());
    /** Instants to the nanosecond, 12 bytes each. */
    public static final Type<Instant> INSTANT = new Type<>(
            ElementKind.INSTANT, "instant", Instant.class, Codecs.OfInstant.BYTES, List.of(), new Codecs.OfInstant());
    /** Strings in UTF-8. One with an unpaired surrogate, for which no UTF-8 stands, is refused with its position. */
    public static final Type<String> UTF8 =
            new Type<>(ElementKind.UTF8, "utf8", String.class, VARIABLE, List.of(), new Codecs.OfUtf8());
    /** Arrays of bytes, equal when their bytes are. The map keeps a copy, and each read gives another. */
    public static final Type<byte[]> BYTES =
            new Type<>(ElementKind.BYTES, "bytes", byte[].class, VARIABLE, List.of(), new Codecs.OfBytes());

    private static final Type<Long> POINTER = word(ElementKind.POINTER, Long.class, 8, Long::longValue, Long::valueOf);

    private final ElementKind kind;
    private final String name;
    /** What objects must be instances of; null if only the caller's own functions know. */
    private final @Nullable Class<?> javaClass;

    private final int bytes;
    /** Where an object has floating-point numbers. */
    private final List<StructShape.FloatField> floats;

    private final Codec<T> codec;

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
    }

    private static <T> Type<T> word(
            ElementKind kind, Class<T> javaClass, int bytes, ToLongFunction<T> to, LongFunction<T> from) {
        boolean floating = kind == ElementKind.FLOAT || kind == ElementKind.DOUBLE;
        List<StructShape.FloatField> floats =
                floating ? List.of(new StructShape.FloatField(0, bytes, true)) : List.of();
        return new Type<>(kind, kind.toString(), javaClass, bytes, floats, new Codecs.Word<>(bytes, to, from));
    }

    /**
     * A type of structs, as segments of the layout's size. A put copies the segment's bytes; a get returns a copy in the Java
     * heap, aligned to 8 bytes. Padding reads as zero.
     *
     * @param layout the struct: value layouts but for addresses, nested structs, sequences and padding; of up to 1 GiB. Without
     *     members it is the type of values that are not there, which makes the map a set
     * @return the type
     * @throws IllegalArgumentException if the layout is too large or has an address or a union in it; says which
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
     * A type of the caller's own objects, of a struct's layout. The functions run outside of the map's operations: what they
     * throw leaves the map as it was, and they may use the map. Each call gets a segment of its own.
     *
     * @param <T> the objects
     * @param layout as of {@link #struct}
     * @param reader makes an object of a segment of the layout's size
     * @param writer fills a segment of the layout's size, which is zero, from an object
     * @return the type
     * @throws IllegalArgumentException as {@link #struct}
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
     * A type of records, whose components are primitives or such records. The layout is that of a C struct with the same
     * members, little-endian.
     *
     * @param <T> the record
     * @param record its class: of the class path, or of a package that is open to {@code io.memmap}, or public in an exported
     *     one; else give a {@linkplain #record(Class, MethodHandles.Lookup) lookup}
     * @return the type
     * @throws IllegalArgumentException if it is no record, or not accessible, or has a component of another type; says which
     */
    public static <T extends Record> Type<T> record(Class<T> record) {
        return record(record, RecordCodec.lookupIn(record));
    }

    /**
     * As {@link #record(Class)}, for records that the caller can access but this library cannot.
     *
     * @param <T> the record
     * @param record its class
     * @param lookup the caller's, from {@link MethodHandles#lookup()}
     * @return the type
     * @throws IllegalArgumentException if it is no record, or not accessible, or has a component of another type; says which
     */
    public static <T extends Record> Type<T> record(Class<T> record, MethodHandles.Lookup lookup) {
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

    /**
     * A type of pointers to other maps of the same heap, Go's {@code map[K1]map[K2]V}: of values, not of keys. A put stores the
     * pointer; a get returns a handle. A map that has been freed reads as the freed map that it is. Freeing the outer map
     * leaves the inner ones alone, but for {@link MemMap#freeDeep}.
     *
     * @param <K> the inner maps' keys
     * @param <V> the inner maps' values
     * @param keyType the inner maps' keys
     * @param valueType the inner maps' values
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
     * A type of bare pointers: offsets in the heap, of {@link NativeHeap#allocate}, or any 64-bit number. Many entries, and
     * many maps, can point to one block and change it in place: Go's {@code map[K]*V}. The map neither follows nor frees
     * them.
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
    @SuppressWarnings("unchecked") // the codec of maps stays one of the same maps
    Codec<T> codecIn(NativeHeap heap) {
        return codec instanceof MapCodec<?, ?> ofMaps ? (Codec<T>) ofMaps.in(heap) : codec;
    }

    /** Returns the codec of this type, which cannot encode or decode a map, for it belongs to no heap. */
    Codec<T> codec() {
        return codec;
    }

    /** Returns whether an object has floating-point numbers, so that equality is not that of the bytes. */
    boolean isFloating() {
        return !floats.isEmpty();
    }

    boolean isVariable() {
        return bytes == VARIABLE;
    }

    boolean isInline() {
        return bytes >= 0 && bytes <= MAX_INLINE_BYTES;
    }

    /** Returns what it has in a slot. */
    int slotBytes() {
        if (isVariable()) {
            return RUN_SLOT_BYTES;
        }
        return isInline() ? bytes : Long.BYTES;
    }

    /** Returns the bytes of every object; negative if they differ. */
    int fixedBytes() {
        return bytes;
    }

    /** Returns where the bytes of what is in a slot, whose part of this type is at this address, begin. */
    long start(MemorySegment memory, long address) {
        return isInline() ? address : Mem.getLong(memory, address);
    }

    /** Returns how many they are. */
    int length(MemorySegment memory, long address) {
        return isVariable() ? Mem.getInt(memory, address + Long.BYTES) : bytes;
    }

    /** Returns a holder that has room for an object of this type, whose size is fixed. */
    EncodedBytes room() {
        EncodedBytes room = new EncodedBytes();
        room.own(bytes);
        return room;
    }

    /** Returns whether an encoded object has a NaN in it, so that it does not equal itself. */
    boolean hasNan(EncodedBytes object) {
        for (StructShape.FloatField field : floats) {
            if (field.isNan(object.bytes, object.from)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether an encoded object has a -0 in it. */
    boolean hasNegativeZero(EncodedBytes object) {
        for (StructShape.FloatField field : floats) {
            if (field.isNegativeZero(object.bytes, object.from)) {
                return true;
            }
        }
        return false;
    }

    /** Copies an encoded object with +0 for each -0 in it, so that objects are equal when their bytes are. */
    void copyCanonical(EncodedBytes object, EncodedBytes to) {
        byte[] bytes = to.own(object.length);
        System.arraycopy(object.bytes, object.from, bytes, 0, object.length);
        for (StructShape.FloatField field : floats) {
            if (field.isNegativeZero(bytes, 0)) {
                Arrays.fill(bytes, field.offset(), field.offset() + field.bytes(), (byte) 0);
            }
        }
    }

    /** Returns whether two encoded objects are equal, as keys and as values are in Go. */
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
     * Returns an object that stands for one of this type when objects are compared: two such objects are equal, with equal hash
     * codes, if what they stand for is equal as of this type. Returns null for what equals nothing: a NaN, null, and what is no
     * object of this type. The hash code is that of the object itself, so that of a {@link java.util.Map} agrees with those of
     * other maps; but arrays and segments have none of their contents, and of numbers +0 has the same as -0.
     */
    @Nullable
    Object equalityOf(@Nullable Object object) {
        T own = object == null ? null : cast(object);
        if (own == null || (object instanceof MemorySegment segment && segment.byteSize() != bytes)) {
            return null;
        }
        boolean hasHashCode = javaClass != byte[].class && javaClass != MemorySegment.class;
        if (hasHashCode && !isFloating() && kind != ElementKind.STRUCT) {
            return own; // whose own equals is the type's
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

    /** The bytes of an object, with +0 for each -0. */
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

    /** Returns the object as one of this type, or null if it is of another class. */
    @SuppressWarnings("unchecked") // where the class is not known, the caller's writer finds out
    @Nullable
    T cast(@Nullable Object object) {
        return javaClass == null || javaClass.isInstance(object) ? (T) object : null;
    }

    /**
     * Returns the type's name: the kind, as {@code long} or {@code utf8}; for a struct its fields, for a map its type as Go
     * writes it. A map's header states it.
     */
    @Override
    public String toString() {
        return name;
    }
}
