package io.memmap.codec;

import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_Object;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A hidden class that is generated for one record class. It calls the record's constructor and
 * accessors through method handles that are constants of the hidden class, so that the JIT compiler
 * can inline them. In the types of these handles Object stands for every class, because the loader
 * of this package need not know the record's class.
 */
final class AccessClass {
    private final MethodHandles.Lookup lookup;
    private final List<Object> constants = new ArrayList<>();

    /**
     * Makes a generator.
     *
     * @param lookup a lookup with access to the record class
     */
    AccessClass(MethodHandles.Lookup lookup) {
        this.lookup = lookup;
    }

    /** An object that is the {@code index}-th constant of the generated class. */
    record Constant(int index, ClassDesc type) {
        void load(CodeBuilder code) {
            code.loadConstant(DynamicConstantDesc.ofNamed(
                    ConstantDescs.ofConstantBootstrap(
                            describe(MethodHandles.class), "classDataAt", CD_Object, ConstantDescs.CD_int),
                    ConstantDescs.DEFAULT_NAME,
                    type,
                    index));
        }
    }

    /** A constant that is a method handle. */
    record Handle(Constant constant, MethodType type) {
        void load(CodeBuilder code) {
            constant.load(code);
        }

        void invoke(CodeBuilder code) {
            code.invokevirtual(CD_MethodHandle, "invokeExact", descriptor(type));
        }
    }

    Handle accessor(Class<?> record, RecordComponent component) throws ReflectiveOperationException {
        return handle(lookup.findVirtual(record, component.getName(), MethodType.methodType(component.getType())));
    }

    Handle constructor(Class<?> record) throws ReflectiveOperationException {
        var types = new ArrayList<Class<?>>();
        for (RecordComponent component : record.getRecordComponents()) {
            types.add(component.getType());
        }
        MethodType type = MethodType.methodType(void.class, types);
        MethodHandle constructor = lookup.findConstructor(record, type);
        return handle(factory(record, type).orElse(constructor));
    }

    /**
     * Returns a method that does the same as the constructor of this type, by the bytecode
     * {@code new}. It is in a hidden class beside the record. The handle of a constructor allocates
     * through {@code Unsafe}, which takes more machine code. Returns nothing if the lookup does not
     * permit a class there, or if the class could not name the record or a component.
     */
    private Optional<MethodHandle> factory(Class<?> record, MethodType type) throws ReflectiveOperationException {
        Optional<ClassDesc> named = record.describeConstable();
        Optional<MethodTypeDesc> parameters = type.describeConstable();
        if (named.isEmpty() || parameters.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytecode = ClassFile.of()
                .build(
                        ClassDesc.of(record.getName() + "Factory"),
                        beside -> beside.withFlags(ClassFile.ACC_FINAL)
                                .withMethodBody(
                                        "make",
                                        parameters.get().changeReturnType(named.get()),
                                        ClassFile.ACC_STATIC,
                                        code -> {
                                            code.new_(named.get()).dup();
                                            for (int i = 0; i < type.parameterCount(); i++) {
                                                code.loadLocal(
                                                        TypeKind.from(type.parameterType(i)), code.parameterSlot(i));
                                            }
                                            code.invokespecial(named.get(), ConstantDescs.INIT_NAME, parameters.get())
                                                    .areturn();
                                        }));
        try {
            MethodHandles.Lookup inRecord = MethodHandles.privateLookupIn(record, lookup);
            MethodHandles.Lookup inFactory =
                    inRecord.defineHiddenClass(bytecode, false, MethodHandles.Lookup.ClassOption.NESTMATE);
            return Optional.of(inFactory.findStatic(inFactory.lookupClass(), "make", type.changeReturnType(record)));
        } catch (IllegalAccessException denied) {
            return Optional.empty();
        }
    }

    private Handle handle(MethodHandle handle) {
        MethodHandle erased = handle.asType(handle.type().erase());
        return new Handle(constant(erased, MethodHandle.class), erased.type());
    }

    /** Adds an object to the constants of the class. */
    Constant constant(Object object, Class<?> type) {
        constants.add(object);
        return new Constant(constants.size() - 1, describe(type));
    }

    /** Defines the class, which implements an interface, and returns an object of it. */
    <T> T make(Class<T> implemented, Consumer<ClassBuilder> methods) throws ReflectiveOperationException {
        byte[] bytecode = ClassFile.of().build(ClassDesc.of(implemented.getName() + "OfRecord"), type -> {
            type.withFlags(ClassFile.ACC_FINAL)
                    .withInterfaceSymbols(describe(implemented))
                    .withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            0,
                            code -> code.aload(0)
                                    .invokespecial(CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                    .return_());
            methods.accept(type);
        });
        Class<?> hidden = MethodHandles.lookup()
                .defineHiddenClassWithClassData(bytecode, List.copyOf(constants), true)
                .lookupClass();
        return implemented.cast(hidden.getDeclaredConstructor().newInstance());
    }

    /** Turns the word on the stack, from {@code Mem.getWord}, into a primitive. */
    static void fromWord(TypeKind kind, CodeBuilder code) {
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

    /**
     * Turns the primitive on the stack into a word for {@code Mem.setWord}.
     *
     * @param oneNan whether all NaNs become the same word
     */
    static void toWord(TypeKind kind, boolean oneNan, CodeBuilder code) {
        switch (kind) {
            case LONG -> {}
            case DOUBLE ->
                code.invokestatic(
                        describe(Double.class),
                        oneNan ? "doubleToLongBits" : "doubleToRawLongBits",
                        descriptor(long.class, double.class));
            case FLOAT -> {
                code.invokestatic(
                        describe(Float.class),
                        oneNan ? "floatToIntBits" : "floatToRawIntBits",
                        descriptor(int.class, float.class));
                code.i2l();
            }
            default -> code.i2l();
        }
    }

    static MethodTypeDesc descriptor(Class<?> returned, Class<?>... parameters) {
        return descriptor(MethodType.methodType(returned, parameters));
    }

    private static MethodTypeDesc descriptor(MethodType type) {
        return type.describeConstable().orElseThrow(); // the loader of this package knows its classes
    }

    static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
