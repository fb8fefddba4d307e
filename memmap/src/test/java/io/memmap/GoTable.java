package io.memmap;

import io.memmap.memory.Mem;
import java.util.function.LongUnaryOperator;

/**
 * The engine with what Go's traces pin injected: the hash function, the allocator's size classes, and Go's garbage
 * collector, which keeps evacuated chains readable until their growth ends. Everything else is {@link HashTable} as it is.
 */
final class GoTable extends LongTable {
    /** The size classes of Go 1.23's allocator up to 32 KiB; above, sizes are multiples of 8 KiB. */
    private static final int[] GO_SIZE_CLASSES = {
        8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448,
        480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096,
        4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072,
        20480, 21760, 24576, 27264, 28672, 32768
    };

    private static final int GO_PAGE_BYTES = 8192;
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final LongUnaryOperator hashFunction;

    private GoTable(NativeHeap heap, long hmap, LongUnaryOperator hashFunction) {
        super(heap, hmap, MapType.LONG_TO_LONG);
        this.hashFunction = hashFunction;
    }

    static GoTable make(NativeHeap heap, long hint, LongUnaryOperator hashFunction) {
        long hmap = makeHeader(heap, MapType.LONG_TO_LONG, Geometry.GO, 0, "");
        GoTable table = new GoTable(heap, hmap, hashFunction);
        table.initialize(hint);
        return table;
    }

    @Override
    long hash(long key, long seed) {
        return hashFunction.applyAsLong(key);
    }

    @Override
    long roundUp(long bytes) {
        for (int sizeClass : GO_SIZE_CLASSES) {
            if (bytes <= sizeClass) {
                return sizeClass;
            }
        }
        return (bytes + GO_PAGE_BYTES - 1) & -GO_PAGE_BYTES;
    }

    @Override
    void retireChain(long chain) {
        // Go's collector keeps it for as long as the old array is reachable.
    }

    @Override
    void retirePassed(long old, long passedBytes, long secondHalf) {
        // As retireChain.
    }

    @Override
    void retireArray(long array, int b) {
        for (long chain = array; chain < array + (bucketBytes << b); chain += bucketBytes) {
            freeOverflow(overflow(chain), array, b, HmapLayout.OLD_OVERFLOW);
        }
        super.retireArray(array, b);
    }

    void put(long key, long value) {
        long address = assignHere(key);
        Mem.setLong(mem, address == ELSEWHERE ? assign(key) : address, value);
    }

    /** Returns this table's state as an S line of a trace says it, but for iterFlags. */
    GoState goState() {
        long state = state();
        int b = HmapLayout.b(state);
        long array = field(HmapLayout.BUCKETS);
        long old = field(HmapLayout.OLD_BUCKETS);
        long[] digest = {FNV_OFFSET};
        long chained = array == 0 ? 0 : digestArray(array, b, digest);
        long oldChained = 0;
        if (old != 0) {
            digest(digest, 0xFE, 1);
            oldChained = digestArray(old, oldB(state), digest);
        }
        return new GoState(
                size(),
                b,
                HmapLayout.noverflow(state),
                field(HmapLayout.NEVACUATE),
                old != 0,
                (state & HmapLayout.SAME_SIZE) != 0,
                chained,
                oldChained,
                digest[0]);
    }

    private long digestArray(long array, int b, long[] digest) {
        long chained = 0;
        for (long chain = array; chain < array + (bucketBytes << b); chain += bucketBytes) {
            for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
                chained += bucket == chain ? 0 : 1;
                for (int slot = 0; slot < slots; slot++) {
                    int top = Mem.getByte(mem, bucket + slot);
                    digest(digest, top, 1);
                    if (top >= Tophash.MIN_TOPHASH) {
                        digest(digest, keyAt(bucket + slot), 8);
                        digest(digest, Mem.getLong(mem, valueAddress(bucket + slot)), 8);
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
