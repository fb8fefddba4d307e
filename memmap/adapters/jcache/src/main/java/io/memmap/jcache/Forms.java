package io.memmap.jcache;

import io.memmap.Type;
import java.io.Serializable;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;

/** Chooses the form of keys and values by their class. */
final class Forms {
    /** Objects that are equal by {@code equals} exactly if their bytes are. */
    private static final Map<Class<?>, Type<?>> EXACT = Map.ofEntries(
            Map.entry(String.class, Type.UTF8),
            Map.entry(Long.class, Type.LONG),
            Map.entry(Integer.class, Type.INT),
            Map.entry(Short.class, Type.SHORT),
            Map.entry(Byte.class, Type.BYTE),
            Map.entry(Character.class, Type.CHAR),
            Map.entry(Boolean.class, Type.BOOLEAN),
            Map.entry(UUID.class, Type.UUID),
            Map.entry(Instant.class, Type.INSTANT),
            Map.entry(LocalDate.class, Type.LOCAL_DATE),
            Map.entry(LocalDateTime.class, Type.LOCAL_DATE_TIME),
            Map.entry(Duration.class, Type.DURATION),
            Map.entry(BigInteger.class, Type.BIG_INTEGER),
            Map.entry(BigDecimal.class, Type.BIG_DECIMAL),
            Map.entry(byte[].class, Type.BYTES));

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
