package io.memmap.codec;

import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_Object;

import io.memmap.format.Mem;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Generates an implementation of {@link RecordAccess} for one record class: a hidden class. Its
 * methods are straight-line code. They access each primitive of the struct through {@link Mem} at a
 * constant offset, and call each constructor and accessor through a method handle that is a
 * constant of the class. In the types of these handles Object stands for a record, because the
 * loader of this package need not know the record's class.
 */
final class RecordAccessMaker {
    private static final ClassDesc MEM = describe(Mem.class);
    private static final Class<?> MEMORY = MemorySegment.class;
    /**
     * Local variables of {@link RecordAccess#write}. In both read methods, the first local variable
     * is the memory or array to read.
     */
    private static final int BYTES = 1;

    private static final int RECORD = 2;

    /** A record class, with the constant that makes a record from its components. */
    private record Shape(Constant constructor, List<Component> components) {}

    /**
     * A record component: the constant that reads it from its record, and its place in the struct.
     *
     * @param shape the component's record class; null for a primitive
     */
    private record Component(
            Constant accessor,
            TypeKind kind,
            int offset,
            int bytes,
            @Nullable Shape shape) {}

    /** A method handle that is the {@code index}-th constant of the generated class. */
    private record Constant(int index, MethodType type) {
        void load(CodeBuilder code) {
            code.loadConstant(DynamicConstantDesc.ofNamed(
                    ConstantDescs.ofConstantBootstrap(
                            describe(MethodHandles.class), "classDataAt", CD_Object, ConstantDescs.CD_int),
                    ConstantDescs.DEFAULT_NAME,
                    CD_MethodHandle,
                    index));
        }

        void invoke(CodeBuilder code) {
            code.invokevirtual(CD_MethodHandle, "invokeExact", descriptor(type));
        }
    }

    private final MethodHandles.Lookup lookup;
    private final List<MethodHandle> constants = new ArrayList<>();

    private RecordAccessMaker(MethodHandles.Lookup lookup) {
        this.lookup = lookup;
    }

    /**
     * Returns an object that reads and writes the records of a class.
     *
     * @param lookup a lookup with access to the class
     * @param layout the layout from {@link RecordCodec#layoutOf}
     */
    static RecordAccess make(Class<?> record, StructLayout layout, MethodHandles.Lookup lookup)
            throws ReflectiveOperationException {
        var maker = new RecordAccessMaker(lookup);
        byte[] bytecode = bytecode(maker.shape(record, layout, 0));
        Class<?> access = MethodHandles.lookup()
                .defineHiddenClassWithClassData(bytecode, List.copyOf(maker.constants), true)
                .lookupClass();
        return (RecordAccess) access.getDeclaredConstructor().newInstance();
    }

    private Shape shape(Class<?> record, StructLayout layout, int offset) throws ReflectiveOperationException {
        var types = new ArrayList<Class<?>>();
        var components = new ArrayList<Component>();
        for (RecordComponent component : record.getRecordComponents()) {
            Class<?> type = component.getType();
            types.add(type);
            PathElement path = PathElement.groupElement(component.getName());
            int at = offset + (int) layout.byteOffset(path);
            components.add(new Component(
                    constant(lookup.findVirtual(record, component.getName(), MethodType.methodType(type))),
                    TypeKind.from(type),
                    at,
                    (int) layout.select(path).byteSize(),
                    type.isRecord() ? shape(type, (StructLayout) layout.select(path), at) : null));
        }
        return new Shape(
                constant(lookup.findConstructor(record, MethodType.methodType(void.class, types))), components);
    }

    private Constant constant(MethodHandle handle) {
        MethodHandle erased = handle.asType(handle.type().erase());
        constants.add(erased);
        return new Constant(constants.size() - 1, erased.type());
    }

    private static byte[] bytecode(Shape shape) {
        return ClassFile.of()
                .build(
                        ClassDesc.of(RecordAccess.class.getName() + "OfRecord"),
                        type -> type.withFlags(ClassFile.ACC_FINAL)
                                .withInterfaceSymbols(describe(RecordAccess.class))
                                .withMethodBody(
                                        ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void,
                                        0,
                                        code -> code.aload(0)
                                                .invokespecial(
                                                        CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                                .return_())
                                .withMethodBody(
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
                                        descriptor(void.class, byte[].class, Object.class),
                                        ClassFile.ACC_PUBLIC,
                                        code -> {
                                            write(shape, RECORD, code);
                                            code.return_();
                                        }));
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
            fromWord(component.kind(), code);
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

    private static void fromWord(TypeKind kind, CodeBuilder code) {
        switch (kind) {
            case LONG -> {}
            case DOUBLE ->
                code.invokestatic(describe(Double.class), "longBitsToDouble", descriptor(double.class, long.class));
            case FLOAT -> {
                code.l2i();
                code.invokestatic(describe(Float.class), "intBitsToFloat", descriptor(float.class, int.class));
            }
            default -> {
                code.l2i();
                if (kind != TypeKind.INT) {
                    code.conversion(TypeKind.INT, kind);
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------- writing

    private static void write(Shape shape, int record, CodeBuilder code) {
        for (Component component : shape.components()) {
            if (component.shape() != null) {
                int inner = code.allocateLocal(TypeKind.REFERENCE);
                get(component, record, code);
                code.astore(inner);
                write(component.shape(), inner, code);
                continue;
            }
            code.aload(BYTES).loadConstant(component.offset()).loadConstant(component.bytes());
            get(component, record, code);
            toWord(component.kind(), code);
            code.invokestatic(MEM, "setWord", descriptor(void.class, byte[].class, int.class, int.class, long.class));
        }
    }

    private static void get(Component component, int record, CodeBuilder code) {
        component.accessor().load(code);
        code.aload(record);
        component.accessor().invoke(code);
    }

    private static void toWord(TypeKind kind, CodeBuilder code) {
        switch (kind) {
            case LONG -> {}
            case DOUBLE ->
                code.invokestatic(describe(Double.class), "doubleToRawLongBits", descriptor(long.class, double.class));
            case FLOAT -> {
                code.invokestatic(describe(Float.class), "floatToRawIntBits", descriptor(int.class, float.class));
                code.i2l();
            }
            default -> code.i2l();
        }
    }

    private static MethodTypeDesc descriptor(Class<?> returned, Class<?>... parameters) {
        return descriptor(MethodType.methodType(returned, parameters));
    }

    private static MethodTypeDesc descriptor(MethodType type) {
        return type.describeConstable().orElseThrow(); // all of its classes are in the JDK
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
