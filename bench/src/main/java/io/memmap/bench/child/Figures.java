package io.memmap.bench.child;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The figures and curves that a contender reported, by name. A figure that is absent was not
 * measured.
 */
public final class Figures {
    private final Map<String, Long> values = new LinkedHashMap<>();

    private final Map<String, List<Message.Point>> curves = new LinkedHashMap<>();

    void point(Message.Point point) {
        curves.computeIfAbsent(point.curve(), absent -> new ArrayList<>()).add(point);
    }

    /**
     * Returns the points of a curve in the order in which they arrived; empty if it was not
     * measured.
     */
    public List<Message.Point> curve(String name) {
        return Collections.unmodifiableList(curves.getOrDefault(name, List.of()));
    }

    public void put(String name, long value) {
        values.put(name, value);
    }

    public OptionalLong get(String name) {
        Long value = values.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** Returns the figure; NaN if it was not measured. */
    public double number(String name) {
        Long value = values.get(name);
        return value == null ? Double.NaN : value;
    }

    /** Returns all figures in the order in which they arrived. */
    public Map<String, Long> all() {
        return Collections.unmodifiableMap(values);
    }
}
