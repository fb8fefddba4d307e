package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the bytes that an entry has outside its slot lie in one block, as a slot of a damaged
 * file may state any pointer and any length. It needs the header of the map, but not its types.
 */
final class EntryBounds {
    /** The size of the part of a slot for an object of variable size: a pointer, and a length. */
    private static final int RUN_SLOT_BYTES = 16;

    private final MemorySegment mem;
    private final BucketLayout layout;
    private final boolean keysOutside;
    private final boolean valuesOutside;
    private final boolean keysAreRuns;
    private final boolean valuesAreRuns;

    EntryBounds(MemorySegment mem, BucketLayout layout, int options) {
        this.mem = mem;
        this.layout = layout;
        keysOutside = (options & HmapLayout.KEYS_OUTSIDE) != 0;
        valuesOutside = (options & HmapLayout.VALUES_OUTSIDE) != 0;
        int nodeBytes = (options & HmapLayout.BOUNDED) != 0 ? Budget.SLOT_BYTES : 0;
        keysAreRuns = layout.keyBytes() == RUN_SLOT_BYTES;
        valuesAreRuns = layout.valueBytes() - nodeBytes == RUN_SLOT_BYTES;
    }

    /** Returns the block of the entry in this filled slot, or 0. */
    long block(long bucket, int slot) {
        long block = keysOutside ? Mem.getLong(mem, keyAddress(bucket, slot)) : 0;
        return block == 0 && valuesOutside ? Mem.getLong(mem, valueAddress(bucket, slot)) : block;
    }

    /** Returns what is wrong with the entry in this filled slot, whose block has this size; null if nothing is. */
    @Nullable
    String fault(long bucket, int slot, long block, long blockBytes) {
        long keyBytes = 0;
        if (keysOutside) {
            long start = Mem.getLong(mem, keyAddress(bucket, slot));
            keyBytes = keysAreRuns ? Mem.getInt(mem, keyAddress(bucket, slot) + Long.BYTES) : start == 0 ? 0 : 1;
            if (keyBytes < 0 || (keyBytes == 0) != (start == 0) || keyBytes > blockBytes) {
                return "has a key of " + keyBytes + " bytes at " + start + " in a block of " + blockBytes + " bytes";
            }
        }
        if (valuesOutside) {
            long start = Mem.getLong(mem, valueAddress(bucket, slot));
            long bytes = valuesAreRuns ? Mem.getInt(mem, valueAddress(bucket, slot) + Long.BYTES) : start == 0 ? 0 : 1;
            boolean isInside =
                    bytes == 0 ? start == 0 : start - block >= keyBytes && start - block <= blockBytes - bytes;
            if (bytes < 0 || !isInside) {
                return "has a value of " + bytes + " bytes at " + start + " beside a key of " + keyBytes
                        + " bytes in the block of " + blockBytes + " bytes at " + block;
            }
        }
        return null;
    }

    private long keyAddress(long bucket, int slot) {
        return bucket + layout.keysOffset() + (long) slot * layout.keyStride();
    }

    private long valueAddress(long bucket, int slot) {
        return bucket + layout.valuesOffset() + (long) slot * layout.valueStride();
    }
}
