package io.memmap.format;

/**
 * The tophash word of a bucket: one byte a slot, slot 0 lowest, all slots examined at once by arithmetic on the word
 * (SWAR). A filled slot's byte is the top byte of its key's hash, raised past the five codes below.
 *
 * <p>A set of lanes is a word with the top bit of each lane's byte set. The search for zero bytes, {@code (x - 01..01) &
 * ~x & 80..80}, is exact up to and including the lowest zero byte and may add false lanes above it (Mycroft's method;
 * Warren, Hacker's Delight, 6-1). So a match is a candidate whose key must be compared, and "the lowest empty lane" is exact.
 */
public final class Tophash {
    /** Empty, and so are all slots after it to the end of the chain. */
    public static final int EMPTY_REST = 0;
    /** Empty: the entry was removed. */
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
    /** Added to the low seven bits of a byte, carries into its top bit from 2 on. */
    private static final long CARRY_FROM_TWO = 0x7E7E_7E7E_7E7E_7E7EL;

    /** A product with it has the low bits of all bytes side by side in its top byte. */
    private static final long GATHER = 0x0102_0408_1020_4080L;
    /** By a set of slots, a bit each: their numbers. */
    private static final long[] NUMBERS = new long[256];

    static {
        for (int set = 1; set < NUMBERS.length; set++) {
            NUMBERS[set] = (NUMBERS[set & (set - 1)] << 8) | Integer.numberOfTrailingZeros(set);
        }
    }

    private Tophash() {}

    /** Returns the byte that stands for this hash, 5 to 255. */
    public static long of(long hash) {
        long top = hash >>> 56;
        return top < MIN_TOPHASH ? top + MIN_TOPHASH : top;
    }

    /** Returns the lanes that may equal {@code pattern}'s, a tophash in every lane: all that do, and perhaps others. */
    public static long candidates(long tops, long pattern) {
        long difference = tops ^ pattern;
        return (difference - ONES) & ~difference & HIGHS;
    }

    /** Returns lanes the lowest of which is the lowest empty slot; none if none of the bucket's slots is empty. */
    public static long empties(long tops, int slots) {
        long withoutLowBits = tops & ~ONES;
        return (withoutLowBits - ONES) & ~withoutLowBits & lanes(slots);
    }

    /** Returns exactly the lanes of filled slots, in a bucket that is not evacuated: those whose byte is 2 or more. */
    public static long filled(long tops) {
        return (tops | ((tops & ~HIGHS) + CARRY_FROM_TWO)) & HIGHS;
    }

    /** Returns the slot of the lowest of these lanes. */
    public static int lowest(long lanes) {
        return Long.numberOfTrailingZeros(lanes) >>> 3;
    }

    /**
     * Returns the slots of these lanes, each in the low three bits of a byte: the lowest has the first from slot {@code start}
     * on, and so on round the word. Of the bytes that are left over, nothing is said.
     */
    public static long numbers(long lanes, int start) {
        long set = ((Long.rotateRight(lanes, Byte.SIZE * start) >>> 7) * GATHER) >>> 56;
        return NUMBERS[(int) set] + start * ONES;
    }

    /** Returns the word with the byte of a slot that is emptyRest or emptyOne replaced. */
    public static long with(long tops, int slot, long top) {
        return (tops & ~(0xFFL << (8 * slot))) | (top << (8 * slot));
    }

    /** Returns the word up to its last filled byte, and emptyRest after that. */
    public static long toLastFilled(long tops) {
        long filled = tops & ~ONES;
        return filled == 0 ? 0 : tops & (-1L >>> (Long.numberOfLeadingZeros(filled) & -Byte.SIZE));
    }

    /** Returns the lanes of a bucket's slots. */
    public static long lanes(int slots) {
        return HIGHS >>> (64 - 8 * slots);
    }

    public static int at(long tops, int slot) {
        return (int) (tops >>> (8 * slot)) & 0xFF;
    }

    /** Returns whether the bucket at a chain's start has been evacuated, from its tophash word. */
    public static boolean isEvacuated(long tops) {
        long first = tops & 0xFF;
        return first >= EVACUATED_X && first <= EVACUATED_EMPTY;
    }
}
