package io.memmap.bench.maps;

/** The record that is measured as a value. */
public record Triple(long first, long second, long third) {
    /** The value of a key. */
    static Triple of(long key) {
        return new Triple(key, ~key, key << 1);
    }

    /** A number that depends on each component in its own way. */
    static long digest(long first, long second, long third) {
        return first + 3 * second + 5 * third;
    }

    /** As of the components. */
    public long digest() {
        return digest(first, second, third);
    }
}
