package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.ElementKind;
import io.memmap.format.Hash;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

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
 *
 * <p><b>Short keys.</b> A lookup of a key of 1 to 32 bytes has a path of its own, without a call and
 * without a loop over bytes: it holds the key in two or four words. The number of instructions
 * matters because a lookup waits for memory twice. If two lookups fit into the part of the program
 * that the CPU looks ahead at, they wait at the same time. {@code memmap/docs/decisions.md}, "A
 * lookup of a short string has few instructions", has the figures.
 */
final class VariableKeyMap<K, V> extends MemMap<K, V> {
    private static final long LENGTH = 8;
    private static final long LOW_HASH = 12;
    /** The size of the part of a slot that holds the key. */
    private static final long SLOT_BYTES = 16;

    // The usual buckets are those of LINE for values that are runs, too, or have 16 bytes.
    private static final long BUCKET_BYTES = 256;
    private static final long KEYS_OFFSET = 16;
    private static final long STRIDE = 32;

    /** The bits that are 0 in four chars if these are ASCII. */
    private static final long BEYOND_ASCII = 0xFF80_FF80_FF80_FF80L;
    /** Returned where only a search of the whole chain can tell. No slot and no address is -1. */
    private static final long ELSEWHERE = -1;

    /** The most bytes of a key that is short. */
    private static final int SHORT_BYTES = 32;
    /** The bits of a hash that are used: the tophash, and the low 32 bits, which a slot keeps. */
    private static final long HASH_BITS = 0xFF00_0000_FFFF_FFFFL;
    /**
     * The highest of the low 32 bits. Shards are named by the bits from 32 on, so they get a copy.
     * These bits are not among those that name the chain before a shard has 2^22 chains.
     */
    private static final long SHARD_BITS = 0xFFC0_0000L;

    private static final int SHARD_SHIFT = 10;

    private final long secret3;
    private final boolean isText;
    private final boolean isBytes;
    /** Whether the buckets have the layout that the constants describe. */
    private final boolean isUsual;

    /** Makes a nil map of these types. */
    VariableKeyMap(Type<K> keyType, Type<V> valueType) {
        super(keyType, valueType);
        secret3 = 0;
        isText = keyType.kind() == ElementKind.UTF8;
        isBytes = keyType.kind() == ElementKind.BYTES;
        isUsual = hasUsualBuckets();
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    VariableKeyMap(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        super(heap, hmap, identity, keyType, valueType);
        secret3 = heap.secret(3);
        isText = keyType.kind() == ElementKind.UTF8;
        isBytes = keyType.kind() == ElementKind.BYTES;
        isUsual = hasUsualBuckets();
    }

    private boolean hasUsualBuckets() {
        return bucketBytes == BUCKET_BYTES
                && keysOffset == KEYS_OFFSET
                && keyStride == STRIDE
                && valueStride == STRIDE
                && valuesOffset == KEYS_OFFSET + SLOT_BYTES;
    }

    // ---------------------------------------------------------------------------------- the hash

    @Override
    long hash(EncodedBytes key, long seed) {
        return hash(key.bytes, key.from, key.length, seed);
    }

    private long hash(byte[] key, int from, int length, long seed) {
        return ofBits(Hash.ofRun(key, from, length, seed, secret0, secret1, secret2, secret3));
    }

    @Override
    long hashAt(long slot, long seed, long chain, int b) {
        return ofBits(
                ((long) Mem.getByte(mem, slot) << 56) | (Mem.getInt(mem, keyAddress(slot) + LOW_HASH) & 0xFFFF_FFFFL));
    }

    /** Returns the hash that the bits in {@link #HASH_BITS} give. */
    private static long ofBits(long hash) {
        return (hash & HASH_BITS) | ((hash & SHARD_BITS) << SHARD_SHIFT);
    }

    @Override
    int hashInSlot(long hash) {
        return (int) hash;
    }

    // ----------------------------------------------------------------------------------- lookups

    @Override
    long slotOf(K key) {
        return find(key, false);
    }

    @Override
    long slotOf(byte[] key, int from, int length) {
        Objects.checkFromIndexSize(from, length, key.length);
        return find(key, from, length, false);
    }

    @Override
    long findValue(K key) {
        return find(key, true);
    }

    @Override
    long findValue(byte[] key, int from, int length) {
        Objects.checkFromIndexSize(from, length, key.length);
        return find(key, from, length, true);
    }

    @Override
    long find(EncodedBytes key) {
        return find(key.bytes, key.from, key.length, false);
    }

    private long find(K key, boolean wantsValue) {
        Objects.requireNonNull(key, "key");
        if (isText && isCurrent()) {
            long found = findText((String) key, wantsValue);
            if (found != ELSEWHERE) {
                return found;
            }
        } else if (isBytes) {
            byte[] bytes = (byte[]) key;
            return find(bytes, 0, bytes.length, wantsValue);
        }
        return orValue(super.slotOf(key), wantsValue);
    }

    /**
     * Looks up a string, if it is short and all of its chars are ASCII. Its bytes go directly into
     * words, without an array between.
     */
    private long findText(String text, boolean wantsValue) {
        int length = text.length();
        if (length < Long.BYTES || length > SHORT_BYTES) {
            return ELSEWHERE;
        }
        int last = length - Long.BYTES;
        long even4 = fourChars(text, last);
        long odd4 = fourChars(text, last + 1);
        long all = even4 | odd4;
        long first = 0;
        long second = 0;
        long even3;
        long odd3;
        if (length > 2 * Long.BYTES) {
            long even1 = fourChars(text, 0);
            long odd1 = fourChars(text, 1);
            long even2 = fourChars(text, Long.BYTES);
            long odd2 = fourChars(text, Long.BYTES + 1);
            even3 = fourChars(text, last - Long.BYTES);
            odd3 = fourChars(text, last - Long.BYTES + 1);
            all |= even1 | odd1 | even2 | odd2;
            first = even1 | (odd1 << Byte.SIZE);
            second = even2 | (odd2 << Byte.SIZE);
        } else {
            even3 = fourChars(text, 0);
            odd3 = fourChars(text, 1);
        }
        if (((all | even3 | odd3) & BEYOND_ASCII) != 0) {
            return ELSEWHERE;
        }
        return find(first, second, even3 | (odd3 << Byte.SIZE), even4 | (odd4 << Byte.SIZE), length, wantsValue);
    }

    /** Returns every second one of eight chars of a string, each in 16 bits. */
    private static long fourChars(String text, int at) {
        return text.charAt(at)
                | ((long) text.charAt(at + 2) << 16)
                | ((long) text.charAt(at + 4) << 32)
                | ((long) text.charAt(at + 6) << 48);
    }

    /** Returns a slot, or the address of its value if that is wanted; 0 for the slot 0. */
    private long orValue(long slot, boolean wantsValue) {
        return wantsValue && slot != 0 ? valueAddress(slot) : slot;
    }

    /**
     * Returns the slot of a key, or the address of the value in that slot if that is wanted; 0 if the
     * key is absent.
     */
    private long find(byte[] key, int from, int length, boolean wantsValue) {
        // A key without bytes is not short: it looks like the key of a slot that has been emptied.
        if (Integer.compareUnsigned(length - 1, SHORT_BYTES) < 0 && isCurrent()) {
            long found;
            if (length > 2 * Long.BYTES) {
                int last = from + length - Long.BYTES;
                found = find(
                        Mem.getLong(key, from),
                        Mem.getLong(key, from + Long.BYTES),
                        Mem.getLong(key, last - Long.BYTES),
                        Mem.getLong(key, last),
                        length,
                        wantsValue);
            } else {
                found = find(0, 0, Mem.head(key, from, length), Mem.tail(key, from, length), length, wantsValue);
            }
            if (found != ELSEWHERE) {
                return found;
            }
        }
        return orValue(findAny(key, from, length), wantsValue);
    }

    /**
     * Looks for a short key in the first bucket of its chain. The cached fields must be current. The
     * words are the first two and the last two of the key. If it has at most 16 bytes, the last two
     * are its head and its tail, and the first two are not used.
     *
     * @return what the other methods of this name return, or {@link #ELSEWHERE} if the key may be in
     *     another bucket of the chain
     */
    private long find(long first, long second, long third, long fourth, int length, boolean wantsValue) {
        long hash = hash(first, second, third, fourth, length);
        // C2 makes constants of these choices, if all such maps of a program are alike.
        MemorySegment memory = raw ? Mem.EVERYTHING : mem;
        long start = base;
        boolean usual = isUsual;
        long bytes = usual ? BUCKET_BYTES : bucketBytes;
        long keys = usual ? KEYS_OFFSET : keysOffset;
        long stride = usual ? STRIDE : keyStride;
        long bucket = cachedArray + (hash & cachedMask) * bytes;
        checkInside(bucket, bytes);
        long at = Mem.address(start + bucket);
        load(memory, at, bytes);
        long tops = Mem.getLong(memory, at);
        long lengthAndHash = (hash << Integer.SIZE) | length;
        for (long rest = Tophash.candidates(tops, Tophash.of(hash) * Tophash.ONES); rest != 0; rest &= rest - 1) {
            long slot = Tophash.lowest(rest);
            long slotAt = at + keys + slot * stride;
            if (Mem.getLong(memory, slotAt + LENGTH) == lengthAndHash
                    && isAt(memory, start, Mem.getLong(memory, slotAt), length, first, second, third, fourth)) {
                if (!wantsValue) {
                    return bucket + slot;
                }
                return usual ? slotAt - start + SLOT_BYTES : valueAddress(bucket + slot);
            }
        }
        return Tophash.at(tops, slots - 1) == Tophash.EMPTY_REST ? 0 : ELSEWHERE;
    }

    private long hash(long first, long second, long third, long fourth, int length) {
        return length > 2 * Long.BYTES
                ? Hash.ofWords(first, second, third, fourth, length, cachedSeed, secret0, secret1, secret2, secret3)
                : Hash.ofWords(third, fourth, length, cachedSeed, secret1, secret2, secret3);
    }

    /** Does the same as {@link #prefetch} for a bucket of this size at this address. */
    private static void load(MemorySegment memory, long at, long bytes) {
        if (bytes > 2 * CACHE_LINE_BYTES && bytes <= 4 * CACHE_LINE_BYTES) {
            Mem.keep(Mem.getLong(memory, at + CACHE_LINE_BYTES)
                    + Mem.getLong(memory, at + 2 * CACHE_LINE_BYTES)
                    + Mem.getLong(memory, at + bytes - CACHE_LINE_BYTES));
        }
    }

    /** Returns whether these are the bytes of the short key in this block. */
    private boolean isAt(
            MemorySegment memory,
            long start,
            long block,
            int length,
            long first,
            long second,
            long third,
            long fourth) {
        checkInside(block, length);
        long at = Mem.address(start + block);
        return length > 2 * Long.BYTES
                ? isAt(memory, at, length, first, second, third, fourth)
                : isAt(memory, at, length, third, fourth);
    }

    /** Returns whether these are the bytes of the key of at most 16 bytes at this address. */
    private static boolean isAt(MemorySegment memory, long address, int length, long head, long tail) {
        return Mem.head(memory, address, length) == head && Mem.tail(memory, address, length) == tail;
    }

    /** Returns whether these are the bytes of the key of 17 to 32 bytes at this address. */
    private static boolean isAt(
            MemorySegment memory, long address, int length, long first, long second, long third, long fourth) {
        long end = Mem.address(address + length);
        return ((Mem.getLong(memory, address) ^ first)
                        | (Mem.getLong(memory, address + Long.BYTES) ^ second)
                        | (Mem.getLong(memory, end - 2 * Long.BYTES) ^ third)
                        | (Mem.getLong(memory, end - Long.BYTES) ^ fourth))
                == 0;
    }

    // The room of a key in a batch: its hash; its length, or 0 if the words are not kept; and the
    // words of a short string as find takes them.
    private static final int ROOM_LENGTH = 1;
    private static final int ROOM_WORDS = 2;

    @Override
    void load(K[] keys, int from, int to, long[] room) {
        int end = (to - from) * ROOM_PER_KEY;
        // Each loop is short, so that many of its loads wait at the same time.
        try (OperationBuffers buffers = OperationBuffers.take()) {
            for (int i = from, at = 0; i < to; i++, at += ROOM_PER_KEY) {
                K key = Objects.requireNonNull(keys[i], "key");
                if (isText && keepWords((String) key, at, room)) {
                    room[at] = hash(
                            room[at + ROOM_WORDS],
                            room[at + ROOM_WORDS + 1],
                            room[at + ROOM_WORDS + 2],
                            room[at + ROOM_WORDS + 3],
                            (int) room[at + ROOM_LENGTH]);
                } else {
                    keyCodec.encode(key, buffers.key);
                    room[at] = hash(buffers.key, cachedSeed);
                    room[at + ROOM_LENGTH] = 0;
                }
            }
        }
        for (int at = 0; at < end; at += ROOM_PER_KEY) {
            loadBucket(room[at]);
        }
        for (int at = 0; at < end; at += ROOM_PER_KEY) {
            loadEntry(room[at]);
        }
    }

    /**
     * Keeps the words of a string, if it is short and all of its chars are ASCII. Returns whether
     * this is so. They are the words that {@link #findText} makes.
     */
    private static boolean keepWords(String text, int at, long[] room) {
        int length = text.length();
        if (length < Long.BYTES || length > SHORT_BYTES) {
            return false;
        }
        int last = length - Long.BYTES;
        long all = 0;
        for (int word = length > 2 * Long.BYTES ? 0 : 2; word < 4; word++) {
            int start = word < 2 ? word * Long.BYTES : Math.max(0, last - (3 - word) * Long.BYTES);
            long even = fourChars(text, start);
            long odd = fourChars(text, start + 1);
            all |= even | odd;
            room[at + ROOM_WORDS + word] = even | (odd << Byte.SIZE);
        }
        room[at + ROOM_LENGTH] = length;
        return (all & BEYOND_ASCII) == 0;
    }

    @Override
    long findLoaded(K key, int at, long[] room) {
        int length = (int) room[at + ROOM_LENGTH];
        if (length != 0 && isCurrent()) {
            long found = find(
                    room[at + ROOM_WORDS],
                    room[at + ROOM_WORDS + 1],
                    room[at + ROOM_WORDS + 2],
                    room[at + ROOM_WORDS + 3],
                    length,
                    true);
            if (found != ELSEWHERE) {
                return found;
            }
        }
        return findValue(key);
    }

    /** Loads the bytes outside the slot of the first entry that probably has this hash. */
    private void loadEntry(long hash) {
        long bucket = cachedChain(hash);
        long lanes = Tophash.candidates(tops(bucket), Tophash.of(hash) * Tophash.ONES);
        if (lanes == 0) {
            return;
        }
        long slot = bucket + Tophash.lowest(lanes);
        long start = keyType.start(mem, keyAddress(slot));
        long address = valueAddress(slot);
        boolean isBehind = valueType.isVariable() && valueType.length(mem, address) != 0;
        long last = isBehind
                ? valueType.start(mem, address) + valueType.length(mem, address) - 1
                : start + Math.max(0, keyType.length(mem, keyAddress(slot)) - 1);
        Mem.keep(Mem.getByte(mem, start)
                + Mem.getByte(mem, Math.min(start + CACHE_LINE_BYTES, last))
                + Mem.getByte(mem, Math.min(start + 2 * CACHE_LINE_BYTES, last)));
    }

    private long findAny(byte[] key, int from, int length) {
        if (!isCurrent()) {
            refreshBeforeRead();
            long hash = hash(key, from, length, seed());
            long chain = chainForRead(hash);
            return chain == 0 ? 0 : search(chain, hash, key, from, length);
        }
        long hash = hash(key, from, length, cachedSeed);
        long chain = cachedChain(hash);
        prefetch(chain);
        return search(chain, hash, key, from, length);
    }

    @Override
    long search(long chain, long hash, EncodedBytes key) {
        return search(chain, hash, key.bytes, key.from, key.length);
    }

    private long search(long chain, long hash, byte[] key, int from, int length) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        final long lengthAndHash = (hash << Integer.SIZE) | length;
        int hops = 0;
        for (long bucket = chain, tops; bucket != 0; bucket = bucketBehind(bucket, tops, ++hops)) {
            tops = tops(bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                int slot = Tophash.lowest(rest);
                long address = bucket + keysOffset + slot * keyStride;
                if (Mem.getLong(mem, address + LENGTH) == lengthAndHash
                        && Tophash.at(tops, slot) >= Tophash.MIN_TOPHASH
                        && Mem.equalBytes(mem, Mem.getLong(mem, address), key, from, length)) {
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
