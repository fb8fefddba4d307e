package io.memmap.codec;

import java.lang.annotation.Annotation;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A codec of records, which are stored as structs. */
public record RecordCodec<T>(StructShape shape, RecordAccess access) implements Codec<T> {
    private static final Map<Class<?>, ValueLayout> PRIMITIVES = Map.of(
            long.class, ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN),
            int.class, ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN),
            short.class, ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN),
            byte.class, ValueLayout.JAVA_BYTE,
            char.class, ValueLayout.JAVA_CHAR.withOrder(ByteOrder.LITTLE_ENDIAN),
            boolean.class, ValueLayout.JAVA_BOOLEAN,
            float.class, ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN),
            double.class, ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.LITTLE_ENDIAN));

    /**
     * Returns whether the components of a record are primitives, and records of them that cannot be
     * null. Then a record has the layout of a C struct.
     */
    public static boolean isStruct(Class<?> record) {
        return isStruct(record, new ArrayDeque<>());
    }

    private static boolean isStruct(Class<?> record, Deque<Class<?>> enclosing) {
        if (!record.isRecord() || enclosing.contains(record)) {
            return false;
        }
        enclosing.push(record);
        boolean isStruct = Arrays.stream(record.getRecordComponents())
                .allMatch(component -> component.getType().isPrimitive()
                        || (!isNullable(component) && isStruct(component.getType(), enclosing)));
        enclosing.pop();
        return isStruct;
    }

    /**
     * Returns whether a component may be null: it is annotated so, or is the box of a primitive.
     */
    public static boolean isNullable(RecordComponent component) {
        return MethodType.methodType(component.getType()).hasWrappers()
                || isNullable(component.getAnnotatedType().getAnnotations())
                || isNullable(component.getAnnotations())
                || isNullable(component.getAccessor().getAnnotations());
    }

    /** Returns whether one of these annotations is named Nullable, whatever its package. */
    public static boolean isNullable(Annotation[] annotations) {
        return Arrays.stream(annotations)
                .anyMatch(annotation ->
                        annotation.annotationType().getSimpleName().equals("Nullable"));
    }

    /**
     * Returns the layout of the C struct whose members are the components of a record that
     * {@link #isStruct}.
     */
    public static StructLayout layoutOf(Class<?> record) {
        var members = new ArrayList<MemoryLayout>();
        long offset = 0;
        long alignment = 1;
        for (RecordComponent component : record.getRecordComponents()) {
            MemoryLayout member = memberOf(component);
            offset = pad(members, offset, member.byteAlignment());
            members.add(member.withName(component.getName()));
            offset += member.byteSize();
            alignment = Math.max(alignment, member.byteAlignment());
        }
        pad(members, offset, alignment);
        return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout memberOf(RecordComponent component) {
        ValueLayout primitive = PRIMITIVES.get(component.getType());
        return primitive != null ? primitive : layoutOf(component.getType());
    }

    private static long pad(List<MemoryLayout> members, long offset, long alignment) {
        long padded = (offset + alignment - 1) & -alignment;
        if (padded > offset) {
            members.add(MemoryLayout.paddingLayout(padded - offset));
        }
        return padded;
    }

    /** Returns the best lookup that this module can get for a record class. */
    public static MethodHandles.Lookup lookupIn(Class<?> record) {
        RecordCodec.class.getModule().addReads(record.getModule());
        try {
            return MethodHandles.privateLookupIn(record, MethodHandles.lookup());
        } catch (IllegalAccessException e) {
            return MethodHandles.lookup(); // suffices for a public record of an exported package
        }
    }

    public static <T> RecordCodec<T> of(
            Class<T> record, StructLayout layout, StructShape shape, MethodHandles.Lookup lookup) {
        try {
            return new RecordCodec<>(shape, RecordAccessMaker.make(record, layout, lookup));
        } catch (ReflectiveOperationException e) {
            throw notAccessible(record, e);
        }
    }

    static IllegalArgumentException notAccessible(Class<?> record, ReflectiveOperationException cause) {
        return new IllegalArgumentException(
                record.getName() + " is not accessible: " + cause.getMessage()
                        + "; give Type.record a MethodHandles.lookup() of code that can access it",
                cause);
    }

    /** Returns a component that generated code has read from its record, if it is not null. */
    static Object requireComponent(@Nullable Object component, String name, String record) {
        if (component == null) {
            throw new NullPointerException("component " + name + " of " + record
                    + " is null: to store null, annotate the component with a @Nullable that is kept at run time,"
                    + " such as that of JSpecify, or make it an Optional");
        }
        return component;
    }

    @Override
    public void encode(T object, EncodedBytes to) {
        to.own(shape.bytes());
        write(object, to.bytes, 0);
    }

    @Override
    public void append(T object, EncodedBytes to) {
        int at = to.append(shape.bytes());
        write(object, to.bytes, at);
    }

    private void write(T object, byte[] target, int index) {
        Arrays.fill(target, index, index + shape.bytes(), (byte) 0); // padding
        try {
            access.write(target, index, object);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    public T decode(EncodedBytes from) {
        return read(from.bytes, from.from);
    }

    @Override
    public T read(ByteCursor from, int length) {
        return read(from.bytes, from.take(length));
    }

    @SuppressWarnings("unchecked") // access.read calls T's constructor
    private T read(byte[] bytes, int index) {
        try {
            return (T) access.read(bytes, index);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // access.read calls T's constructor
    public T decodeAt(MemorySegment memory, long address, int length) {
        try {
            return (T) access.read(memory, address);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    public void clearPadding(MemorySegment object) {
        shape.clearPadding(object);
    }

    /**
     * Throws an Error, and returns any other throwable of a record's constructor or accessor as an
     * unchecked exception.
     */
    static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime
                ? runtime
                : new IllegalStateException("a record's own code failed", e);
    }

    @Override
    public boolean runsCallersCode() {
        return true;
    }
}
