package io.memmap;

import io.memmap.codec.EncodedBytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A range of keys in their ordered form.
 *
 * @param low the lower bound; null if there is none
 * @param hasLow whether the lower bound itself is in the range
 * @param high the upper bound; null if there is none
 * @param hasHigh whether the upper bound itself is in the range
 */
@SuppressWarnings("ArrayRecordComponent") // ranges are not compared, and nobody changes the arrays
record KeyRange(byte @Nullable [] low, boolean hasLow, byte @Nullable [] high, boolean hasHigh) {
    static final KeyRange ALL = new KeyRange(null, true, null, true);

    /** Returns the keys that begin with these bytes. */
    static KeyRange ofPrefix(byte[] prefix) {
        int length = prefix.length;
        while (length > 0 && prefix[length - 1] == -1) {
            length--; // no key that begins with the rest is greater
        }
        if (length == 0) {
            return new KeyRange(prefix, true, null, true);
        }
        byte[] behind = Arrays.copyOf(prefix, length);
        behind[length - 1]++;
        return new KeyRange(prefix, true, behind, false);
    }

    boolean isAll() {
        return low == null && high == null;
    }

    boolean isBelow(EncodedBytes key) {
        int comparison = low == null ? 1 : compare(key, low);
        return comparison < 0 || (comparison == 0 && !hasLow);
    }

    boolean isAbove(EncodedBytes key) {
        int comparison = high == null ? -1 : compare(key, high);
        return comparison > 0 || (comparison == 0 && !hasHigh);
    }

    boolean contains(EncodedBytes key) {
        return !isBelow(key) && !isAbove(key);
    }

    /** Returns whether the range has this key, or would have it if it had its bounds. */
    boolean containsOrEndsAt(EncodedBytes key) {
        return (low == null || compare(key, low) >= 0) && (high == null || compare(key, high) <= 0);
    }

    private static int compare(EncodedBytes key, byte[] bound) {
        return Arrays.compareUnsigned(key.bytes, key.from, key.from + key.length, bound, 0, bound.length);
    }

    /** Returns the keys that are in both ranges. */
    KeyRange and(KeyRange other) {
        boolean othersLow = isTighter(low, hasLow, other.low, other.hasLow, 1);
        boolean othersHigh = isTighter(high, hasHigh, other.high, other.hasHigh, -1);
        return new KeyRange(
                othersLow ? other.low : low,
                othersLow ? other.hasLow : hasLow,
                othersHigh ? other.high : high,
                othersHigh ? other.hasHigh : hasHigh);
    }

    private static boolean isTighter(
            byte @Nullable [] bound, boolean has, byte @Nullable [] other, boolean otherHas, int side) {
        if (bound == null || other == null) {
            return other != null;
        }
        int comparison = Arrays.compareUnsigned(other, bound) * side;
        return comparison > 0 || (comparison == 0 && has && !otherHas);
    }
}
