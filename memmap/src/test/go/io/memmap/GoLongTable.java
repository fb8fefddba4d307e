package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.util.function.LongUnaryOperator;

/** The engine for integers in a {@link GoTable}. */
final class GoLongTable extends LongTable {
    private final LongUnaryOperator hashFunction;

    private GoLongTable(NativeHeap heap, long hmap, LongUnaryOperator hashFunction) {
        super(heap, hmap, MapType.LONG_TO_LONG);
        this.hashFunction = hashFunction;
    }

    static GoTable make(NativeHeap heap, long hint, LongUnaryOperator hashFunction) {
        long hmap = makeHeader(heap, MapType.LONG_TO_LONG, Geometry.GO, 0, "");
        GoLongTable table = new GoLongTable(heap, hmap, hashFunction);
        table.initialize(hint);
        return table.new Adapter();
    }

    @Override
    long roundUp(long bytes) {
        return GoTable.roundUp(bytes);
    }

    @Override
    long hash(long key, long seed) {
        return hashFunction.applyAsLong(key);
    }

    @Override
    void retireChain(long chain) {
        // Go's collector keeps the chain as long as the old array is reachable.
    }

    @Override
    void retirePassed(long old, long passedBytes, long secondHalf) {
        // See retireChain.
    }

    @Override
    void retireArray(long array, int b) {
        freeArray(array, b, field(HmapLayout.OLD_OVERFLOW));
        setField(HmapLayout.OLD_OVERFLOW, 0);
    }

    private final class Adapter extends GoTable {
        Adapter() {
            super(GoLongTable.this);
        }

        @Override
        void put(long key, long value) {
            long address = findToWrite(key);
            if (address == 0) {
                write(key, value, false);
            } else {
                Mem.setLong(mem, address, value);
            }
        }

        @Override
        void delete(long key) {
            GoLongTable.this.delete(key);
        }

        @Override
        long find(long key) {
            return GoLongTable.this.find(key);
        }
    }
}
