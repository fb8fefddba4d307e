package io.memmap.unsafe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The memory operations of {@code sun.misc.Unsafe}, with the same names and meanings, on the
 * Foreign Function &amp; Memory API alone. It replaces Unsafe for code that works on memory outside
 * the Java heap. To move to this class, code changes an import and the way it gets the instance:
 *
 * <pre>{@code
 * import io.memmap.unsafe.UnsafeMemory;                                 // import sun.misc.Unsafe;
 *
 * private static final UnsafeMemory UNSAFE = UnsafeMemory.getUnsafe();  // theUnsafe, by reflection
 *
 * long address = UNSAFE.allocateMemory(1024);
 * UNSAFE.putLong(address, 42);
 * UNSAFE.copyMemory(bytes, ARRAY_BYTE_BASE_OFFSET, null, address + 8, 16);
 * UNSAFE.compareAndSwapLong(null, address, 42, 43);
 * UNSAFE.freeMemory(address);
 * }</pre>
 *
 * <p><b>Modes.</b> {@linkplain #raw() Raw} memory works as Unsafe does: it is fast, and an access
 * at a wild address reads garbage or ends the JVM. {@linkplain #checked() Checked} memory checks
 * each access against the live blocks, and throws a {@link MemoryMisuseException} that names the
 * block. {@link #getUnsafe()} returns the one that a system property selects.
 *
 * <p><b>Places.</b> An {@code address} is one that {@link #allocateMemory} returned, plus a number
 * of bytes. A method with a {@code base} accepts null or an array of primitives other than boolean.
 * If the base is null, the offset is an address. If it is an array, the offset of an element is the
 * array's {@code ARRAY_..._BASE_OFFSET} plus the element's index times {@code
 * ARRAY_..._INDEX_SCALE}. This class does not access fields of objects, or references. Numbers have
 * the machine's byte order.
 *
 * <p><b>Alignment.</b> Plain reads and writes work at any alignment. Volatile, ordered and atomic
 * accesses must be aligned to the value's size. An element of an array is aligned only to the size
 * of its own type, so these accesses to a {@code byte[]} work for bytes only.
 *
 * <p><b>Differences from Unsafe.</b> A misaligned volatile, ordered or atomic access throws {@link
 * IllegalArgumentException}; with Unsafe the result depends on the hardware. In both modes an
 * offset outside an array throws {@link IndexOutOfBoundsException}; with Unsafe the access reads or
 * breaks neighbouring memory. In both modes a base of another class throws {@link
 * IllegalArgumentException}. In raw mode only the low 62 bits of an address count. The top two
 * bits, which no process uses, are dropped. Base offsets are {@value #ARRAY_BASE_OFFSET}, whatever
 * they are in the JVM. A small copy need not be made in units of its alignment.
 *
 * <p><b>Errors.</b> In checked mode a method throws {@link MemoryMisuseException} for an address
 * that the caller may not use. If native access is denied, methods throw {@link
 * IllegalCallerException}. The option {@code --enable-native-access=io.memmap.unsafe} grants it, or
 * {@code ALL-UNNAMED} on a class path.
 *
 * <p><b>Threads.</b> All threads may use it. Writes become visible to other threads as with Unsafe:
 * plain accesses have no order between threads, {@code volatile} and {@code compareAndSwap}
 * accesses have the order that their names say.
 *
 * <p><b>Cost.</b> In raw mode an access is the load or store and one more instruction, if the
 * instance is a constant, as a static final field is. An allocation is a call of malloc.
 */
public abstract sealed class UnsafeMemory permits RawMemory, CheckedMemory {
    /**
     * The name of the system property that selects the mode of {@link #getUnsafe()}: {@code raw},
     * the default, or {@code checked}.
     */
    public static final String MODE_PROPERTY = "io.memmap.unsafe.mode";

    /** The number of bytes in an address. */
    public static final int ADDRESS_SIZE = (int) ValueLayout.ADDRESS.byteSize();

    /**
     * The offset of the first element of an array. It is the same for all types of elements, and
     * need not be the JVM's own. It is not 0, so that an offset in an array never equals the null
     * address.
     */
    private static final int ARRAY_BASE_OFFSET = 16;

    /** The offset of the first element of a {@code byte[]}. */
    public static final int ARRAY_BYTE_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of a {@code byte[]}. */
    public static final int ARRAY_BYTE_INDEX_SCALE = Byte.BYTES;

    /** The offset of the first element of a {@code short[]}. */
    public static final int ARRAY_SHORT_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of a {@code short[]}. */
    public static final int ARRAY_SHORT_INDEX_SCALE = Short.BYTES;

    /** The offset of the first element of a {@code char[]}. */
    public static final int ARRAY_CHAR_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of a {@code char[]}. */
    public static final int ARRAY_CHAR_INDEX_SCALE = Character.BYTES;

    /** The offset of the first element of an {@code int[]}. */
    public static final int ARRAY_INT_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of an {@code int[]}. */
    public static final int ARRAY_INT_INDEX_SCALE = Integer.BYTES;

    /** The offset of the first element of a {@code long[]}. */
    public static final int ARRAY_LONG_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of a {@code long[]}. */
    public static final int ARRAY_LONG_INDEX_SCALE = Long.BYTES;

    /** The offset of the first element of a {@code float[]}. */
    public static final int ARRAY_FLOAT_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of a {@code float[]}. */
    public static final int ARRAY_FLOAT_INDEX_SCALE = Float.BYTES;

    /** The offset of the first element of a {@code double[]}. */
    public static final int ARRAY_DOUBLE_BASE_OFFSET = ARRAY_BASE_OFFSET;

    /** The number of bytes in an element of a {@code double[]}. */
    public static final int ARRAY_DOUBLE_INDEX_SCALE = Double.BYTES;

    /**
     * The bits of an address that count. With this mask the compiler sees that every address lies
     * within the segment over all memory, and drops the bounds check. A read and a write in a loop
     * took 0.50 ns instead of 0.78 ns (0.41 ns on Unsafe, JDK 25).
     */
    private static final long ADDRESS_BITS = (1L << 62) - 1;

    /**
     * The largest size that is still positive when it is rounded up to whole words. Unsafe rounds
     * so.
     */
    private static final long MAX_BYTES = Long.MAX_VALUE & -ADDRESS_SIZE;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfChar CHAR = ValueLayout.JAVA_CHAR_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private static final VarHandle BYTES = ValueLayout.JAVA_BYTE.varHandle().withInvokeExactBehavior();
    private static final VarHandle SHORTS = ValueLayout.JAVA_SHORT.varHandle().withInvokeExactBehavior();
    private static final VarHandle CHARS = ValueLayout.JAVA_CHAR.varHandle().withInvokeExactBehavior();
    private static final VarHandle INTS = ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();
    private static final VarHandle LONGS = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final VarHandle FLOATS = ValueLayout.JAVA_FLOAT.varHandle().withInvokeExactBehavior();
    private static final VarHandle DOUBLES = ValueLayout.JAVA_DOUBLE.varHandle().withInvokeExactBehavior();

    UnsafeMemory() {}

    /**
     * Holds the instance of {@link #getUnsafe()}, which is created on first use. A program that
     * selects a mode itself never reads the property.
     */
    private static final class Configured {
        static final UnsafeMemory INSTANCE = inMode(System.getProperty(MODE_PROPERTY, "raw"));
    }

    static UnsafeMemory inMode(String mode) {
        return switch (mode) {
            case "raw" -> raw();
            case "checked" -> checked();
            default -> throw new IllegalArgumentException(MODE_PROPERTY + " must be raw or checked: " + mode);
        };
    }

    /**
     * Returns the memory of this JVM, always the same instance. It is raw, or checked if the system
     * property {@value #MODE_PROPERTY} is {@code checked}.
     *
     * @return the memory
     */
    public static UnsafeMemory getUnsafe() {
        return Configured.INSTANCE;
    }

    /**
     * Returns memory without checks, always the same instance.
     *
     * @return the memory
     */
    public static UnsafeMemory raw() {
        return RawMemory.INSTANCE;
    }

    /**
     * Returns new memory with checks. It accepts accesses to its own blocks only.
     *
     * @return the memory, which the caller closes, or keeps as long as the JVM runs
     */
    public static CheckedMemory checked() {
        return new CheckedMemory();
    }

    // ------------------------------------------------------------------- what each mode implements

    /**
     * Returns a segment that contains the bytes at this address, 1 or more. The offset of a byte in
     * the segment is its address minus the segment's address.
     */
    abstract MemorySegment memoryAt(long address, long bytes);

    /** Allocates 1 byte or more. */
    abstract long allocate(long bytes);

    /** Gives a block another size of 1 byte or more. If that fails, the block is unchanged. */
    abstract long reallocate(long address, long bytes);

    /** Frees the block at an address other than 0. */
    abstract void free(long address);

    private MemorySegment memory(@Nullable Object base, long offset, long bytes) {
        return base == null ? memoryAt(offset, bytes) : array(base);
    }

    private static long within(MemorySegment memory, @Nullable Object base, long offset) {
        return base == null ? offset - memory.address() & ADDRESS_BITS : offset - ARRAY_BASE_OFFSET;
    }

    private static MemorySegment array(Object base) {
        if (base instanceof byte[] bytes) { // not a type switch: a call until it is compiled
            return MemorySegment.ofArray(bytes);
        } else if (base instanceof long[] longs) {
            return MemorySegment.ofArray(longs);
        } else if (base instanceof int[] ints) {
            return MemorySegment.ofArray(ints);
        } else if (base instanceof char[] chars) {
            return MemorySegment.ofArray(chars);
        } else if (base instanceof double[] doubles) {
            return MemorySegment.ofArray(doubles);
        } else if (base instanceof float[] floats) {
            return MemorySegment.ofArray(floats);
        } else if (base instanceof short[] shorts) {
            return MemorySegment.ofArray(shorts);
        }
        throw new IllegalArgumentException("base must be null or an array of primitives other than boolean: a "
                + base.getClass().getTypeName());
    }

    // -------------------------------------------------------------------------------------- blocks

    /**
     * Allocates a block, aligned for every type. Its bytes are undefined.
     *
     * @param bytes the size in bytes, 0 or more
     * @return its address, valid until {@link #freeMemory} or {@link #reallocateMemory}; 0 if
     *     {@code bytes} is 0
     * @throws IllegalArgumentException if {@code bytes} is negative or cannot be rounded up to
     *     whole words
     * @throws OutOfMemoryError if the system refuses
     */
    public final long allocateMemory(long bytes) {
        requireSize(bytes, MAX_BYTES);
        return bytes == 0 ? 0 : allocate(bytes);
    }

    /**
     * Changes the size of a block, which may move. The bytes that lie within both the old and the
     * new size are kept. The rest is undefined.
     *
     * @param address a block's address; 0 for a new block
     * @param bytes the size in bytes, 0 or more
     * @return the block's new address; 0 if {@code bytes} is 0, in which case the block is freed
     * @throws IllegalArgumentException if {@code bytes} is negative or cannot be rounded up to
     *     whole words
     * @throws OutOfMemoryError if the system refuses; the block is unchanged
     */
    public final long reallocateMemory(long address, long bytes) {
        requireSize(bytes, MAX_BYTES);
        if (bytes == 0) {
            freeMemory(address);
            return 0;
        }
        return address == 0 ? allocate(bytes) : reallocate(address, bytes);
    }

    /**
     * Frees a block.
     *
     * @param address a block's address; 0 does nothing
     */
    public final void freeMemory(long address) {
        if (address != 0) {
            free(address);
        }
    }

    /**
     * Sets each byte of memory to a value.
     *
     * @param address the address of the first byte
     * @param bytes the number of bytes, 0 or more; 0 does nothing, at any address
     * @param value the value of each byte
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public final void setMemory(long address, long bytes, byte value) {
        setMemory(null, address, bytes, value);
    }

    /**
     * Sets each byte of memory, or of a part of an array, to a value.
     *
     * @param base null, or an array
     * @param offset the offset
     * @param bytes the number of bytes, 0 or more; 0 does nothing, at any offset
     * @param value the value of each byte
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public final void setMemory(@Nullable Object base, long offset, long bytes, byte value) {
        requireSize(bytes, Long.MAX_VALUE);
        requireBase(base);
        if (bytes != 0) {
            MemorySegment memory = memory(base, offset, bytes);
            memory.asSlice(within(memory, base, offset), bytes).fill(value);
        }
    }

    /**
     * Copies memory. Source and destination may overlap: the destination gets the bytes that the
     * source had before the copy.
     *
     * @param srcAddress the address to copy from
     * @param destAddress the address to copy to
     * @param bytes the number of bytes, 0 or more; 0 does nothing, at any address
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public final void copyMemory(long srcAddress, long destAddress, long bytes) {
        copyMemory(null, srcAddress, null, destAddress, bytes);
    }

    /**
     * Copies memory, or copies from, to or between arrays. Source and destination may overlap: the
     * destination gets the bytes that the source had before the copy.
     *
     * @param srcBase null, or an array
     * @param srcOffset the offset to copy from
     * @param destBase null, or an array
     * @param destOffset the offset to copy to
     * @param bytes the number of bytes, 0 or more; 0 does nothing, at any offset
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public final void copyMemory(
            @Nullable Object srcBase, long srcOffset, @Nullable Object destBase, long destOffset, long bytes) {
        requireSize(bytes, Long.MAX_VALUE);
        requireBase(srcBase);
        requireBase(destBase);
        if (bytes != 0) {
            MemorySegment from = memory(srcBase, srcOffset, bytes);
            MemorySegment to = memory(destBase, destOffset, bytes);
            MemorySegment.copy(from, within(from, srcBase, srcOffset), to, within(to, destBase, destOffset), bytes);
        }
    }

    private static void requireBase(@Nullable Object base) {
        if (base != null) {
            array(base);
        }
    }

    private static void requireSize(long bytes, long max) {
        if (bytes < 0 || bytes > max) {
            throw new IllegalArgumentException("bytes must be 0.." + max + ": " + bytes);
        }
    }

    // --------------------------------------------------------------------------- plain, by address

    /**
     * Reads a {@code byte}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final byte getByte(long address) {
        return getByte(null, address);
    }

    /**
     * Writes a {@code byte}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putByte(long address, byte x) {
        putByte(null, address, x);
    }

    /**
     * Reads a {@code short}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final short getShort(long address) {
        return getShort(null, address);
    }

    /**
     * Writes a {@code short}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putShort(long address, short x) {
        putShort(null, address, x);
    }

    /**
     * Reads a {@code char}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final char getChar(long address) {
        return getChar(null, address);
    }

    /**
     * Writes a {@code char}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putChar(long address, char x) {
        putChar(null, address, x);
    }

    /**
     * Reads an {@code int}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final int getInt(long address) {
        return getInt(null, address);
    }

    /**
     * Writes an {@code int}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putInt(long address, int x) {
        putInt(null, address, x);
    }

    /**
     * Reads a {@code long}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final long getLong(long address) {
        return getLong(null, address);
    }

    /**
     * Writes a {@code long}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putLong(long address, long x) {
        putLong(null, address, x);
    }

    /**
     * Reads a {@code float}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final float getFloat(long address) {
        return getFloat(null, address);
    }

    /**
     * Writes a {@code float}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putFloat(long address, float x) {
        putFloat(null, address, x);
    }

    /**
     * Reads a {@code double}.
     *
     * @param address the address, of any alignment
     * @return the value
     */
    public final double getDouble(long address) {
        return getDouble(null, address);
    }

    /**
     * Writes a {@code double}.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putDouble(long address, double x) {
        putDouble(null, address, x);
    }

    /**
     * Reads an address, of {@link #ADDRESS_SIZE} bytes.
     *
     * @param address the address, of any alignment
     * @return the value, zero-extended
     */
    public final long getAddress(long address) {
        return ADDRESS_SIZE == Long.BYTES ? getLong(address) : Integer.toUnsignedLong(getInt(address));
    }

    /**
     * Writes an address, of {@link #ADDRESS_SIZE} bytes.
     *
     * @param address the address, of any alignment
     * @param x the value
     */
    public final void putAddress(long address, long x) {
        if (ADDRESS_SIZE == Long.BYTES) {
            putLong(address, x);
        } else {
            putInt(address, (int) x);
        }
    }

    // ------------------------------------------------------------------- plain, by base and offset

    /**
     * Reads a {@code byte}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final byte getByte(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Byte.BYTES);
        return memory.get(BYTE, within(memory, base, offset));
    }

    /**
     * Writes a {@code byte}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putByte(@Nullable Object base, long offset, byte x) {
        MemorySegment memory = memory(base, offset, Byte.BYTES);
        memory.set(BYTE, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code short}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final short getShort(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Short.BYTES);
        return memory.get(SHORT, within(memory, base, offset));
    }

    /**
     * Writes a {@code short}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putShort(@Nullable Object base, long offset, short x) {
        MemorySegment memory = memory(base, offset, Short.BYTES);
        memory.set(SHORT, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code char}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final char getChar(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Character.BYTES);
        return memory.get(CHAR, within(memory, base, offset));
    }

    /**
     * Writes a {@code char}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putChar(@Nullable Object base, long offset, char x) {
        MemorySegment memory = memory(base, offset, Character.BYTES);
        memory.set(CHAR, within(memory, base, offset), x);
    }

    /**
     * Reads an {@code int}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final int getInt(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        return memory.get(INT, within(memory, base, offset));
    }

    /**
     * Writes an {@code int}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putInt(@Nullable Object base, long offset, int x) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        memory.set(INT, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code long}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final long getLong(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        return memory.get(LONG, within(memory, base, offset));
    }

    /**
     * Writes a {@code long}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putLong(@Nullable Object base, long offset, long x) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        memory.set(LONG, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code float}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final float getFloat(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Float.BYTES);
        return memory.get(FLOAT, within(memory, base, offset));
    }

    /**
     * Writes a {@code float}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putFloat(@Nullable Object base, long offset, float x) {
        MemorySegment memory = memory(base, offset, Float.BYTES);
        memory.set(FLOAT, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code double}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @return the value
     */
    public final double getDouble(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Double.BYTES);
        return memory.get(DOUBLE, within(memory, base, offset));
    }

    /**
     * Writes a {@code double}.
     *
     * @param base null, or an array
     * @param offset the offset, of any alignment
     * @param x the value
     */
    public final void putDouble(@Nullable Object base, long offset, double x) {
        MemorySegment memory = memory(base, offset, Double.BYTES);
        memory.set(DOUBLE, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code boolean}, a byte.
     *
     * @param base null, or an array
     * @param offset the offset
     * @return whether the byte is not 0
     */
    public final boolean getBoolean(@Nullable Object base, long offset) {
        return getByte(base, offset) != 0;
    }

    /**
     * Writes a {@code boolean}, a byte of 0 or 1.
     *
     * @param base null, or an array
     * @param offset the offset
     * @param x the value
     */
    public final void putBoolean(@Nullable Object base, long offset, boolean x) {
        putByte(base, offset, (byte) (x ? 1 : 0));
    }

    // ------------------------------------------------------------------------------------ volatile

    /**
     * Reads a {@code byte} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final byte getByteVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Byte.BYTES);
        return (byte) BYTES.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes a {@code byte} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putByteVolatile(@Nullable Object base, long offset, byte x) {
        MemorySegment memory = memory(base, offset, Byte.BYTES);
        BYTES.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code short} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final short getShortVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Short.BYTES);
        return (short) SHORTS.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes a {@code short} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putShortVolatile(@Nullable Object base, long offset, short x) {
        MemorySegment memory = memory(base, offset, Short.BYTES);
        SHORTS.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code char} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final char getCharVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Character.BYTES);
        return (char) CHARS.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes a {@code char} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putCharVolatile(@Nullable Object base, long offset, char x) {
        MemorySegment memory = memory(base, offset, Character.BYTES);
        CHARS.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads an {@code int} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final int getIntVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        return (int) INTS.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes an {@code int} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putIntVolatile(@Nullable Object base, long offset, int x) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        INTS.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code long} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final long getLongVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        return (long) LONGS.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes a {@code long} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putLongVolatile(@Nullable Object base, long offset, long x) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        LONGS.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code float} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final float getFloatVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Float.BYTES);
        return (float) FLOATS.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes a {@code float} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putFloatVolatile(@Nullable Object base, long offset, float x) {
        MemorySegment memory = memory(base, offset, Float.BYTES);
        FLOATS.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code double} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @return the value
     */
    public final double getDoubleVolatile(@Nullable Object base, long offset) {
        MemorySegment memory = memory(base, offset, Double.BYTES);
        return (double) DOUBLES.getVolatile(memory, within(memory, base, offset));
    }

    /**
     * Writes a {@code double} as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putDoubleVolatile(@Nullable Object base, long offset, double x) {
        MemorySegment memory = memory(base, offset, Double.BYTES);
        DOUBLES.setVolatile(memory, within(memory, base, offset), x);
    }

    /**
     * Reads a {@code boolean}, a byte, as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset
     * @return whether the byte is not 0
     */
    public final boolean getBooleanVolatile(@Nullable Object base, long offset) {
        return getByteVolatile(base, offset) != 0;
    }

    /**
     * Writes a {@code boolean}, a byte of 0 or 1, as if it were volatile.
     *
     * @param base null, or an array
     * @param offset the offset
     * @param x the value
     */
    public final void putBooleanVolatile(@Nullable Object base, long offset, boolean x) {
        putByteVolatile(base, offset, (byte) (x ? 1 : 0));
    }

    // ---------------------------------------------------------- ordered, compare and swap, and add

    /**
     * Writes an {@code int} with release order, as lazySet of the atomic classes does. Reads and
     * writes before it in the program stay before it. A thread that sees the value in a volatile
     * read also sees the earlier writes.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putOrderedInt(@Nullable Object base, long offset, int x) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        INTS.setRelease(memory, within(memory, base, offset), x);
    }

    /**
     * Replaces an {@code int} if it has the expected value, atomically, with the effects of a
     * volatile read and write.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param expected the expected value
     * @param x the new value
     * @return whether it had the expected value, and was replaced
     */
    public final boolean compareAndSwapInt(@Nullable Object base, long offset, int expected, int x) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        return INTS.compareAndSet(memory, within(memory, base, offset), expected, x);
    }

    /**
     * Adds a number to an {@code int}, atomically, with the effects of a volatile read and write.
     * Overflow wraps.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param delta the number to add
     * @return the old value
     */
    public final int getAndAddInt(@Nullable Object base, long offset, int delta) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        return (int) INTS.getAndAdd(memory, within(memory, base, offset), delta);
    }

    /**
     * Replaces an {@code int}, atomically, with the effects of a volatile read and write.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the new value
     * @return the old value
     */
    public final int getAndSetInt(@Nullable Object base, long offset, int x) {
        MemorySegment memory = memory(base, offset, Integer.BYTES);
        return (int) INTS.getAndSet(memory, within(memory, base, offset), x);
    }

    /**
     * Writes a {@code long} with release order, as lazySet of the atomic classes does. Reads and
     * writes before it in the program stay before it. A thread that sees the value in a volatile
     * read also sees the earlier writes.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the value
     */
    public final void putOrderedLong(@Nullable Object base, long offset, long x) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        LONGS.setRelease(memory, within(memory, base, offset), x);
    }

    /**
     * Replaces a {@code long} if it has the expected value, atomically, with the effects of a
     * volatile read and write.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param expected the expected value
     * @param x the new value
     * @return whether it had the expected value, and was replaced
     */
    public final boolean compareAndSwapLong(@Nullable Object base, long offset, long expected, long x) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        return LONGS.compareAndSet(memory, within(memory, base, offset), expected, x);
    }

    /**
     * Adds a number to a {@code long}, atomically, with the effects of a volatile read and write.
     * Overflow wraps.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param delta the number to add
     * @return the old value
     */
    public final long getAndAddLong(@Nullable Object base, long offset, long delta) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        return (long) LONGS.getAndAdd(memory, within(memory, base, offset), delta);
    }

    /**
     * Replaces a {@code long}, atomically, with the effects of a volatile read and write.
     *
     * @param base null, or an array
     * @param offset the offset, aligned to the value's size
     * @param x the new value
     * @return the old value
     */
    public final long getAndSetLong(@Nullable Object base, long offset, long x) {
        MemorySegment memory = memory(base, offset, Long.BYTES);
        return (long) LONGS.getAndSet(memory, within(memory, base, offset), x);
    }

    // ---------------------------------------------------------------------------- fences and sizes

    /** Orders all reads before the fence before all reads and writes after it: an acquire fence. */
    public final void loadFence() {
        VarHandle.acquireFence();
    }

    /** Orders all reads and writes before the fence before all writes after it: a release fence. */
    public final void storeFence() {
        VarHandle.releaseFence();
    }

    /** Orders all reads and writes before the fence before all reads and writes after it. */
    public final void fullFence() {
        VarHandle.fullFence();
    }

    /**
     * Returns the number of bytes in an address.
     *
     * @return {@link #ADDRESS_SIZE}
     */
    public final int addressSize() {
        return ADDRESS_SIZE;
    }

    /**
     * Returns the size in bytes of a page of the operating system.
     *
     * @return the size, a power of two
     */
    public final int pageSize() {
        return CLibrary.PAGE_BYTES;
    }

    /**
     * Returns the offset of the first element in an array of a class.
     *
     * @param arrayClass the class of an array of primitives other than boolean
     * @return the offset, the same for all of them
     * @throws IllegalArgumentException if it is another class
     */
    public final int arrayBaseOffset(Class<?> arrayClass) {
        arrayIndexScale(arrayClass);
        return ARRAY_BASE_OFFSET;
    }

    /**
     * Returns the number of bytes in an element of an array of a class.
     *
     * @param arrayClass the class of an array of primitives other than boolean
     * @return 1, 2, 4 or 8
     * @throws IllegalArgumentException if it is another class
     */
    public final int arrayIndexScale(Class<?> arrayClass) {
        Class<?> element = arrayClass.getComponentType();
        if (element == byte.class) {
            return Byte.BYTES;
        } else if (element == short.class || element == char.class) {
            return Short.BYTES;
        } else if (element == int.class || element == float.class) {
            return Integer.BYTES;
        } else if (element == long.class || element == double.class) {
            return Long.BYTES;
        }
        throw new IllegalArgumentException(
                "arrayClass must be of an array of primitives other than boolean: " + arrayClass.getTypeName());
    }
}
