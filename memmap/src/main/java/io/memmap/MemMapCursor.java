package io.memmap;

import java.util.Arrays;
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
    /** Whether callers' code decodes the keys: then only their bytes are taken, for it may change the map. */
    private final boolean takesBytes;

    /** The keys taken; where their bytes are, only of what has been produced. */
    private Object[] keys = new Object[16];

    private byte[][] keyBytes = new byte[16][];

    /** Of keys that do not equal themselves, their hashes, which no other such key of their chain has. */
    private long[] nanHashes = new long[16];

    private boolean[] nans = new boolean[16];
    private @Nullable V value;

    MemMapCursor(MemMap<K, V> map) {
        super(map);
        this.map = map;
        takesBytes = map.keyCodec.runsCallersCode();
    }

    /**
     * Goes to the next entry, and decodes it. One whose decoding throws is passed over.
     *
     * @return false if there is none
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public boolean next() {
        value = null;
        long slot = advance();
        if (slot == 0) {
            return false;
        }
        try {
            value = map.valueAt(slot);
        } catch (RuntimeException | Error e) {
            forgetCurrent();
            throw e;
        }
        return true;
    }

    /**
     * Returns the key of the current entry.
     *
     * @return the key
     * @throws IllegalStateException if there is no current entry
     */
    @SuppressWarnings("unchecked") // take put it there
    public K key() {
        return (K) keys[currentIndex()];
    }

    /**
     * Returns the value that the current entry had when {@link #next} came to it, or that {@link #setValue} gave it.
     *
     * @return the value
     * @throws IllegalStateException if there is no current entry
     */
    public V value() {
        requireCurrent();
        return Objects.requireNonNull(value);
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
        try (Scratch scratch = Scratch.take()) {
            map.valueCodec.encode(newValue, scratch.value, map.heap());
            map.setValueAt(requireSlot(), scratch.value); // where it is now: the encoding may have used the map
        }
        value = newValue;
    }

    /**
     * Removes the current entry from the map, if it is still there.
     *
     * @throws IllegalStateException if there is no current entry, or if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public void remove() {
        int index = currentIndex();
        if (!nans[index]) {
            if (takesBytes) {
                map.eraseBytes(keyBytes[index], 0, keyBytes[index].length);
            } else {
                map.delete(key());
            }
        } else if (currentSlot() != 0) {
            map.eraseNan(nanHashes[index]);
        }
        forgetCurrent();
    }

    @Override
    void take(int index, long slot, long chain, int b) {
        if (index == keys.length) {
            keys = Arrays.copyOf(keys, 2 * index);
            keyBytes = Arrays.copyOf(keyBytes, 2 * index);
            nanHashes = Arrays.copyOf(nanHashes, 2 * index);
            nans = Arrays.copyOf(nans, 2 * index);
        }
        if (takesBytes) {
            keyBytes[index] = map.keyBytesAt(slot);
        } else {
            keys[index] = map.keyAt(slot);
        }
        nans[index] = !map.isReflexiveAt(slot);
        nanHashes[index] = nans[index] ? map.hashAt(slot, map.seed(), chain, b) : 0;
    }

    @Override
    @SuppressWarnings("unchecked") // take put it there
    long locate(int index) {
        if (nans[index]) {
            return hasNewOrder() ? 0 : map.findNan(nanHashes[index]);
        }
        return takesBytes ? map.findBytes(keyBytes[index], 0, keyBytes[index].length) : map.slotOf((K) keys[index]);
    }

    @Override
    long produce(int index, long slot) {
        if (!takesBytes && !map.keyType.isFloating()) {
            return slot;
        }
        keys[index] = map.keyAt(slot); // in its latest form (D9)
        return map.isLive() && !hasNewOrder() ? slotNow(index, slot) : 0;
    }

    @Override
    K entryKey() {
        return key();
    }

    @Override
    void setEntryValue(V newValue) {
        setValue(newValue);
    }

    @Override
    void removeEntry() {
        remove();
    }
}
