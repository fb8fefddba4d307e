package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.ElementKind;
import io.memmap.format.Hash;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A map whose keys have a fixed size. Keys of at most 8 bytes are words and are compared as one
 * number. Larger keys are compared byte by byte. Keys of more than 128 bytes lie in a block of
 * their own.
 *
 * <p><b>Floating point.</b> +0 and -0 are one key, so they have one hash. No lookup finds a NaN.
 * When the table moves a NaN, it makes up a hash for it: the low bits are the number of the NaN's
 * chain, and all bits above repeat its tophash (the 8 bits of the hash that the slot keeps). Each
 * doubling takes the next bit from the tophash, so any number of doublings gives the same place. A
 * halving would not, so a table that contains a NaN never begins to halve.
 */
non-sealed class FixedKeyMap<K, V> extends MemMap<K, V> {
    /** The word of -0, which counts as the word 0; 0 for types without a -0. */
    private final long negativeZero;

    private final boolean isFloating;
    /** Whether the keys are longs, which are their own words. */
    private final boolean hasLongs;

    private final long secret3;
    /**
     * Room for a moving key of several words, and for its canonical form; null until the table
     * first moves entries.
     */
    private @Nullable EncodedBytes movingKey;

    private @Nullable EncodedBytes canonicalKey;

    /** Makes a nil map of these types. */
    FixedKeyMap(Type<K> keyType, Type<V> valueType) {
        super(keyType, valueType);
        isFloating = keyType.isFloating();
        hasLongs = hasLongs(keyType);
        negativeZero = negativeZeroOf(keyType);
        secret3 = 0;
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    FixedKeyMap(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        super(heap, hmap, identity, keyType, valueType);
        isFloating = keyType.isFloating();
        hasLongs = hasLongs(keyType);
        negativeZero = negativeZeroOf(keyType);
        secret3 = heap.secret(3);
    }

    private static boolean hasLongs(Type<?> keyType) {
        return keyType.kind() == ElementKind.LONG || keyType.kind() == ElementKind.POINTER;
    }

    private static long negativeZeroOf(Type<?> keyType) {
        return switch (keyType.kind()) {
            case DOUBLE -> Long.MIN_VALUE;
            case FLOAT -> Integer.MIN_VALUE;
            default -> 0;
        };
    }

    // --------------------------------------------------------------------------------------- words

    @Override
    final long slotOf(K key) {
        Objects.requireNonNull(key, "key");
        if (hasLongs) {
            return slotOfWord((Long) key);
        }
        if (keyWords == null) {
            return super.slotOf(key);
        }
        long word = canonical(keyWords.toWord(key));
        long slot = slotOfWord(word);
        return isNan(word) ? 0 : slot;
    }

    /**
     * Returns the slot of a key that is a canonical word, or 0 if the key is absent. The word of a
     * NaN may find the slot of a NaN.
     */
    final long slotOfWord(long word) {
        if (isPagedAndCurrent()) {
            long stored = word ^ cachedFlip;
            return slotInPage(hashOfStored(stored), stored);
        }
        if (!isCurrent()) {
            return findElsewhere(word);
        }
        long hash = hashOfWord(word, cachedSeed);
        return searchWord(cachedChain(hash), hash, word);
    }

    @Override
    final void load(K[] keys, int from, int to, long[] room) {
        Codec.OfWord<K> words = keyWords;
        for (int i = from; words != null && i < to; i++) {
            long word = canonical(words.toWord(Objects.requireNonNull(keys[i], "key")));
            loadBucket(paged ? hashOfStored(word ^ cachedFlip) : hashOfWord(word, cachedSeed));
        }
    }

    private long findElsewhere(long word) {
        refreshBeforeRead();
        if (paged) {
            return slotByHeader(word);
        }
        long hash = hashOfWord(word, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : searchWord(chain, hash, word);
    }

    private long canonical(long word) {
        return word == negativeZero ? 0 : word;
    }

    private boolean isNan(long word) {
        if (!isFloating) {
            return false;
        }
        return keyBytes == Long.BYTES
                ? Double.isNaN(Double.longBitsToDouble(word))
                : Float.isNaN(Float.intBitsToFloat((int) word));
    }

    /**
     * Returns the hash of a canonical word. {@link IntegerTable} computes the same hash, so both
     * classes can open the same map.
     */
    long hashOfWord(long word, long seed) {
        return Hash.ofLong(word, seed, secret0, secret1, secret2);
    }

    /**
     * Returns the slot of a canonical word in a chain, which must not be 0; returns 0 if the word
     * is not there. The whole search is in one method, with a call only after the loop, for the
     * reasons given at {@link IntegerTable#find(long, long, long)}.
     */
    private long searchWord(long chain, long hash, long word) {
        final MemorySegment memory = raw ? Mem.EVERYTHING : mem;
        final long start = base;
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        long bucket = chain;
        for (long visitBit = 1; visitBit != 0; visitBit <<= 1) {
            checkInside(bucket, bucketBytes);
            final long at = Mem.address(start + bucket);
            long tops = memory.get(Mem.LONG, at);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                int slot = Long.numberOfTrailingZeros(rest) >>> 3;
                long address = at + keysOffset + slot * keyStride;
                long found =
                        hasLongs ? memory.get(Mem.LONG, address) : canonical(Mem.getWord(memory, address, keyBytes));
                if (found == word) {
                    return bucket + slot;
                }
            }
            if (Tophash.at(tops, slots - 1) == Tophash.EMPTY_REST) {
                return 0;
            }
            bucket = memory.get(Mem.LONG, at + overflowOffset);
            if (bucket == 0) {
                return 0;
            }
        }
        return searchFurther(bucket, hash, word);
    }

    /** Continues {@link #searchWord} in the rest of a chain, which is very long or a cycle. */
    private long searchFurther(long further, long hash, long word) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        int hops = 0;
        for (long bucket = further, tops; bucket != 0; bucket = bucketBehind(bucket, tops, ++hops)) {
            tops = tops(bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                int slot = Tophash.lowest(rest);
                if (canonical(Mem.getWord(mem, bucket + keysOffset + slot * keyStride, keyBytes)) == word) {
                    return bucket + slot;
                }
            }
        }
        return 0;
    }

    // ------------------------------------------------------------------------------------ any size

    /** Returns an encoded key as a word. */
    private long wordOf(EncodedBytes key) {
        return Mem.getWord(key.bytes, key.from, keyBytes);
    }

    @Override
    final long hash(EncodedBytes key, long seed) {
        if (paged) {
            return hashOfStored(longOf(key) ^ flip(seed));
        }
        if (!isReflexive(key)) {
            return hashOfNan();
        }
        if (keyWords != null) {
            return hashOfWord(canonical(wordOf(key)), seed);
        }
        if (isFloating && keyType.hasNegativeZero(key)) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                keyType.copyCanonical(key, buffers.key);
                return hashOfBytes(buffers.key, seed);
            }
        }
        return hashOfBytes(key, seed);
    }

    private long hashOfBytes(EncodedBytes key, long seed) {
        return Hash.ofRun(key.bytes, key.from, key.length, seed, secret0, secret1, secret2, secret3);
    }

    @Override
    final boolean mayHoldNans() {
        return isFloating;
    }

    /** Returns a random hash for a NaN that is put. Each NaN gets another. */
    long hashOfNan() {
        return ThreadLocalRandom.current().nextLong();
    }

    @Override
    long hashAt(long slot, long seed, long chain, int b) {
        if (paged) {
            return hashOfStored(Mem.getLong(mem, slot));
        }
        if (isFloating && !isReflexiveAt(slot)) {
            return hashOfNanAt(slot, chain, b);
        }
        if (keyWords != null) {
            return hashOfWord(canonical(Mem.getWord(mem, keyAddress(slot), keyBytes)), seed);
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            load(keyType, keyAddress(slot), buffers.key);
            return hash(buffers.key, seed);
        }
    }

    @Override
    final void prepareToMove() {
        if (keyWords == null && movingKey == null) {
            canonicalKey = keyType.room();
            movingKey = keyType.room();
        }
    }

    @Override
    final long hashToMove(long slot, long seed, long chain, int b) {
        EncodedBytes key = movingKey;
        EncodedBytes canonical = canonicalKey;
        if (key == null || canonical == null) {
            return hashAt(slot, seed, chain, b);
        }
        load(keyType, keyAddress(slot), key);
        if (keyType.hasNan(key)) {
            return hashOfNanAt(slot, chain, b);
        }
        if (keyType.hasNegativeZero(key)) {
            keyType.copyCanonical(key, canonical);
            key = canonical;
        }
        return hashOfBytes(key, seed);
    }

    /**
     * Returns the hash that is made up for the NaN in this slot. A bounded map keeps the real
     * one.
     */
    private long hashOfNanAt(long slot, long chain, int b) {
        Budget bound = budget;
        return bound != null ? bound.hashAt(slot) : ((Mem.getByte(mem, slot) * Tophash.ONES) & ~mask(b)) | chain;
    }

    @Override
    final long search(long chain, long hash, EncodedBytes key) {
        if (!isReflexive(key)) {
            return 0;
        }
        if (keyWords != null) {
            return searchWord(chain, hash, canonical(wordOf(key)));
        }
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        int hops = 0;
        for (long bucket = chain, tops; bucket != 0; bucket = bucketBehind(bucket, tops, ++hops)) {
            tops = tops(bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                int slot = Tophash.lowest(rest);
                if (Tophash.at(tops, slot) >= Tophash.MIN_TOPHASH && equalsAt(bucket + slot, key)) {
                    return bucket + slot;
                }
            }
        }
        return 0;
    }

    private boolean equalsAt(long slot, EncodedBytes key) {
        if (Mem.equalBytes(mem, keyType.start(mem, keyAddress(slot)), key.bytes, key.from, key.length)) {
            return true;
        }
        if (!isFloating) {
            return false;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            load(keyType, keyAddress(slot), buffers.key);
            return keyType.equalObjects(buffers.key, key);
        }
    }

    @Override
    final boolean isReflexive(EncodedBytes key) {
        return !isFloating || !keyType.hasNan(key);
    }

    @Override
    final boolean isReflexiveAt(long slot) {
        if (!isFloating) {
            return true;
        }
        if (keyWords != null) {
            return !isNan(Mem.getWord(mem, keyAddress(slot), keyBytes));
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            load(keyType, keyAddress(slot), buffers.key);
            return !keyType.hasNan(buffers.key);
        }
    }

    @Override
    final int hashInSlot(long hash) {
        return 0;
    }

    @Override
    final void rewriteKey(long slot, EncodedBytes key) {
        if (isFloating) {
            key.copyTo(mem, keyType.start(mem, keyAddress(slot)));
        }
    }
}
