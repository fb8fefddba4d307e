package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
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
 * entries from its own position on to the end of the interval. So these promises hold, whatever the
 * table does meanwhile (go:remaining-entries-appear, go:no-entry-twice and
 * go:removed-entries-are-skipped in {@code memmap/docs/go-map.md}):
 *
 * <ul>
 *   <li>an entry that is there all the time is taken exactly once, when the walk passes its position;
 *   <li>no entry is taken twice, for the walk passes a position once;
 *   <li>an entry that was removed after it was taken is looked up again before it is produced, and skipped.
 * </ul>
 *
 * A chain whose entries have more than {@value #MOST_BYTES} bytes to remember is taken in parts: first the entries with the
 * lowest positions, up to that many bytes or one entry, and the walk is at the position behind them.
 *
 * <p>When the hash's seed is drawn anew (clear, or removal of the last entry) the positions change, and the walk ends: all
 * entries it could miss are new ones.
 */
abstract class ChainWalk {
    /** Chains that a walk takes at a time while it holds a lock, if they are empty. */
    private static final int CHAINS_AT_A_TIME = 64;
    /** Bytes that a walk of one chain at a time remembers at most, unless one entry has more. */
    static final int MOST_BYTES = 64 << 10;

    /** Slots of the tophash word, those that a bucket does not have included. */
    private static final int LANES = Long.BYTES;

    private final HashTable table;
    /** Entries that are taken at a time, or as many more as the last of their chains has; 1 for those of one chain. */
    private final int enough;

    /** The table's memory and header: what is read by the same field is checked once for all that a step reads. */
    final MemorySegment mem;

    private final long hmap;
    /** Which slot of every bucket comes first. */
    private final int rotation;

    private final long epoch;
    /** The walk has taken all entries between its start and this position. */
    private long position;
    /** How far it has come, modulo 2^64. */
    private long walked;

    private boolean ended;

    private long[] slots;
    private int taken;

    // The header's words when the slots were taken.
    /** -1, which is of no view, if there was none. */
    private long view;

    private long changes;
    private long moves;

    ChainWalk(HashTable table, int enough) {
        this.enough = enough;
        this.table = table;
        mem = table.mem;
        hmap = table.hmap;
        slots = new long[(int) Math.min(table.size(), enough) + LANES];
        long random = ThreadLocalRandom.current().nextLong();
        rotation = (int) (((random & 0xFFFF_FFFFL) * table.slots) >>> 32);
        ended = table.isEmpty() || table.field(HmapLayout.BUCKETS) == 0;
        epoch = table.field(HmapLayout.EPOCH);
        if (!ended) {
            int b = HmapLayout.b(table.state());
            position = b == 0 ? 0 : random & -1L << (64 - (table.isGrowing() ? HashTable.unitsB(table.state()) : b));
        }
    }

    /**
     * Remembers what it needs of the entries in these filled slots, which are about to be taken. The chain of an array of
     * 2^b is the last that they come from: of those of one chain, which they are if one entry is enough, it is theirs.
     */
    abstract void remember(long[] slots, int count, long chain, int b);

    /** Returns how many bytes of this entry {@link #remember} copies. */
    long bytesAt(long slot) {
        return 0;
    }

    /** Returns whether all chains have been taken, or those that are left have nothing that the walk owes. */
    final boolean hasEnded() {
        return ended || !isWalkable();
    }

    /** Returns the number of entries that were taken last. */
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

    /**
     * Returns true only if the walk may go on and nothing has moved; asks less than {@link #isWalkable} and {@link #hasMoved}.
     * A view that stands says that the map lives, has its order and its array, does not grow, and is not being written to.
     */
    final boolean hasStood() {
        return Mem.getLong(mem, hmap + HmapLayout.VIEW) == view
                && Mem.getLong(mem, hmap + HmapLayout.CHANGES) == changes;
    }

    /** The walk itself has removed an entry. That moves no other, or MOVES and the view tell. */
    final void passRemoval() {
        changes++;
    }

    /** Takes entries unless the next chains are empty; returns whether there are more. */
    final boolean takeSome() {
        take(hasEnded() ? 0 : CHAINS_AT_A_TIME);
        return !hasEnded();
    }

    /**
     * Takes the entries of the chains from the walk's position on, and passes them, until these are enough entries or as many
     * chains. If the entries cannot be remembered, the walk stays where it is.
     */
    final void take(int mostChains) {
        taken = 0;
        long header = table.field(HmapLayout.VIEW);
        view = header == 0 ? -1 : header;
        changes = table.field(HmapLayout.CHANGES);
        moves = table.field(HmapLayout.MOVES);

        long state = table.state();
        boolean growing = table.isGrowing();
        long array = table.field(HmapLayout.BUCKETS); // 0 in a shard that was emptied
        int b = HmapLayout.b(state);
        long chain = 0;

        long at = position;
        long done = walked;
        boolean last = ended;
        int count = 0;
        for (int chains = 0; chains < mostChains && count < enough && !last; chains++) {
            if (growing) {
                boolean isOld = !table.isEvacuated(Long.reverse(at) & HashTable.mask(HashTable.unitsB(state)));
                array = table.field(isOld ? HmapLayout.OLD_BUCKETS : HmapLayout.BUCKETS);
                b = isOld ? HashTable.oldB(state) : HmapLayout.b(state);
            }
            // Distances are kept less one, so that the whole circle of 2^64 positions is a number.
            long widthLessOne = b == 0 ? -1 : (1L << (64 - b)) - 1;
            long toEndLessOne = widthLessOne - (at & widthLessOne);
            long leftLessOne = -done - 1;
            last = Long.compareUnsigned(toEndLessOne, leftLessOne) >= 0;
            long extentLessOne = last ? leftLessOne : toEndLessOne;

            chain = Long.reverse(at) & HashTable.mask(b);
            int before = count;
            long bucket = array == 0 ? 0 : array + chain * table.bucketBytes;
            for (; bucket != 0; bucket = table.overflow(bucket)) {
                count = takeBucket(bucket, count);
            }
            if (extentLessOne != widthLessOne) {
                count = dropBeyond(at, extentLessOne, before, count, chain, b);
            }
            if (enough == 1 && count > 1 && bytesOf(count) > MOST_BYTES) {
                int all = count;
                count = keepNearest(at, all, chain, b);
                if (count < all) {
                    extentLessOne = distance(at, slots[count - 1], chain, b);
                    last = false;
                }
            }
            done += extentLessOne + 1;
            at += extentLessOne + 1;
        }
        remember(slots, count, chain, b);
        position = at;
        walked = done;
        ended = last;
        taken = count;
    }

    /** Adds a bucket's filled slots to the first {@code before}, and returns how many there are then. */
    private int takeBucket(long bucket, int before) {
        if (slots.length - before < LANES) {
            slots = Arrays.copyOf(slots, 2 * slots.length);
        }
        // No branch on a slot or a count, which a CPU could not foretell: what is stored behind the last is
        // overwritten.
        long filled = Tophash.filled(table.tops(bucket));
        long numbers = Tophash.numbers(filled, rotation);
        for (int i = 0; i < LANES; i++) {
            slots[before + i] = bucket + ((numbers >>> (Byte.SIZE * i)) & (LANES - 1));
        }
        return before + Long.bitCount(filled);
    }

    /** Drops the entries of a chain that are farther from this position, and returns how many are left. */
    private int dropBeyond(long at, long extentLessOne, int from, int to, long chain, int b) {
        int count = from;
        for (int i = from; i < to; i++) {
            long hash = table.hashAt(slots[i], table.seed(), chain, b);
            if (Long.compareUnsigned(Long.reverse(hash) - at, extentLessOne) <= 0) {
                slots[count++] = slots[i];
            }
        }
        return count;
    }

    private long bytesOf(int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += bytesAt(slots[i]);
        }
        return bytes;
    }

    /**
     * Keeps of a chain's entries those that are nearest to this position, with no more bytes than may be remembered, or one;
     * besides those of one position, which stay together. They are in the order of their positions then. Returns how many.
     */
    private int keepNearest(long at, int count, long chain, int b) {
        long[] distances = new long[count];
        for (int i = 0; i < count; i++) {
            distances[i] = distance(at, slots[i], chain, b);
        }
        long bytes = 0;
        for (int kept = 0; kept < count; kept++) {
            int nearest = kept;
            for (int i = kept + 1; i < count; i++) {
                nearest = Long.compareUnsigned(distances[i], distances[nearest]) < 0 ? i : nearest;
            }
            long slot = slots[nearest];
            long distance = distances[nearest];
            bytes += bytesAt(slot);
            if (kept > 0 && bytes > MOST_BYTES && distance != distances[kept - 1]) {
                return kept;
            }
            slots[nearest] = slots[kept];
            distances[nearest] = distances[kept];
            slots[kept] = slot;
            distances[kept] = distance;
        }
        return count;
    }

    private long distance(long at, long slot, long chain, int b) {
        return Long.reverse(table.hashAt(slot, table.seed(), chain, b)) - at;
    }
}
