package io.memmap;

/**
 * The keyed hash of fixed-size keys: two folds of a 64 by 64 bit multiplication (high half xor low half), as in wyhash,
 * with multiplicands drawn at random for each heap. Both ends of the word are used: the low bits name the bucket, the
 * top byte is the tophash.
 *
 * <p>With public multiplicands, keys can be crafted that collide under every seed; with secret ones they cannot be
 * found without them, so the multiplicands must not leave the process.
 */
final class Hash {
    private Hash() {}

    static long ofLong(long key, long seed, long multiplicand0, long multiplicand1) {
        return fold(fold(key ^ seed, multiplicand0) ^ seed, multiplicand1);
    }

    /** Spreads the 32-bit hash0 of a state word over 64 bits. */
    static long seed(long state, long secret) {
        return (state >>> 32 | state & 0xFFFF_FFFF_0000_0000L) ^ secret;
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
