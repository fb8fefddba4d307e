package io.memmap.unsafe.format;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.nio.ByteOrder;
import sun.misc.Unsafe;

/**
 * Accesses to memory at absolute addresses, with no checks. This is the only class that names
 * sun.misc.Unsafe. Memmap's twin, a copy of memmap on Unsafe that the build derives from its
 * source, goes through it. The twin's numbers are little-endian, so the machine must be
 * little-endian too.
 */
@SuppressWarnings({"deprecation", "removal"}) // this module exists to use Unsafe
public final class Raw {
    /** Unsafe itself, for accesses that the compiler must inline whatever the profile says. */
    public static final Unsafe UNSAFE = unsafe();

    private static final long BYTES = UNSAFE.arrayBaseOffset(byte[].class);

    private Raw() {}

    private static Unsafe unsafe() {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("memmap's twin on sun.misc.Unsafe needs a little-endian machine");
        }
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException gone) {
            throw new UnsupportedOperationException(
                    "this JDK no longer has sun.misc.Unsafe; use memmap's maps without the twin", gone);
        }
    }

    public static byte getByte(long address) {
        return UNSAFE.getByte(address);
    }

    public static void putByte(long address, byte value) {
        UNSAFE.putByte(address, value);
    }

    public static short getShort(long address) {
        return UNSAFE.getShort(address);
    }

    public static void putShort(long address, short value) {
        UNSAFE.putShort(address, value);
    }

    public static int getInt(long address) {
        return UNSAFE.getInt(address);
    }

    public static void putInt(long address, int value) {
        UNSAFE.putInt(address, value);
    }

    public static long getLong(long address) {
        return UNSAFE.getLong(address);
    }

    public static void putLong(long address, long value) {
        UNSAFE.putLong(address, value);
    }

    public static long getVolatile(long address) {
        return UNSAFE.getLongVolatile(null, address);
    }

    public static void putVolatile(long address, long value) {
        UNSAFE.putLongVolatile(null, address, value);
    }

    public static boolean compareAndSet(long address, long expected, long value) {
        return UNSAFE.compareAndSwapLong(null, address, expected, value);
    }

    /** Copies bytes from one address to another. The source and the target may overlap. */
    public static void move(long from, long to, long bytes) {
        UNSAFE.copyMemory(null, from, null, to, bytes);
    }

    /** Copies bytes of an array to an address. */
    public static void copy(byte[] from, int index, long to, long bytes) {
        UNSAFE.copyMemory(from, BYTES + index, null, to, bytes);
    }

    /** Copies bytes at an address to an array. */
    public static void copy(long from, byte[] to, int index, long bytes) {
        UNSAFE.copyMemory(null, from, to, BYTES + index, bytes);
    }

    /**
     * Returns the bytes at an address as a segment in the global scope. The caller must keep the
     * memory alive while it uses the segment.
     */
    @SuppressWarnings("restricted")
    public static MemorySegment segment(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }
}
