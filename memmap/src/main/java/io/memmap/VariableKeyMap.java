package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.Hash;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;

/**
 * A map whose keys are runs: byte sequences of variable length, that is strings and byte arrays. Go
 * has a variant of its map for such keys too (faststr). The run lies at the start of its entry's
 * block. The slot contains:
 *
 * <pre>
 * 0         8        12           16
 * +---------+--------+------------+
 * | pointer | length | low hash   |
 * +---------+--------+------------+
 * </pre>
 *
 * The low 32 bits of the hash give the number of the chain. So a table can move its entries without
 * reading their keys, and a lookup compares bytes almost only if they are equal. Beyond 2^32 chains
 * the bits do not suffice, and chains grow longer.
 */
final class VariableKeyMap<K, V> extends MemMap<K, V> {
    private static final long LENGTH = 8;
    private static final long LOW_HASH = 12;
    /** The bits of a hash that are used: the tophash, and the low 32 bits, which a slot keeps. */
    private static final long HASH_BITS = 0xFF00_0000_FFFF_FFFFL;

    private final long secret3;

    /** Makes a nil map of these types. */
    VariableKeyMap(Type<K> keyType, Type<V> valueType) {
        super(keyType, valueType);
        secret3 = 0;
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    VariableKeyMap(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        super(heap, hmap, identity, keyType, valueType);
        secret3 = heap.secret(3);
    }

    @Override
    long hash(EncodedBytes key, long seed) {
        return Hash.ofRun(key.bytes, key.from, key.length, seed, secret0, secret1, secret2, secret3) & HASH_BITS;
    }

    @Override
    long hashAt(long slot, long seed, long chain, int b) {
        return ((long) Mem.getByte(mem, slot) << 56) | (Mem.getInt(mem, keyAddress(slot) + LOW_HASH) & 0xFFFF_FFFFL);
    }

    @Override
    int hashInSlot(long hash) {
        return (int) hash;
    }

    @Override
    long search(long chain, long hash, EncodedBytes key) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        final int length = key.length;
        final long lengthAndHash = (hash << Integer.SIZE) | length;
        int hops = 0;
        for (long bucket = chain, tops; bucket != 0; bucket = bucketBehind(bucket, tops, ++hops)) {
            tops = tops(bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                int slot = Tophash.lowest(rest);
                long address = bucket + keysOffset + slot * keyStride;
                if (Mem.getLong(mem, address + LENGTH) == lengthAndHash
                        && Tophash.at(tops, slot) >= Tophash.MIN_TOPHASH
                        && Mem.equalBytes(mem, Mem.getLong(mem, address), key.bytes, key.from, length)) {
                    return bucket + slot;
                }
            }
        }
        return 0;
    }

    @Override
    boolean isReflexive(EncodedBytes key) {
        return true;
    }

    @Override
    boolean isReflexiveAt(long slot) {
        return true;
    }

    @Override
    void rewriteKey(long slot, EncodedBytes key) {
        // Equal runs have equal bytes.
    }
}
