package io.memmap;

import io.memmap.memory.BlockKind;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The memory of a table: its bucket arrays, the spares behind them, and the overflow buckets. Made, linked and freed here; what
 * is in them is the business of {@link HashTable}.
 */
abstract class TableArrays extends Hmap {
    /** No address space of today holds an array beyond this. */
    static final long MAX_ARRAY_BYTES = 1L << 47;

    /** The nil map of this type. */
    TableArrays(MapType type) {
        super(type);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    TableArrays(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    /** A handle of the map that had this identity when its header was at {@code hmap}; it may have been freed since. */
    TableArrays(NativeHeap heap, long hmap, long identity, MapType type) {
        super(heap, hmap, identity, type);
    }

    /** Returns the bytes that a bucket array of {@code bytes} really gets; what is left over becomes spares. */
    long roundUp(long bytes) {
        return heap().usableSize(bytes);
    }

    /** Returns the bytes of an array of 2^b buckets with the spares that Go would give it. */
    final long arrayBytes(int b) {
        if (b < 4) {
            return bucketBytes << b;
        }
        long bytes = roundUp(((1L << b) + (1L << (b - 4))) * bucketBytes);
        return bytes - bytes % bucketBytes;
    }

    /** Returns the least B whose load limit is not below this number of entries; 0 if no address space holds it. */
    final int sizeFor(long entries) {
        int b = 0;
        while (BucketLayout.loadLimit(slots, b) < entries) {
            b++;
            if (bucketBytes > MAX_ARRAY_BYTES >> b) {
                return 0;
            }
        }
        return b;
    }

    /** Makes a zero array and the table's spares behind it; returns 0 and changes nothing if memory ran out. */
    final long newArray(int b) {
        long bytes = arrayBytes(b);
        long array = heap().tryReserve(bytes, BlockKind.BUCKET, this);
        if (array == 0) {
            return 0;
        }
        long spares = array + (bucketBytes << b);
        long last = array + bytes - bucketBytes;
        if (last >= spares) {
            heap().commit(last, bucketBytes);
            setOverflow(last, array);
            setField(HmapLayout.NEXT_OVERFLOW, spares);
        } else {
            setField(HmapLayout.NEXT_OVERFLOW, 0);
        }
        return array;
    }

    final void setArray(long array) {
        setField(HmapLayout.BUCKETS, array);
        publish();
    }

    /** I12: states what the short cuts of lookups and insertions need, after the arrays or noverflow have changed. */
    final void publish() {
        long state = state();
        int b = HmapLayout.b(state);
        setField(HmapLayout.DIRECT, direct());
        setField(HmapLayout.DIRECT_MASK, mask(b));
        setField(HmapLayout.DIRECT_LIMIT, hasTooManyOverflow(state) ? 0 : BucketLayout.loadLimit(slots, b));
    }

    static boolean hasTooManyOverflow(long state) {
        return HmapLayout.noverflow(state) >= 1 << Math.min(HmapLayout.b(state), 15);
    }

    /** Links a new overflow bucket behind this last one of a chain of the current array; 0 if memory ran out. */
    final long newOverflow(long last) {
        long bucket = field(HmapLayout.NEXT_OVERFLOW);
        if (bucket == 0) {
            bucket = heap().tryAllocate(bucketBytes, BlockKind.OVERFLOW, this);
            if (bucket == 0) {
                return 0;
            }
        } else if (overflow(bucket) == 0) {
            setField(HmapLayout.NEXT_OVERFLOW, bucket + bucketBytes);
            heap().commit(bucket, bucketBytes);
        } else { // the last spare, by its sentinel (I9)
            setOverflow(bucket, 0);
            setField(HmapLayout.NEXT_OVERFLOW, 0);
        }
        heap().commit(last, bucketBytes);
        setOverflow(last, bucket);
        increment(HmapLayout.OVERFLOW);
        long state = state();
        int b = HmapLayout.b(state);
        if (b < 16 || (ThreadLocalRandom.current().nextInt() & mask(b - 15)) == 0) {
            setState(HmapLayout.withNoverflow(state, HmapLayout.noverflow(state) + 1));
            publish();
        }
        return bucket;
    }

    private boolean isSpare(long bucket, long array, int b) {
        return bucket >= array && bucket < array + arrayBytes(b);
    }

    /** Frees a chain's overflow buckets from this one on, but for spares, which go with their array. */
    final void freeOverflow(long from, long array, int b, long counter) {
        long next;
        for (long bucket = from; bucket != 0; bucket = next) {
            next = overflow(bucket);
            if (!isSpare(bucket, array, b)) {
                heap().free(bucket, BlockKind.OVERFLOW);
            }
            setField(counter, field(counter) - 1);
        }
    }

    /** Frees an array and its overflow buckets. */
    final void freeArray(long array, int b, long counter) {
        for (long chain = array; field(counter) != 0 && chain < array + (bucketBytes << b); chain += bucketBytes) {
            freeOverflow(overflow(chain), array, b, counter);
        }
        heap().free(array, BlockKind.BUCKET);
    }

    /** Frees both arrays and all overflow buckets; the table has no array then. */
    final void freeArrays() {
        long state = state();
        long old = field(HmapLayout.OLD_BUCKETS);
        if (old != 0) {
            freeArray(old, oldB(state), HmapLayout.OLD_OVERFLOW);
        }
        if (field(HmapLayout.BUCKETS) != 0) {
            freeArray(field(HmapLayout.BUCKETS), HmapLayout.b(state), HmapLayout.OVERFLOW);
        }
        setField(HmapLayout.BUCKETS, 0);
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.NEVACUATE, 0);
        setField(HmapLayout.RELEASED, 0);
        setField(HmapLayout.NEXT_OVERFLOW, 0);
        setState(HmapLayout.withNoverflow(state, 0) & ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING));
        publish();
    }

    /** Returns the bytes of all blocks of this map. */
    final long bytes() {
        NativeHeap heap = heap();
        long state = state();
        int b = HmapLayout.b(state);
        long bytes = heap.usableSize(HmapLayout.BYTES);
        if (field(HmapLayout.NAME) != 0) {
            bytes += heap.usableSize(field(HmapLayout.NAME_BYTES));
        }
        if (field(HmapLayout.TYPE) != 0) {
            bytes += heap.usableSize(field(HmapLayout.TYPE_BYTES));
        }
        bytes += field(HmapLayout.BLOB_BYTES);
        long array = field(HmapLayout.BUCKETS);
        if (array != 0) {
            bytes += heap.usableSize(arrayBytes(b));
            bytes += (field(HmapLayout.OVERFLOW) - sparesTaken(array, b)) * heap.usableSize(bucketBytes);
        }
        if (isGrowing()) {
            bytes += heap.usableSize(arrayBytes(oldB(state)));
            bytes += oldOverflowBlocks(oldB(state)) * heap.usableSize(bucketBytes);
        }
        return bytes;
    }

    /** Returns how many overflow buckets of the old array are not spares of it. */
    private long oldOverflowBlocks(int b) {
        long blocks = 0;
        long left = field(HmapLayout.OLD_OVERFLOW);
        long array = field(HmapLayout.OLD_BUCKETS);
        for (long chain = array; left > 0 && chain < array + (bucketBytes << b); chain += bucketBytes) {
            for (long bucket = overflow(chain); left > 0 && bucket != 0; bucket = overflow(bucket)) {
                left--;
                blocks += isSpare(bucket, array, b) ? 0 : 1;
            }
        }
        return blocks;
    }

    private long sparesTaken(long array, int b) {
        long spares = array + (bucketBytes << b);
        long next = field(HmapLayout.NEXT_OVERFLOW);
        return ((next == 0 ? array + arrayBytes(b) : next) - spares) / bucketBytes;
    }
}
