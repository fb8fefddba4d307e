package io.memmap;

import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A walk over hash space that pins nothing: the way of Redis's SCAN, made exact.
 *
 * <p>Every entry has a <em>position</em>, the bits of its hash in reverse, as an unsigned number. A chain of an array of
 * 2<sup>B</sup> holds the entries of one interval of positions, 2<sup>64-B</sup> wide, whose start is the chain's number
 * in reverse. When a table doubles, a chain's interval splits into two neighbouring ones; when it halves, two neighbours
 * become one. The walk starts at the start of a random chain's interval, goes round once, and takes from each chain the
 * entries from its own position on to the end of the interval. So, whatever the table does meanwhile (Go's D5, D7, D8):
 *
 * <ul>
 *   <li>an entry that is there all the time is taken exactly once, when the walk passes its position;
 *   <li>no entry is taken twice, for the walk passes a position once;
 *   <li>an entry that was removed after it was taken is looked up again before it is produced, and skipped.
 * </ul>
 *
 * When the hash's seed is drawn anew (clear, or removal of the last entry) the positions change, and the walk ends: all
 * entries it could miss are new ones.
 */
abstract class ChainWalk {
    /** Chains that a walk takes at a time while it holds a lock, if they are empty. */
    private static final int CHAINS_AT_A_TIME = 64;

    private final HashTable table;
    /** Which slot of every bucket comes first. */
    private final int rotation;

    private final long epoch;
    /** The walk has taken all entries between its start and this position. */
    private long position;
    /** How far it has come, modulo 2^64. */
    private long walked;

    private boolean ended;

    private long[] slots = new long[16];
    private int taken;
    private long changes;
    private long moves;

    ChainWalk(HashTable table) {
        this.table = table;
        long random = ThreadLocalRandom.current().nextLong();
        rotation = (int) (((random & 0xFFFF_FFFFL) * table.slots) >>> 32);
        ended = table.isEmpty() || table.field(HmapLayout.BUCKETS) == 0;
        epoch = table.field(HmapLayout.EPOCH);
        if (!ended) {
            int b = HmapLayout.b(table.state());
            position = b == 0 ? 0 : random & -1L << (64 - (table.isGrowing() ? HashTable.unitsB(table.state()) : b));
        }
    }

    /** Remembers the entry in this filled slot as the {@code index}-th taken from this chain of an array of 2^b. */
    abstract void take(int index, long slot, long chain, int b);

    /** Returns whether all chains have been taken, or those that are left have nothing that the walk owes. */
    final boolean hasEnded() {
        return ended || !isWalkable();
    }

    /** Takes chains until one has entries, or there have been enough of them; returns whether there are more. */
    final boolean takeSome() {
        taken = 0;
        for (int i = 0; i < CHAINS_AT_A_TIME && taken == 0 && !hasEnded(); i++) {
            takeChain();
        }
        return !hasEnded();
    }

    /** Returns the number of entries taken from the chain that was taken last. */
    final int taken() {
        return taken;
    }

    /** Returns the slot that the {@code index}-th of them was taken from. */
    final long slotTaken(int index) {
        return slots[index];
    }

    final boolean isLive() {
        return table.isLive();
    }

    /** Returns whether the positions still mean what they meant. */
    final boolean isWalkable() {
        if (!table.isLive() || hasNewOrder()) {
            return false;
        }
        if ((table.state() & HmapLayout.WRITING) != 0) {
            throw new ConcurrentModificationException("concurrent map iteration and map write");
        }
        return true;
    }

    /** Returns whether hash space has another order than when the walk began: all entries of then have gone. */
    final boolean hasNewOrder() {
        return table.field(HmapLayout.EPOCH) != epoch;
    }

    /** While these counters stand still, every slot is where it was. */
    final boolean hasMoved() {
        return table.field(HmapLayout.CHANGES) != changes || table.field(HmapLayout.MOVES) != moves;
    }

    /** Takes the entries of the chain at the walk's position, and passes it. */
    final void takeChain() {
        changes = table.field(HmapLayout.CHANGES);
        moves = table.field(HmapLayout.MOVES);
        taken = 0;

        long state = table.state();
        int b = HmapLayout.b(state);
        long array = table.field(HmapLayout.BUCKETS);
        if (table.isGrowing() && !table.isEvacuated(Long.reverse(position) & HashTable.mask(HashTable.unitsB(state)))) {
            b = HashTable.oldB(state);
            array = table.field(HmapLayout.OLD_BUCKETS);
        }
        long chain = Long.reverse(position) & HashTable.mask(b);

        // Distances are kept less one, so that the whole circle of 2^64 positions is a number.
        long widthLessOne = b == 0 ? -1 : (1L << (64 - b)) - 1;
        long toEndLessOne = widthLessOne - (position & widthLessOne);
        long leftLessOne = -walked - 1;
        boolean isLast = Long.compareUnsigned(toEndLessOne, leftLessOne) >= 0;
        long extentLessOne = isLast ? leftLessOne : toEndLessOne;

        int count = 0;
        long first = array == 0 ? 0 : array + chain * table.bucketBytes; // a shard that was emptied has no array
        for (long bucket = first; bucket != 0; bucket = table.overflow(bucket)) {
            count = takeBucket(bucket, chain, b, extentLessOne, extentLessOne == widthLessOne, count);
        }
        taken = count; // at the end: a key that cannot be read leaves the walk where it is
        walked += extentLessOne + 1;
        position += extentLessOne + 1;
        ended = isLast;
    }

    /** Takes a bucket's entries, those up to this far from the walk's position or all, and returns how many are taken then. */
    private int takeBucket(long bucket, long chain, int b, long extentLessOne, boolean all, int before) {
        int count = before;
        long tops = table.tops(bucket);
        for (int i = 0; i < table.slots; i++) {
            int rotated = i + rotation;
            long slot = bucket + (rotated < table.slots ? rotated : rotated - table.slots);
            if (Tophash.at(tops, (int) (slot - bucket)) >= Tophash.MIN_TOPHASH
                    && (all || isWithin(extentLessOne, table.hashAt(slot, table.seed(), chain, b)))) {
                if (count == slots.length) {
                    slots = Arrays.copyOf(slots, 2 * count);
                }
                slots[count] = slot;
                take(count, slot, chain, b);
                count++;
            }
        }
        return count;
    }

    private boolean isWithin(long extentLessOne, long hash) {
        return Long.compareUnsigned(Long.reverse(hash) - position, extentLessOne) <= 0;
    }
}
