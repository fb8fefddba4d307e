package io.memmap.format;

/**
 * The keyed hash: folds of a 64 by 64 bit multiplication (high half xor low half), as in wyhash,
 * with multiplicands drawn at random for each heap. Both ends of the word are used: the low bits name the bucket, the
 * top byte is the tophash.
 *
 * <p>With public multiplicands, keys can be crafted that collide under every seed; with secret ones they cannot be
 * found without them, so the multiplicands must not leave the process.
 */
public final class Hash {
    private Hash() {}

    /** Hashes a key of 64 bits under a map's 32-bit seed; the secrets are the heap's. */
    public static long ofLong(long key, long seed, long secret0, long secret1, long secret2) {
        return fold(fold(key ^ seed, secret0) ^ secret1, secret2);
    }

    /**
     * Hashes a run of bytes of any length, sixteen at a time; the last ones may be read twice. For runs that differ anywhere
     * the two factors of some fold differ by something that only the secrets know.
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
        } else if (left > 0) { // the first, the middle and the last are all of up to three
            low = (bytes[at] & 0xFFL) << 16 | (bytes[at + left / 2] & 0xFFL) << 8 | (bytes[at + left - 1] & 0xFFL);
        }
        return fold(fold(low ^ secret1, high ^ hash) ^ length, secret2);
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
