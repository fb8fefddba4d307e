import io.memmap.unsafe.OldCode;
import sun.misc.Unsafe;

/**
 * A list of byte strings outside the Java heap. They follow each other, and each follows its
 * length. The list grows by reallocation.
 */
public final class GrowingText implements OldCode.Text {
    private static final Unsafe UNSAFE = UnsafeAccess.UNSAFE;

    private long block;
    private long capacity;
    private long end;

    @Override
    public long append(byte[] bytes) {
        long needed = end + 4 + bytes.length;
        if (needed > capacity) {
            capacity = Math.max(2 * capacity, needed);
            block = UNSAFE.reallocateMemory(block, capacity);
        }
        long position = end;
        UNSAFE.putInt(block + position, bytes.length);
        UNSAFE.copyMemory(bytes, Unsafe.ARRAY_BYTE_BASE_OFFSET, null, block + position + 4, bytes.length);
        end = needed;
        return position;
    }

    @Override
    public byte[] at(long position) {
        byte[] bytes = new byte[UNSAFE.getInt(block + position)];
        UNSAFE.copyMemory(null, block + position + 4, bytes, Unsafe.ARRAY_BYTE_BASE_OFFSET, bytes.length);
        return bytes;
    }

    @Override
    public void free() {
        UNSAFE.freeMemory(block);
    }
}
