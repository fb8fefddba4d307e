package io.memmap.bench.child;

/**
 * A digest of a map's entries that does not depend on their order: the sum of one mixed number for
 * each entry.
 */
final class Digest {
    private Digest() {}

    /** Returns a digest with one more entry. An empty digest is 0. */
    static long add(long digest, long key, long value) {
        return digest + mix(mix(key) + value);
    }

    /** Stafford's variant 13 of the finaliser of MurmurHash3. */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
