package io.memmap.bench.maps;

import java.util.SplittableRandom;

/**
 * Distinct random keys: splitmix64 of 0, 1, 2 and so on. It is a bijection, so different indices
 * have different keys.
 */
public final class Keys {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private Keys() {}

    /** Returns the key of an index. */
    public static long at(long index) {
        long z = (index + 1) * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** Returns the keys of {@code count} indices from {@code first} on. */
    public static long[] range(long first, int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = at(first + i);
        }
        return keys;
    }

    /**
     * Returns all of these keys {@code rounds} times, each time in another random order. The result
     * is the same in every JVM.
     */
    public static long[] rounds(long[] keys, int rounds) {
        SplittableRandom random = new SplittableRandom(keys.length);
        long[] all = new long[Math.multiplyExact(keys.length, rounds)];
        for (int from = 0; from < all.length; from += keys.length) {
            System.arraycopy(keys, 0, all, from, keys.length);
            for (int i = keys.length - 1; i > 0; i--) {
                int j = from + random.nextInt(i + 1);
                long key = all[from + i];
                all[from + i] = all[j];
                all[j] = key;
            }
        }
        return all;
    }
}
