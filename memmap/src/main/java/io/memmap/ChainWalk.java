package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A walk over all entries of a table, in the order of their hashes, that does not stop the table
 * from changing. It works like Redis's SCAN, but returns each entry exactly once. The walk
 * <em>takes</em> the entries of some chains at a time: it copies what is needed to return them
 * later.
 *
 * <p>Every entry has a <em>position</em>: the bits of its hash in reverse order, as an unsigned
 * number. A chain of an array of 2<sup>B</sup> holds the entries of one interval of positions. The
 * interval is 2<sup>64-B</sup> wide, and its start is the chain's number with its bits reversed.
 * When a table doubles, a chain's interval splits into two neighbouring ones. When it halves, two
 * neighbours become one. The walk starts at the start of a random chain's interval and goes round
 * once. From each chain it takes the entries from its own position to the end of the interval. So
 * it keeps these promises, whatever the table does meanwhile (go:remaining-entries-appear,
 * go:no-entry-twice and go:removed-entries-are-skipped in {@code memmap/docs/go-map.md}):
 *
 * <ul>
 *   <li>an entry that is present all the time is taken exactly once, when the walk passes its
 *       position;
 *   <li>no entry is taken twice, because the walk passes each position once;
 *   <li>an entry is looked up again before it is returned, and is skipped if it has been removed
 *       since it was taken.
 * </ul>
 *
 * If the walk has to copy more than {@value #MOST_BYTES} bytes of one chain, it takes the chain in
 * parts. The first part is the entries with the lowest positions, up to that many bytes or one
 * entry. The walk continues at the position after them.
 *
 * <p>When the table draws a new seed for its hashes (on clear, or on removal of the last entry),
 * the positions change and the walk ends. All entries that it could miss are new ones.
 */
abstract class ChainWalk {
    /** The most chains that a walk takes at a time while it holds a lock, if they are empty. */
    private static final int CHAINS_AT_A_TIME = 64;
    /** The most bytes that a walk of one chain at a time saves, unless one entry has more. */
    static final int MOST_BYTES = 64 << 10;

    /**
     * The number of bytes in a tophash word, including those for slots that the bucket does not
     * have.
     */
    private static final int LANES = Long.BYTES;

    private final HashTable table;
    /**
     * The number of entries after which a step ends. A step may take more, because it takes the
     * last chain completely. 1 if a step takes the entries of one chain.
     */
    private final int enough;

    /**
     * The table's memory. With one field for all reads of a step, the compiler checks the segment
     * once.
     */
    final MemorySegment mem;

    private final long hmap;
    /** The algorithm of the table if it is paged, else null. */
    private final @Nullable PagedTable pages;
    /**
     * The number of the slot that comes first in every bucket. In a paged table any number, which
     * chooses the order of the slots in every page.
     */
    private final int rotation;

    private final long epoch;
    /** The walk has taken all entries between its start and this position. */
    private long position;
    /** The number of positions that the walk has passed, modulo 2^64. */
    private long walked;

    private boolean ended;

    private long[] slots;
    private int taken;
    /** The number of slots in use while the slots of a page are taken. */
    private int pageEnd;

    // Words of the header at the time when the slots were taken.
    /** The header's stamp. -1, which equals no stamp, if the header had none. */
    private long stamp;

    private long changes;
    private long moves;

    ChainWalk(HashTable table, int enough) {
        this.enough = enough;
        this.table = table;
        mem = table.mem;
        hmap = table.hmap;
        slots = new long[(int) Math.min(table.size(), enough) + LANES];
        long random = ThreadLocalRandom.current().nextLong();
        pages = table.pages;
        rotation = pages == null ? (int) (((random & 0xFFFF_FFFFL) * table.slots) >>> 32) : (int) random;
        ended = table.isEmpty() || table.field(HmapLayout.BUCKETS) == 0;
        epoch = table.field(HmapLayout.EPOCH);
        if (!ended) {
            long state = table.state();
            int b = chainsB(table.isGrowing() ? HashTable.unitsB(state) : HmapLayout.b(state));
            position = b == 0 ? 0 : random & -1L << (64 - b);
        }
    }

    /**
     * Copies what is needed of the entries in these filled slots, which are about to be taken. The
     * number of the chain, in an array of 2^b buckets, is that of the last chain that entries come
     * from. If one entry is enough for a step, all entries come from that chain.
     */
    abstract void save(long[] slots, int count, long chain, int b);

    /** Returns the number of bytes that {@link #save} copies of this entry. */
    long bytesAt(long slot) {
        return 0;
    }

    /**
     * Returns whether the walk has ended: all chains have been taken, the map has been freed, or
     * the positions have changed. In the last case the remaining chains have no entries that the
     * walk must return.
     */
    final boolean hasEnded() {
        return ended || !isWalkable();
    }

    /** Returns the number of entries that the last step took. */
    final int taken() {
        return taken;
    }

    /** Returns the slot of the {@code index}-th entry that the last step took. */
    final long slotTaken(int index) {
        return slots[index];
    }

    final boolean isLive() {
        return table.isLive();
    }

    /** Returns whether the map is live and the positions are still those of the beginning. */
    final boolean isWalkable() {
        if (!table.isLive() || hasNewOrder()) {
            return false;
        }
        if ((table.state() & HmapLayout.WRITING) != 0) {
            throw MapHandle.misuse("concurrent map iteration and map write");
        }
        return true;
    }

    /**
     * Returns whether the positions have changed since the walk began. If so, all entries of that
     * time have been removed.
     */
    final boolean hasNewOrder() {
        return table.field(HmapLayout.EPOCH) != epoch;
    }

    /**
     * Returns whether an entry may have been added, removed or moved since the last step. While
     * these counters are unchanged, every entry is in the same slot.
     */
    final boolean hasMoved() {
        return table.changes() != changes || table.field(HmapLayout.MOVES) != moves;
    }

    /**
     * Returns true only if the walk may go on and nothing has moved. A cheaper test than
     * {@link #isWalkable} and {@link #hasMoved}. An unchanged stamp means that the map is live, has
     * the same seed and array, does not grow, and is not being written to.
     */
    final boolean isUnchanged() {
        return Mem.getLong(mem, hmap + HmapLayout.STAMP) == stamp && table.changes() == changes;
    }

    /**
     * Records that the walk itself has removed an entry. If the removal has moved no other entry,
     * the slots that the walk has taken are still right.
     */
    final void passRemoval() {
        if (table.field(HmapLayout.MOVES) == moves) {
            changes++;
        }
    }

    /** Where a walk is. */
    record Place(long position, long walked, boolean ended) {}

    /** Returns where the walk is. */
    final Place place() {
        return new Place(position, walked, ended);
    }

    /** Moves the walk to where it was, as the entries that it has taken since are wrong. */
    final void goTo(Place place) {
        position = place.position;
        walked = place.walked;
        ended = place.ended;
    }

    /** Takes entries, unless the next chains are empty. Returns whether there are more chains. */
    final boolean takeSome() {
        take(hasEnded() ? 0 : CHAINS_AT_A_TIME);
        return !hasEnded();
    }

    /**
     * Takes the entries of the chains from the walk's position on, and passes them, until these are
     * enough entries or {@code mostChains} chains. If the entries cannot be saved, the walk
     * stays where it is.
     */
    final void take(int mostChains) {
        taken = 0;
        long header = table.field(HmapLayout.STAMP);
        stamp = header == 0 ? -1 : header;
        changes = table.changes();
        moves = table.field(HmapLayout.MOVES);

        long state = table.state();
        boolean growing = table.isGrowing();
        long array = table.field(HmapLayout.BUCKETS); // 0 in a shard that was emptied
        int b = chainsB(HmapLayout.b(state));
        int unitsB = chainsB(HashTable.unitsB(state));
        long chain = 0;

        long at = position;
        long done = walked;
        boolean last = ended;
        int count = 0;
        for (int chains = 0; chains < mostChains && count < enough && !last; chains++) {
            if (growing) {
                boolean isOld = !table.isEvacuated(Long.reverse(at) & HashTable.mask(unitsB));
                array = table.field(isOld ? HmapLayout.OLD_BUCKETS : HmapLayout.BUCKETS);
                b = chainsB(isOld ? HashTable.oldB(state) : HmapLayout.b(state));
            }
            // Distances are stored minus one, so that the whole circle of 2^64 positions fits in a
            // long.
            long widthLessOne = b == 0 ? -1 : (1L << (64 - b)) - 1;
            long toEndLessOne = widthLessOne - (at & widthLessOne);
            long leftLessOne = -done - 1;
            last = Long.compareUnsigned(toEndLessOne, leftLessOne) >= 0;
            long extentLessOne = last ? leftLessOne : toEndLessOne;

            chain = Long.reverse(at) & HashTable.mask(b);
            int before = count;
            long bucket = array == 0 || pages != null ? 0 : array + chain * table.bucketBytes;
            if (array != 0 && pages != null) {
                count = takePage(chain, count);
            }
            for (int hops = 0; bucket != 0; bucket = table.overflow(bucket, ++hops)) {
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
        save(slots, count, chain, b);
        position = at;
        walked = done;
        ended = last;
        taken = count;
    }

    /** Returns the log2 of the number of chains, or of pages, of an array of 2^b buckets. */
    private int chainsB(int b) {
        return pages == null ? b : PagedTable.pagesB(b);
    }

    /** Returns the position of a hash. */
    private long positionOf(long hash) {
        return Long.reverse(pages == null ? hash : PagedTable.inPageOrder(hash));
    }

    /** Does the same as {@link #takeBucket} for a page, which counts as a chain. */
    private int takePage(long page, int before) {
        pageEnd = before;
        Objects.requireNonNull(pages).forEachSlot(page, rotation, slot -> {
            if (pageEnd == slots.length) {
                slots = Arrays.copyOf(slots, 2 * slots.length);
            }
            slots[pageEnd++] = slot;
        });
        return pageEnd;
    }

    /**
     * Adds a bucket's filled slots after the first {@code before} slots, and returns the new number
     * of slots.
     */
    private int takeBucket(long bucket, int before) {
        if (slots.length - before < LANES) {
            slots = Arrays.copyOf(slots, 2 * slots.length);
        }
        // There is no branch on a slot or a count, because a CPU could not predict it. The next
        // bucket overwrites what this stores after the last filled slot.
        long filled = Tophash.filled(table.tops(bucket));
        long numbers = Tophash.numbers(filled, rotation);
        for (int i = 0; i < LANES; i++) {
            slots[before + i] = bucket + ((numbers >>> (Byte.SIZE * i)) & (LANES - 1));
        }
        return before + Long.bitCount(filled);
    }

    /**
     * Drops the entries of a chain that are farther from this position than the extent. Returns the
     * number of slots that are left.
     */
    private int dropBeyond(long at, long extentLessOne, int from, int to, long chain, int b) {
        int count = from;
        for (int i = from; i < to; i++) {
            long hash = table.hashAt(slots[i], table.seed(), chain, b);
            if (Long.compareUnsigned(positionOf(hash) - at, extentLessOne) <= 0) {
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
     * Keeps the entries of a chain that are nearest to this position, as many as fit in
     * {@link #MOST_BYTES} bytes, but at least one. Entries with the same position stay together.
     * The entries that are kept are sorted by position. Returns their number.
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
        return positionOf(table.hashAt(slot, table.seed(), chain, b)) - at;
    }
}
