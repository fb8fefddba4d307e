package io.memmap.format;

/**
 * The tophash word of a bucket. It has one byte for each slot, with slot 0 in the lowest byte. The
 * code examines all slots at once by arithmetic on the word (SWAR). The byte of a filled slot is
 * the top byte of its key's hash, with values below 5 raised by 5, since the five codes below use
 * them.
 *
 * <p>A lane is one byte of the word. A set of lanes is a word in which the top bit of each byte in
 * the set is 1. The search for zero bytes, {@code (x - 01..01) & ~x & 80..80}, is exact up to and
 * including the lowest zero byte. It may add false lanes above that byte (Mycroft's method; Warren,
 * Hacker's Delight, 6-1). So a match is a candidate whose key must be compared, and "the lowest
 * empty lane" is exact.
 */
public final class Tophash {
    /** The slot is empty, and so are all slots after it to the end of the chain. */
    public static final int EMPTY_REST = 0;
    /** The slot is empty because its entry was removed. */
    public static final int EMPTY_ONE = 1;
    /** The entry has moved to the first half of the new array. */
    public static final int EVACUATED_X = 2;
    /** The entry has moved to the second half of the new array. */
    public static final int EVACUATED_Y = 3;
    /** The slot was empty when its bucket was evacuated. */
    public static final int EVACUATED_EMPTY = 4;
    /** The least byte of a filled slot. */
    public static final int MIN_TOPHASH = 5;

    public static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;
    /** Added to the low seven bits of a byte, it carries into the top bit if they are 2 or more. */
    private static final long CARRY_FROM_TWO = 0x7E7E_7E7E_7E7E_7E7EL;

    /** A multiplier that gathers the low bits of all bytes in the top byte of the product. */
    private static final long GATHER = 0x0102_0408_1020_4080L;
    /**
     * The slots of each set of slots. The index has one bit for each slot in the set. The result
     * has one slot number in each byte.
     */
    private static final long[] NUMBERS = new long[256];

    static {
        for (int set = 1; set < NUMBERS.length; set++) {
            NUMBERS[set] = (NUMBERS[set & (set - 1)] << 8) | Integer.numberOfTrailingZeros(set);
        }
    }

    private Tophash() {}

    /** Returns the tophash byte for this hash, 5 to 255. */
    public static long of(long hash) {
        long top = hash >>> 56;
        return top < MIN_TOPHASH ? top + MIN_TOPHASH : top;
    }

    /**
     * Returns the lanes that may equal {@code pattern}, which holds a tophash in every lane. These
     * are all equal lanes, and perhaps others.
     */
    public static long candidates(long tops, long pattern) {
        long difference = tops ^ pattern;
        return (difference - ONES) & ~difference & HIGHS;
    }

    /**
     * Returns lanes of which the lowest is the lowest empty slot. Returns no lane if none of the
     * bucket's slots is empty.
     */
    public static long empties(long tops, int slots) {
        long withoutLowBits = tops & ~ONES;
        return (withoutLowBits - ONES) & ~withoutLowBits & lanes(slots);
    }

    /**
     * Returns exactly the lanes of filled slots, which are those whose byte is 2 or more. The
     * bucket must not be evacuated.
     */
    public static long filled(long tops) {
        return (tops | ((tops & ~HIGHS) + CARRY_FROM_TWO)) & HIGHS;
    }

    /** Returns the slot of the lowest of these lanes. */
    public static int lowest(long lanes) {
        return Long.numberOfTrailingZeros(lanes) >>> 3;
    }

    /**
     * Returns the slots of these lanes, each in the low three bits of a byte. The order starts at
     * slot {@code start} and goes around the word, and the first slot is in the lowest byte. The
     * content of the remaining bytes is unspecified.
     */
    public static long numbers(long lanes, int start) {
        long set = ((Long.rotateRight(lanes, Byte.SIZE * start) >>> 7) * GATHER) >>> 56;
        return NUMBERS[(int) set] + start * ONES;
    }

    /** Returns the word with the byte of this slot replaced by {@code top}. */
    public static long with(long tops, int slot, long top) {
        return (tops & ~(0xFFL << (8 * slot))) | (top << (8 * slot));
    }

    /** Returns the word with all bytes after the last filled one set to emptyRest. */
    public static long toLastFilled(long tops) {
        long filled = tops & ~ONES;
        return filled == 0 ? 0 : tops & (-1L >>> (Long.numberOfLeadingZeros(filled) & -Byte.SIZE));
    }

    /** Returns the lanes of all slots of a bucket. */
    public static long lanes(int slots) {
        return HIGHS >>> (64 - 8 * slots);
    }

    public static int at(long tops, int slot) {
        return (int) (tops >>> (8 * slot)) & 0xFF;
    }

    /**
     * Returns whether a bucket has been evacuated. {@code tops} is the tophash word of the first
     * bucket of a chain.
     */
    public static boolean isEvacuated(long tops) {
        long first = tops & 0xFF;
        return first >= EVACUATED_X && first <= EVACUATED_EMPTY;
    }
}
