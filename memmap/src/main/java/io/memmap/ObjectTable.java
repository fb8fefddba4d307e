package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.OrderLayout;
import io.memmap.format.Tophash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A table whose keys and values are objects of any {@link Type}. It encodes and decodes them,
 * finds, adds, overwrites and removes entries, and owns the blocks for bytes that do not lie in a
 * slot.
 *
 * <p>A subclass searches a chain for one kind of key. The two subclasses that do so,
 * {@link FixedKeyMap} and {@link VariableKeyMap}, stand below the public class {@link MemMap}, so
 * that one public type covers both kinds. For integers it is the other way round: there the public
 * map is the lowest class ({@link IntegerTable}).
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
abstract class ObjectTable<K, V> extends HashTable {
    static final long CACHE_LINE_BYTES = 64;
    /** The greatest length of an object that is believed without a look at the map's bytes. */
    private static final int UNCHECKED_BYTES = 64 << 10;

    final Type<K> keyType;
    final Type<V> valueType;
    final Codec<K> keyCodec;
    final Codec<V> valueCodec;
    /**
     * The codecs of keys and values that are a single word and need no array to be encoded; else
     * null.
     */
    final Codec.@Nullable OfWord<K> keyWords;

    final Codec.@Nullable OfWord<V> valueWords;

    /** Whether the values are runs: a slot has the pointer and the length of each. */
    private final boolean hasRuns;
    /** Whether the values lie in the slots. */
    private final boolean valuesAreInline;
    /** The number of bytes of each value; negative if they are runs. */
    private final int fixedValueBytes;
    /**
     * Whether an operation may read the memory at its addresses ({@link Mem#EVERYTHING}), once it has
     * read the header. The thread is then the only one that could end the memory.
     */
    final boolean raw;
    /** The address of the memory if {@link #raw}, else 0. */
    final long base;
    /** The size of the memory. */
    private final long limit;
    /** The ordered index as this handle sees it; null until an operation needs it. */
    @Nullable
    OrderTree tree;

    /** Makes a nil map of these types. */
    ObjectTable(Type<K> keyType, Type<V> valueType) {
        this(new MapType(keyType, valueType), keyType, valueType);
    }

    private ObjectTable(MapType type, Type<K> keyType, Type<V> valueType) {
        super(type, Geometry.ofObjects(type));
        this.keyType = keyType;
        this.valueType = valueType;
        keyCodec = keyType.codec();
        valueCodec = valueType.codec();
        keyWords = ofWord(keyCodec);
        valueWords = ofWord(valueCodec);
        hasRuns = valueType.isVariable();
        valuesAreInline = valueType.isInline();
        fixedValueBytes = valueType.fixedBytes();
        raw = confined && Mem.EVERYTHING.byteSize() != 0;
        base = raw ? mem.address() : 0;
        limit = mem.byteSize();
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    ObjectTable(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        super(heap, hmap, identity, new MapType(keyType, valueType));
        this.keyType = keyType;
        this.valueType = valueType;
        keyCodec = keyType.codecIn(heap);
        valueCodec = valueType.codecIn(heap);
        keyWords = ofWord(keyCodec);
        valueWords = ofWord(valueCodec);
        hasRuns = valueType.isVariable();
        valuesAreInline = valueType.isInline();
        fixedValueBytes = valueType.fixedBytes();
        raw = confined && Mem.EVERYTHING.byteSize() != 0;
        base = raw ? mem.address() : 0;
        limit = mem.byteSize();
    }

    private static <T> Codec.@Nullable OfWord<T> ofWord(Codec<T> codec) {
        return codec instanceof Codec.OfWord<T> words ? words : null;
    }

    /**
     * Returns the hash of an encoded key. Returns a random number if the key does not equal itself.
     */
    abstract long hash(EncodedBytes key, long seed);

    /**
     * Returns the slot of an encoded key in this chain, or 0 if the chain does not hold the key.
     */
    abstract long search(long chain, long hash, EncodedBytes key);

    /**
     * Returns the part of the hash that a slot keeps beside the key's length, if keys vary in size.
     */
    abstract int hashInSlot(long hash);

    /** Returns whether an encoded key equals itself. */
    abstract boolean isReflexive(EncodedBytes key);

    @Override
    abstract boolean isReflexiveAt(long slot);

    /**
     * Overwrites the key in this slot with an equal key, if the bytes can differ
     * (go:overwrite-replaces-key).
     */
    abstract void rewriteKey(long slot, EncodedBytes key);

    // ------------------------------------------------------------------------------------- lookups

    /** Returns the key's slot, or 0 if the key is absent, or the map is nil or freed. */
    long slotOf(K key) {
        Objects.requireNonNull(key, "key");
        if (isEmpty()) {
            return 0;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            return find(buffers.key);
        }
    }

    /** Does the same for a key that is a range of bytes. */
    long slotOf(byte[] key, int from, int length) {
        requireRange(key, from, length);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.key.lend(key, from, length);
            return find(buffers.key);
        }
    }

    /** Throws if these bytes are not in the memory, which something must then have overwritten. */
    final void checkInside(long offset, long bytes) {
        if (Long.compareUnsigned(offset, limit - bytes) > 0) {
            throw new IndexOutOfBoundsException(
                    bytes + " bytes at offset " + offset + " do not lie in a heap of " + limit + " bytes");
        }
    }

    /** Returns the address of the key's value in its slot; 0 where {@link #slotOf} returns 0. */
    long findValue(K key) {
        long slot = slotOf(key);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    /** Does the same for a key that is a range of bytes. */
    long findValue(byte[] key, int from, int length) {
        long slot = slotOf(key, from, length);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    final long findValue(MemorySegment key, long offset, long length) {
        long slot = slotOf(key, offset, length);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    final long slotOf(MemorySegment key, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, key.byteSize());
        requireVariableKeys();
        if (length > EncodedBytes.MAX_BYTES) {
            return 0; // no key is that long
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            MemorySegment.copy(key, ValueLayout.JAVA_BYTE, offset, buffers.key.own((int) length), 0, (int) length);
            return find(buffers.key);
        }
    }

    final void requireRange(byte[] key, int from, int length) {
        Objects.checkFromIndexSize(from, length, key.length);
        requireVariableKeys();
    }

    private void requireVariableKeys() {
        if (!keyType.isVariable() && hmap != 0) {
            throw new UnsupportedOperationException(
                    "only keys whose size varies, such as utf8 or bytes, can be found by a range of bytes, not those"
                            + " of "
                            + keyType);
        }
    }

    /** Returns the slot of an encoded key, or 0 if there is none. */
    long find(EncodedBytes key) {
        if (paged) {
            return slotOfLong(longOf(key));
        }
        if (!isCurrent()) {
            return findElsewhere(key);
        }
        long hash = hash(key, cachedSeed);
        long chain = cachedChain(hash);
        prefetch(chain);
        return search(chain, hash, key);
    }

    private long findElsewhere(EncodedBytes key) {
        refreshBeforeRead();
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : search(chain, hash, key);
    }

    /** Returns the key of a paged map from its encoded form. */
    static long longOf(EncodedBytes key) {
        return Mem.getLong(key.bytes, key.from);
    }

    /** Returns the slot of a key in a paged map, or 0 if the key is absent. */
    private long slotOfLong(long key) {
        if (isPagedAndCurrent()) {
            long stored = key ^ cachedFlip;
            return slotInPage(hashOfStored(stored), stored);
        }
        refreshBeforeRead();
        return slotByHeader(key);
    }

    /**
     * Returns the slot of a stored key with this hash in a paged map, or 0 if the key is absent. The
     * cached fields must be current. The search is that of {@link IntegerTable#findInPage}. The cached
     * array lies in the memory, so no check of bounds is needed.
     */
    final long slotInPage(long hash, long stored) {
        if (stored == 0) {
            return slotFar(0);
        }
        final MemorySegment memory = raw ? Mem.EVERYTHING : mem;
        final long home = cachedArray + (hash & cachedMask);
        long found = Mem.getLong(memory, Mem.address(base + home));
        if (found == stored) {
            return home;
        }
        final long last = cachedMask & BucketLayout.PAGE_BYTES - 1;
        for (long distance = keyStride; found != 0 && distance <= last; distance += keyStride) {
            long slot = home ^ distance;
            found = Mem.getLong(memory, Mem.address(base + slot));
            if (found == stored) {
                return slot;
            }
        }
        return found == 0 ? 0 : slotFar(stored);
    }

    /** Finds a stored key that may be outside its page, as the page is full, or the key is reserved. */
    private long slotFar(long stored) {
        return slotByHeader(stored ^ cachedFlip);
    }

    /** Finds a key in a paged map without the cached fields. */
    final long slotByHeader(long key) {
        long slot = beginRead() ? pagedTable().search(key) : 0;
        checkInside(slot, keyStride);
        return slot;
    }

    /** Returns the algorithm of this table, which is paged. */
    final PagedTable pagedTable() {
        return Objects.requireNonNull(pages);
    }

    /**
     * Loads from every cache line of a bucket that spans three or four lines, so that the cache
     * misses overlap. Without this, a search would wait for the first line before it knows which
     * other line it needs.
     */
    final void prefetch(long bucket) {
        if (bucketBytes <= 2 * CACHE_LINE_BYTES || bucketBytes > 4 * CACHE_LINE_BYTES) {
            return;
        }
        Mem.keep(tops(bucket + CACHE_LINE_BYTES)
                + tops(bucket + 2 * CACHE_LINE_BYTES)
                + tops(bucket + bucketBytes - CACHE_LINE_BYTES));
    }

    /** Loads the first bucket of the chain of this hash. The cached fields must be current. */
    final void loadBucket(long hash) {
        if (paged) {
            Mem.keep(Mem.getLong(mem, cachedArray + (hash & cachedMask)));
            return;
        }
        loadChain(cachedChain(hash));
    }

    /**
     * Loads the bucket with which a search for a key of this hash begins, so that the cache misses of
     * several searches overlap. A paged map that grows loads nothing.
     */
    final void loadFirstBucket(long hash) {
        if (isCurrent()) {
            loadBucket(hash);
        } else if (!paged) {
            long chain = chainForRead(hash);
            if (chain != 0) {
                loadChain(chain);
            }
        }
    }

    private void loadChain(long bucket) {
        prefetch(bucket);
        Mem.keep(tops(bucket));
    }

    @Override
    final long searchAgain(long slot) {
        if (!isReflexiveAt(slot)) {
            return slot;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            loadKey(slot, buffers.key);
            return find(buffers.key);
        }
    }

    /** Copies the bytes of the key in this slot into {@code to}. */
    final void loadKey(long slot, EncodedBytes to) {
        if (paged) {
            Mem.setLong(to.own(Long.BYTES), 0, Mem.getLong(mem, slot) ^ flip());
        } else {
            load(keyType, keyAddress(slot), to);
        }
    }

    /** Appends the bytes of the key in this slot to {@code to}. */
    final void appendKey(long slot, EncodedBytes to) {
        if (paged) {
            int at = to.length;
            Mem.setLong(to.extend(Math.addExact(at, Long.BYTES)), at, Mem.getLong(mem, slot) ^ flip());
        } else {
            append(keyType, keyAddress(slot), to);
        }
    }

    /** Copies the bytes of the key or value at this address of a slot into {@code to}. */
    final void load(Type<?> ofType, long address, EncodedBytes to) {
        int length = boundedLength(ofType, address);
        Mem.copyOut(mem, ofType.start(mem, address), to.own(length), length);
    }

    /** Appends the bytes of the key or value at this address of a slot to {@code to}. */
    final void append(Type<?> ofType, long address, EncodedBytes to) {
        int at = to.length;
        int length = boundedLength(ofType, address);
        byte[] array = to.extend(Math.addExact(at, length));
        Mem.copyOut(mem, ofType.start(mem, address), array, at, length);
    }

    private int boundedLength(Type<?> ofType, long address) {
        int length = ofType.length(mem, address);
        requireLength(length);
        return length;
    }

    /**
     * Requires that a long object is not longer than all blocks of the map together (I13). So the
     * length in a slot of a damaged file does not become that of an array.
     */
    final void requireLength(int length) {
        if (length > UNCHECKED_BYTES && length > field(HmapLayout.BLOB_BYTES)) {
            throw new IndexOutOfBoundsException("a slot states an object of " + length + " bytes, but all entries of"
                    + " the map have " + field(HmapLayout.BLOB_BYTES) + " bytes outside of their slots");
        }
    }

    final V valueAt(long slot) {
        return decodeAt(valueAddress(slot));
    }

    /** Returns the value at this address of a slot. */
    final V decodeAt(long address) {
        if (valueWords != null) {
            return valueWords.fromWord(Mem.getWord(mem, address, fixedValueBytes));
        }
        MemorySegment memory = raw ? Mem.EVERYTHING : mem;
        long at = Mem.address(base + address);
        int length = fixedValueBytes;
        if (!valuesAreInline) {
            long start = Mem.getLong(memory, at);
            if (length < 0) {
                length = Mem.getInt(memory, at + Long.BYTES);
                requireLength(length);
            }
            checkInside(start, length);
            at = Mem.address(base + start);
        }
        return valueCodec.decodeAt(memory, at, length);
    }

    final <R> @Nullable R readAt(long slot, Function<? super MemorySegment, ? extends @Nullable R> function) {
        if (slot == 0) {
            return null;
        }
        try (Arena arena = Arena.ofConfined()) {
            return function.apply(valueCopy(slot, arena).asReadOnly());
        }
    }

    final boolean updateBytes(EncodedBytes key, Consumer<? super MemorySegment> change) {
        long slot = find(key);
        if (slot == 0) {
            return false;
        }
        long changes = changes();
        long moves = field(HmapLayout.MOVES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = valueCopy(slot, arena);
            change.accept(copy);
            valueCodec.clearPadding(copy);
            boolean hasStayed = isLive() && changes() == changes && field(HmapLayout.MOVES) == moves;
            long now = hasStayed ? slot : find(key); // the callback may have used the map
            if (now != 0 && valueType.length(mem, valueAddress(now)) == copy.byteSize()) {
                storeBytes(now, copy);
            }
        }
        return true;
    }

    /** Replaces a value's bytes with the same number of other bytes. */
    final void storeBytes(long slot, MemorySegment bytes) {
        long start = valueType.start(mem, valueAddress(slot));
        long copy = beginOverwrite(start, bytes.byteSize());
        Mem.copyIn(bytes, 0, mem, start, bytes.byteSize());
        endOverwrite(copy);
    }

    final MemorySegment valueCopy(long slot, Arena arena) {
        long address = valueAddress(slot);
        int length = boundedLength(valueType, address);
        MemorySegment copy = arena.allocate(length, Long.BYTES);
        Mem.copyOut(mem, valueType.start(mem, address), copy, 0, length);
        return copy;
    }

    /** Copies the value at this address of a slot; returns -1 if it is 0. */
    final long copyAt(long address, MemorySegment target, long offset) {
        if (address == 0) {
            return -1;
        }
        if (hasRuns) {
            return copyRun(address, target, offset);
        }
        int length = valueType.length(mem, address);
        requireRoom(length, target, offset);
        Mem.copyOut(mem, valueType.start(mem, address), target, offset, length);
        return length;
    }

    private static void requireRoom(int length, MemorySegment target, long offset) {
        if (offset < 0 || offset > target.byteSize() - length) {
            throw new IndexOutOfBoundsException("a value of " + length + " bytes does not fit at offset " + offset
                    + " of a segment of " + target.byteSize() + " bytes");
        }
    }

    private long copyRun(long address, MemorySegment target, long offset) {
        MemorySegment memory = raw ? Mem.EVERYTHING : mem;
        long at = Mem.address(base + address);
        long run = Mem.getLong(memory, at);
        int length = Mem.getInt(memory, at + Long.BYTES);
        checkInside(run, length);
        requireRoom(length, target, offset);
        Mem.copyOut(memory, Mem.address(base + run), target, offset, length);
        return length;
    }

    // ------------------------------------------------------------------------------- assign, erase

    final void encode(K key, V value, OperationBuffers buffers) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        requireLive();
        encodeKey(key, buffers);
        valueCodec.encode(value, buffers.value);
    }

    /**
     * Encodes the key of a write into bytes that no other code can change. All steps of the write
     * use these bytes.
     */
    final void encodeKey(K key, OperationBuffers buffers) {
        keyCodec.encode(key, buffers.key);
        buffers.key.keep();
    }

    final void requireLive() {
        heap().checkAttached();
        if (!isLive()) {
            throw noMap();
        }
    }

    /** Sets the value of the encoded key to {@code value}. */
    final void setValue(V value, OperationBuffers buffers) {
        requireLive();
        valueCodec.encode(value, buffers.value);
        assign(buffers, false);
    }

    /** Returns the value of the encoded key, or null if the key is absent. */
    final @Nullable V valueOf(OperationBuffers buffers) {
        long slot = find(buffers.key);
        if (slot == 0) {
            return null;
        }
        load(valueType, valueAddress(slot), buffers.previous);
        return valueCodec.decode(buffers.previous);
    }

    /**
     * Puts the encoded key and value, and returns whether the key was present. Keeps the previous
     * value in the buffers if it is wanted.
     */
    final boolean assign(OperationBuffers buffers, boolean wantsPrevious) {
        EncodedBytes key = buffers.key;
        beginWrite();
        try {
            if (paged) {
                boolean present = assignInPage(longOf(key), buffers, wantsPrevious, true);
                endWrite();
                return present;
            }
            long hash = hash(key, seed());
            long chain = chainForWrite(hash);
            long slot = search(chain, hash, key);
            if (slot != 0) {
                if (wantsPrevious) {
                    keepPrevious(slot, buffers);
                }
                overwrite(slot, buffers.value);
                rewriteKey(slot, key);
            } else {
                add(chain, isReflexive(key) ? hash : distinct(hash, chain), key, buffers.value);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Puts a key and the encoded value in the buffers in a paged map, and returns whether the key was
     * present. If it was, overwrites the value only if {@code overwrites}, and moves no entry. The
     * caller has begun a write.
     */
    final boolean assignInPage(long key, OperationBuffers buffers, boolean wantsPrevious, boolean overwrites) {
        PagedTable engine = pagedTable();
        long slot = engine.search(key);
        if (slot != 0 && wantsPrevious) {
            keepPrevious(slot, buffers);
        }
        if (slot == 0) {
            addInPage(engine, key, buffers);
        } else if (overwrites) {
            overwriteBytes(valueAddress(slot), buffers.value);
        }
        return slot != 0;
    }

    private void addInPage(PagedTable engine, long key, OperationBuffers buffers) {
        OrderTree ordered = null;
        if (hasOrder()) {
            Mem.setLong(buffers.key.own(Long.BYTES), 0, key);
            ordered = prepareOrder(buffers.key);
        }
        long slot;
        try {
            slot = engine.slotFor(key);
        } catch (Throwable failed) {
            if (ordered != null) {
                ordered.cancel();
            }
            throw failed;
        }
        buffers.value.copyTo(mem, valueAddress(slot));
        engine.addEntry(slot, key);
        if (ordered != null) {
            ordered.insert(slot);
        }
    }

    /** Removes a key of a paged map, and returns whether it was present. The caller has begun a write. */
    final boolean eraseInPage(long key) {
        PagedTable engine = pagedTable();
        long slot = engine.search(key);
        if (slot == 0) {
            return false;
        }
        if (hasOrder()) {
            tree().locate(slot);
        }
        engine.removePresent(key);
        if (hasOrder()) {
            tree().remove();
        }
        return true;
    }

    /**
     * Decodes the value in this slot before it changes. Decoding may fail with an
     * {@link OutOfMemoryError}, and then the map must be unchanged.
     */
    final void keepPrevious(long slot, OperationBuffers buffers) {
        load(valueType, valueAddress(slot), buffers.previous);
        buffers.decoded = valueCodec.decode(buffers.previous);
    }

    /** Returns the value that {@link #keepPrevious} has decoded. */
    @SuppressWarnings("unchecked")
    final V previous(OperationBuffers buffers) {
        return (V) Objects.requireNonNull(buffers.decoded);
    }

    /** Adds an entry whose key is not in its chain. Takes all memory before it fills the slot. */
    final void add(long chain, long hash, EncodedBytes key, EncodedBytes value) {
        long keyBytesInBlock = bytesOutOfLine(keyType, key);
        long moves = field(HmapLayout.MOVES);
        long block = newBlock(bytesOfBlock(keyBytesInBlock, bytesOutOfLine(valueType, value)));
        OrderTree ordered = null;
        long slot;
        try {
            ordered = hasOrder() ? prepareOrder(key) : null;
            // If the counter has changed, the chain may have moved.
            slot = field(HmapLayout.MOVES) == moves ? insert(chain, hash) : 0;
            while (slot == 0) {
                slot = insert(chainForWrite(hash), hash);
            }
        } catch (Throwable failed) {
            freeBlock(block);
            if (ordered != null) {
                ordered.cancel();
            }
            throw failed;
        }
        place(keyType, keyAddress(slot), key, block, hashInSlot(hash));
        place(valueType, valueAddress(slot), value, block + valueOffset(keyBytesInBlock), 0);
        boolean reflexive = isReflexive(key);
        if (!reflexive) {
            long others = field(HmapLayout.NANS);
            noteNan(slot, others);
            setField(HmapLayout.NANS, others + 1);
        }
        Budget bound = budget;
        if (bound != null) {
            bound.link(slot, hash); // C1: the entry has its node when it is there
        }
        addEntry(slot, hash);
        if (!reflexive) {
            dropNan();
        }
        if (ordered != null) {
            ordered.insert(slot);
        }
    }

    /**
     * Stores an encoded object at its address in a slot, or at its address in the entry's block.
     */
    private void place(Type<?> ofType, long address, EncodedBytes object, long inBlock, int besideLength) {
        if (ofType.isInline()) {
            object.copyTo(mem, address);
            return;
        }
        object.copyTo(mem, inBlock);
        point(ofType, address, object, inBlock, besideLength);
    }

    /** Makes the slot's part at this address refer to an encoded object that lies in a block. */
    private void point(Type<?> ofType, long address, EncodedBytes object, long inBlock, int besideLength) {
        Mem.setLong(mem, address, object.length == 0 ? 0 : inBlock);
        if (ofType.isVariable()) {
            Mem.setInt(mem, address + Long.BYTES, object.length);
            Mem.setInt(mem, address + Long.BYTES + Integer.BYTES, besideLength);
        }
    }

    /**
     * Replaces the value in this filled slot. Reuses the block if a new one would have the same
     * size, or if no new one can be had and the old one is large enough. In a map with a journal the
     * old block keeps its bytes until the slot refers to the new one.
     */
    private void overwrite(long slot, EncodedBytes value) {
        long address = valueAddress(slot);
        if (!valueType.isVariable()) {
            overwriteBytes(valueType.start(mem, address), value);
            return;
        }
        long keyBytesInBlock = keyBytesInBlock(slot);
        long bytes = bytesOfBlock(keyBytesInBlock, value.length);
        long old = blockAt(slot);
        long oldBytes = blockBytes(old);
        long block = old;
        if (oldBytes != usableBytes(bytes) || (journaled && bytes != 0)) {
            if (keyBytesInBlock != 0 && hasOrder()) {
                tree().locate(slot); // may allocate: do it before the first change
            }
            block = bytes == 0 ? 0 : takeBlock(bytes, BlockKind.ENTRY);
            if (block == 0 && (bytes > oldBytes || (journaled && bytes != 0))) {
                throw failWrite(bytes);
            }
            if (block == 0 && bytes != 0) {
                block = old;
            }
        }
        long inBlock = block + valueOffset(keyBytesInBlock);
        if (block == old) {
            place(valueType, address, value, inBlock, 0);
            return;
        }
        countBlock(block);
        if (keyBytesInBlock != 0) {
            Mem.copySmall(mem, old, block, keyBytesInBlock);
        }
        value.copyTo(mem, inBlock);
        if (journaled) {
            Journal.record(mem, hmap, keyBytesInBlock == 0 ? address : keyAddress(slot), address, address + Long.BYTES);
        }
        if (keyBytesInBlock != 0) {
            Mem.setLong(mem, keyAddress(slot), block);
        }
        point(valueType, address, value, inBlock, 0);
        if (journaled) {
            Journal.dropRecord(mem, hmap);
        }
        if (keyBytesInBlock != 0 && hasOrder()) {
            tree().replace(slot);
        }
        freeBlock(old);
    }

    /** Replaces bytes of a value by as many others. */
    final void overwriteBytes(long address, EncodedBytes bytes) {
        boolean isWord = bytes.length <= Long.BYTES && Integer.bitCount(bytes.length) == 1;
        long copy = isWord ? 0 : beginOverwrite(address, bytes.length);
        bytes.copyTo(mem, address);
        if (!isWord) {
            endOverwrite(copy);
        }
    }

    /**
     * Records bytes of a value that are about to be overwritten, and that one store cannot overwrite,
     * if the map has a journal. Returns what {@link #endOverwrite} needs.
     */
    final long beginOverwrite(long address, long bytes) {
        if (!journaled) {
            return 0;
        }
        if (bytes <= (long) Journal.RECORD_WORDS * Long.BYTES) {
            Journal.record(mem, hmap, address, bytes);
            return 0;
        }
        long copy = takeBlock(Journal.copyBytes(bytes), BlockKind.ENTRY);
        if (copy == 0) {
            throw exhausted(Journal.copyBytes(bytes));
        }
        Journal.recordIn(copy, mem, hmap, address, bytes);
        return copy;
    }

    final void endOverwrite(long copy) {
        if (journaled) {
            Journal.dropRecord(mem, hmap);
            if (copy != 0) {
                giveBack(copy, BlockKind.ENTRY);
            }
        }
    }

    private void noteNan(long slot, long others) {
        if (journaled) {
            Journal.noteNan(mem, hmap, slot, others);
        }
    }

    private void dropNan() {
        if (journaled) {
            Journal.dropNan(mem, hmap);
        }
    }

    /**
     * Returns the number of bytes in the block of an encoded entry; 0 if the entry needs no block.
     */
    final long blockBytesOf(EncodedBytes key, EncodedBytes value) {
        return usableBytes(bytesOfBlock(bytesOutOfLine(keyType, key), bytesOutOfLine(valueType, value)));
    }

    /**
     * Returns the number of bytes that overwriting the value in this filled slot takes before it
     * gives any back.
     */
    final long bytesToOverwrite(long slot, EncodedBytes value) {
        if (!valueType.isVariable()) {
            return 0;
        }
        long bytes = usableBytes(bytesOfBlock(keyBytesInBlock(slot), value.length));
        return blockBytes(blockAt(slot)) == bytes ? 0 : bytes;
    }

    final boolean erase(EncodedBytes key) {
        if (!beginDelete()) {
            return false;
        }
        try {
            if (paged) {
                boolean present = eraseInPage(longOf(key));
                endWrite();
                return present;
            }
            long hash = hash(key, seed());
            long chain = chainForWrite(hash);
            long slot = search(chain, hash, key);
            if (slot != 0) {
                remove(chain, slot);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Replaces the value of a cursor's current entry. */
    final void setValueAt(long slot, EncodedBytes value) {
        beginWrite();
        try {
            overwrite(slot, value);
            endWrite();
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Removes the entry of the hash's chain that has this tophash and a key that does not equal
     * itself. Returns whether there was one.
     */
    final boolean eraseNan(long hash) {
        if (!beginDelete()) {
            return false;
        }
        try {
            long chain = chainForWrite(hash);
            long slot = searchNan(chain, hash);
            if (slot != 0) {
                remove(chain, slot);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Returns the slot of the entry that {@link #eraseNan} would remove, or 0. */
    final long findNan(long hash) {
        return beginRead() ? searchNan(chain(hash, state()), hash) : 0;
    }

    private long searchNan(long chain, long hash) {
        int hops = 0;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket, ++hops)) {
            for (int slot = 0; slot < slots; slot++) {
                if (Mem.getByte(mem, bucket + slot) == Tophash.of(hash) && !isReflexiveAt(bucket + slot)) {
                    return bucket + slot;
                }
            }
        }
        return 0;
    }

    /**
     * Returns a hash for a key that does not equal itself (it contains a NaN). The result is
     * {@code hash}, or a hash of the same chain with a tophash that no other such key of the chain
     * has. A cursor finds such an entry after it has moved by its tophash alone. That suffices
     * because chains with such keys are split but never merged.
     */
    long distinct(long hash, long chain) {
        long distinct = hash;
        for (int top = 0; top < 256 && searchNan(chain, distinct) != 0; top++) {
            distinct += 1L << 56;
        }
        return distinct;
    }

    // -------------------------------------------------------------- bytes outside of the slot

    // The bytes of an entry that lie outside of its slot share one block: first the key's bytes, if
    // they are not in the slot, then the value's bytes, from the next multiple of 8. So when a
    // lookup has read the key, the value is already on its way into the cache. An object without
    // bytes has no pointer.

    private static long valueOffset(long keyBytesInBlock) {
        return (keyBytesInBlock + 7) & -8;
    }

    private static long bytesOfBlock(long keyBytesInBlock, long valueBytesInBlock) {
        return valueBytesInBlock == 0 ? keyBytesInBlock : valueOffset(keyBytesInBlock) + valueBytesInBlock;
    }

    private long usableBytes(long bytes) {
        return bytes == 0 ? 0 : heap().usableSize(bytes, BlockKind.ENTRY);
    }

    private long keyBytesInBlock(long slot) {
        return keyType.isInline() ? 0 : keyType.length(mem, keyAddress(slot));
    }

    private static long bytesOutOfLine(Type<?> ofType, EncodedBytes object) {
        return ofType.isInline() ? 0 : object.length;
    }

    /** Returns the block of the entry in this filled slot; 0 if key and value lie in the slot. */
    private long blockAt(long slot) {
        long block = keyType.isInline() ? 0 : Mem.getLong(mem, keyAddress(slot));
        return block != 0 || valueType.isInline() ? block : Mem.getLong(mem, valueAddress(slot));
    }

    private long blockBytes(long block) {
        return block == 0 ? 0 : heap().blockBytes(block);
    }

    /** Takes a block of this many bytes. Returns 0 for 0 bytes. */
    private long newBlock(long bytes) {
        if (bytes == 0) {
            return 0;
        }
        long block = takeBlock(bytes, BlockKind.ENTRY);
        while (block == 0 && reclaim()) {
            block = takeBlock(bytes, BlockKind.ENTRY);
        }
        if (block == 0) {
            throw failWrite(bytes);
        }
        countBlock(block);
        return block;
    }

    private void countBlock(long block) {
        setField(HmapLayout.BLOB_BYTES, field(HmapLayout.BLOB_BYTES) + blockBytes(block));
    }

    private void freeBlock(long block) {
        if (block != 0) {
            setField(HmapLayout.BLOB_BYTES, field(HmapLayout.BLOB_BYTES) - blockBytes(block));
            giveBack(block, BlockKind.ENTRY);
        }
    }

    @Override
    final long releaseEntry(long slot) {
        boolean reflexive = isReflexiveAt(slot); // may allocate: do it before the first change
        if (hasOrder()) {
            OrderTree ordered = tree();
            ordered.locate(slot); // the same
            ordered.remove();
        }
        Budget bound = budget;
        if (bound != null) {
            bound.beginUnlink(slot);
        }
        if (!reflexive) {
            long others = field(HmapLayout.NANS) - 1;
            noteNan(slot, others);
            setField(HmapLayout.NANS, others);
        }
        return blockAt(slot);
    }

    @Override
    final void endRemoval(long slot, long block) {
        if (mayHoldNans()) {
            dropNan();
        }
        Budget bound = budget;
        if (bound != null) {
            bound.endUnlink();
        }
        if (!keyType.isInline()) {
            Mem.zero(mem, keyAddress(slot), keyBytes); // as in Go, keep no dangling pointer
        }
        freeBlock(block);
    }

    @Override
    final void releaseEntries() {
        // Allocates: do it before the first change.
        LongConsumer freeBlock = slot -> freeBlock(blockAt(slot));
        if (hasOrder()) {
            tree().clear();
        }
        Budget bound = budget;
        if (bound != null) {
            bound.clear();
        }
        if (field(HmapLayout.BLOB_BYTES) != 0) {
            forEachSlot(freeBlock);
        }
    }

    @Override
    final long blobBytesAt(long slot) {
        return blockBytes(blockAt(slot));
    }

    // ----------------------------------------------------------------------------- the ordered index

    /** Returns whether writes must tell the ordered index of their changes. */
    private boolean hasOrder() {
        return field(HmapLayout.ORDER) != 0;
    }

    /** Returns the ordered index as this handle sees it, which need not exist. */
    final OrderTree tree() {
        OrderTree known = tree;
        if (known == null) {
            known = new OrderTree(this);
            tree = known;
        }
        return known;
    }

    /** Returns the index, prepared for the insertion of a key. */
    private OrderTree prepareOrder(EncodedBytes key) {
        OrderTree ordered = tree();
        while (!ordered.prepare(key)) {
            if (!reclaim()) {
                throw failWrite(OrderLayout.NODE_BYTES);
            }
        }
        return ordered;
    }

    /** Builds the ordered index of a plain map, unless there is one. */
    final void buildOrder() {
        OrderTree ordered = tree();
        if (!isLive() || ordered.isReady()) {
            return;
        }
        LongConsumer insert = slot -> insertIntoOrder(ordered, slot); // allocates: do it before the first change
        beginWrite();
        try {
            beginOrder();
            forEachSlot(insert);
            ordered.setReady();
            endWrite();
        } catch (Throwable failed) {
            freeOrder();
            abandonWrite();
            throw failed;
        }
    }

    /** Makes an index without keys, in place of one that was not finished. */
    final void beginOrder() {
        freeOrder();
        if (!tree().make()) {
            throw exhausted(OrderLayout.NODE_BYTES);
        }
    }

    /** Adds a key to the index, unless it is there or has been removed from the table. */
    final void insertIntoOrder(OrderTree ordered, EncodedBytes key) {
        long slot = find(key);
        if (slot == 0) {
            return;
        }
        if (!ordered.prepare(key)) {
            throw exhausted(OrderLayout.NODE_BYTES);
        }
        ordered.insert(slot);
    }

    /** Adds the key in this slot to the index, unless it is there. */
    private void insertIntoOrder(OrderTree ordered, long slot) {
        if (!ordered.prepare(slot)) {
            throw exhausted(OrderLayout.NODE_BYTES);
        }
        ordered.insert(slot);
    }

    @Override
    final void freeOrder() {
        if (hasOrder()) {
            tree().free();
        }
    }

    @Override
    final void checkOrder() {
        if (hasOrder()) {
            new OrderCheck(this, tree()).check();
        }
    }
}
