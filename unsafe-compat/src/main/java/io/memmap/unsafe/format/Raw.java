package io.memmap.unsafe.format;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.nio.ByteOrder;
import sun.misc.Unsafe;

/**
 * The one class that names sun.misc.Unsafe: what the twin does to memory, at absolute addresses, with nothing checked. The
 * twin's numbers are little-endian, and so must the machine be.
 */
@SuppressWarnings({"deprecation", "removal"}) // what is to be removed is what this module is about
public final class Raw {
    /** For an access that is to be inlined whatever the profile says, as the JDK's own are. */
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
            throw new UnsupportedOperationException("this JDK has no sun.misc.Unsafe any more", gone);
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

    /** Copies bytes of an array in. */
    public static void copy(byte[] from, int index, long to, long bytes) {
        UNSAFE.copyMemory(from, BYTES + index, null, to, bytes);
    }

    /** Copies bytes out to an array. */
    public static void copy(long from, byte[] to, int index, long bytes) {
        UNSAFE.copyMemory(null, from, to, BYTES + index, bytes);
    }

    /** The bytes at an address as a segment that lives for ever, as far as it knows. */
    @SuppressWarnings("restricted")
    public static MemorySegment segment(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }
}
