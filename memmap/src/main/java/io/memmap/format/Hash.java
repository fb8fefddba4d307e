package io.memmap.format;

/**
 * The keyed hash function. It consists of folds, as in wyhash: a fold multiplies two 64-bit numbers
 * and returns the high half xor the low half. The multiplicands are the heap's secrets, random
 * numbers that are drawn for each heap. Both ends of a hash are used: the low bits select the
 * bucket, and the top byte gives the tophash.
 *
 * <p>If the multiplicands were public, keys could be crafted that collide under every seed. Such
 * keys cannot be found without the secrets. So the multiplicands must not leave the process.
 */
public final class Hash {
    /**
     * The number of this hash function. It changes when a key gets another hash, tophash or slot than
     * before. A heap keeps the number with which its maps were made.
     */
    public static final int VERSION = 1;

    private Hash() {}

    /** Hashes a key of 64 bits with a map's 32-bit seed and the heap's secrets. */
    public static long ofLong(long key, long seed, long secret0, long secret1, long secret2) {
        return fold(fold(key ^ seed, secret0) ^ secret1, secret2);
    }

    /**
     * Hashes a key as a map of {@link BucketLayout#PAGE} stores it: combined by exclusive or with
     * the {@link #flip}. It has one multiplication less than {@link #ofLong}. The secrets are odd.
     * The last step reverses the bytes, so that the low bits of the hash, which name the page and
     * the slot, are the high bits of a product, which depend on all bits of the key. The high bits
     * are worse, so this hash does not serve for tophashes.
     */
    public static long ofStoredKey(long stored, long secret0, long secret2) {
        return Long.reverseBytes(fold(stored, secret0) * secret2);
    }

    /** Returns the number with which a paged map combines each key by exclusive or to store it. */
    public static long flip(long seed, long secret1) {
        return seed ^ secret1;
    }

    /**
     * Hashes a key of any number of bytes. Each step mixes sixteen bytes into the hash. The last
     * step takes the last sixteen bytes, some of them again. A shorter key has only this step, with
     * {@link Mem#head} and {@link Mem#tail} as the words.
     *
     * <p>A step multiplies two words. Each has been combined with a secret, or with the hash so far,
     * which contains the seed. So only code that knows the secrets can tell which keys have equal
     * hashes.
     */
    public static long ofRun(
            byte[] bytes, int from, int length, long seed, long secret0, long secret1, long secret2, long secret3) {
        long hash = seed ^ secret3;
        if (length <= 16) {
            return end(hash, Mem.head(bytes, from, length), Mem.tail(bytes, from, length), length, secret1, secret2);
        }
        int last = from + length - 16;
        for (int at = from; at < last; at += 16) {
            hash = mix(Mem.getLong(bytes, at) ^ secret0, Mem.getLong(bytes, at + 8) ^ hash);
        }
        return end(hash, Mem.getLong(bytes, last), Mem.getLong(bytes, last + 8), length, secret1, secret2);
    }

    /** Does the same as {@link #ofRun} for a key of at most 16 bytes, whose head and tail are given. */
    public static long ofWords(long head, long tail, int length, long seed, long secret1, long secret2, long secret3) {
        return end(seed ^ secret3, head, tail, length, secret1, secret2);
    }

    /**
     * Does the same as {@link #ofRun} for a key of 17 to 32 bytes, whose first two words and last
     * two words are given.
     */
    public static long ofWords(
            long first,
            long second,
            long third,
            long fourth,
            int length,
            long seed,
            long secret0,
            long secret1,
            long secret2,
            long secret3) {
        long hash = mix(first ^ secret0, second ^ seed ^ secret3);
        return end(hash, third, fourth, length, secret1, secret2);
    }

    /** The last step for the key of a run, and the length. */
    private static long end(long hash, long low, long high, int length, long secret1, long secret2) {
        return fold(mix(low ^ secret1, high ^ hash) ^ length, secret2);
    }

    /**
     * Folds two words, and combines the result with both of them. So a word still counts if the
     * other one is 0, which makes the product 0. Otherwise all keys with a word that equals a secret
     * would lose the word beside it, and the seed.
     */
    private static long mix(long a, long b) {
        return fold(a, b) ^ a ^ b;
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
