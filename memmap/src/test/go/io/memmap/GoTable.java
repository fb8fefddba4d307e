package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.util.function.LongUnaryOperator;

/**
 * A table whose hash function, size classes of the allocator and garbage collection are those of
 * Go's traces. Go's garbage collector keeps moved chains readable until their growth ends.
 * Everything else is {@link HashTable} itself. Keys and values are words: integers, or the bits of
 * doubles.
 */
abstract class GoTable {
    /**
     * The size classes of Go 1.23's allocator up to 32 KiB. Larger sizes are multiples of 8 KiB.
     */
    private static final int[] GO_SIZE_CLASSES = {
        8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448,
        480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096,
        4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072,
        20480, 21760, 24576, 27264, 28672, 32768
    };

    private static final int GO_PAGE_BYTES = 8192;
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    final HashTable engine;

    GoTable(HashTable engine) {
        this.engine = engine;
    }

    /** Makes a table for integers. */
    static GoTable ofLongs(NativeHeap heap, long hint, LongUnaryOperator hashFunction) {
        return GoLongTable.make(heap, hint, hashFunction);
    }

    /** Makes a table for doubles. */
    static GoTable ofDoubles(NativeHeap heap, long hint) {
        return GoDoubleTable.make(heap, hint);
    }

    abstract void put(long key, long value);

    abstract void delete(long key);

    /** Returns the address of the key's value, or 0 if the key is absent. */
    abstract long find(long key);

    /** Tells the table that an iterator of Go has started here. */
    void startIterator() {}

    // ------------------------------------------------------------------------------- the allocator

    /** Returns the bytes that Go's allocator gives for a request of this many bytes. */
    static long roundUp(long bytes) {
        for (int sizeClass : GO_SIZE_CLASSES) {
            if (bytes <= sizeClass) {
                return sizeClass;
            }
        }
        return (bytes + GO_PAGE_BYTES - 1) & -GO_PAGE_BYTES;
    }

    // ----------------------------------------------------------------------------------- the state

    /** Returns this table's state in the form of an S line of a trace, but without iterFlags. */
    final GoState state() {
        long state = engine.state();
        int b = HmapLayout.b(state);
        long array = engine.field(HmapLayout.BUCKETS);
        long old = engine.field(HmapLayout.OLD_BUCKETS);
        long[] digest = {FNV_OFFSET};
        long chained = array == 0 ? 0 : digestArray(array, b, digest);
        long oldChained = 0;
        if (old != 0) {
            digest(digest, 0xFE, 1);
            oldChained = digestArray(old, HashTable.oldB(state), digest);
        }
        return new GoState(
                engine.size(),
                b,
                HmapLayout.noverflow(state),
                engine.field(HmapLayout.NEVACUATE),
                old != 0,
                (state & HmapLayout.SAME_SIZE) != 0,
                chained,
                oldChained,
                digest[0]);
    }

    private long digestArray(long array, int b, long[] digest) {
        long chained = 0;
        for (long chain = array; chain < array + (engine.bucketBytes << b); chain += engine.bucketBytes) {
            for (long bucket = chain; bucket != 0; bucket = engine.overflow(bucket)) {
                chained += bucket == chain ? 0 : 1;
                for (int slot = 0; slot < engine.slots; slot++) {
                    int top = Mem.getByte(engine.mem, bucket + slot);
                    digest(digest, top, 1);
                    if (top >= Tophash.MIN_TOPHASH) {
                        digest(digest, Mem.getLong(engine.mem, engine.keyAddress(bucket + slot)), 8);
                        digest(digest, Mem.getLong(engine.mem, engine.valueAddress(bucket + slot)), 8);
                    }
                }
            }
            digest(digest, 0xFF, 1);
        }
        return chained;
    }

    private static void digest(long[] digest, long word, int bytes) {
        for (int i = 0; i < bytes; i++) {
            digest[0] = (digest[0] ^ (word >>> (8 * i) & 0xFF)) * FNV_PRIME;
        }
    }

    record GoState(
            long count,
            long b,
            long noverflow,
            long nevacuate,
            boolean growing,
            boolean sameSize,
            long chained,
            long oldChained,
            long digest) {}
}
