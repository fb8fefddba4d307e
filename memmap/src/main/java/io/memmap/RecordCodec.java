package io.memmap;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.RecordComponent;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Records as structs. The method handles that read and write one are put together when the type is made, from its constructor,
 * its accessors and views of byte arrays; an operation only invokes them.
 *
 * @param reader (byte[])T
 * @param writer (byte[], T)void
 */
record RecordCodec<T>(StructShape shape, MethodHandle reader, MethodHandle writer) implements Codec<T> {
    private static final Map<Class<?>, ValueLayout> PRIMITIVES = Map.of(
            long.class, ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN),
            int.class, ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN),
            short.class, ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN),
            byte.class, ValueLayout.JAVA_BYTE,
            char.class, ValueLayout.JAVA_CHAR.withOrder(ByteOrder.LITTLE_ENDIAN),
            boolean.class, ValueLayout.JAVA_BOOLEAN,
            float.class, ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN),
            double.class, ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.LITTLE_ENDIAN));

    /** Returns the layout of a C struct with these members. */
    static StructLayout layoutOf(Class<?> record) {
        if (!record.isRecord()) {
            throw new IllegalArgumentException(record.getName() + " is no record");
        }
        return layoutOf(record, new ArrayDeque<>());
    }

    /** Returns the layout of a record that is in records of these classes. */
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
            throw new IllegalArgumentException(what + ": a record type holds primitives and records of them");
        }
        if (enclosing.contains(type)) {
            throw new IllegalArgumentException(what + ", which it is in: such a struct has no end");
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

    /** Returns what this module has access to a record with. */
    static MethodHandles.Lookup lookupIn(Class<?> record) {
        RecordCodec.class.getModule().addReads(record.getModule());
        try {
            return MethodHandles.privateLookupIn(record, MethodHandles.lookup());
        } catch (IllegalAccessException e) {
            return MethodHandles.lookup(); // does for a public record of an exported package
        }
    }

    static <T> RecordCodec<T> of(Class<T> record, StructLayout layout, StructShape shape, MethodHandles.Lookup lookup) {
        try {
            MethodHandle reader = reader(record, layout, 0, lookup);
            MethodHandle writer = writer(record, layout, 0, lookup);
            return new RecordCodec<>(
                    shape,
                    reader.asType(MethodType.methodType(Object.class, byte[].class)),
                    writer.asType(MethodType.methodType(void.class, byte[].class, Object.class)));
        } catch (IllegalAccessException | NoSuchMethodException e) {
            throw new IllegalArgumentException(
                    record.getName() + " is not accessible: " + e.getMessage()
                            + "; give Type.record a MethodHandles.lookup() of code that can access it",
                    e);
        }
    }

    /** Returns a handle (byte[])record. */
    private static MethodHandle reader(Class<?> record, StructLayout layout, int offset, MethodHandles.Lookup lookup)
            throws NoSuchMethodException, IllegalAccessException {
        RecordComponent[] components = record.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        MethodHandle make = lookup.findConstructor(record, MethodType.methodType(void.class, types));
        if (components.length == 0) {
            return MethodHandles.dropArguments(make, 0, byte[].class);
        }
        MethodHandle[] fields = new MethodHandle[components.length];
        for (int i = 0; i < components.length; i++) {
            MemoryLayout.PathElement path = MemoryLayout.PathElement.groupElement(components[i].getName());
            int at = offset + (int) layout.byteOffset(path);
            fields[i] = types[i].isRecord()
                    ? reader(types[i], (StructLayout) layout.select(path), at, lookup)
                    : field(types[i], at, VarHandle.AccessMode.GET);
        }
        MethodHandle ofManyArrays = MethodHandles.filterArguments(make, 0, fields);
        return MethodHandles.permuteArguments(
                ofManyArrays, MethodType.methodType(record, byte[].class), new int[components.length]);
    }

    /** Returns a handle (byte[], record)void. */
    private static MethodHandle writer(Class<?> record, StructLayout layout, int offset, MethodHandles.Lookup lookup)
            throws NoSuchMethodException, IllegalAccessException {
        MethodHandle all = MethodHandles.empty(MethodType.methodType(void.class, byte[].class, record));
        for (RecordComponent component : record.getRecordComponents()) {
            Class<?> type = component.getType();
            MemoryLayout.PathElement path = MemoryLayout.PathElement.groupElement(component.getName());
            int at = offset + (int) layout.byteOffset(path);
            MethodHandle write = type.isRecord()
                    ? writer(type, (StructLayout) layout.select(path), at, lookup)
                    : field(type, at, VarHandle.AccessMode.SET);
            MethodHandle read = lookup.findVirtual(record, component.getName(), MethodType.methodType(type));
            all = MethodHandles.foldArguments(MethodHandles.filterArguments(write, 1, read), all);
        }
        return all;
    }

    /** Returns a handle that reads a primitive at this offset, (byte[])type, or writes it, (byte[], type)void. */
    private static MethodHandle field(Class<?> type, int offset, VarHandle.AccessMode mode) {
        if (type == byte.class) {
            VarHandle bytes = MethodHandles.arrayElementVarHandle(byte[].class);
            return MethodHandles.insertArguments(bytes.toMethodHandle(mode), 1, offset);
        }
        if (type == boolean.class) {
            VarHandle bytes = MethodHandles.arrayElementVarHandle(byte[].class);
            MethodHandle access = MethodHandles.insertArguments(bytes.toMethodHandle(mode), 1, offset);
            return MethodHandles.explicitCastArguments(
                    access,
                    mode == VarHandle.AccessMode.GET
                            ? access.type().changeReturnType(boolean.class)
                            : access.type().changeParameterType(1, boolean.class));
        }
        VarHandle view = MethodHandles.byteArrayViewVarHandle(type.arrayType(), ByteOrder.LITTLE_ENDIAN);
        return MethodHandles.insertArguments(view.toMethodHandle(mode), 1, offset);
    }

    @Override
    public void encode(T object, Encoded to, NativeHeap heap) {
        byte[] target = to.own(shape.bytes());
        Arrays.fill(target, 0, shape.bytes(), (byte) 0); // padding
        try {
            writer.invokeExact(target, (Object) object);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the reader calls T's constructor
    public T decode(Encoded from, NativeHeap heap) {
        try {
            byte[] source =
                    from.from == 0 ? from.bytes : Arrays.copyOfRange(from.bytes, from.from, from.from + from.length);
            return (T) reader.invokeExact(source);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    @Override
    public void clearPadding(MemorySegment object) {
        shape.clearPadding(object);
    }

    /** Passes on what a record's constructor or accessor has thrown. */
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
