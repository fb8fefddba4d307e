package io.memmap.bench.maps;

import org.apache.commons.math3.distribution.ZipfDistribution;
import org.apache.commons.math3.random.Well19937c;

/** Which keys a map holds, and in which order they are asked for. */
public enum KeyOrder {
    /** Random keys, each once a round, in another random order each round. */
    UNIFORM,
    /** Random keys; that of rank r is asked for in proportion to 1 / r^0.99, as YCSB does. */
    ZIPF,
    /** 1, 2, 3 and so on, in this order. */
    SEQUENTIAL;

    private static final double ZIPF_EXPONENT = 0.99;

    /** The keys of {@code count} indices from {@code first} on; two ranges of indices have no key in common. */
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

    /** {@code rounds} times as many of these keys as there are, in this order; the same in every JVM. */
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
