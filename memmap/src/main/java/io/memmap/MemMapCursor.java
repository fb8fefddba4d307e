package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the entries of a {@link MemMap}. The order is random and differs between cursors.
 *
 * <pre>{@code
 * for (MemMapCursor<String, Long> c = map.cursor(); c.next(); ) {
 *     if (c.value() == 0) c.remove();
 * }
 * }</pre>
 *
 * <p>The map may be changed in any way during the walk, through the cursor or otherwise. An entry
 * that is present during the whole walk is produced exactly once. An entry that is removed before
 * its turn is not produced. An entry that is added is produced at most once. A clear, or the
 * removal of the last entry, ends the walk. A cursor holds no memory of the heap, so it need not be
 * closed.
 *
 * <p>A cursor is for use by one thread. During the walk no other thread may write to the map.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class MemMapCursor<K, V> extends HashCursor<K, V> {
    private final ObjectTable<K, V> map;
    /** Whether the caller may ask for {@link #value}. */
    private final boolean wantsValues;
    /**
     * The encoded keys taken from the chain, one after another. {@link #keyEnds} says where each
     * ends.
     */
    private final EncodedBytes keys = new EncodedBytes();

    private int[] keyEnds = {};
    /** Scratch: a range of {@link #keys}. */
    private final EncodedBytes part = new EncodedBytes();

    /**
     * The hash of each key that does not equal itself. No two such keys of a chain have the same.
     */
    private long[] nanHashes = {};

    private boolean[] nans = {};

    /**
     * The current entry as it was when it was produced. {@link #key} and {@link #value} cache the
     * decoded objects.
     */
    private final EncodedBytes currentKey = new EncodedBytes();

    private final EncodedBytes currentValue = new EncodedBytes();

    /** The key that {@link #keep} has kept, and its hash if it does not equal itself. */
    private final EncodedBytes keptKey = new EncodedBytes();

    private long keptNanHash;
    private boolean keptIsNan;

    private @Nullable K key;
    private @Nullable V value;

    MemMapCursor(ObjectTable<K, V> map, boolean wantsValues) {
        super(map, 1); // one chain at a time: keys may be large
        this.map = map;
        this.wantsValues = wantsValues;
    }

    /**
     * Moves to the next entry.
     *
     * @return true if there is a next entry; false at the end
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public boolean next() {
        return advance() != 0;
    }

    /**
     * Returns the key of the current entry as it was when {@link #next} moved to the entry.
     *
     * @return the key, decoded at the first call
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
     * Returns the value of the current entry: the value that {@link #setValue} has set, or else the
     * value when {@link #next} moved to the entry.
     *
     * @return the value, decoded at the first call
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
     * @param newValue the new value
     * @throws IllegalStateException if there is no current entry, if the entry has been removed
     *     from the map, or if the heap is closed
     * @throws HeapExhaustedException if the heap has no room; the entry is unchanged
     */
    public void setValue(V newValue) {
        Objects.requireNonNull(newValue, "newValue");
        requireSlot();
        try (OperationBuffers buffers = OperationBuffers.take()) {
            map.valueCodec.encode(newValue, buffers.value);
            // Find the entry again: encoding may have used the map and moved the entry.
            map.setValueAt(requireSlot(), buffers.value);
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
    void save(long[] slots, int count, long chain, int b) {
        if (count > keyEnds.length) {
            keyEnds = new int[slots.length];
            nanHashes = new long[slots.length];
            nans = new boolean[slots.length];
        }
        keys.reset();
        keys.own(0);
        for (int i = 0; i < count; i++) {
            long slot = slots[i];
            map.appendKey(slot, keys);
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
        map.loadKey(slot, currentKey);
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
