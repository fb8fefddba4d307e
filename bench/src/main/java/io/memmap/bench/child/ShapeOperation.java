package io.memmap.bench.child;

/** The operations that run in loops of several shapes, in the order in which a JVM runs them. */
public enum ShapeOperation {
    /** A lookup of a key that is present. */
    HIT("hit"),
    /** A lookup of a key that is absent. */
    MISS("miss"),
    /** A put of a key that is present. */
    OVERWRITE("overwrite"),
    /** An addition to the value of a key that is present. */
    ADD("add");

    private final String title;

    ShapeOperation(String title) {
        this.title = title;
    }

    /** Returns the name of the operation in tables. */
    public String title() {
        return title;
    }

    boolean isWrite() {
        return this == OVERWRITE || this == ADD;
    }
}
