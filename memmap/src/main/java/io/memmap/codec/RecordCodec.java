package io.memmap.codec;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.RecordComponent;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

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

    /** Returns the layout of a C struct whose members are the record's components. */
    public static StructLayout layoutOf(Class<?> record) {
        if (!record.isRecord()) {
            throw new IllegalArgumentException(record.getName() + " is not a record");
        }
        return layoutOf(record, new ArrayDeque<>());
    }

    /**
     * Returns the layout of a record that is nested in records of the {@code enclosing} classes.
     */
    private static StructLayout layoutOf(Class<?> record, Deque<Class<?>> enclosing) {
        enclosing.push(record);
        var members = new ArrayList<MemoryLayout>();
        long offset = 0;
        long alignment = 1;
        for (RecordComponent component : record.getRecordComponents()) {
            MemoryLayout member = memberOf(record, component, enclosing);
            offset = pad(members, offset, member.byteAlignment());
            members.add(member.withName(component.getName()));
            offset += member.byteSize();
            alignment = Math.max(alignment, member.byteAlignment());
        }
        pad(members, offset, alignment);
        enclosing.pop();
        return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout memberOf(Class<?> record, RecordComponent component, Deque<Class<?>> enclosing) {
        Class<?> type = component.getType();
        ValueLayout primitive = PRIMITIVES.get(type);
        if (primitive != null) {
            return primitive;
        }
        String what = "component " + component.getName() + " of " + record.getName() + " is a " + type.getTypeName();
        if (!type.isRecord()) {
            throw new IllegalArgumentException(what + ": a component must be a primitive, or a record of primitives");
        }
        if (enclosing.contains(type)) {
            throw new IllegalArgumentException(what + ", which contains it: the struct would have no end");
        }
        return layoutOf(type, enclosing);
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
            throw new IllegalArgumentException(
                    record.getName() + " is not accessible: " + e.getMessage()
                            + "; give Type.record a MethodHandles.lookup() of code that can access it",
                    e);
        }
    }

    @Override
    public void encode(T object, EncodedBytes to) {
        byte[] target = to.own(shape.bytes());
        Arrays.fill(target, 0, shape.bytes(), (byte) 0); // padding
        try {
            access.write(target, object);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // access.read calls T's constructor
    public T decode(EncodedBytes from) {
        try {
            return (T) access.read(from.bytes, from.from);
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
    private static RuntimeException unchecked(Throwable e) {
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
