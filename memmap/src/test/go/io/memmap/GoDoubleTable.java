package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.util.HashMap;
import java.util.Map;

/**
 * The engine of doubles in a {@link GoTable}. Each hash of a NaN that Go asks for is the next number: in a put, a get and a
 * delete, and for each NaN that moves to an array of twice the size. There the hash decides the side; but if an iterator has
 * started during the growth, the old tophash does, and the hash gives a new one.
 */
final class GoDoubleTable extends FixedKeyMap<Double, Long> {
    private static final MapType TYPE = new MapType(Type.DOUBLE, Type.LONG);

    /** Of each NaN in the chain that moves, by its slot, a word that has its side in every bit that can be the split's. */
    private final Map<Long, Long> sides = new HashMap<>();

    private long draws;
    /** The growths that had begun when the last iterator started. */
    private long growthsAtIterator = -1;

    private GoDoubleTable(NativeHeap heap, long hmap) {
        super(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), Type.DOUBLE, Type.LONG);
    }

    static GoTable make(NativeHeap heap, long hint) {
        GoDoubleTable table = new GoDoubleTable(heap, makeHeader(heap, TYPE, Geometry.GO, 0, ""));
        table.initialize(hint);
        return table.new Face();
    }

    @Override
    void retireChain(long chain) {
        // As in GoLongTable.
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
            return; // all go to the one side, and Go asks for no hash
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

    /** Returns the low bit of a slot's tophash in every bit, and replaces the tophash. */
    private long replaceTophash(long slot) {
        long side = -(Mem.getByte(mem, slot) & 1L);
        Mem.setByte(mem, slot, (int) Tophash.of(hashOfNan()));
        return side;
    }

    private long growths() {
        return field(HmapLayout.DOUBLINGS) + field(HmapLayout.SAME_SIZE_GROWTHS);
    }

    @Override
    void retireArray(long array, int b) {
        freeArray(array, b, HmapLayout.OLD_OVERFLOW);
    }

    @Override
    void retirePassed(long old, long passedBytes, long secondHalf) {
        // As in GoLongTable.
    }

    @Override
    long roundUp(long bytes) {
        return GoTable.roundUp(bytes);
    }

    private final class Face extends GoTable {
        Face() {
            super(GoDoubleTable.this);
        }

        @Override
        void put(long key, long value) {
            set(Double.longBitsToDouble(key), value);
            sides.clear(); // what has moved has the place that its chain gives it
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
