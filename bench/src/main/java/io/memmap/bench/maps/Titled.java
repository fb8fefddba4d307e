package io.memmap.bench.maps;

/** A constant of an enum of contenders. */
public interface Titled {
    /** Returns the name of the constant. */
    String name();

    /** Returns the ordinal of the constant. */
    int ordinal();

    /** Returns the name that people know it by. */
    String title();
}
