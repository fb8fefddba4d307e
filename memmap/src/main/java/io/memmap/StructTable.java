package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.Hash;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A table from long keys to structs that are used in place. Its maps are those of {@link MemMap}
 * with these types: both classes can open the same map. This class finds a key without boxing it,
 * and returns the address of the struct.
 *
 * <p>Only an operation that adds or removes an entry makes a step of a running growth. So an
 * operation that only overwrites moves no entry, and an address stays right until an entry is added
 * or removed.
 */
abstract class StructTable extends ObjectTable<Long, MemorySegment> {
    final StructType struct;

    // As in IntegerTable: what a lookup needs, in the form that costs it the fewest instructions.
    // The address of a lane's key is bucket + firstKey + bit * keyStride / 8, where bit is the number
    // of the top bit of the lane's byte in the tophash word. The address of its value is computed in
    // the same way.
    private final long firstKey = keysOffset - (((Byte.SIZE - 1) * keyStride) >>> 3);
    private final long firstValue = valuesOffset - (((Byte.SIZE - 1) * valueStride) >>> 3);
    /** The mask of the last slot's byte in a tophash word. */
    private final long lastLane = 0xFFL << (Byte.SIZE * (slots - 1));
    /** Whether a struct lies in its slot. If not, the slot has the address of its block. */
    private final boolean inSlot;

    /** Makes a nil map of this type. */
    StructTable(StructType struct) {
        super(Type.LONG, struct.type());
        this.struct = struct;
        inSlot = struct.type().isInline();
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    StructTable(NativeHeap heap, long hmap, long identity, StructType struct) {
        super(heap, hmap, identity, Type.LONG, struct.type());
        this.struct = struct;
        inSlot = struct.type().isInline();
    }

    final long hash(long key, long seed) {
        return paged ? hashOfStored(key ^ flip(seed)) : Hash.ofLong(key, seed, secret0, secret1, secret2);
    }

    // ---------------------------------------------------------------------------------------- find

    /**
     * Returns the address of the key's struct, or 0 if the key is absent. Makes no call in a table
     * that does not grow, for the reason given at {@link IntegerTable#find(long)}.
     */
    final long find(long key) {
        return find(mem, field(HmapLayout.STAMP), key);
    }

    /** Does the same for a caller that has the table's memory and the header's stamp. */
    final long find(MemorySegment memory, long stamp, long key) {
        if (isPagedAndCurrent(stamp)) {
            long stored = key ^ cachedFlip;
            return findInPage(hashOfStored(stored), stored);
        }
        if (!isCurrent(stamp)) {
            return findElsewhere(key);
        }
        long hash = hash(key, cachedSeed);
        return find(memory, cachedChain(hash), hash, key);
    }

    /** Finds a key that has this hash. The cached fields must be current. */
    final long findHashed(long hash, long key) {
        return paged ? findInPage(hash, key ^ cachedFlip) : find(mem, cachedChain(hash), hash, key);
    }

    private long findInPage(long hash, long stored) {
        long slot = slotInPage(hash, stored);
        return slot == 0 ? 0 : slot + Long.BYTES;
    }

    private long findElsewhere(long key) {
        refreshBeforeRead();
        return findByHeader(hash(key, seed()), key);
    }

    /** Finds a key that has this hash without the cached fields. */
    final long findByHeader(long hash, long key) {
        if (paged) {
            long slot = slotByHeader(key);
            return slot == 0 ? 0 : slot + Long.BYTES;
        }
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : find(mem, chain, hash, key);
    }

    /**
     * Returns the address of the key's struct if the key is in this chain, else 0. The chain must
     * not be 0. The loop is that of {@link IntegerTable#find(long, long, long)}, which explains it.
     * The load before the loop brings the middle of the bucket into the CPU's cache, while the loop
     * waits for the tophash word. It is used, as C2 would drop it otherwise, in a condition that is
     * practically always true.
     */
    private long find(MemorySegment memory, long chain, long hash, long key) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        long bucket = chain;
        long middle = memory.get(Mem.LONG, chain + (bucketBytes >>> 1));
        for (long visitBit = middle == Mem.UNLIKELY ? Long.MIN_VALUE : 1; visitBit != 0; visitBit <<= 1) {
            long tops = memory.get(Mem.LONG, bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                long bit = Long.numberOfTrailingZeros(rest);
                if (memory.get(Mem.LONG, bucket + firstKey + ((bit * keyStride) >>> 3)) == key) {
                    long address = bucket + firstValue + ((bit * valueStride) >>> 3);
                    return inSlot ? address : memory.get(Mem.LONG, address);
                }
            }
            if ((tops & lastLane) == Tophash.EMPTY_REST) {
                return 0;
            }
            bucket = memory.get(Mem.LONG, bucket + overflowOffset);
            if (bucket == 0) {
                return 0;
            }
        }
        return findFurther(bucket, hash, key);
    }

    /**
     * Loads the first bucket of a hash's chain into the CPU's cache. The cached fields must be
     * current. Returns a word that the caller must pass to {@link Mem#keep}.
     */
    final long loadAhead(long hash) {
        if (paged) {
            return Mem.getLong(mem, cachedArray + (hash & cachedMask));
        }
        long bucket = cachedChain(hash);
        return tops(bucket) ^ Mem.getLong(mem, bucket + (bucketBytes >>> 1));
    }

    private long findFurther(long bucket, long hash, long key) {
        long slot = search(bucket, hash, key);
        return slot == 0 ? 0 : structAt(slot);
    }

    /** Returns the address of the struct in this filled slot. */
    final long structAt(long slot) {
        return valueType.start(mem, valueAddress(slot));
    }

    final long keyAt(long slot) {
        long stored = Mem.getLong(mem, keyAddress(slot));
        return paged ? stored ^ flip() : stored;
    }

    /** Returns the key's slot, or 0 if the key is absent. */
    final long findSlot(long key) {
        if (paged) {
            return slotByHeader(key);
        }
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : search(chain, hash, key);
    }

    /** Returns the slot of the key in this chain, or 0 if the key is absent. */
    private long search(long chain, long hash, long key) {
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

    // --------------------------------------------------------------------------------------- write

    /**
     * Puts the encoded struct in the buffers, and returns whether the key was present. If it was,
     * overwrites the struct only if {@code overwrites}.
     */
    final boolean write(long key, OperationBuffers buffers, boolean overwrites) {
        beginWrite();
        try {
            if (paged) {
                boolean present = assignInPage(key, buffers, false, overwrites);
                endWrite();
                return present;
            }
            long hash = hash(key, seed());
            long chain = chain(hash, state());
            long slot = chain == 0 ? 0 : search(chain, hash, key);
            if (slot == 0) {
                Mem.setLong(buffers.key.own(Long.BYTES), 0, key);
                add(chainForWrite(hash), hash, buffers.key, buffers.value);
            } else if (overwrites) {
                overwriteBytes(structAt(slot), buffers.value);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Adds a key that is absent, with a struct of zeros. */
    final void addZeros(long key) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            Arrays.fill(buffers.value.own(struct.bytes()), 0, struct.bytes(), (byte) 0);
            write(key, buffers, false);
        }
    }

    /** Removes the key. Returns whether it was present. */
    final boolean delete(long key) {
        if (!beginDelete()) {
            return false;
        }
        try {
            if (paged) {
                boolean present = eraseInPage(key);
                endWrite();
                return present;
            }
            long hash = hash(key, seed());
            long chain = chain(hash, state());
            boolean present = chain != 0 && search(chain, hash, key) != 0;
            if (present) {
                chain = chainForWrite(hash); // may move the entry
                remove(chain, search(chain, hash, key));
            }
            endWrite();
            return present;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    // --------------------------------------------------------------- what other classes ask a table

    @Override
    final long hash(EncodedBytes key, long seed) {
        return hash(longOf(key), seed);
    }

    @Override
    final long search(long chain, long hash, EncodedBytes key) {
        return search(chain, hash, longOf(key));
    }

    @Override
    final long hashAt(long slot, long seed, long chain, int b) {
        return hash(keyAt(slot), seed);
    }

    @Override
    final int hashInSlot(long hash) {
        return 0;
    }

    @Override
    final boolean isReflexive(EncodedBytes key) {
        return true;
    }

    @Override
    final boolean isReflexiveAt(long slot) {
        return true;
    }

    @Override
    final void rewriteKey(long slot, EncodedBytes key) {}
}
