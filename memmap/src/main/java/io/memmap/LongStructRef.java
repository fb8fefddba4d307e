package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.util.ConcurrentModificationException;

/**
 * A reference to a struct in a {@link LongStructMap}, which it reads and writes in place. It moves
 * from key to key, and allocates nothing.
 *
 * <pre>{@code
 * LongStructRef order = orders.ref();
 * if (order.moveTo(17)) {
 *     order.set(QUANTITY, order.get(QUANTITY) - 5);
 * }
 * }</pre>
 *
 * <p><b>A reference becomes stale</b> when an entry of the map is added or removed, and when the map
 * is cleared, resized or freed, because the struct may then have moved, and its place may belong to
 * another entry. An access then throws {@link ConcurrentModificationException}, whatever the change
 * was; another {@link #moveTo} makes the reference usable again. An addition that fails for lack of
 * memory may count as a change. Writes to fields, and puts of keys that are present, leave all
 * references alone. (One exception: while the map grows, a put through a {@link MemMap} that is a
 * handle of the same map makes them stale.)
 *
 * <p>A reference is for use by one thread. The rule for threads is that of the map.
 */
public final class LongStructRef extends StructRef {
    /** Equals the stamp of no header. */
    private static final long NO_STAMP = -1;

    private final StructTable map;
    private final long hmap;
    /** What makes an offset in the table's memory an address in {@link #memory}. */
    private final long base;

    private long key;
    /** The address of the struct; 0 if this reference has been moved to no entry. */
    private long address;

    // Words of the header when the reference was moved. While the stamp and the number of changes
    // are the same, no entry has moved (ChainWalk.isUnchanged). A growing table has no stamp: then
    // the number of moves decides.
    private long stamp = NO_STAMP;
    private long changes;
    private long moves;

    LongStructRef(StructTable map) {
        super(map.mem, map.paged && map.raw, map.struct);
        this.map = map;
        hmap = map.hmap;
        base = map.paged ? map.base : 0;
    }

    /**
     * Moves to the struct of a key.
     *
     * @param newKey the key
     * @return whether the key is present. If it is absent, or the map is nil or freed, the reference
     *     is at no struct
     */
    public boolean moveTo(long newKey) {
        long header = mem.get(Mem.LONG, hmap + HmapLayout.STAMP);
        // All accesses are to the segment in one field, which C2 then checks once.
        return settle(newKey, map.find(mem, header, newKey), header);
    }

    /**
     * Moves to the struct of a key. If the key is absent, adds it with a struct of zeros first.
     *
     * @param newKey the key
     * @return whether the key has been added
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged, and the reference
     *     is at no struct
     */
    public boolean moveToOrAdd(long newKey) {
        if (moveTo(newKey)) {
            return false;
        }
        map.addZeros(newKey);
        moveTo(newKey);
        return true;
    }

    /** Sets this reference to the struct at this address; 0 for none. */
    void settle(long newKey, long newAddress) {
        map.checkInside(newAddress, map.valueBytes);
        settle(newKey, newAddress, mem.get(Mem.LONG, hmap + HmapLayout.STAMP));
    }

    private boolean settle(long newKey, long newAddress, long header) {
        if (header == 0) {
            moves = map.field(HmapLayout.MOVES);
        }
        changes = changesNow();
        key = newKey;
        address = newAddress;
        stamp = header == 0 ? NO_STAMP : header;
        return newAddress != 0;
    }

    private long changesNow() {
        return mem.get(Mem.LONG, hmap + HmapLayout.COUNT) + mem.get(Mem.LONG, hmap + HmapLayout.REMOVALS);
    }

    /**
     * Returns the key that the reference was last moved to.
     *
     * @return the key
     * @throws IllegalStateException if the reference is at no struct
     */
    public long key() {
        if (address == 0) {
            throw atNoStruct();
        }
        return key;
    }

    /**
     * Returns whether the reference is at its struct, so that an access does not throw.
     *
     * @return false if the reference was moved to no struct, or has become stale
     * @throws IllegalStateException if the heap is closed
     */
    public boolean isCurrent() {
        boolean same = mem.get(Mem.LONG, hmap + HmapLayout.STAMP) == stamp && changesNow() == changes;
        return address != 0 && (same || isUnmoved());
    }

    @Override
    long start(Place place) {
        return start();
    }

    @Override
    long beginOverwrite() {
        return map.beginOverwrite(address, map.struct.bytes());
    }

    @Override
    void endOverwrite(long copy) {
        map.endOverwrite(copy);
    }

    @Override
    long start() {
        if (mem.get(Mem.LONG, hmap + HmapLayout.STAMP) != stamp || changesNow() != changes || address == 0) {
            requireUnmoved();
        }
        return Mem.address(base + address);
    }

    /** Returns whether no entry has moved, if the header's stamp does not say so. */
    private boolean isUnmoved() {
        return stamp == NO_STAMP && map.isLive() && changesNow() == changes && map.field(HmapLayout.MOVES) == moves;
    }

    private void requireUnmoved() {
        if (address == 0) {
            throw atNoStruct();
        }
        if (!map.isLive()) {
            throw new IllegalStateException("the map has been freed since the reference was moved to key " + key);
        }
        if (!isUnmoved()) {
            throw new ConcurrentModificationException("the map has changed since the reference was moved to key " + key
                    + ": an entry was added or removed, or the map was resized: call moveTo(" + key + ") again");
        }
    }

    private static IllegalStateException atNoStruct() {
        return new IllegalStateException(
                "the reference is at no struct: moveTo has not been called, or returned false");
    }
}
