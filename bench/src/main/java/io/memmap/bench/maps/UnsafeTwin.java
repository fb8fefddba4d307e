package io.memmap.bench.maps;

import io.memmap.LongLongMap;
import io.memmap.MapLayout;
import io.memmap.NativeHeap;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;

/**
 * {@link LongLongMap}'s find on sun.misc.Unsafe: reads the memory of a real map by its absolute address, with neither
 * bounds nor liveness checked, so that the difference is what those checks cost. It mirrors LongTable.find line by line
 * for a table that does not grow, and refuses while it does. Must not outlive the map's heap.
 *
 * <p>Unsafe is reached through a constant method handle, which the compiler turns into the bare load: javac's warnings
 * about the class itself cannot be suppressed.
 */
final class UnsafeTwin {
    private static final MethodHandle GET_LONG = getLongHandle();
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = ONES << 7;
    private static final long WRITING = 4;
    private static final long MIN_TOPHASH = 5;

    private final LongLongMap map;
    private final long base;
    private final long stateAddress;
    private final long identityAddress;
    private final long directAddress;
    private final long identity;
    private final long secret0;
    private final long secret1;
    private final long secret2;

    private final long lastSlot;
    private final long bucketBytes;
    private final long keysOffset;
    private final long keyStride;
    private final long valuesOffset;
    private final long valueStride;
    private final long overflowOffset;

    UnsafeTwin(NativeHeap heap, LongLongMap map) {
        this.map = map;
        base = heap.segment().address();
        MapLayout layout = map.layout();
        long hmap = base + map.pointer();
        stateAddress = hmap + offset(layout.header(), "flags");
        identityAddress = hmap + offset(layout.header(), "identity");
        directAddress = hmap + offset(layout.header(), "direct");
        identity = getLong(identityAddress);
        StructLayout bucket = layout.bucket();
        lastSlot = bucket.memberLayouts().stream()
                        .filter(member -> member.name().orElse("").startsWith("key"))
                        .count()
                - 1;
        bucketBytes = bucket.byteSize();
        keysOffset = offset(bucket, "key0");
        keyStride = offset(bucket, "key1") - keysOffset;
        valuesOffset = offset(bucket, "value0");
        valueStride = offset(bucket, "value1") - valuesOffset;
        overflowOffset = offset(bucket, "overflow");
        secret0 = secret(map, 0);
        secret1 = secret(map, 1);
        secret2 = secret(map, 2);
    }

    /** Returns the value of a key, or 0 if it is absent. */
    long get(long key) {
        long address = find(key);
        return address == 0 ? 0 : getLong(address);
    }

    private long find(long key) {
        long state = getLong(stateAddress);
        long hash = hash(key, state >>> 32);
        long array = getLong(directAddress);
        if (array == 0 || (state & WRITING) != 0 || getLong(identityAddress) != identity) {
            return findWhileGrowing(key);
        }
        long mask = (1L << (state >>> 8)) - 1;
        long bucket = base + array + (hash & mask) * bucketBytes;
        long pattern = tophash(hash) * ONES;
        while (bucket != base) {
            long tops = getLong(bucket);
            long difference = tops ^ pattern;
            for (long rest = (difference - ONES) & ~difference & HIGHS; rest != 0; rest &= rest - 1) {
                int slot = Long.numberOfTrailingZeros(rest) >>> 3;
                if (getLong(bucket + keysOffset + slot * keyStride) == key) {
                    return bucket + valuesOffset + slot * valueStride;
                }
            }
            if ((tops >>> (8 * lastSlot) & 0xFF) == 0) {
                return 0;
            }
            bucket = base + getLong(bucket + overflowOffset);
        }
        return 0;
    }

    private long findWhileGrowing(long key) {
        if (map.isEmpty()) {
            return 0; // there may be no array
        }
        throw new IllegalStateException("the map grows: " + map.stats() + ", asked for " + key);
    }

    private static long tophash(long hash) {
        long top = hash >>> 56;
        return top < MIN_TOPHASH ? top + MIN_TOPHASH : top;
    }

    private long hash(long key, long seed) {
        return fold(fold(key ^ seed, secret0) ^ secret1, secret2);
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }

    private static long getLong(long address) {
        try {
            return (long) GET_LONG.invokeExact(address);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static MethodHandle getLongHandle() {
        try {
            Class<?> unsafeClass = Class.forName("sun.misc.Unsafe");
            Field theUnsafe = unsafeClass.getDeclaredField("theUnsafe");
            theUnsafe.setAccessible(true);
            return MethodHandles.publicLookup()
                    .findVirtual(unsafeClass, "getLong", MethodType.methodType(long.class, long.class))
                    .bindTo(theUnsafe.get(null));
        } catch (ReflectiveOperationException noUnsafe) {
            throw new ExceptionInInitializerError(noUnsafe);
        }
    }

    private static long offset(MemoryLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    /** The heap's hash secrets leave the library for no one; a benchmark takes them. */
    private static long secret(LongLongMap map, int index) {
        for (Class<?> type = map.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals("secret" + index)) {
                    try {
                        field.setAccessible(true);
                        return field.getLong(map);
                    } catch (IllegalAccessException encapsulated) {
                        throw new IllegalStateException(encapsulated);
                    }
                }
            }
        }
        throw new IllegalStateException("the map has no field secret" + index);
    }
}
