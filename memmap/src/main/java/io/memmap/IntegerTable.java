package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.Hash;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import io.memmap.memory.StackReserve;
import java.lang.invoke.VarHandle;

/**
 * Finds, writes and deletes entries whose key and value are integers of the same width. It
 * corresponds to both fast64 and fast32 of Go. A subclass says how wide the key is in its slot. A
 * final typed map extends that subclass. These methods are inlined into its methods, and there the
 * compiler knows the width exactly.
 *
 * <p>A <em>lane</em> is the byte of one slot in a bucket's tophash word. <em>C2</em> is the
 * optimising compiler of the JVM.
 */
abstract class IntegerTable extends HashTable {
    // The fields of the layout that a lookup needs, in the form that costs it the fewest
    // instructions. When the table is larger than the caches, the number of instructions limits how
    // many lookups the CPU has under way.

    /**
     * The offset from which the address of a key is computed. The address of a lane's key is
     * {@code bucket + firstKey + bit * keyStride / 8}, where {@code bit} is the number of the top
     * bit of the lane's byte in the tophash word.
     */
    private final long firstKey = keysOffset - (((Byte.SIZE - 1) * keyStride) >>> 3);
    /**
     * The distance from a key to its value. Key and value have the same size, so their strides are
     * equal in each geometry.
     */
    private final long toValue = valuesOffset - keysOffset;
    /** The mask of the last slot's byte in a tophash word. */
    private final long lastLane = 0xFFL << (Byte.SIZE * (slots - 1));

    /** The nil map of this type. */
    IntegerTable(MapType type) {
        super(type, Geometry.OF_INTEGERS);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    IntegerTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    /** Returns the key or the value at this address in a bucket. */
    abstract long load(long address);

    abstract void store(long address, long word);

    /**
     * Returns the mask of a key's bits in the word at its address. Any other bits belong to the
     * data that follows the key in the bucket.
     */
    abstract long keyBits();

    /** Returns the size in bytes of a pair of key and value in a page; a constant of the subclass. */
    abstract int pairBytes();

    /** Returns the hash of a key under a seed. Only a replay of Go's traces overrides this. */
    long hash(long key, long seed) {
        return paged ? hashOfStored(key ^ flip(seed)) : Hash.ofLong(key, seed, secret0, secret1, secret2);
    }

    /**
     * Returns the address of the key's value, or 0 if the key is absent. The whole lookup in a
     * table that does not grow is here, without a call. So the compiler checks the segment once for
     * it, and in a loop of lookups once for the loop.
     */
    final long find(long key) {
        if (isPagedAndCurrent()) {
            long stored = key ^ cachedFlip;
            return findInPage(hashOfStored(stored), stored);
        }
        if (!isCurrent()) {
            return findElsewhere(key);
        }
        return findInChain(key);
    }

    private long findInChain(long key) {
        long hash = hash(key, cachedSeed);
        return find(cachedChain(hash), hash, key);
    }

    /**
     * Returns the address of the value of a stored key with this hash in a paged map, or 0 if the
     * key is absent. The cached fields must be current. The home slot is compared first, by a branch: the CPU
     * predicts it, so that the load of the value need not wait for the key.
     */
    final long findInPage(long hash, long stored) {
        if (stored == 0) {
            return findFar(0);
        }
        final long home = cachedArray + (hash & cachedMask);
        final long last = cachedMask & BucketLayout.PAGE_BYTES - 1;
        long found = load(home);
        if (found == stored) {
            return home + (pairBytes() >> 1);
        }
        for (long distance = pairBytes(); found != 0 && distance <= last; distance += pairBytes()) {
            long slot = home ^ distance;
            found = load(slot);
            if (found == stored) {
                return slot + (pairBytes() >> 1);
            }
        }
        return found == 0 ? 0 : findFar(stored);
    }

    /**
     * Finds a stored key that may be outside its page: the page is full, or the key is the reserved
     * one.
     */
    private long findFar(long stored) {
        return findByHeader(stored ^ cachedFlip);
    }

    /** Finds a key without the cached fields. */
    private long findByHeader(long key) {
        long slot = findSlot(key);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    /** Finds a key that has this hash. The cached fields must be current. */
    final long findHashed(long hash, long key) {
        return paged ? findInPage(hash, key ^ cachedFlip) : find(cachedChain(hash), hash, key);
    }

    private long findElsewhere(long key) {
        refreshBeforeRead();
        if (paged) {
            return findByHeader(key);
        }
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : find(chain, hash, key);
    }

    /**
     * Finds a key in a shard, like {@link #find(long)}. The caller has the key's hash. It holds the
     * shard's lock, or checks afterwards whether there was a writer.
     */
    final long findInShard(long key, long hash) {
        if (paged) {
            return cachedArray != 0 ? findInPage(hash, key ^ cachedFlip) : findByHeader(key);
        }
        long chain = cachedArray != 0 ? cachedChain(hash) : chainForRead(hash);
        return chain == 0 ? 0 : find(chain, hash, key);
    }

    /**
     * Returns the address of the key's value if the key is in this chain, else 0. The chain must
     * not be 0. The whole search is in one method, for the reason that {@link Mem} gives: while a
     * map fills there are hardly any candidates and overflow buckets.
     *
     * <p>The only call is after the loop. Each lookup passes the branch to it, so C2 knows that the
     * branch is not taken, and prunes it. C2 compiles a branch that the profile has seen fewer than
     * 40 times together with the code after it, on the path to an overflow bucket as well. With a
     * call there it would check the segment for each lookup of a loop. The loop is bounded by a bit
     * that is shifted, and so visits at most 64 buckets. With a counter, C2 would split the loop
     * into three.
     */
    final long find(long chain, long hash, long key) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        long bucket = chain;
        for (long visitBit = 1; visitBit != 0; visitBit <<= 1) {
            long tops = mem.get(Mem.LONG, bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                long address = bucket + firstKey + ((Long.numberOfTrailingZeros(rest) * keyStride) >>> 3);
                if (((mem.get(Mem.LONG, address) ^ key) & keyBits()) == 0) {
                    return address + toValue;
                }
            }
            if ((tops & lastLane) == Tophash.EMPTY_REST) {
                return 0;
            }
            bucket = mem.get(Mem.LONG, bucket + overflowOffset);
            if (bucket == 0) {
                return 0;
            }
        }
        return findFurther(bucket, hash, key);
    }

    /**
     * Continues {@link #find(long, long, long)} in the rest of a chain. The chain is very long, or
     * is a cycle if two threads have broken it.
     */
    private long findFurther(long bucket, long hash, long key) {
        long slot = search(bucket, hash, key);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    /**
     * Loads the first bucket of a hash's chain into the CPU's cache. The cached fields must be
     * current. Returns a word that the caller must pass to {@link Mem#keep}. Such loads do not wait
     * for each other, so the cache misses of a batch overlap. The misses of complete lookups do not
     * overlap, because one lookup fills most of the CPU's reorder buffer.
     */
    final long prefetch(long hash) {
        if (paged) {
            return Mem.getLong(mem, cachedArray + (hash & cachedMask));
        }
        long bucket = cachedChain(hash);
        return tops(bucket) ^ Mem.getLong(mem, bucket + (bucketBytes >>> 1));
    }

    /** Returns the key's slot, or 0 if the key is absent. */
    final long findSlot(long key) {
        PagedTable engine = pages;
        if (engine != null) {
            return beginRead() ? engine.search(key) : 0;
        }
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : search(chain, hash, key);
    }

    /**
     * Returns the address of the key's value if a write needs only to store there: the key is
     * present, the table does not grow, and no writing flag has to be set. Otherwise returns 0, or,
     * in a paged map, the negative of the empty slot where the key belongs. Makes no call, for the
     * reason given at {@link #find(long)}.
     */
    final long findToWrite(long key) {
        if (isPagedAndCurrentToWrite()) {
            long stored = key ^ cachedFlip;
            return findInPageToWrite(hashOfStored(stored), stored);
        }
        return !shared && isCurrent() ? findInChain(key) : 0;
    }

    private long findInPageToWrite(long hash, long stored) {
        final long home = cachedArray + (hash & cachedMask);
        final long last = cachedMask & BucketLayout.PAGE_BYTES - 1;
        if (stored == 0) {
            return 0;
        }
        for (long distance = 0; distance <= last; distance += pairBytes()) {
            long slot = home ^ distance;
            long found = load(slot);
            if (found == stored) {
                return slot + (pairBytes() >> 1);
            }
            if (found == 0) {
                return -slot;
            }
        }
        return 0;
    }

    /** Sets the value of a key, or adds to it. Returns the previous value, or the sum. */
    final long write(long key, long operand, boolean adds) {
        return write(key, operand, adds, 0);
    }

    /**
     * Sets the value of a key, or adds to it. {@link #findToWrite} has not found the key, or was
     * not called. Returns the previous value, or the sum. If {@code slot} is not 0, it is the empty
     * slot of a paged map that findToWrite has found.
     *
     * <p>This is one method with more bytecode than C2 inlines (325 bytes). So the methods of the
     * typed maps stay small enough to be inlined themselves. That serves the writes for which
     * findToWrite suffices.
     */
    final long write(long key, long operand, boolean adds, long slot) {
        PagedTable engine = pages;
        if (engine != null) {
            return engine.write(key, operand, adds, slot);
        }
        StackReserve.claim();
        if (isCurrent()) {
            long hash = hash(key, cachedSeed);
            long array = cachedArray;
            long chain = array + (hash & cachedMask) * bucketBytes;
            if (shared) {
                beginWrite();
                if (array == 0) {
                    throw failWriteBesideAnother();
                }
                long address = find(chain, hash, key);
                if (address != 0) {
                    long previous = load(address);
                    long value = adds ? previous + operand : operand;
                    store(address, value);
                    endWrite();
                    return adds ? value : previous;
                }
            } // now the key is known to be absent
            long count = field(HmapLayout.COUNT) + 1;
            for (long bucket = count <= cachedLimit ? chain : 0; bucket != 0; bucket = overflow(bucket)) {
                long tops = tops(bucket);
                long empties = Tophash.empties(tops, slots);
                if (empties == 0) {
                    continue;
                }
                if (tops == 0) {
                    heap().commit(bucket, bucketBytes);
                }
                int empty = Tophash.lowest(empties);
                store(bucket + keysOffset + empty * keyStride, key);
                store(bucket + valuesOffset + empty * valueStride, operand);
                VarHandle.storeStoreFence(); // the tophash word adds the entry
                Mem.setLong(mem, bucket, Tophash.with(tops, empty, Tophash.of(hash)));
                setField(HmapLayout.COUNT, count);
                if (shared) {
                    endWrite();
                }
                return adds ? operand : 0;
            }
            if (shared) {
                endWrite();
            }
        }
        beginWrite();
        try {
            long hash = hash(key, seed());
            long found = 0;
            boolean isNew = false;
            while (found == 0) {
                long chain = chainForWrite(hash);
                heap().commit(chain, bucketBytes);
                found = search(chain, hash, key);
                if (found == 0) {
                    found = insert(chain, hash);
                    isNew = found != 0;
                }
            }
            long previous = load(valueAddress(found));
            long value = adds ? previous + operand : operand;
            store(valueAddress(found), value);
            if (isNew) {
                store(keyAddress(found), key);
                addEntry(found, hash);
            }
            endWrite();
            return adds ? value : previous;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Removes the key. Returns whether it was present. */
    final boolean delete(long key) {
        PagedTable engine = pages;
        if (engine != null) {
            return deleteInPage(engine, key);
        }
        if (!shared && isCurrent()) { // no writing flag is needed, and no growth is running
            heap().checkAttached();
            StackReserve.claim();
            long hash = hash(key, cachedSeed);
            return delete(cachedChain(hash), hash, key);
        }
        if (!beginDelete()) {
            return false;
        }
        try {
            long hash = hash(key, seed());
            boolean deleted = delete(chainForWrite(hash), hash, key);
            endWrite();
            return deleted;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    private boolean deleteInPage(PagedTable engine, long key) {
        if (shared || !isCurrent()) {
            return engine.delete(key);
        }
        heap().checkAttached();
        StackReserve.claim();
        long value = find(key);
        if (value != 0) {
            engine.remove(value - toValue, hashOfStored(key ^ cachedFlip));
        }
        return value != 0;
    }

    private boolean delete(long chain, long hash, long key) {
        long slot = search(chain, hash, key);
        if (slot != 0) {
            remove(chain, slot);
        }
        return slot != 0;
    }

    /** Returns the slot of the key in this chain, or 0 if the key is absent. */
    final long search(long chain, long hash, long key) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        int hops = 0;
        for (long bucket = chain, tops; bucket != 0; bucket = bucketBehind(bucket, tops, ++hops)) {
            tops = tops(bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                long slot = bucket + Tophash.lowest(rest);
                if (keyAt(slot) == key) {
                    return slot;
                }
            }
        }
        return 0;
    }

    final long keyAt(long slot) {
        long stored = load(keyAddress(slot));
        return paged ? stored ^ flip() : stored;
    }

    @Override
    final long hashAt(long slot, long seed, long chain, int b) {
        return hash(keyAt(slot), seed);
    }

    @Override
    final long searchAgain(long slot) {
        return findSlot(keyAt(slot));
    }
}
