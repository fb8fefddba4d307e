package io.memmap.codec;

import java.util.ConcurrentModificationException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A type as a part of a composite type, such as the type of a list's elements. An object of a fixed
 * size is stored as its bytes. An object of variable size is a run: the number of its bytes as a
 * varint, and then its bytes.
 *
 * <p>A composite is compared by its bytes, as Java compares a list of doubles: a NaN equals a NaN.
 * So all NaNs in it get the same bytes.
 *
 * @param codec the codec of the type
 * @param bytes the number of bytes of each object; negative if objects vary in size
 * @param floats the floating-point fields of an object
 * @param javaClass the class of the objects; null if only the caller's code knows it
 * @param <T> the class of the objects
 */
public record Part<T>(
        Codec<T> codec,
        int bytes,
        List<StructShape.FloatField> floats,
        @Nullable Class<?> javaClass) {
    public boolean isVariable() {
        return bytes < 0;
    }

    /** Returns the least number of bytes that an object has as a part. */
    public int leastBytes() {
        return isVariable() ? 1 : bytes;
    }

    public void append(T object, EncodedBytes to) {
        if (isVariable()) {
            int run = to.beginRun();
            codec.append(object, to);
            to.endRun(run);
            return;
        }
        int at = to.length;
        codec.append(object, to);
        for (StructShape.FloatField field : floats) {
            if (field.isNan(to.bytes, at)) {
                field.setNan(to.bytes, at);
            }
        }
    }

    public T read(ByteCursor from) {
        if (!isVariable()) {
            return codec.read(from, bytes);
        }
        int length = from.readCount(1);
        int outer = from.enter(length);
        T object = codec.read(from, length);
        from.leave(outer);
        return object;
    }

    /** Returns whether an object, or null, is one of this type. */
    public boolean accepts(@Nullable Object object) {
        if (object == null) {
            return codec.acceptsNull();
        }
        return (javaClass == null || javaClass.isInstance(object)) && codec.accepts(object);
    }

    /** Throws if an object of a composite type is null and this type has no null. */
    public void requireObject(@Nullable Object object, String composite) {
        if (object == null && !codec.acceptsNull()) {
            throw new NullPointerException(
                    "a part of a " + composite + " is null: give the type of the part as Type.nullable");
        }
    }

    /** Throws if a collection did not have the number of parts that it said. */
    static void requireCount(int said, int found, String composite) {
        if (said != found) {
            throw new ConcurrentModificationException("a " + composite + " said that it has " + said
                    + " parts, but had " + found + " while it was encoded: no other code may change it meanwhile");
        }
    }
}
