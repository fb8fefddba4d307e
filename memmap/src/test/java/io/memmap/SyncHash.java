package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;

/** How the keys of a map for many threads spread: a heap whose secrets are chosen makes the hash what a test wants. */
enum SyncHash {
    RANDOM,
    /** All keys share a shard, a chain and a tophash: no secret leaves a bit of a key. */
    CONSTANT,
    /** The keys have two shards and two chains of each, and one tophash: the secrets leave a word as it is but for the seed. */
    TRUNCATED;

    private static final long SECRETS_OFFSET = 48;
    private static final int SECRETS = 4;

    /** Opens a heap for many threads that hashes so. */
    NativeHeap open(long maxBytes) {
        NativeHeap heap = NativeHeap.builder().shared().maxBytes(maxBytes).open();
        for (int i = 0; i < SECRETS && this != RANDOM; i++) {
            long secret = this == CONSTANT || i == 1 ? 0 : 1;
            heap.memory.set(ValueLayout.JAVA_LONG, SECRETS_OFFSET + (long) i * Long.BYTES, secret);
            assertThat(heap.secret(i)).isEqualTo(secret);
        }
        return heap;
    }

    /** Returns the key of this number, from 0 to 65,535. */
    long key(long number) {
        return this == TRUNCATED ? number << 40 | (number & 1) << 31 | (number >> 1 & 1) : number;
    }
}
