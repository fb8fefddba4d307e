import io.memmap.unsafe.OldCode;
import io.memmap.unsafe.OldCode.Kind;
import sun.misc.Unsafe;

/** Every memory operation of Unsafe, behind an interface. */
public final class EveryOperation implements OldCode.Operations {
    private static final Unsafe UNSAFE = UnsafeAccess.UNSAFE;

    @Override
    public long allocate(long bytes) {
        return UNSAFE.allocateMemory(bytes);
    }

    @Override
    public long reallocate(long address, long bytes) {
        return UNSAFE.reallocateMemory(address, bytes);
    }

    @Override
    public void free(long address) {
        UNSAFE.freeMemory(address);
    }

    @Override
    public void set(long address, long bytes, byte value) {
        UNSAFE.setMemory(address, bytes, value);
    }

    @Override
    public void set(Object base, long offset, long bytes, byte value) {
        UNSAFE.setMemory(base, offset, bytes, value);
    }

    @Override
    public void copy(long from, long to, long bytes) {
        UNSAFE.copyMemory(from, to, bytes);
    }

    @Override
    public void copy(Object fromBase, long from, Object toBase, long to, long bytes) {
        UNSAFE.copyMemory(fromBase, from, toBase, to, bytes);
    }

    @Override
    public long baseOffset(Class<?> array) {
        return UNSAFE.arrayBaseOffset(array);
    }

    @Override
    public long indexScale(Class<?> array) {
        return UNSAFE.arrayIndexScale(array);
    }

    @Override
    public long sizes() {
        return (long) UNSAFE.pageSize() << 32 | UNSAFE.addressSize() << 8 | Unsafe.ADDRESS_SIZE;
    }

    @Override
    public void fences() {
        UNSAFE.loadFence();
        UNSAFE.storeFence();
        UNSAFE.fullFence();
    }

    @Override
    public long get(Kind kind, long address) {
        return switch (kind) {
            case BOOLEAN -> UNSAFE.getBoolean(null, address) ? 1 : 0;
            case BYTE -> UNSAFE.getByte(address);
            case SHORT -> UNSAFE.getShort(address);
            case CHAR -> UNSAFE.getChar(address);
            case INT -> UNSAFE.getInt(address);
            case LONG -> UNSAFE.getLong(address);
            case FLOAT -> Float.floatToRawIntBits(UNSAFE.getFloat(address));
            case DOUBLE -> Double.doubleToRawLongBits(UNSAFE.getDouble(address));
            case ADDRESS -> UNSAFE.getAddress(address);
        };
    }

    @Override
    public void put(Kind kind, long address, long bits) {
        switch (kind) {
            case BOOLEAN -> UNSAFE.putBoolean(null, address, (bits & 1) != 0);
            case BYTE -> UNSAFE.putByte(address, (byte) bits);
            case SHORT -> UNSAFE.putShort(address, (short) bits);
            case CHAR -> UNSAFE.putChar(address, (char) bits);
            case INT -> UNSAFE.putInt(address, (int) bits);
            case LONG -> UNSAFE.putLong(address, bits);
            case FLOAT -> UNSAFE.putFloat(address, Float.intBitsToFloat((int) bits));
            case DOUBLE -> UNSAFE.putDouble(address, Double.longBitsToDouble(bits));
            case ADDRESS -> UNSAFE.putAddress(address, bits);
        }
    }

    @Override
    public long get(Kind kind, Object base, long offset) {
        return switch (kind) {
            case BOOLEAN -> UNSAFE.getBoolean(base, offset) ? 1 : 0;
            case BYTE -> UNSAFE.getByte(base, offset);
            case SHORT -> UNSAFE.getShort(base, offset);
            case CHAR -> UNSAFE.getChar(base, offset);
            case INT -> UNSAFE.getInt(base, offset);
            case LONG, ADDRESS -> UNSAFE.getLong(base, offset);
            case FLOAT -> Float.floatToRawIntBits(UNSAFE.getFloat(base, offset));
            case DOUBLE -> Double.doubleToRawLongBits(UNSAFE.getDouble(base, offset));
        };
    }

    @Override
    public void put(Kind kind, Object base, long offset, long bits) {
        switch (kind) {
            case BOOLEAN -> UNSAFE.putBoolean(base, offset, (bits & 1) != 0);
            case BYTE -> UNSAFE.putByte(base, offset, (byte) bits);
            case SHORT -> UNSAFE.putShort(base, offset, (short) bits);
            case CHAR -> UNSAFE.putChar(base, offset, (char) bits);
            case INT -> UNSAFE.putInt(base, offset, (int) bits);
            case LONG, ADDRESS -> UNSAFE.putLong(base, offset, bits);
            case FLOAT -> UNSAFE.putFloat(base, offset, Float.intBitsToFloat((int) bits));
            case DOUBLE -> UNSAFE.putDouble(base, offset, Double.longBitsToDouble(bits));
        }
    }

    @Override
    public long getVolatile(Kind kind, Object base, long offset) {
        return switch (kind) {
            case BOOLEAN -> UNSAFE.getBooleanVolatile(base, offset) ? 1 : 0;
            case BYTE -> UNSAFE.getByteVolatile(base, offset);
            case SHORT -> UNSAFE.getShortVolatile(base, offset);
            case CHAR -> UNSAFE.getCharVolatile(base, offset);
            case INT -> UNSAFE.getIntVolatile(base, offset);
            case LONG, ADDRESS -> UNSAFE.getLongVolatile(base, offset);
            case FLOAT -> Float.floatToRawIntBits(UNSAFE.getFloatVolatile(base, offset));
            case DOUBLE -> Double.doubleToRawLongBits(UNSAFE.getDoubleVolatile(base, offset));
        };
    }

    @Override
    public void putVolatile(Kind kind, Object base, long offset, long bits) {
        switch (kind) {
            case BOOLEAN -> UNSAFE.putBooleanVolatile(base, offset, (bits & 1) != 0);
            case BYTE -> UNSAFE.putByteVolatile(base, offset, (byte) bits);
            case SHORT -> UNSAFE.putShortVolatile(base, offset, (short) bits);
            case CHAR -> UNSAFE.putCharVolatile(base, offset, (char) bits);
            case INT -> UNSAFE.putIntVolatile(base, offset, (int) bits);
            case LONG, ADDRESS -> UNSAFE.putLongVolatile(base, offset, bits);
            case FLOAT -> UNSAFE.putFloatVolatile(base, offset, Float.intBitsToFloat((int) bits));
            case DOUBLE -> UNSAFE.putDoubleVolatile(base, offset, Double.longBitsToDouble(bits));
        }
    }

    @Override
    public void putOrdered(boolean wide, Object base, long offset, long bits) {
        if (wide) {
            UNSAFE.putOrderedLong(base, offset, bits);
        } else {
            UNSAFE.putOrderedInt(base, offset, (int) bits);
        }
    }

    @Override
    public boolean compareAndSwap(boolean wide, Object base, long offset, long expected, long bits) {
        return wide
                ? UNSAFE.compareAndSwapLong(base, offset, expected, bits)
                : UNSAFE.compareAndSwapInt(base, offset, (int) expected, (int) bits);
    }

    @Override
    public long getAndAdd(boolean wide, Object base, long offset, long delta) {
        return wide ? UNSAFE.getAndAddLong(base, offset, delta) : UNSAFE.getAndAddInt(base, offset, (int) delta);
    }

    @Override
    public long getAndSet(boolean wide, Object base, long offset, long bits) {
        return wide ? UNSAFE.getAndSetLong(base, offset, bits) : UNSAFE.getAndSetInt(base, offset, (int) bits);
    }
}
