package io.memmap.jcache;

import io.memmap.Type;
import java.io.Serializable;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;

/** Chooses the form of keys and values by their class. */
final class Forms {
    /** Objects that are equal by {@code equals} exactly if their bytes are. */
    private static final Map<Class<?>, Type<?>> EXACT = Map.of(
            String.class, Type.UTF8,
            Long.class, Type.LONG,
            Integer.class, Type.INT,
            Short.class, Type.SHORT,
            Byte.class, Type.BYTE,
            Character.class, Type.CHAR,
            Boolean.class, Type.BOOLEAN,
            UUID.class, Type.UUID,
            Instant.class, Type.INSTANT,
            byte[].class, Type.BYTES);

    private static final Map<Class<?>, Type<?>> FLOATING = Map.of(Double.class, Type.DOUBLE, Float.class, Type.FLOAT);

    private Forms() {}

    /**
     * Returns the form of keys of a class. memmap's own types of floating-point numbers are of no
     * use for keys: they take +0 and -0 as equal, and a NaN as equal to nothing.
     */
    static Form<?, ?> ofKeys(Class<?> keyClass, Serials serials) {
        Type<?> exact = EXACT.get(keyClass);
        if (exact != null) {
            return new Form.Direct<>(exact);
        }
        return isFlat(keyClass, false) ? ofRecord(keyClass, serials.forKeys()) : serials.forKeys();
    }

    static Form<?, ?> ofValues(Class<?> valueClass, Serials serials) {
        Type<?> type = EXACT.getOrDefault(valueClass, FLOATING.get(valueClass));
        if (type != null) {
            return new Form.Direct<>(type);
        }
        return isFlat(valueClass, true) || (valueClass.isRecord() && !Serializable.class.isAssignableFrom(valueClass))
                ? ofRecord(valueClass, serials.forValues())
                : serials.forValues();
    }

    private static Form<?, ?> ofRecord(Class<?> recordClass, Form<?, ?> serial) {
        try {
            return new Form.Direct<>(Type.record(recordClass.asSubclass(Record.class)));
        } catch (IllegalArgumentException e) { // this library may have no access to it
            if (Serializable.class.isAssignableFrom(recordClass)) {
                return serial;
            }
            throw e;
        }
    }

    /**
     * Returns whether a class is a record of primitives, or of such records. Then no component can
     * be null. The bytes of two such records are equal exactly if the records are, unless they have
     * floating-point numbers.
     */
    private static boolean isFlat(Class<?> candidate, boolean mayFloat) {
        return candidate.isRecord()
                && Arrays.stream(candidate.getRecordComponents())
                        .map(RecordComponent::getType)
                        .allMatch(part -> part.isPrimitive()
                                ? mayFloat || (part != double.class && part != float.class)
                                : isFlat(part, mayFloat));
    }
}
