package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that the bounds of a shard refer to, as long as no handle with limits uses the shard.
 */
final class Bounds {
    private Bounds() {}

    /**
     * Returns what is wrong with the pointers in the bounds of this table; null if they point to
     * blocks that are large enough.
     */
    static @Nullable String fault(TableArrays table) {
        MemorySegment mem = table.mem;
        long bounds = table.boundsOffset();
        int times = Mem.getInt(mem, bounds + BoundsLayout.TIMES);
        int end = Mem.getInt(mem, bounds + BoundsLayout.END);
        if (times < BoundsLayout.NO_TIMES || times > BoundsLayout.WRITE_AND_DEADLINE || end < 1) {
            return "the bounds state times of kind " + times + " and " + end + " nodes";
        }
        int nodeBytes = BoundsLayout.nodeBytes(mem, bounds);
        long nodes = 0;
        long chunk = Mem.getLong(mem, bounds + BoundsLayout.CHUNK);
        while (chunk != 0) {
            nodes += BoundsLayout.CHUNK_NODES;
            if (nodes > Integer.MAX_VALUE || !isBlock(table, chunk, (long) nodeBytes * BoundsLayout.CHUNK_NODES)) {
                return "no chunk of nodes is at " + chunk;
            }
            chunk = BoundsLayout.chunkBefore(mem, chunk, nodeBytes);
        }
        if (end > Math.max(1, nodes)) {
            return "there are " + nodes + " nodes, but they end at " + end;
        }
        // Node 0 is in no list. A size bounds loops, so a wrong one could make them last for minutes.
        long listed = 1;
        for (int list = 0; list < BoundsLayout.LISTS; list++) {
            int size = Mem.getInt(mem, bounds + BoundsLayout.SIZES + (long) list * Integer.BYTES);
            if (size < 0) {
                return "list " + list + " has " + size + " nodes";
            }
            listed += size;
        }
        return listed == end
                ? faultInSketch(table, bounds)
                : "the lists have " + (listed - 1) + " nodes, but they end at " + end;
    }

    private static @Nullable String faultInSketch(TableArrays table, long bounds) {
        MemorySegment mem = table.mem;
        long blocks = Mem.getLong(mem, bounds + BoundsLayout.BLOCKS);
        long covered = 0;
        for (int i = 0; i < BoundsLayout.MAX_PIECES; i++) {
            long piece = piece(mem, bounds, i);
            long more = i == 0 ? Mem.getInt(mem, bounds + BoundsLayout.FIRST_BLOCKS) : covered;
            if (piece == 0 ? covered < blocks : covered >= blocks) {
                return i + " pieces of the sketch are not what its " + blocks + " blocks need";
            }
            if (piece == 0) {
                break;
            }
            if (Long.bitCount(more) != 1 || !isBlock(table, piece, more * BoundsLayout.BLOCK_BYTES)) {
                return "no piece of the sketch is at " + piece;
            }
            covered += more;
        }
        boolean isInRange = blocks >= 0
                && Mem.getLong(mem, bounds + BoundsLayout.USES) >= 0
                && Mem.getLong(mem, bounds + BoundsLayout.HAND) >= 0;
        return isInRange ? null : "the blocks, the uses or the hand of the sketch are below 0";
    }

    private static boolean isBlock(TableArrays table, long pointer, long bytes) {
        return table.heap().isBlock(pointer, BlockKind.ENTRY) && table.heap().blockBytes(pointer) >= bytes;
    }

    private static long piece(MemorySegment mem, long bounds, int number) {
        return Mem.getLong(mem, bounds + BoundsLayout.PIECES + (long) number * Long.BYTES);
    }

    /** Frees the blocks that the bounds of this table have. The table is about to be freed. */
    static void freeBlocks(TableArrays table) {
        if (fault(table) != null) {
            return; // the blocks are lost, and nothing else is
        }
        MemorySegment mem = table.mem;
        long bounds = table.boundsOffset();
        int nodeBytes = BoundsLayout.nodeBytes(mem, bounds);
        long chunk = Mem.getLong(mem, bounds + BoundsLayout.CHUNK);
        while (chunk != 0) {
            long before = BoundsLayout.chunkBefore(mem, chunk, nodeBytes);
            table.heap().free(chunk, BlockKind.ENTRY);
            chunk = before;
        }
        for (int i = 0; i < BoundsLayout.MAX_PIECES && piece(mem, bounds, i) != 0; i++) {
            table.heap().free(piece(mem, bounds, i), BlockKind.ENTRY);
        }
    }
}
