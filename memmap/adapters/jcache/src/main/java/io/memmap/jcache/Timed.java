package io.memmap.jcache;

import io.memmap.Type;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A value of a cache as the map has it. The deadline comes first in the bytes, so it can be changed
 * where it lies.
 *
 * @param <S> the class of the stored values
 * @param deadline when the value expires; {@link Expiry} defines it
 * @param value the stored value
 */
record Timed<S>(long deadline, S value) {
    private static final ValueLayout.OfLong DEADLINE =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static <S> Type<Timed<S>> type(Type<S> valueType) {
        return Type.of(
                "jcache",
                Timed.class,
                (timed, to) -> to.putLong(timed.deadline).put(valueType, timed.value),
                from -> new Timed<>(from.getLong(), from.get(valueType)));
    }

    /** Returns the deadline that the bytes of a value begin with. */
    static long deadline(MemorySegment bytes) {
        return bytes.get(DEADLINE, 0);
    }

    static void setDeadline(MemorySegment bytes, long deadline) {
        bytes.set(DEADLINE, 0, deadline);
    }
}
