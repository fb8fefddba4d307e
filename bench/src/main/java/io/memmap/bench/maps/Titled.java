package io.memmap.bench.maps;

/** A constant of an enum of contenders. */
public interface Titled {
    /** The constant's name. */
    String name();

    /** The constant's place among its like. */
    int ordinal();

    /** What people call it. */
    String title();
}
