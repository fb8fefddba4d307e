package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.util.HashMap;
import java.util.Map;

/**
 * The engine for doubles in a {@link GoTable}. Go asks for the hash of a NaN in a put, a get and a
 * delete, and for each NaN that moves to an array of twice the size; each time it gets the next
 * number. In such a move the hash decides the side. But if an iterator has started during the
 * growth, the old tophash decides, and the hash only replaces it.
 */
final class GoDoubleTable extends FixedKeyMap<Double, Long> {
    private static final MapType TYPE = new MapType(Type.DOUBLE, Type.LONG);

    /**
     * The sides of the NaN keys in the chain that is moving, by slot. All bits of a side are equal,
     * so the bit that splits the chain is right.
     */
    private final Map<Long, Long> sides = new HashMap<>();

    private long draws;
    /** The number of growths that had begun when the last iterator started. */
    private long growthsAtIterator = -1;

    private GoDoubleTable(NativeHeap heap, long hmap) {
        super(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), Type.DOUBLE, Type.LONG);
    }

    static GoTable make(NativeHeap heap, long hint) {
        GoDoubleTable table = new GoDoubleTable(heap, makeHeader(heap, TYPE, Geometry.GO, 0, ""));
        table.initialize(hint);
        return table.new Adapter();
    }

    @Override
    void retireChain(long chain) {
        // See GoLongTable.
    }

    @Override
    long hashOfWord(long word, long seed) {
        return Double.isNaN(Double.longBitsToDouble(word)) ? hashOfNan() : GoldenReplay.hash(word);
    }

    @Override
    long hashOfNan() {
        return GoldenReplay.hashOfNan(++draws);
    }

    @Override
    long distinct(long hash, long chain) {
        return hash;
    }

    @Override
    long hashAt(long slot, long seed, long chain, int b) {
        Long side = sides.get(slot);
        return side == null ? super.hashAt(slot, seed, chain, b) : side;
    }

    @Override
    void beforeMove(long chain) {
        sides.clear();
        if ((state() & HmapLayout.SAME_SIZE) != 0) {
            return; // all entries go to one side, and Go asks for no hash
        }
        boolean iterated = growths() == growthsAtIterator;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            for (long rest = Tophash.filled(tops(bucket)); rest != 0; rest &= rest - 1) {
                long slot = bucket + Tophash.lowest(rest);
                if (!isReflexiveAt(slot)) {
                    sides.put(slot, iterated ? replaceTophash(slot) : hashOfNan());
                }
            }
        }
    }

    /**
     * Returns a word whose bits all equal the low bit of the slot's tophash. Replaces the tophash.
     */
    private long replaceTophash(long slot) {
        long side = -(Mem.getByte(mem, slot) & 1L);
        Mem.setByte(mem, slot, (int) Tophash.of(hashOfNan()));
        return side;
    }

    private long growths() {
        return counter(HmapLayout.DOUBLINGS) + counter(HmapLayout.SAME_SIZE_GROWTHS);
    }

    @Override
    void retireArray(long array, int b) {
        freeArray(array, b, field(HmapLayout.OLD_OVERFLOW));
        setField(HmapLayout.OLD_OVERFLOW, 0);
    }

    @Override
    void retirePassed(long old, long passedBytes, long secondHalf) {
        // See GoLongTable.
    }

    @Override
    long roundUp(long bytes) {
        return GoTable.roundUp(bytes);
    }

    private final class Adapter extends GoTable {
        Adapter() {
            super(GoDoubleTable.this);
        }

        @Override
        void put(long key, long value) {
            set(Double.longBitsToDouble(key), value);
            sides.clear(); // the side of a moved entry is now that of its chain
        }

        @Override
        void delete(long key) {
            GoDoubleTable.this.delete(Double.longBitsToDouble(key));
            sides.clear();
        }

        @Override
        long find(long key) {
            long slot = slotOf(Double.longBitsToDouble(key));
            return slot == 0 ? 0 : valueAddress(slot);
        }

        @Override
        void startIterator() {
            if (!isEmpty()) {
                growthsAtIterator = growths();
            }
        }
    }
}
