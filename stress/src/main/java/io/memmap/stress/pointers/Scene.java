package io.memmap.stress.pointers;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** A confined heap with a map in it, and its pointers as code has them that keeps addresses. */
final class Scene {
    static final long KEY = 42;
    static final long VALUE = 1042;
    /** What a search by address finds for a key that is not there. */
    static final long ABSENT = -1;

    /** Gives 2^5 buckets, which no growth replaces. */
    private static final int HINT = 100;

    private static final int B = 5;

    static final long CHAINS = 1L << B;

    private static final int ENTRIES = 50;
    private static final int MIN_TOPHASH = 5;

    final NativeHeap heap = NativeHeap.builder().maxBytes(64 << 20).open();
    final LongLongMap map = filled(VALUE - KEY);
    final Addresses addresses;
    final long base = heap.segment().address();
    /** The array's pointer. */
    final long array = field("buckets");

    final long bucketBytes = bucket(map).byteSize();
    final long arrayBytes = bucketBytes * CHAINS;

    Scene(Addresses addresses) {
        this.addresses = addresses;
        addresses.admit(heap.slice(map.pointer(), header().byteSize()));
        addresses.admit(heap.slice(array, arrayBytes));
        if (find(map.pointer(), bucket(map)) != VALUE) {
            throw new IllegalStateException("the search by address does not find key " + KEY);
        }
    }

    /**
     * Makes a map of the keys from 0, each with a value that is so much larger; without overflow buckets, and with an array that,
     * taken for a header, is not of a map without one.
     */
    LongLongMap filled(long difference) {
        while (true) {
            LongLongMap made = LongLongMap.make(heap, HINT);
            for (long key = 0; key < ENTRIES; key++) {
                made.put(key, key + difference);
            }
            boolean isSingle = made.stats().overflowBuckets() == 0;
            long buckets = made.layout().header().byteOffset(PathElement.groupElement("buckets"));
            long madeArray = heap.segment().get(ValueLayout.JAVA_LONG, made.pointer() + buckets);
            if (isSingle && heap.segment().get(ValueLayout.JAVA_LONG, madeArray + buckets) != 0) {
                return made; // both depend on its random seed
            }
            made.free();
        }
    }

    /** Makes the map grow until it has another array, and no old one. */
    void grow() {
        long key = ENTRIES;
        while (field("buckets") == array || field("oldbuckets") != 0) {
            map.put(key, key);
            key++;
        }
    }

    long address(long pointer) {
        return base + pointer;
    }

    StructLayout header() {
        return map.layout().header();
    }

    static StructLayout bucket(LongLongMap map) {
        return map.layout().bucket();
    }

    long offset(String field) {
        return header().byteOffset(PathElement.groupElement(field));
    }

    /** A field of the map's header. */
    private long field(String name) {
        return heap.segment().get(ValueLayout.JAVA_LONG, map.pointer() + offset(name));
    }

    /** Returns the address of the key's value. */
    long valueAddress() {
        return slotOf(array, CHAINS, bucket(map));
    }

    /** Searches the map whose header is said to be at this pointer, with buckets of this layout, by address. */
    long find(long hmap, StructLayout bucket) {
        int b = addresses.getByte(address(hmap) + offset("B"));
        long value = slotOf(addresses.getLong(address(hmap) + offset("buckets")), 1L << b, bucket);
        return value == 0 ? ABSENT : value(value, bucket, "value0");
    }

    /** Searches an array that is said to be at this pointer, and returns the address of the key's value; 0 if it is absent. */
    long slotOf(long pointer, long chains, StructLayout bucket) {
        long slots = bucket.memberLayouts().stream()
                .filter(member -> member.name().orElse("").startsWith("key"))
                .count();
        for (long chain = 0; chain < chains; chain++) {
            long at = pointer + chain * bucket.byteSize();
            for (; at != 0; at = addresses.getLong(address(at) + offset(bucket, "overflow"))) {
                for (int slot = 0; slot < slots; slot++) {
                    if (Byte.toUnsignedInt(addresses.getByte(address(at) + slot)) >= MIN_TOPHASH
                            && value(address(at) + offset(bucket, "key" + slot), bucket, "key0") == KEY) {
                        return address(at) + offset(bucket, "value" + slot);
                    }
                }
            }
        }
        return 0;
    }

    /** Reads as many bytes as this member has. */
    private long value(long address, StructLayout bucket, String member) {
        long word = addresses.getLong(address);
        return bucket.select(PathElement.groupElement(member)).byteSize() == Long.BYTES ? word : (int) word;
    }

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    /** Overwrites the beginning of the map's header with that of another map, as a write that was cut short does. */
    void tear(LongLongMap other, long from, long to) {
        MemorySegment.copy(heap.segment(), other.pointer() + from, heap.segment(), map.pointer() + from, to - from);
    }
}
