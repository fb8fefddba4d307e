package io.memmap.stress;

/**
 * A value that says where it comes from. It contains the key, the writer, and a number that the
 * writer uses only once.
 */
final class Stamp {
    /** The result of a read that finds a value that no writer has put. */
    static final long TORN = -1;

    private static final int KEY_SHIFT = 43;
    private static final int WRITER_SHIFT = 37;
    static final int KEYS = 1 << 12;
    static final int WRITERS = 1 << (KEY_SHIFT - WRITER_SHIFT);

    private Stamp() {}

    static long of(int key, int writer, long number) {
        return (long) key << KEY_SHIFT | (long) writer << WRITER_SHIFT | number;
    }

    static long key(long stamp) {
        return stamp >>> KEY_SHIFT;
    }

    static int writer(long stamp) {
        return (int) (stamp >>> WRITER_SHIFT) & (WRITERS - 1);
    }

    static long number(long stamp) {
        return stamp & ((1L << WRITER_SHIFT) - 1);
    }

    /**
     * Returns a hash of the stamp. Different sets of stamps have different sums of these, except by
     * chance.
     */
    static long digest(long stamp) {
        long mixed = (stamp ^ stamp >>> 32) * 0x9E3779B97F4A7C15L;
        return (mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L;
    }

    static String describe(long stamp) {
        return stamp == TORN
                ? "a value that no thread has put"
                : "key " + key(stamp) + ", writer " + writer(stamp) + ", number " + number(stamp);
    }
}
