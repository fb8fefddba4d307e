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
     * Hashes a key of any number of bytes. Each step folds sixteen bytes into the hash: it
     * multiplies two words, and combines the two halves of the product. The last step may read some
     * bytes again. The bytes in which two keys differ enter a fold as factors that also contain a
     * secret. So only code that knows the secrets can tell which keys have equal hashes.
     */
    public static long ofRun(
            byte[] bytes, int from, int length, long seed, long secret0, long secret1, long secret2, long secret3) {
        long hash = seed ^ secret3;
        int at = from;
        int left = length;
        for (; left > 16; left -= 16, at += 16) {
            hash = fold(Mem.getLong(bytes, at) ^ secret0, Mem.getLong(bytes, at + 8) ^ hash);
        }
        long low = 0;
        long high = 0;
        if (left >= Long.BYTES) {
            low = Mem.getLong(bytes, at);
            high = Mem.getLong(bytes, at + left - Long.BYTES);
        } else if (left >= Integer.BYTES) {
            low = Mem.getInt(bytes, at);
            high = Mem.getInt(bytes, at + left - Integer.BYTES);
        } else if (left > 0) { // the first, middle and last byte cover all of up to three bytes
            low = (bytes[at] & 0xFFL) << 16 | (bytes[at + left / 2] & 0xFFL) << 8 | (bytes[at + left - 1] & 0xFFL);
        }
        return fold(fold(low ^ secret1, high ^ hash) ^ length, secret2);
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
