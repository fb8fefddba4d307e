package io.memmap.bench.maps;

import org.apache.commons.math3.distribution.ZipfDistribution;
import org.apache.commons.math3.random.Well19937c;

/**
 * Returns the keys of {@code count} indices from {@code first} on. Different indices have different
 * keys.
 */
public enum KeyOrder {
    /** Random keys, each once in a round, in another random order in each round. */
    UNIFORM,
    /**
     * Random keys with a Zipf distribution: the frequency of the key of rank r is proportional to 1
     * / r^0.99, as in YCSB.
     */
    ZIPF,
    /** 1, 2, 3 and so on, in this order. */
    SEQUENTIAL;

    private static final double ZIPF_EXPONENT = 0.99;

    /**
     * Returns the keys of {@code count} indices from {@code first} on. Different indices have
     * different keys.
     */
    public long[] range(long first, int count) {
        if (this != SEQUENTIAL) {
            return Keys.range(first, count);
        }
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = first + i + 1;
        }
        return keys;
    }

    /**
     * Returns a stream of lookups, {@code rounds} times as long as the keys. It is the same in
     * every JVM.
     */
    public long[] stream(long[] keys, int rounds) {
        return switch (this) {
            case UNIFORM -> Keys.rounds(keys, rounds);
            case ZIPF -> zipf(keys, rounds);
            case SEQUENTIAL -> repeated(keys, rounds);
        };
    }

    private static long[] zipf(long[] keys, int rounds) {
        ZipfDistribution ranks = new ZipfDistribution(new Well19937c(keys.length), keys.length, ZIPF_EXPONENT);
        long[] stream = new long[Math.multiplyExact(keys.length, rounds)];
        for (int i = 0; i < stream.length; i++) {
            stream[i] = keys[ranks.sample() - 1];
        }
        return stream;
    }

    private static long[] repeated(long[] keys, int rounds) {
        long[] stream = new long[Math.multiplyExact(keys.length, rounds)];
        for (int from = 0; from < stream.length; from += keys.length) {
            System.arraycopy(keys, 0, stream, from, keys.length);
        }
        return stream;
    }
}
