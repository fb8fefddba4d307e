package io.memmap.bench.job;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** A sequence of lookups in a cache. It is the same in every run. */
public enum CacheTrace {
    ZIPF_0_7("Zipf 0.7", size -> zipf(0.7, 1)),
    ZIPF_0_8("Zipf 0.8", size -> zipf(0.8, 2)),
    ZIPF_0_9("Zipf 0.9", size -> zipf(0.9, 3)),
    ZIPF_1_0("Zipf 1.0", size -> zipf(1.0, 4)),
    ZIPF_1_1("Zipf 1.1", size -> zipf(1.1, 5)),
    ZIPF_1_2("Zipf 1.2", size -> zipf(1.2, 6)),
    SCANS("Zipf 0.9 and scans in turn", size -> scans(7)),
    MIXED_SCAN("Zipf 0.9, a third scan", size -> mixedScan(8)),
    SHIFTS("Zipf 0.9, the hot set shifts", size -> shifts(10)),
    LOOP_1_25("loop of 1.25 sizes", size -> loop(size + size / 4)),
    LOOP_2("loop of 2 sizes", size -> loop(2 * size)),
    LOOP_10("loop of 10 sizes", size -> loop(10 * size));

    /** The number of keys of a Zipf distribution. */
    private static final int KEYS = 200_000;

    private static final int SCAN_KEYS = 25_000;
    private static final int SHIFT_KEYS = 250_000;
    private static final long ONCE = 1L << 62;
    /** Spreads the ranks over the keys, so that frequent keys are not neighbours. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private interface Maker {
        LongSupplier of(int size);
    }

    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // a maker has no state; only its sequences have
    private final Maker maker;

    CacheTrace(String title, Maker maker) {
        this.title = title;
        this.maker = maker;
    }

    public String title() {
        return title;
    }

    /** Returns the keys for a cache of this many entries. */
    public long[] keys(int size, int length) {
        LongSupplier next = maker.of(size);
        long[] keys = new long[length];
        Arrays.setAll(keys, i -> next.getAsLong());
        return keys;
    }

    private static LongSupplier loop(int keys) {
        Counter steps = new Counter();
        return () -> steps.next() % keys;
    }

    /**
     * Returns a Zipf distribution: the frequency of the key of rank r is proportional to 1 /
     * r^skew.
     */
    private static LongSupplier zipf(double skew, long seed) {
        double[] upTo = new double[KEYS];
        double sum = 0;
        for (int i = 0; i < KEYS; i++) {
            sum += Math.pow(i + 1.0, -skew);
            upTo[i] = sum;
        }
        double all = sum;
        SplittableRandom random = new SplittableRandom(seed);
        return () -> {
            int found = Arrays.binarySearch(upTo, random.nextDouble() * all);
            return (Math.min(found < 0 ? -found - 1 : found, KEYS - 1) * SPREAD) >>> 2;
        };
    }

    /** Returns keys of the frequent set and keys that occur once, a run of each in turn. */
    private static LongSupplier scans(long seed) {
        LongSupplier hot = zipf(0.9, seed);
        Counter steps = new Counter();
        return () -> {
            long step = steps.next();
            return step / SCAN_KEYS % 2 == 0 ? hot.getAsLong() : ONCE + step;
        };
    }

    /** Returns keys of the frequent set; one key of three occurs only once. */
    private static LongSupplier mixedScan(long seed) {
        LongSupplier hot = zipf(0.9, seed);
        SplittableRandom random = new SplittableRandom(seed + 1);
        Counter steps = new Counter();
        return () -> random.nextInt(3) == 0 ? ONCE + steps.next() : hot.getAsLong();
    }

    /** Returns keys of a frequent set that changes after a number of keys. */
    private static LongSupplier shifts(long seed) {
        LongSupplier hot = zipf(0.9, seed);
        Counter steps = new Counter();
        return () -> hot.getAsLong() + steps.next() / SHIFT_KEYS;
    }

    private static final class Counter {
        private long count;

        long next() {
            return count++;
        }
    }
}
