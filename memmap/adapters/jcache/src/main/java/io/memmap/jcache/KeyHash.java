package io.memmap.jcache;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** Hashes stored keys, so that keys which are one key for the map have the same hash. */
final class KeyHash {
    /** Whether the hash code of a record may differ although the bytes are equal. */
    private static final ClassValue<Boolean> STRAYS = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return type.isArray()
                    || type == float.class
                    || type == double.class
                    || type == Float.class
                    || type == Double.class
                    || (type.isRecord()
                            && Arrays.stream(type.getRecordComponents())
                                    .map(RecordComponent::getType)
                                    .anyMatch(this::get));
        }
    };

    private KeyHash() {}

    /**
     * Returns the hash. Segments, arrays and records of such, and floating-point numbers with their
     * two zeros, have hash codes that the map does not follow. They all get one hash, except the
     * arrays that serialization has made.
     */
    static int of(Object key) {
        if (key instanceof byte[] bytes) {
            return Arrays.hashCode(bytes);
        }
        return key instanceof MemorySegment || STRAYS.get(key.getClass()) ? 0 : key.hashCode();
    }
}
