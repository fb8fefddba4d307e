package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import org.jspecify.annotations.Nullable;

/** Recomputes the invariants I1 to I15 of {@link HashTable} from the memory of one map. */
final class TableCheck extends InvariantCheck {
    private final EntryBounds bounds;
    private long filled;
    private long blobBytes;

    TableCheck(HashTable table) {
        super(table);
        bounds =
                new EntryBounds(table.mem, table.bucketLayout, Mem.getByte(table.mem, table.hmap + HmapLayout.OPTIONS));
    }

    /**
     * Checks the invariants of the map.
     *
     * @throws IllegalStateException if one is broken: the message names the invariant and the place
     */
    void check() {
        checkHeader();
        long array = table.field(HmapLayout.BUCKETS);
        long old = table.field(HmapLayout.OLD_BUCKETS);
        int b = HmapLayout.b(state);
        long overflow = 0;
        if (array == 0) {
            require(old == 0, "I8", "there is an old array but no current one");
        } else {
            requireBlock(array, BlockKind.BUCKET, "array");
            overflow = checkArray(array, b, false);
            checkSpares(array, b);
        }
        long oldOverflow = 0;
        if (old != 0) {
            requireBlock(old, BlockKind.BUCKET, "old array");
            oldOverflow = checkArray(old, HashTable.oldB(state), true);
        } else {
            require(
                    (state & (HmapLayout.SAME_SIZE | HmapLayout.SHRINKING)) == 0,
                    "I8",
                    "a growth flag is set, but no growth runs");
            require(table.field(HmapLayout.RELEASED) == 0, "I8", "released is set, but no growth runs");
        }
        requireEqual(table.field(HmapLayout.COUNT), filled, "I1", "count");
        requireEqual(table.field(HmapLayout.BLOB_BYTES), blobBytes, "I13", "blobBytes");
        requireEqual(table.field(HmapLayout.OVERFLOW), overflow, "I5", "overflow");
        requireEqual(table.field(HmapLayout.OLD_OVERFLOW), oldOverflow, old == 0 ? "I8" : "I5", "oldoverflow");
        if (b < 16) {
            requireEqual(HmapLayout.noverflow(state), overflow & 0xFFFF, "I7", "noverflow");
        }
    }

    /**
     * Checks the chains of an array. Returns the number of overflow buckets that are linked from
     * it.
     */
    private long checkArray(long array, int b, boolean isOld) {
        boolean growing = table.isGrowing();
        long overflow = 0;
        for (long index = 0; index < 1L << b; index++) {
            long chain = array + index * table.bucketBytes;
            boolean evacuated = growing && table.isEvacuated(index & HashTable.mask(HashTable.unitsB(state)));
            boolean live = !growing || evacuated != isOld;
            boolean empty = checkChain(chain, index, b, live, isOld);
            if (!live && !isOld && !empty) {
                throw broken("I6", "new chain " + index + " has entries before its unit has moved");
            }
            overflow += length(chain) - 1;
        }
        return overflow;
    }

    /** Checks one chain. Returns whether all its slots are empty. */
    private boolean checkChain(long chain, long index, int b, boolean live, boolean isOld) {
        long array = table.field(isOld ? HmapLayout.OLD_BUCKETS : HmapLayout.BUCKETS);
        if (heap.isHole(chain, table.bucketBytes)) {
            return true;
        }
        boolean rest = false;
        boolean empty = true;
        int before = Tophash.MIN_TOPHASH;
        length(chain); // ends a chain that runs in a circle
        for (long bucket = chain; bucket != 0; bucket = table.overflow(bucket)) {
            if (bucket != chain && !isSpare(bucket, array, b) && !heap.isBlock(bucket, BlockKind.OVERFLOW)) {
                throw broken("I9", "chain " + index + " is linked to " + bucket + ", which is not an overflow bucket");
            }
            if (table.slots < 8 && table.tops(bucket) >>> (8 * table.slots) != 0) {
                throw broken("I2", "bucket " + bucket + " has a tophash without a slot");
            }
            for (int slot = 0; slot < table.slots; slot++) {
                int top = Mem.getByte(table.mem, bucket + slot);
                if (live || !isOld) {
                    checkSlot(bucket + slot, index, b, top, before, rest);
                    rest |= top == Tophash.EMPTY_REST;
                    empty &= top < Tophash.MIN_TOPHASH;
                } else if (bucket == chain
                        && (index & HashTable.mask(HashTable.unitsB(state))) >= table.field(HmapLayout.NEVACUATE)
                        && (top < Tophash.EVACUATED_X || top > Tophash.EVACUATED_EMPTY)) {
                    throw broken("I6", where(bucket + slot, index) + " is not marked as evacuated: " + top);
                }
                before = top;
            }
        }
        if (live && !rest && before == Tophash.EMPTY_ONE) {
            throw broken("I2", "chain " + index + " ends in emptyOne");
        }
        return empty;
    }

    /**
     * Checks a slot of a chain that is not evacuated. {@code before} is the tophash of the slot
     * before it.
     */
    private void checkSlot(long slot, long index, int b, int top, int before, boolean rest) {
        if (top >= Tophash.EVACUATED_X && top <= Tophash.EVACUATED_EMPTY) {
            throw broken("I6", where(slot, index) + " is marked as evacuated: " + top);
        }
        if (rest && top != Tophash.EMPTY_REST) {
            throw broken("I2", where(slot, index) + " has tophash " + top + " after emptyRest");
        }
        if (top == Tophash.EMPTY_REST && before == Tophash.EMPTY_ONE) {
            throw broken("I2", where(slot, index) + " has emptyRest right after emptyOne");
        }
        if (top >= Tophash.MIN_TOPHASH) {
            filled++;
            long bytes = table.blobBytesAt(slot);
            blobBytes += bytes;
            String fault = faultOfEntry(slot, bytes);
            if (fault != null) {
                throw broken("C1", where(slot, index) + " " + fault);
            }
            long hash = table.hashAt(slot, table.seed(), index, b);
            if ((hash & HashTable.mask(b)) != index || Tophash.of(hash) != top) {
                throw broken("I3", where(slot, index) + " has hash " + Long.toHexString(hash) + " and tophash " + top);
            }
            long found = table.searchAgain(slot);
            if (found != slot) {
                throw broken("I4", "the key of " + where(slot, index) + " is found in slot @" + found);
            }
            return;
        }
        for (long i = 0; i < table.valueBytes; i++) {
            if (Mem.getByte(table.mem, table.valueAddress(slot) + i) != 0) {
                throw broken("I10", "the value of the empty " + where(slot, index) + " is not zero");
            }
        }
    }

    private @Nullable String faultOfEntry(long slot, long blockBytes) {
        long bucket = MapHandle.bucketOf(slot);
        int inBucket = (int) (slot - bucket);
        return bounds.fault(bucket, inBucket, bounds.block(bucket, inBucket), blockBytes);
    }

    private static String where(long slot, long index) {
        return "slot @" + slot + " of chain " + index;
    }

    private void checkSpares(long array, int b) {
        long spare = table.field(HmapLayout.NEXT_OVERFLOW);
        if (spare == 0) {
            return;
        }
        long end = array + table.arrayBytes(b);
        require(
                spare >= array + (table.bucketBytes << b) && spare < end,
                "I9",
                "nextOverflow does not point to a spare: " + spare);
        for (; spare < end; spare += table.bucketBytes) {
            boolean isLast = spare + table.bucketBytes == end;
            if (heap.isHole(spare, table.bucketBytes)) {
                continue;
            }
            requireEqual(table.overflow(spare), isLast ? array : 0, "I9", "the overflow pointer of a spare");
            requireEqual(table.tops(spare), 0, "I9", "the tophash word of a spare");
        }
    }

    private boolean isSpare(long bucket, long array, int b) {
        return bucket >= array + (table.bucketBytes << b) && bucket < array + table.arrayBytes(b);
    }

    private long length(long chain) {
        long buckets = 0;
        if (heap.isHole(chain, table.bucketBytes)) {
            return 1; // of an array to which a growth has not moved it yet
        }
        long limit = table.field(HmapLayout.OVERFLOW) + table.field(HmapLayout.OLD_OVERFLOW) + 1;
        for (long bucket = chain; bucket != 0; bucket = table.overflow(bucket)) {
            if (++buckets > limit) {
                throw broken("I5", "the chain at " + chain + " is longer than there are overflow buckets");
            }
        }
        return buckets;
    }

    private void requireBlock(long pointer, BlockKind kind, String what) {
        require(heap.isBlock(pointer, kind), "I9", "no live block begins at the " + what + ": " + pointer);
    }

    // ------------------------------------------------------------------------------------- reports

    /** Returns the length of the longest chain of both arrays, in buckets. */
    static long longestChain(HashTable table) {
        TableCheck walk = new TableCheck(table);
        long longest = 0;
        long array = table.field(HmapLayout.BUCKETS);
        if (array != 0) {
            longest = walk.longest(array, HmapLayout.b(walk.state));
        }
        if (table.isGrowing()) {
            longest = Math.max(longest, walk.longest(table.field(HmapLayout.OLD_BUCKETS), HashTable.oldB(walk.state)));
        }
        return longest;
    }

    private long longest(long array, int b) {
        long longest = 0;
        for (long index = 0; index < 1L << b; index++) {
            longest = Math.max(longest, length(array + index * table.bucketBytes));
        }
        return longest;
    }

    static String dump(HashTable table, long index) {
        String kind = table.paged ? "page" : "chain";
        long array = table.isLive() ? table.field(HmapLayout.BUCKETS) : 0;
        long chains = array == 0 ? 0 : 1L << chainsB(table, HmapLayout.b(table.state()));
        if (index < 0 || index >= chains) {
            throw new IndexOutOfBoundsException(kind + " must be 0.." + (chains - 1) + ": " + index);
        }
        var text = new StringBuilder(table.toString())
                .append(", ")
                .append(kind)
                .append(' ')
                .append(index);
        text.append(" of ").append(chains);
        if (table.isGrowing()) {
            long old = index & HashTable.mask(chainsB(table, HashTable.oldB(table.state())));
            long unit = index & HashTable.mask(chainsB(table, HashTable.unitsB(table.state())));
            text.append(table.isEvacuated(unit) ? ", moved here from old " : ", still in old ");
            text.append(kind).append(' ').append(old);
        }
        if (table.paged) {
            PageCheck.describe(table, index, text);
        } else {
            describe(table, array + index * table.bucketBytes, text);
        }
        return text.toString();
    }

    /** Returns the log2 of the number of chains, or of pages, of an array of 2^b buckets. */
    private static int chainsB(HashTable table, int b) {
        return table.paged ? PagedTable.pagesB(b) : b;
    }

    private static void describe(HashTable table, long chain, StringBuilder text) {
        long limit = table.field(HmapLayout.OVERFLOW) + table.field(HmapLayout.OLD_OVERFLOW) + 1;
        for (long bucket = chain; bucket != 0 && limit-- > 0; bucket = table.overflow(bucket)) {
            text.append(System.lineSeparator())
                    .append("  bucket @")
                    .append(bucket)
                    .append(':');
            for (int slot = 0; slot < table.slots; slot++) {
                text.append(' ').append(code(Mem.getByte(table.mem, bucket + slot)));
            }
            text.append(", overflow ").append(table.overflow(bucket) == 0 ? "nil" : "@" + table.overflow(bucket));
        }
    }

    private static String code(int top) {
        return switch (top) {
            case Tophash.EMPTY_REST -> "rest";
            case Tophash.EMPTY_ONE -> "one";
            case Tophash.EVACUATED_X -> "movedX";
            case Tophash.EVACUATED_Y -> "movedY";
            case Tophash.EVACUATED_EMPTY -> "movedEmpty";
            default -> Integer.toHexString(top);
        };
    }
}
