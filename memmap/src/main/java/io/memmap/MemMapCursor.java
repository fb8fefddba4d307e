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
    /** The keys taken from the chain, one behind the other, and where each ends. */
    private final Encoded keys = new Encoded();

    private int[] keyEnds = new int[16];
    /** A part of them. */
    private final Encoded part = new Encoded();

    /**
     * Of an entry whose key does not equal itself, its hash and how many such entries of the same hash come before it in its
     * chain, which an evacuation preserves. An ordinal below 0 says that the key is an ordinary one.
     */
    private long[] nanHashes = new long[16];

    private int[] nanOrdinals = new int[16];

    /** The current entry, as it was when it was produced, and what has been decoded of it. */
    private final Encoded currentKey = new Encoded();

    private final Encoded currentValue = new Encoded();

    private @Nullable K key;
    private @Nullable V value;

    MemMapCursor(MemMap<K, V> map) {
        super(map);
        this.map = map;
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
            decoded = map.keyCodec.decode(currentKey, map.heap());
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
            decoded = map.valueCodec.decode(currentValue, map.heap());
            value = decoded;
        }
        return decoded;
    }

    private Encoded keyOf(int index) {
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
        if (nanOrdinals[index] < 0) {
            map.erase(keyOf(index));
        } else {
            removeNan(index, currentSlot());
        }
        forgetCurrent();
    }

    private void removeNan(int index, long slot) {
        if (slot == 0) {
            return;
        }
        map.eraseNan(nanHashes[index], map.ordinalOfNan(nanHashes[index], slot));
        for (int i = 0; i < taken(); i++) {
            if (nanHashes[i] == nanHashes[index] && nanOrdinals[i] > nanOrdinals[index]) {
                nanOrdinals[i]--;
            }
        }
    }

    @Override
    void take(int index, long slot, long chain, int b) {
        if (index == 0) {
            keys.own(0);
        } else if (index == keyEnds.length) {
            keyEnds = Arrays.copyOf(keyEnds, 2 * index);
            nanHashes = Arrays.copyOf(nanHashes, 2 * index);
            nanOrdinals = Arrays.copyOf(nanOrdinals, 2 * index);
        }
        map.append(map.keyType, map.keyAddress(slot), keys);
        keyEnds[index] = keys.length;
        nanOrdinals[index] = -1;
        if (!map.isReflexiveAt(slot)) {
            nanHashes[index] = map.hashAt(slot, map.seed(), chain, b);
            nanOrdinals[index] = map.ordinalOfNan(nanHashes[index], slot);
        }
    }

    @Override
    long locate(int index) {
        if (nanOrdinals[index] < 0) {
            return map.find(keyOf(index));
        }
        if (hasMovedEntries()) {
            return map.findNan(nanHashes[index], nanOrdinals[index]);
        }
        return map.isNanAt(slotTaken(index), nanHashes[index]) ? slotTaken(index) : 0;
    }

    @Override
    void produced(long slot) {
        key = null;
        value = null;
        map.load(map.keyType, map.keyAddress(slot), currentKey);
        map.load(map.valueType, map.valueAddress(slot), currentValue);
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
