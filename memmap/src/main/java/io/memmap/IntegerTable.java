package io.memmap;

import io.memmap.format.Hash;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import io.memmap.memory.StackReserve;

/**
 * The probe for keys that are an integer: Go's fast64 and fast32 in one. A subclass says how wide the key is in its slot; a
 * final face, into whose methods these are inlined, makes that exact.
 */
abstract class IntegerTable extends HashTable {
    // What a lookup needs of the layout, in the form that costs it the fewest instructions: beyond the caches their
    // number bounds how many lookups the CPU has under way.

    /** Added to a bucket and to an eighth of a lane's top bit times the stride, gives the lane's key. */
    private final long firstKey = keysOffset - (((Byte.SIZE - 1) * keyStride) >>> 3);
    /** From a key to its value: key and value are of one size, so their strides are equal in each geometry. */
    private final long toValue = valuesOffset - keysOffset;
    /** The last slot's byte of a tophash word. */
    private final long lastLane = 0xFFL << (Byte.SIZE * (slots - 1));

    /** The nil map of this type. */
    IntegerTable(MapType type) {
        super(type);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    IntegerTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    /** Returns the key or the value at this address in a bucket. */
    abstract long load(long address);

    abstract void store(long address, long word);

    /** Returns the bits of a key in the word at its address; the others, if any, are of what follows it in the bucket. */
    abstract long keyBits();

    /** Returns the hash of a key under a seed. Only a replay of Go's traces has another. */
    long hash(long key, long seed) {
        return Hash.ofLong(key, seed, secret0, secret1, secret2);
    }

    /**
     * Returns the address of the key's value, or 0 if it is absent. All of a lookup in a table that does not grow is here,
     * without a call, so that the compiler checks the segment once for it and, in a loop of lookups, once for the loop.
     */
    final long find(long key) {
        if (!isCurrent()) {
            return findElsewhere(key);
        }
        long hash = hash(key, seenSeed);
        return find(seenChain(hash), hash, key);
    }

    private long findElsewhere(long key) {
        lookAgain();
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : find(chain, hash, key);
    }

    /** As {@link #find(long)} in a shard, for who has the key's hash and keeps writers out, or finds out that there was one. */
    final long findInShard(long key, long hash) {
        long chain = seenArray != 0 ? seenChain(hash) : chainForRead(hash);
        return chain == 0 ? 0 : find(chain, hash, key);
    }

    /**
     * Returns the address of the key's value if it is in this chain, which is not 0, else 0. All of it is here, for the reason
     * that {@link Mem} tells: while a map fills there are hardly any candidates and overflow buckets.
     *
     * <p>The one call is behind the loop, and each lookup passes the branch to it: so C2 knows that it is not taken, and leaves it
     * out. A branch that a profile has fewer than 40 times it compiles with what is behind it, on the path to an overflow bucket
     * as well, and with a call there it checks the segment for each lookup of a loop. The fuse burns for 64 buckets; a number
     * that counts them up would have C2 make three loops of it.
     */
    final long find(long chain, long hash, long key) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        long bucket = chain;
        for (long fuse = 1; fuse != 0; fuse <<= 1) {
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

    /** As find, for the rest of a chain that is very long or, if two threads have broken it, a cycle. */
    private long findFurther(long bucket, long hash, long key) {
        long slot = search(bucket, hash, key);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    /**
     * Brings the first bucket of a hash's chain, in a view that is current, into the cache, and returns what the caller must
     * not throw away. Such loads do not wait for each other, so the misses of a batch overlap, which those of full lookups do
     * not: a lookup fills most of the reorder buffer of a CPU.
     */
    final long glance(long hash) {
        long bucket = seenChain(hash);
        return tops(bucket) ^ Mem.getLong(mem, bucket + (bucketBytes >>> 1));
    }

    /** Returns the key's slot, or 0 if it is absent. */
    final long findSlot(long key) {
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : search(chain, hash, key);
    }

    /**
     * Returns the address of the key's value if a write needs no more than that: the key is there, the table does not grow, and
     * no flag warns other threads; else 0. Without a call, as {@link #find(long)}.
     */
    final long findToWrite(long key) {
        if (shared || !isCurrent()) {
            return 0;
        }
        long hash = hash(key, seenSeed);
        return find(seenChain(hash), hash, key);
    }

    /**
     * Sets the value of a key that {@link #findToWrite} has not found or not looked for, or adds to it; returns the value
     * before, or the sum.
     *
     * <p>All of it is one method, of more bytes than C2 inlines (325): so the faces' methods stay small enough to be inlined
     * themselves, for the sake of the writes that need no more than findToWrite.
     */
    final long write(long key, long operand, boolean adds) {
        StackReserve.claim();
        if (isCurrent()) {
            long hash = hash(key, seenSeed);
            long array = seenArray;
            long chain = array + (hash & seenMask) * bucketBytes;
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
            } // so the key is absent
            long count = field(HmapLayout.COUNT) + 1;
            for (long bucket = count <= seenLimit ? chain : 0; bucket != 0; bucket = overflow(bucket)) {
                long tops = tops(bucket);
                long empties = Tophash.empties(tops, slots);
                if (empties == 0) {
                    continue;
                }
                if (tops == 0) {
                    heap().commit(bucket, bucketBytes);
                }
                int slot = Tophash.lowest(empties);
                Mem.setLong(mem, bucket, Tophash.with(tops, slot, Tophash.of(hash)));
                store(bucket + keysOffset + slot * keyStride, key);
                store(bucket + valuesOffset + slot * valueStride, operand);
                setField(HmapLayout.COUNT, count);
                setField(HmapLayout.CHANGES, field(HmapLayout.CHANGES) + 1);
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
            long slot = 0;
            while (slot == 0) {
                long chain = chainForWrite(hash);
                heap().commit(chain, bucketBytes);
                slot = search(chain, hash, key);
                if (slot == 0) {
                    slot = insert(chain, hash);
                    if (slot != 0) {
                        store(keyAddress(slot), key);
                    }
                }
            }
            long previous = load(valueAddress(slot));
            long value = adds ? previous + operand : operand;
            store(valueAddress(slot), value);
            endWrite();
            return adds ? value : previous;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Removes the key; returns whether it was there. */
    final boolean delete(long key) {
        if (!shared && isCurrent()) { // no flag warns other threads, no growth goes on
            heap().checkAttached();
            StackReserve.claim();
            long hash = hash(key, seenSeed);
            return delete(seenChain(hash), hash, key);
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

    private boolean delete(long chain, long hash, long key) {
        long slot = search(chain, hash, key);
        if (slot != 0) {
            remove(chain, slot);
        }
        return slot != 0;
    }

    /** Returns the slot of the key in this chain, or 0. */
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
        return load(keyAddress(slot));
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
