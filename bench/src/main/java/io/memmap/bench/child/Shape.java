package io.memmap.bench.child;

/**
 * The shapes of a caller's loop. A compiler may treat the same map differently in each of them, so
 * a change of a map is judged in all.
 */
public enum Shape {
    /** A loop over an array of keys. */
    ARRAY("array of keys"),
    /** The loop computes each key from an index. */
    COMPUTED("computed key"),
    /**
     * A lookup, and then a second operation on a key that depends on its result. In one of eight
     * cases, which no branch predictor can tell before, there is no second operation.
     */
    DEPENDENT("two, dependent"),
    /** The loop knows only an interface, and the map is behind it. */
    INTERFACE("interface"),
    /** The loop calls a lambda, which captures the map. */
    LAMBDA("lambda"),
    /**
     * One call of a static method with 4 million operations on computed keys. Its JVM has run the
     * same loops on other maps before. The map has grown from empty, and its growth may not have
     * ended; in the other shapes it was made with its final size.
     */
    STATIC("static, with rivals");

    private static final int SAMPLE = 100_000;
    /** The iterations of {@link #STATIC}. */
    static final int LONG_SAMPLE = 4_000_000;

    private final String title;

    Shape(String title) {
        this.title = title;
    }

    /** Returns the name of the shape in tables. */
    public String title() {
        return title;
    }

    /** Returns the hint with which a map of this size is made. */
    int hint(int size) {
        return this == STATIC ? 0 : size;
    }

    /** Returns the number of iterations of one call of the loop. A sample is one call. */
    int iterations() {
        return this == STATIC ? LONG_SAMPLE : SAMPLE;
    }
}
