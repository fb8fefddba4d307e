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
 *
 * <p>If a method throws, the walk is at the key where it was, and the next call tries again.
 */
abstract class OrderWalk {
    /** A walk stops to take entries when it has this many bytes of keys, or of values. */
    static final int MOST_BYTES = 64 << 10;

    /** Holders of bytes that the walks of one iterator share. Each use ends before the next begins. */
    static final class Holders {
        final EncodedBytes ordered = new EncodedBytes();
        final EncodedBytes encoded = new EncodedBytes();
        final EncodedBytes value = new EncodedBytes();
    }

    final ObjectTable<?, ?> table;
    final OrderTree tree;
    final boolean wantsValues;
    final Holders holders;
    final EncodedParts keys = new EncodedParts();
    /** The references of the keys that are being taken; later other words of these keys. */
    long[] words;

    private final KeyRange range;
    private final boolean ascending;
    /** The number of keys that the next step takes. Each step takes twice as many as the one before. */
    private int wanted;
    /** The number of references that the last step has read. */
    private int taken;

    /** The key that the next step begins at; null if the walk begins at the first key, or the last one. */
    private @Nullable EncodedBytes from;
    /** Whether the next step takes the key {@code from} itself. */
    private boolean inclusive;

    /** The number of keys that may be produced: 0 while keys are being taken, or if this has failed. */
    private int available;
    /** The index of the current key. */
    private int current = -1;
    /** The first eight bytes of the current key, as {@link OrderTree#head} returns them. */
    private long head;

    private boolean ended;

    OrderWalk(
            ObjectTable<?, ?> table,
            KeyRange range,
            boolean ascending,
            boolean wantsValues,
            int wanted,
            Holders holders) {
        this.table = table;
        this.tree = table.tree();
        this.range = range;
        this.ascending = ascending;
        this.wantsValues = wantsValues;
        this.wanted = Math.clamp(wanted, 1, OrderLayout.CAPACITY);
        this.holders = holders;
        words = new long[this.wanted];
        byte[] bound = ascending ? range.low() : range.high();
        inclusive = ascending ? range.hasLow() : range.hasHigh();
        if (bound != null) {
            EncodedBytes begin = new EncodedBytes();
            begin.lend(bound, 0, bound.length);
            from = begin;
        }
    }

    /**
     * Takes the first keys together with other walks: each of them makes each step, from 0 to
     * {@link #STEPS} - 1, before one makes the next. So the cache misses of all walks overlap.
     */
    abstract void takeAhead(int step);

    /** Makes the next keys the content of {@link #keys}. */
    abstract void takeSome();

    /** Throws if an object of this length may be the result of a torn read. */
    abstract void requireLength(int bytes);

    /** Prepares to make the entry of this index the current one. Returns false if it has been removed. */
    abstract boolean produce(int index);

    /** Returns the encoded value of the current key, as it is or was. */
    abstract EncodedBytes value();

    /** Moves to the next key. Returns false at the end. */
    final boolean advance() {
        while (!ended) {
            for (int next = current + 1; next < available; next++) {
                EncodedBytes key = key(next);
                if (ascending ? range.isAbove(key) : range.isBelow(key)) {
                    ended = true;
                    return false;
                }
                head = OrderTree.head(key);
                if (produce(next)) {
                    current = next;
                    return true;
                }
            }
            takeNext();
        }
        return false;
    }

    private void takeNext() {
        if (available > 0) {
            EncodedBytes last = key(available - 1);
            EncodedBytes copy = new EncodedBytes();
            byte[] bytes = Arrays.copyOfRange(last.bytes, last.from, last.from + last.length);
            copy.lend(bytes, 0, bytes.length);
            from = copy;
            inclusive = false;
            available = 0;
        }
        if (words.length < wanted) {
            words = new long[wanted];
        }
        takeSome();
        int count = keys.count();
        ended = count == 0;
        wanted = Math.min(count < taken ? count : 2 * wanted, OrderLayout.CAPACITY);
        current = -1;
        available = count;
    }

    // The steps in which keys are taken. Each loads the memory that the next one needs.

    /** The number of steps. */
    static final int STEPS = 5;

    /** Loads the leaf that has the next key. */
    final void loadLeaf() {
        tree.loadLeaf(from, ascending);
    }

    /** Takes the references of the next keys, which are those of one leaf at most. */
    final void takeReferences() {
        taken = tree.take(from, inclusive, ascending, words, wanted);
        tree.loadKeys(words, taken);
    }

    /** Copies the keys, and loads what lookups of them will read. */
    final void copyKeys(boolean lookups) {
        keys.clear(taken);
        if (taken > 0) {
            int bytes = tree.keyBytes(words[0]);
            requireLength(bytes);
            keys.reserve(Math.min(taken * (long) bytes, MOST_BYTES));
        }
        for (int i = 0; i < taken && keys.length() <= MOST_BYTES; i++) {
            requireLength(tree.keyBytes(words[i]));
            tree.append(words[i], keys, holders.ordered);
        }
        if (lookups && table.isCurrent()) {
            // Each loop is short, so that many of its loads wait at the same time.
            for (int i = 0; i < keys.count(); i++) {
                words[i] = table.hash(encodedKey(i), table.cachedSeed);
            }
            for (int i = 0; i < keys.count(); i++) {
                table.loadBucket(words[i]);
            }
        }
    }

    // ----------------------------------------------------------------------------------- the keys

    /** Returns a key in its ordered form. It is valid until the next call for any walk. */
    private EncodedBytes key(int index) {
        keys.lendTo(holders.ordered, index);
        return holders.ordered;
    }

    /** Returns the encoded form of a key. It is valid until the next call for any walk. */
    final EncodedBytes encodedKey(int index) {
        return tree.order.toEncoded(key(index), table.keyBytes, holders.encoded);
    }

    /** Returns the index of the current key. */
    final int current() {
        return current;
    }

    /** Returns whether the current key comes before that of another walk in the same direction. */
    final boolean isBefore(OrderWalk other) {
        if (head != other.head) {
            return head < other.head == ascending;
        }
        return keys.compare(current, other.keys, other.current) < 0 == ascending;
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

        Plain(
                ObjectTable<?, ?> table,
                KeyRange range,
                boolean ascending,
                boolean wantsValues,
                int wanted,
                Holders holders) {
            super(table, range, ascending, wantsValues, wanted, holders);
        }

        @Override
        void takeAhead(int step) {
            // A map has one plain table.
        }

        @Override
        void takeSome() {
            if (table.beginRead()) {
                takeReferences();
                copyKeys(true);
            } else {
                keys.clear(0); // the map is empty, or has been freed
            }
        }

        @Override
        void requireLength(int bytes) {
            // No other thread writes.
        }

        @Override
        boolean produce(int index) {
            find(index);
            if (slot != 0 && wantsValues) {
                table.load(table.valueType, table.valueAddress(slot), value);
            }
            return slot != 0;
        }

        private void find(int index) {
            changes = table.changes();
            moves = table.field(HmapLayout.MOVES);
            slot = table.find(encodedKey(index));
        }

        @Override
        EncodedBytes value() {
            if (table.changes() != changes || table.field(HmapLayout.MOVES) != moves) {
                find(current());
            }
            if (slot != 0) {
                table.load(table.valueType, table.valueAddress(slot), value);
            }
            return value;
        }
    }
}
