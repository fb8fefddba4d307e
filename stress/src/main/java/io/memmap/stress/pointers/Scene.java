package io.memmap.stress.pointers;

import io.memmap.Geometry;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * A confined heap with a map in it, and the map's pointers and addresses. A map's header points to
 * an array of buckets. A bucket has slots for entries, and a pointer to an overflow bucket if more
 * are needed.
 */
final class Scene {
    static final long KEY = 42;
    static final long VALUE = 1042;
    /** The result of a search by address for an absent key. */
    static final long ABSENT = -1;

    /** A size hint that makes 2^5 buckets. They hold the first 50 entries without a growth. */
    private static final int HINT = 100;

    private static final int B = 5;

    static final long CHAINS = 1L << B;

    private static final int ENTRIES = 50;
    private static final int MIN_TOPHASH = 5;

    final NativeHeap heap = NativeHeap.builder().maxBytes(64 << 20).open();
    final LongLongMap map = filled(VALUE - KEY);
    final Addresses addresses;
    final long base = heap.segment().address();
    /** The pointer to the map's array of buckets. */
    final long array = field("buckets");

    final long bucketBytes = bucket(map).byteSize();
    final long arrayBytes = bucketBytes * CHAINS;

    Scene(Addresses addresses) {
        this.addresses = addresses;
        addresses.admit(heap.slice(map.pointer(), header().byteSize()));
        addresses.admit(heap.slice(array, arrayBytes));
        if (find(map.pointer(), bucket(map)) != VALUE) {
            throw new IllegalStateException("the search by address did not find key " + KEY);
        }
    }

    /**
     * Makes a map of the keys from 0. Each value is its key plus {@code difference}. The map has no
     * overflow buckets. If its array is read as a header, that header has a pointer to buckets that
     * is not 0.
     */
    LongLongMap filled(long difference) {
        while (true) {
            LongLongMap made =
                    LongLongMap.builder(heap).geometry(Geometry.LINE).hint(HINT).make();
            for (long key = 0; key < ENTRIES; key++) {
                made.put(key, key + difference);
            }
            boolean isSingle = made.stats().overflowBuckets() == 0;
            long buckets = made.layout().header().byteOffset(PathElement.groupElement("buckets"));
            long madeArray = heap.segment().get(ValueLayout.JAVA_LONG, made.pointer() + buckets);
            if (isSingle && heap.segment().get(ValueLayout.JAVA_LONG, madeArray + buckets) != 0) {
                return made; // both conditions depend on its random seed
            }
            made.free();
        }
    }

    /** Makes the map grow until it has another array, and the old one is freed. */
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

    /** Reads a field of the map's header. */
    private long field(String name) {
        return heap.segment().get(ValueLayout.JAVA_LONG, map.pointer() + offset(name));
    }

    /** Returns the address of the value of {@code KEY}. */
    long valueAddress() {
        return slotOf(array, CHAINS, bucket(map));
    }

    /**
     * Searches for {@code KEY} by address. Takes what is at the pointer as a map's header, and
     * buckets to have this layout.
     */
    long find(long hmap, StructLayout bucket) {
        int b = addresses.getByte(address(hmap) + offset("B"));
        long value = slotOf(addresses.getLong(address(hmap) + offset("buckets")), 1L << b, bucket);
        return value == 0 ? ABSENT : value(value, bucket, "value0");
    }

    /**
     * Searches for {@code KEY}. Takes what is at the pointer as an array of buckets. Returns the
     * address of the key's value; 0 if the key is absent.
     */
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

    /** Reads a value of the size of this member. */
    private long value(long address, StructLayout bucket, String member) {
        long word = addresses.getLong(address);
        return bucket.select(PathElement.groupElement(member)).byteSize() == Long.BYTES ? word : (int) word;
    }

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    /**
     * Overwrites a part of the map's header with that of another map's header, as an incomplete
     * write does.
     */
    void tear(LongLongMap other, long from, long to) {
        MemorySegment.copy(heap.segment(), other.pointer() + from, heap.segment(), map.pointer() + from, to - from);
    }
}
