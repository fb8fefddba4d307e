import io.memmap.unsafe.OldCode;
import sun.misc.Unsafe;

/**
 * A map from long to long outside the Java heap, as off-heap libraries write it: with linear
 * probing, no tombstones, and state bytes in a separate block. It doubles when it is three quarters
 * full.
 */
public final class OpenAddressingTable implements OldCode.Table {
    private static final Unsafe UNSAFE = UnsafeAccess.UNSAFE;
    private static final long PAIR_BYTES = 16;

    private long capacity = 8;
    private long pairs = UNSAFE.allocateMemory(capacity * PAIR_BYTES);
    private long states = newStates(capacity);
    private long size;

    private static long newStates(long capacity) {
        long states = UNSAFE.allocateMemory(capacity);
        UNSAFE.setMemory(states, capacity, (byte) 0);
        return states;
    }

    @Override
    public long put(long key, long value) {
        if (4 * (size + 1) > 3 * capacity) {
            grow();
        }
        long slot = slotOf(key);
        long previous = 0;
        if (UNSAFE.getByte(states + slot) == 0) {
            UNSAFE.putByte(states + slot, (byte) 1);
            UNSAFE.putLong(pairs + slot * PAIR_BYTES, key);
            size++;
        } else {
            previous = UNSAFE.getLong(pairs + slot * PAIR_BYTES + 8);
        }
        UNSAFE.putLong(pairs + slot * PAIR_BYTES + 8, value);
        return previous;
    }

    @Override
    public long get(long key) {
        long slot = slotOf(key);
        return UNSAFE.getByte(states + slot) == 0 ? 0 : UNSAFE.getLong(pairs + slot * PAIR_BYTES + 8);
    }

    @Override
    public boolean remove(long key) {
        long hole = slotOf(key);
        if (UNSAFE.getByte(states + hole) == 0) {
            return false;
        }
        for (long next = hole + 1 & capacity - 1; UNSAFE.getByte(states + next) != 0; next = next + 1 & capacity - 1) {
            long home = homeOf(UNSAFE.getLong(pairs + next * PAIR_BYTES));
            if ((next - home & capacity - 1) >= (next - hole & capacity - 1)) {
                UNSAFE.copyMemory(pairs + next * PAIR_BYTES, pairs + hole * PAIR_BYTES, PAIR_BYTES);
                hole = next;
            }
        }
        UNSAFE.putByte(states + hole, (byte) 0);
        size--;
        return true;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void free() {
        UNSAFE.freeMemory(pairs);
        UNSAFE.freeMemory(states);
    }

    private long slotOf(long key) {
        long slot = homeOf(key);
        while (UNSAFE.getByte(states + slot) != 0 && UNSAFE.getLong(pairs + slot * PAIR_BYTES) != key) {
            slot = slot + 1 & capacity - 1;
        }
        return slot;
    }

    private long homeOf(long key) {
        return (key * 0x9E3779B97F4A7C15L >>> 32) & capacity - 1;
    }

    private void grow() {
        long oldCapacity = capacity;
        long oldPairs = pairs;
        long oldStates = states;
        capacity *= 2;
        pairs = UNSAFE.allocateMemory(capacity * PAIR_BYTES);
        states = newStates(capacity);
        size = 0;
        for (long slot = 0; slot < oldCapacity; slot++) {
            if (UNSAFE.getByte(oldStates + slot) != 0) {
                put(UNSAFE.getLong(oldPairs + slot * PAIR_BYTES), UNSAFE.getLong(oldPairs + slot * PAIR_BYTES + 8));
            }
        }
        UNSAFE.freeMemory(oldPairs);
        UNSAFE.freeMemory(oldStates);
    }
}
