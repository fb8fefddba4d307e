package io.memmap.bench.maps;

/** The record that is measured as a value. */
public record Triple(long first, long second, long third) {
    /** Returns the value of a key. */
    static Triple of(long key) {
        return new Triple(key, ~key, key << 1);
    }

    /** Returns a number that depends on each component in a different way. */
    static long digest(long first, long second, long third) {
        return first + 3 * second + 5 * third;
    }

    /** Returns the digest of these components. */
    public long digest() {
        return digest(first, second, third);
    }
}
