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

    /** Hashes a key of 64 bits under a map's 32-bit seed; the secrets are the heap's. */
    static long ofLong(long key, long seed, long secret0, long secret1, long secret2) {
        return fold(fold(key ^ seed, secret0) ^ secret1, secret2);
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
