package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.HmapLayout;
import io.memmap.format.OrderLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the keys of one table in order. It takes some keys at a time, as copies, and looks for
 * the next ones behind the last of these. So it stays valid whatever happens to the table: no key is
 * taken twice, and the keys ascend strictly, or descend. It holds no memory of the heap.
 */
abstract class OrderWalk {
    /** A walk stops to take entries when it has this many bytes. */
    static final int MOST_BYTES = 64 << 10;

    final ObjectTable<?, ?> table;
    final OrderTree tree;
    final boolean wantsValues;
    final EncodedParts keys = new EncodedParts();
    /** The references that a step has read. */
    final long[] references = new long[OrderLayout.CAPACITY];

    private final KeyRange range;
    private final boolean ascending;
    /** The number of keys that the next step takes. Each step takes twice as many as the one before. */
    private int wanted;

    /** The key that the next step begins at; null if the walk begins at the first key, or the last one. */
    private @Nullable EncodedBytes from;
    /** Whether the next step takes the key {@code from} itself. */
    private boolean inclusive;

    private int next;
    private boolean ended;
    /** The current key in its ordered form. */
    final EncodedBytes key = new EncodedBytes();

    private final EncodedBytes room = new EncodedBytes();

    OrderWalk(ObjectTable<?, ?> table, KeyRange range, boolean ascending, boolean wantsValues, int wanted) {
        this.table = table;
        this.tree = table.tree();
        this.range = range;
        this.ascending = ascending;
        this.wantsValues = wantsValues;
        this.wanted = Math.clamp(wanted, 1, references.length);
        byte[] bound = ascending ? range.low() : range.high();
        inclusive = ascending ? range.hasLow() : range.hasHigh();
        if (bound != null) {
            EncodedBytes begin = new EncodedBytes();
            begin.lend(bound, 0, bound.length);
            from = begin;
        }
    }

    /** Makes the next keys the content of {@link #keys}, from {@link #takeReferences}. */
    abstract void takeSome();

    /** Makes the key of this index the current one. Returns false if the entry has been removed. */
    abstract boolean produce(int index);

    /** Returns the encoded value of the current key, as it is or was. */
    abstract EncodedBytes value();

    /** Moves to the next key. Returns false at the end. */
    final boolean advance() {
        while (!ended) {
            while (next < keys.count()) {
                keys.lendTo(key, next);
                if (ascending ? range.isAbove(key) : range.isBelow(key)) {
                    ended = true;
                    return false;
                }
                if (produce(next++)) {
                    return true;
                }
            }
            takeNext();
        }
        return false;
    }

    private void takeNext() {
        int taken = keys.count();
        if (taken > 0) {
            EncodedBytes last = new EncodedBytes();
            keys.lendTo(last, taken - 1);
            byte[] copy = Arrays.copyOfRange(last.bytes, last.from, last.from + last.length);
            last.lend(copy, 0, copy.length);
            from = last;
            inclusive = false;
        }
        next = 0;
        takeSome();
        ended = keys.count() == 0;
        wanted = Math.min(2 * wanted, references.length);
    }

    /** Reads the references of the next keys. Returns their number. */
    final int takeReferences() {
        return tree.take(from, inclusive, ascending, references, wanted);
    }

    /** Returns the encoded form of a key in its ordered form. */
    final EncodedBytes encoded(EncodedBytes ordered) {
        return tree.order.toEncoded(ordered, table.keyBytes, room);
    }

    /** Compares the current keys of two walks, in the direction of both. */
    static int compare(OrderWalk a, OrderWalk b) {
        EncodedBytes x = a.key;
        EncodedBytes y = b.key;
        int comparison = Arrays.compareUnsigned(x.bytes, x.from, x.from + x.length, y.bytes, y.from, y.from + y.length);
        return a.ascending ? comparison : -comparison;
    }

    /**
     * A walk over a plain table, which takes keys only. It looks for the entry of each key when its
     * turn comes, as the map's other iterators do.
     */
    static final class Plain extends OrderWalk {
        private final EncodedBytes value = new EncodedBytes();
        private long slot;
        private long changes;
        private long moves;

        Plain(ObjectTable<?, ?> table, KeyRange range, boolean ascending, boolean wantsValues, int wanted) {
            super(table, range, ascending, wantsValues, wanted);
        }

        @Override
        void takeSome() {
            keys.clear(0);
            if (!table.beginRead()) {
                return; // the map is empty, or has been freed
            }
            int count = takeReferences();
            EncodedBytes taken = new EncodedBytes();
            for (int i = 0; i < count && keys.length() <= MOST_BYTES; i++) {
                tree.load(references[i], taken);
                keys.append(taken);
            }
        }

        @Override
        boolean produce(int index) {
            find();
            if (slot != 0 && wantsValues) {
                table.load(table.valueType, table.valueAddress(slot), value);
            }
            return slot != 0;
        }

        private void find() {
            changes = table.changes();
            moves = table.field(HmapLayout.MOVES);
            slot = table.find(encoded(key));
        }

        @Override
        EncodedBytes value() {
            if (table.changes() != changes || table.field(HmapLayout.MOVES) != moves) {
                find();
            }
            if (slot != 0) {
                table.load(table.valueType, table.valueAddress(slot), value);
            }
            return value;
        }
    }
}
