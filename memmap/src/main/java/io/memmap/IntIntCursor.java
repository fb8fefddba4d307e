package io.memmap;

import io.memmap.memory.Mem;
import java.util.Arrays;

/**
 * A walk over the entries of a {@link IntIntMap}, in an order that is random anew for each cursor.
 *
 * <pre>{@code
 * for (IntIntCursor c = map.cursor(); c.next(); ) {
 *     if (c.value() == 0) c.remove();
 * }
 * }</pre>
 *
 * <p>The map may be changed in any way meanwhile, through the cursor or beside it. An entry that is there all the time is
 * produced exactly once, a removed one never, one that is added at most once. A clear, or a removal of the last entry,
 * ends the walk. A cursor holds no memory of the heap: there is nothing to close. To step allocates nothing, but for
 * chains longer than any before.
 *
 * <p>A cursor is for one thread, and while it walks no other thread may write to the map.
 */
public final class IntIntCursor extends HashCursor {
    private final IntIntMap map;
    private int[] keys = new int[16];
    private int value;

    IntIntCursor(IntIntMap map) {
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
        long slot = advance();
        if (slot == 0) {
            return false;
        }
        value = Mem.getInt(map.mem, map.valueAddress(slot));
        return true;
    }

    /**
     * Returns the key of the current entry.
     *
     * @return the key
     * @throws IllegalStateException if there is no current entry
     */
    public int key() {
        return keys[currentIndex()];
    }

    /**
     * Returns the value that the current entry had when {@link #next} came to it, or that {@link #setValue} gave it.
     *
     * @return the value
     * @throws IllegalStateException if there is no current entry
     */
    public int value() {
        requireCurrent();
        return value;
    }

    /**
     * Replaces the value of the current entry.
     *
     * @param newValue the value
     * @throws IllegalStateException if there is no current entry, if it has been removed from the map, or if the heap is closed
     */
    public void setValue(int newValue) {
        long slot = currentSlot();
        if (slot == 0) {
            throw new IllegalStateException("the entry has been removed from the map");
        }
        Mem.setInt(map.mem, map.valueAddress(slot), newValue);
        value = newValue;
    }

    /**
     * Removes the current entry from the map, if it is still there.
     *
     * @throws IllegalStateException if there is no current entry, or if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public void remove() {
        map.delete(keys[currentIndex()]);
        forgetCurrent();
    }

    @Override
    void take(int index, long slot) {
        if (index == keys.length) {
            keys = Arrays.copyOf(keys, 2 * index);
        }
        keys[index] = map.keyAt(slot);
    }

    @Override
    long locate(int index) {
        return map.findSlot(keys[index]);
    }
}
