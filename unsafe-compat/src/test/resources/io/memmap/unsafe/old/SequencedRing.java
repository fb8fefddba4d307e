import io.memmap.unsafe.OldCode;
import sun.misc.Unsafe;

/**
 * A bounded queue of longs from many threads to one, outside the Java heap. A producer claims a
 * slot by a compare-and-swap of the tail, and publishes it by an ordered put of its sequence. Each
 * counter has its own cache line.
 */
public final class SequencedRing implements OldCode.Ring {
    private static final Unsafe UNSAFE = UnsafeAccess.UNSAFE;
    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 16;
    private static final int LINE_BYTES = 64;

    private final long block = UNSAFE.allocateMemory(2 * LINE_BYTES + SLOTS * SLOT_BYTES);
    private final long tail = block;
    private final long head = block + LINE_BYTES;
    private final long slots = block + 2 * LINE_BYTES;

    public SequencedRing() {
        UNSAFE.setMemory(block, 2 * LINE_BYTES + SLOTS * SLOT_BYTES, (byte) 0);
    }

    @Override
    public boolean offer(long value) {
        while (true) {
            long at = UNSAFE.getLongVolatile(null, tail);
            if (at - UNSAFE.getLongVolatile(null, head) >= SLOTS) {
                return false;
            }
            if (UNSAFE.compareAndSwapLong(null, tail, at, at + 1)) {
                long slot = slots + at % SLOTS * SLOT_BYTES;
                UNSAFE.putLong(slot + 8, value);
                UNSAFE.putOrderedLong(null, slot, at + 1);
                return true;
            }
        }
    }

    @Override
    public long poll() {
        long at = UNSAFE.getLong(head);
        long slot = slots + at % SLOTS * SLOT_BYTES;
        if (UNSAFE.getLongVolatile(null, slot) != at + 1) {
            return EMPTY;
        }
        long value = UNSAFE.getLong(slot + 8);
        UNSAFE.putOrderedLong(null, head, at + 1);
        return value;
    }

    @Override
    public void free() {
        UNSAFE.freeMemory(block);
    }
}
