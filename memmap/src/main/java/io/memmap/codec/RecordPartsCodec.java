package io.memmap.codec;

import java.lang.invoke.MethodHandles;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A codec of records that vary in size. It stores the components one after another, each as a
 * {@link Part}.
 *
 * @param type the name of the type, for messages
 * @param access reads and writes the components
 * @param hashesIdentity whether a component does so
 * @param <T> the record
 */
public record RecordPartsCodec<T>(String type, RecordParts access, boolean hashesIdentity)
        implements Codec.Appending<T> {
    /**
     * Returns a codec of the records of a class.
     *
     * @param type the name of the type
     * @param parts the types of the components
     * @param lookup a lookup with access to the class
     */
    public static <T> RecordPartsCodec<T> of(
            String type, Class<T> record, List<? extends Part<?>> parts, MethodHandles.Lookup lookup) {
        try {
            return new RecordPartsCodec<>(
                    type,
                    RecordPartsMaker.make(record, parts, lookup),
                    parts.stream().anyMatch(part -> part.codec().hashesIdentity()));
        } catch (ReflectiveOperationException e) {
            throw RecordCodec.notAccessible(record, e);
        }
    }

    /** Appends a component that generated code has read from its record. */
    @SuppressWarnings("NullAway") // a codec that accepts null gets it
    static void append(Part<Object> part, @Nullable Object component, String name, String record, EncodedBytes to) {
        if (!part.codec().acceptsNull()) {
            RecordCodec.requireComponent(component, name, record);
        }
        part.append(component, to);
    }

    @Override
    public void append(T object, EncodedBytes to) {
        try {
            access.write(to, object);
        } catch (Throwable e) {
            throw RecordCodec.unchecked(e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // access.read calls T's constructor
    public T read(ByteCursor from, int length) {
        try {
            return (T) access.read(from);
        } catch (Throwable e) {
            throw RecordCodec.unchecked(e);
        }
    }

    @Override
    public boolean runsCallersCode() {
        return true;
    }
}
