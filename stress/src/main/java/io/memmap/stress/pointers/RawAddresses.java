package io.memmap.stress.pointers;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;

/**
 * Accesses through sun.misc.Unsafe, without checks. It calls Unsafe through method handles, because
 * javac's warnings about the class cannot be suppressed.
 */
final class RawAddresses implements Addresses {
    private static final MethodHandle GET_LONG = unsafe("getLong", long.class, long.class);
    private static final MethodHandle PUT_LONG = unsafe("putLong", void.class, long.class, long.class);
    private static final MethodHandle GET_BYTE = unsafe("getByte", byte.class, long.class);
    private static final MethodHandle ALLOCATE = unsafe("allocateMemory", long.class, long.class);
    private static final MethodHandle FREE = unsafe("freeMemory", void.class, long.class);

    private static MethodHandle unsafe(String method, Class<?> result, Class<?>... arguments) {
        try {
            Class<?> type = Class.forName("sun.misc.Unsafe");
            Field instance = type.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(type, method, MethodType.methodType(result, arguments))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long getLong(long address) {
        try {
            return (long) GET_LONG.invokeExact(address);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public void putLong(long address, long value) {
        try {
            PUT_LONG.invokeExact(address, value);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public byte getByte(long address) {
        try {
            return (byte) GET_BYTE.invokeExact(address);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public long allocate(long bytes) {
        try {
            return (long) ALLOCATE.invokeExact(bytes);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public void admit(MemorySegment memory) {
        // Unsafe checks nothing.
    }

    @Override
    public void dismiss(long address) {
        // Unsafe checks nothing.
    }

    private static RuntimeException unexpected(Throwable thrown) {
        return new IllegalStateException(thrown);
    }
}
