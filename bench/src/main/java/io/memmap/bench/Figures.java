package io.memmap.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** What a contender reported, by name. A figure that is not there was not measured. */
final class Figures {
    private final Map<String, Long> values = new LinkedHashMap<>();

    void put(String name, long value) {
        values.put(name, value);
    }

    OptionalLong get(String name) {
        Long value = values.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** All figures in the order in which they came. */
    Map<String, Long> all() {
        return Collections.unmodifiableMap(values);
    }
}
