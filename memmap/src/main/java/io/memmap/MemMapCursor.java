package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the entries of a {@link MemMap}, in an order that is random anew for each cursor.
 *
 * <pre>{@code
 * for (MemMapCursor<String, Long> c = map.cursor(); c.next(); ) {
 *     if (c.value() == 0) c.remove();
 * }
 * }</pre>
 *
 * <p>The map may be changed in any way meanwhile, through the cursor or beside it. An entry that is there all the time is
 * produced exactly once, a removed one never, one that is added at most once. A clear, or a removal of the last entry,
 * ends the walk. A cursor holds no memory of the heap: there is nothing to close.
 *
 * <p>A cursor is for one thread, and while it walks no other thread may write to the map.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class MemMapCursor<K, V> extends HashCursor<K, V> {
    private final MemMap<K, V> map;
    /** Whether {@link #value} may be asked for. */
    private final boolean wantsValues;
    /** The keys taken from the chain, one behind the other, and where each ends. */
    private final EncodedBytes keys = new EncodedBytes();

    private int[] keyEnds = {};
    /** A part of them. */
    private final EncodedBytes part = new EncodedBytes();

    /** Of keys that do not equal themselves, their hashes, which no other such key of their chain has. */
    private long[] nanHashes = {};

    private boolean[] nans = {};

    /** The current entry, as it was when it was produced, and what has been decoded of it. */
    private final EncodedBytes currentKey = new EncodedBytes();

    private final EncodedBytes currentValue = new EncodedBytes();

    /** The key that was kept, and its hash if it does not equal itself. */
    private final EncodedBytes keptKey = new EncodedBytes();

    private long keptNanHash;
    private boolean keptIsNan;

    private @Nullable K key;
    private @Nullable V value;

    MemMapCursor(MemMap<K, V> map, boolean wantsValues) {
        super(map, 1); // chains with a key each, for keys may be large
        this.map = map;
        this.wantsValues = wantsValues;
    }

    /**
     * Goes to the next entry.
     *
     * @return false if there is none
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public boolean next() {
        return advance() != 0;
    }

    /**
     * Returns the key that the current entry had when {@link #next} came to it.
     *
     * @return the key, decoded when it is first asked for
     * @throws IllegalStateException if there is no current entry
     */
    public K key() {
        requireCurrent();
        K decoded = key;
        if (decoded == null) {
            decoded = map.keyCodec.decode(currentKey);
            key = decoded;
        }
        return decoded;
    }

    /**
     * Returns the value that the current entry had when {@link #next} came to it, or that {@link #setValue} gave it.
     *
     * @return the value, decoded when it is first asked for
     * @throws IllegalStateException if there is no current entry
     */
    public V value() {
        requireCurrent();
        V decoded = value;
        if (decoded == null) {
            decoded = map.valueCodec.decode(currentValue);
            value = decoded;
        }
        return decoded;
    }

    private EncodedBytes keyOf(int index) {
        int start = index == 0 ? 0 : keyEnds[index - 1];
        part.lend(keys.bytes, start, keyEnds[index] - start);
        return part;
    }

    /**
     * Replaces the value of the current entry.
     *
     * @param newValue the value
     * @throws IllegalStateException if there is no current entry, if it has been removed from the map, or if the heap is closed
     * @throws HeapExhaustedException if the heap has no room; the entry is as it was
     */
    public void setValue(V newValue) {
        Objects.requireNonNull(newValue, "newValue");
        requireSlot();
        try (OperationBuffers buffers = OperationBuffers.take()) {
            map.valueCodec.encode(newValue, buffers.value);
            map.setValueAt(requireSlot(), buffers.value); // where it is now: the encoding may have used the map
        }
        value = newValue;
    }

    @Override
    boolean erase(int index) {
        return nans[index] ? !hasNewOrder() && map.eraseNan(nanHashes[index]) : map.erase(keyOf(index));
    }

    @Override
    void keep() {
        int index = currentIndex();
        EncodedBytes kept = keyOf(index);
        System.arraycopy(kept.bytes, kept.from, keptKey.own(kept.length), 0, kept.length);
        keptIsNan = nans[index];
        keptNanHash = nanHashes[index];
    }

    @Override
    void removeKept() {
        if (!keptIsNan) {
            map.erase(keptKey);
        } else if (!hasNewOrder()) {
            map.eraseNan(keptNanHash);
        }
    }

    @Override
    long bytesAt(long slot) {
        return map.keyType.length(map.mem, map.keyAddress(slot));
    }

    @Override
    void remember(long[] slots, int count, long chain, int b) {
        if (count > keyEnds.length) {
            keyEnds = new int[slots.length];
            nanHashes = new long[slots.length];
            nans = new boolean[slots.length];
        }
        keys.reset();
        keys.own(0);
        for (int i = 0; i < count; i++) {
            long slot = slots[i];
            map.append(map.keyType, map.keyAddress(slot), keys);
            keyEnds[i] = keys.length;
            nans[i] = !map.isReflexiveAt(slot);
            nanHashes[i] = nans[i] ? map.hashAt(slot, map.seed(), chain, b) : 0;
        }
    }

    @Override
    long locate(int index) {
        if (nans[index]) {
            return hasNewOrder() ? 0 : map.findNan(nanHashes[index]);
        }
        return map.find(keyOf(index));
    }

    @Override
    void produced(long slot) {
        key = null;
        value = null;
        map.load(map.keyType, map.keyAddress(slot), currentKey);
        if (wantsValues) {
            map.load(map.valueType, map.valueAddress(slot), currentValue);
        }
    }

    @Override
    K entryKey() {
        return key();
    }

    @Override
    V entryValue() {
        return value();
    }

    @Override
    void setEntryValue(V newValue) {
        setValue(newValue);
    }
}
