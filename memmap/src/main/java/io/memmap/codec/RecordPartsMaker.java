package io.memmap.codec;

import static io.memmap.codec.AccessClass.describe;
import static io.memmap.codec.AccessClass.descriptor;

import io.memmap.format.Mem;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generates an implementation of {@link RecordParts} for one record class. Its methods are
 * straight-line code. They read and write each primitive through {@link Mem}, and any other
 * component through its codec, which is a constant of the class.
 */
final class RecordPartsMaker {
    private static final ClassDesc MEM = describe(Mem.class);
    private static final ClassDesc CURSOR = describe(ByteCursor.class);
    private static final ClassDesc ENCODED = describe(EncodedBytes.class);
    private static final ClassDesc BYTES = describe(byte[].class);
    private static final ClassDesc PART = describe(Part.class);

    /** Local variables of the methods: what to read from or write to, and the record to write. */
    private static final int STREAM = 1;

    private static final int RECORD = 2;

    /**
     * A record component.
     *
     * @param part the constant that encodes and decodes the component; null for a primitive
     */
    private record Component(
            String name, AccessClass.Handle accessor, TypeKind kind, AccessClass.@Nullable Constant part) {}

    private RecordPartsMaker() {}

    /**
     * Returns an object that reads and writes the records of a class.
     *
     * @param parts one for each component; not used for primitives
     * @param lookup a lookup with access to the class
     */
    static RecordParts make(Class<?> record, List<? extends Part<?>> parts, MethodHandles.Lookup lookup)
            throws ReflectiveOperationException {
        var access = new AccessClass(lookup);
        var components = new ArrayList<Component>();
        for (RecordComponent component : record.getRecordComponents()) {
            Part<?> part = parts.get(components.size());
            components.add(new Component(
                    component.getName(),
                    access.accessor(record, component),
                    TypeKind.from(component.getType()),
                    component.getType().isPrimitive() ? null : access.constant(part, Part.class)));
        }
        AccessClass.Handle constructor = access.constructor(record);
        return access.make(
                RecordParts.class,
                type -> type.withMethodBody(
                                "read",
                                descriptor(Object.class, ByteCursor.class),
                                ClassFile.ACC_PUBLIC,
                                code -> read(components, constructor, code))
                        .withMethodBody(
                                "write",
                                descriptor(void.class, EncodedBytes.class, Object.class),
                                ClassFile.ACC_PUBLIC,
                                code -> write(components, record.getName(), code)));
    }

    private static void read(List<Component> components, AccessClass.Handle constructor, CodeBuilder code) {
        constructor.load(code);
        for (Component component : components) {
            if (component.part() != null) {
                component.part().load(code);
                code.aload(STREAM).invokevirtual(PART, "read", descriptor(Object.class, ByteCursor.class));
            } else {
                int bytes = bytes(component.kind());
                code.aload(STREAM)
                        .getfield(CURSOR, "bytes", BYTES)
                        .aload(STREAM)
                        .loadConstant(bytes)
                        .invokevirtual(CURSOR, "take", descriptor(int.class, int.class))
                        .loadConstant(bytes)
                        .invokestatic(MEM, "getWord", descriptor(long.class, byte[].class, int.class, int.class));
                AccessClass.fromWord(component.kind(), code);
            }
        }
        constructor.invoke(code);
        code.areturn();
    }

    private static void write(List<Component> components, String record, CodeBuilder code) {
        for (Component component : components) {
            if (component.part() != null) {
                component.part().load(code);
                get(component, code);
                code.loadConstant(component.name())
                        .loadConstant(record)
                        .aload(STREAM)
                        .invokestatic(
                                describe(RecordPartsCodec.class),
                                "append",
                                descriptor(
                                        void.class,
                                        Part.class,
                                        Object.class,
                                        String.class,
                                        String.class,
                                        EncodedBytes.class));
            } else {
                int bytes = bytes(component.kind());
                int word = code.allocateLocal(TypeKind.LONG);
                get(component, code);
                AccessClass.toWord(component.kind(), true, code);
                code.lstore(word);
                int index = code.allocateLocal(TypeKind.INT);
                code.aload(STREAM)
                        .loadConstant(bytes)
                        .invokevirtual(ENCODED, "append", descriptor(int.class, int.class))
                        .istore(index);
                code.aload(STREAM)
                        .getfield(ENCODED, "bytes", BYTES)
                        .iload(index)
                        .loadConstant(bytes)
                        .lload(word)
                        .invokestatic(
                                MEM, "setWord", descriptor(void.class, byte[].class, int.class, int.class, long.class));
            }
        }
        code.return_();
    }

    private static void get(Component component, CodeBuilder code) {
        component.accessor().load(code);
        code.aload(RECORD);
        component.accessor().invoke(code);
    }

    private static int bytes(TypeKind kind) {
        return switch (kind) {
            case LONG, DOUBLE -> Long.BYTES;
            case SHORT, CHAR -> Short.BYTES;
            case BYTE, BOOLEAN -> Byte.BYTES;
            default -> Integer.BYTES;
        };
    }
}
