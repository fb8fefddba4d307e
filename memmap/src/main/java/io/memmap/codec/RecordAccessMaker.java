package io.memmap.codec;

import static io.memmap.codec.AccessClass.describe;
import static io.memmap.codec.AccessClass.descriptor;

import io.memmap.format.Mem;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Generates an implementation of {@link RecordAccess} for one record class. Its methods are
 * straight-line code. They access each primitive of the struct through {@link Mem} at a constant
 * offset.
 */
final class RecordAccessMaker {
    private static final ClassDesc MEM = describe(Mem.class);
    private static final Class<?> MEMORY = MemorySegment.class;
    /**
     * Local variables of {@link RecordAccess#write}. In both read methods, the first local variable
     * is the memory or array to read.
     */
    private static final int BYTES = 1;

    private static final int INDEX = 2;
    private static final int RECORD = 3;

    /** A record class, with the handle that makes a record from its components. */
    private record Shape(String name, AccessClass.Handle constructor, List<Component> components) {}

    /**
     * A record component: the handle that reads it from its record, and its place in the struct.
     *
     * @param shape the component's record class; null for a primitive
     */
    private record Component(
            String name,
            AccessClass.Handle accessor,
            TypeKind kind,
            int offset,
            int bytes,
            @Nullable Shape shape) {}

    private final AccessClass access;

    private RecordAccessMaker(AccessClass access) {
        this.access = access;
    }

    /**
     * Returns an object that reads and writes the records of a class.
     *
     * @param lookup a lookup with access to the class
     * @param layout the layout from {@link RecordCodec#layoutOf}
     */
    static RecordAccess make(Class<?> record, StructLayout layout, MethodHandles.Lookup lookup)
            throws ReflectiveOperationException {
        var access = new AccessClass(lookup);
        Shape shape = new RecordAccessMaker(access).shape(record, layout, 0);
        return access.make(
                RecordAccess.class,
                type -> type.withMethodBody(
                                "read",
                                descriptor(Object.class, MEMORY, long.class),
                                ClassFile.ACC_PUBLIC,
                                code -> read(shape, MEMORY, long.class, code))
                        .withMethodBody(
                                "read",
                                descriptor(Object.class, byte[].class, int.class),
                                ClassFile.ACC_PUBLIC,
                                code -> read(shape, byte[].class, int.class, code))
                        .withMethodBody(
                                "write",
                                descriptor(void.class, byte[].class, int.class, Object.class),
                                ClassFile.ACC_PUBLIC,
                                code -> {
                                    write(shape, RECORD, code);
                                    code.return_();
                                }));
    }

    private Shape shape(Class<?> record, StructLayout layout, int offset) throws ReflectiveOperationException {
        var components = new ArrayList<Component>();
        for (RecordComponent component : record.getRecordComponents()) {
            Class<?> type = component.getType();
            PathElement path = PathElement.groupElement(component.getName());
            int at = offset + (int) layout.byteOffset(path);
            components.add(new Component(
                    component.getName(),
                    access.accessor(record, component),
                    TypeKind.from(type),
                    at,
                    (int) layout.select(path).byteSize(),
                    type.isRecord() ? shape(type, (StructLayout) layout.select(path), at) : null));
        }
        return new Shape(record.getName(), access.constructor(record), components);
    }

    // ------------------------------------------------------------------------------------- reading

    private static void read(Shape shape, Class<?> memory, Class<?> index, CodeBuilder code) {
        var primitives = new ArrayDeque<Integer>();
        load(shape, memory, index, primitives, code);
        construct(shape, primitives, code);
        code.areturn();
    }

    /**
     * Loads all primitives of a struct into new local variables, and appends these to
     * {@code primitives} in order.
     */
    private static void load(
            Shape shape, Class<?> memory, Class<?> index, Queue<Integer> primitives, CodeBuilder code) {
        for (Component component : shape.components()) {
            if (component.shape() != null) {
                load(component.shape(), memory, index, primitives, code);
                continue;
            }
            code.loadLocal(TypeKind.from(memory), BYTES);
            code.loadLocal(TypeKind.from(index), BYTES + TypeKind.from(memory).slotSize());
            if (index == long.class) {
                code.loadConstant((long) component.offset()).ladd();
            } else {
                code.loadConstant(component.offset()).iadd();
            }
            code.loadConstant(component.bytes());
            code.invokestatic(MEM, "getWord", descriptor(long.class, memory, index, int.class));
            AccessClass.fromWord(component.kind(), code);
            int local = code.allocateLocal(component.kind());
            code.storeLocal(component.kind(), local);
            primitives.add(local);
        }
    }

    /** Makes a record from the first primitives of the queue, and removes these. */
    private static void construct(Shape shape, Queue<Integer> primitives, CodeBuilder code) {
        shape.constructor().load(code);
        for (Component component : shape.components()) {
            if (component.shape() != null) {
                construct(component.shape(), primitives, code);
            } else {
                code.loadLocal(component.kind(), primitives.remove());
            }
        }
        shape.constructor().invoke(code);
    }

    // ------------------------------------------------------------------------------------- writing

    private static void write(Shape shape, int record, CodeBuilder code) {
        for (Component component : shape.components()) {
            if (component.shape() != null) {
                int inner = code.allocateLocal(TypeKind.REFERENCE);
                get(component, record, code);
                code.loadConstant(component.name())
                        .loadConstant(shape.name())
                        .invokestatic(
                                describe(RecordCodec.class),
                                "requireComponent",
                                descriptor(Object.class, Object.class, String.class, String.class))
                        .astore(inner);
                write(component.shape(), inner, code);
                continue;
            }
            code.aload(BYTES)
                    .iload(INDEX)
                    .loadConstant(component.offset())
                    .iadd()
                    .loadConstant(component.bytes());
            get(component, record, code);
            AccessClass.toWord(component.kind(), false, code);
            code.invokestatic(MEM, "setWord", descriptor(void.class, byte[].class, int.class, int.class, long.class));
        }
    }

    private static void get(Component component, int record, CodeBuilder code) {
        component.accessor().load(code);
        code.aload(record);
        component.accessor().invoke(code);
    }
}
