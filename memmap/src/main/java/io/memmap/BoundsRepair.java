package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapRepair;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Repairs the bounds of a shard, after the entries have been repaired, and marks their blocks.
 *
 * <p>Each entry has a node of its own at every moment. So the entries say which nodes are in use;
 * all others are free. If a thread was within a write, the lists are linked anew in the order of
 * the nodes' numbers, each node in the list that it was in. So the order of uses is lost, but only
 * in that shard. The sketch only estimates, so its counters stay as they are.
 */
final class BoundsRepair {
    private static final int CHUNK_NODES = BoundsLayout.CHUNK_NODES;

    private final BlockAllocator blocks;
    private final HeapRepair heap;
    private final MemorySegment mem;
    private final long bounds;
    private final int nodeBytes;
    /** Whether a thread was within a write of the shard. */
    private final boolean wasWriting;

    private final List<Long> chunks = new ArrayList<>();
    /**
     * For each node, the address at which its entry's slot has its number; 0 if no entry has the
     * node.
     */
    private long[] users = {};

    private int used;

    BoundsRepair(BlockAllocator blocks, HeapRepair heap, MemorySegment mem, long bounds, boolean wasWriting) {
        this.blocks = blocks;
        this.heap = heap;
        this.mem = mem;
        this.bounds = bounds;
        this.wasWriting = wasWriting;
        nodeBytes = BoundsLayout.nodeBytes(mem, bounds);
    }

    /** Finds the nodes, before the first {@link #use}. */
    void begin() {
        long chunk = Mem.getLong(mem, bounds + BoundsLayout.CHUNK);
        while (chunk != 0) {
            if (!blocks.isBlock(chunk, BlockKind.ENTRY)
                    || blocks.blockBytes(chunk) < (long) nodeBytes * CHUNK_NODES
                    || chunks.size() >= Integer.MAX_VALUE / CHUNK_NODES
                    || heap.mark(chunk, BlockKind.ENTRY) == 0) {
                throw damaged("no chunk of nodes is at " + chunk);
            }
            chunks.add(chunk);
            chunk = BoundsLayout.chunkBefore(mem, chunk, nodeBytes);
        }
        Collections.reverse(chunks);
        users = new long[chunks.size() * CHUNK_NODES];
    }

    /** Notes that an entry has a node, whose number is at this address in the entry's slot. */
    void use(long address) {
        int node = Mem.getInt(mem, address);
        if (node <= 0 || node >= users.length || users[node] != 0) {
            throw damaged("an entry has node " + node + " of " + users.length);
        }
        users[node] = address;
        used++;
    }

    /** Repairs the bounds. All entries have been passed to {@link #use}. */
    void finish() {
        repairSketch();
        if (wasWriting) {
            int end = compact();
            dropChunks(end);
            relink(end);
        }
    }

    // --------------------------------------------------------------------------------------- nodes

    /** L5: moves entries to nodes with lower numbers until few enough are free. Returns the end. */
    private int compact() {
        int end = endOfUsed(users.length);
        int free = 1;
        while (end - 1 - used > used + CHUNK_NODES / 2) {
            while (users[free] != 0) {
                free++;
            }
            move(end - 1, free);
            end = endOfUsed(end);
        }
        return end;
    }

    /** Returns the number behind that of the last node below this end that an entry has. */
    private int endOfUsed(int end) {
        int last = end - 1;
        while (last > 0 && users[last] == 0) {
            last--;
        }
        return Math.max(1, last + 1);
    }

    private void move(int from, int to) {
        for (long field = 0; field < nodeBytes; field += Integer.BYTES) {
            if (field != BoundsLayout.NODE_LINK) { // it belongs to the chunk
                Mem.setInt(mem, address(to) + field, Mem.getInt(mem, address(from) + field));
            }
        }
        VarHandle.storeStoreFence();
        Mem.setInt(mem, users[from], to);
        users[to] = users[from];
        users[from] = 0;
    }

    /**
     * Drops the chunks behind the last node. The sweep of the heap frees those that were not
     * marked.
     */
    private void dropChunks(int end) {
        int kept = end == 1 ? 0 : (end - 1) / CHUNK_NODES + 1;
        if (kept < chunks.size()) {
            VarHandle.storeStoreFence();
            Mem.setLong(mem, bounds + BoundsLayout.CHUNK, kept == 0 ? 0 : chunks.get(kept - 1));
            for (long dropped : chunks.subList(kept, chunks.size())) {
                heap.unmark(dropped);
            }
        }
    }

    private void relink(int end) {
        int[] oldest = new int[BoundsLayout.LISTS];
        int[] newest = new int[BoundsLayout.LISTS];
        int[] sizes = new int[BoundsLayout.LISTS];
        for (int node = 1; node < end; node++) {
            int was = Mem.getInt(mem, address(node) + BoundsLayout.NODE_LIST);
            int list = users[node] == 0 ? 0 : was > 0 && was < BoundsLayout.LISTS ? was : 1;
            Mem.setInt(mem, address(node) + BoundsLayout.NODE_LIST, list);
            Mem.setInt(mem, address(node) + BoundsLayout.NODE_PREVIOUS, newest[list]);
            Mem.setInt(mem, address(node) + BoundsLayout.NODE_NEXT, 0);
            if (newest[list] == 0) {
                oldest[list] = node;
            } else {
                Mem.setInt(mem, address(newest[list]) + BoundsLayout.NODE_NEXT, node);
            }
            newest[list] = node;
            sizes[list]++;
        }
        Mem.setInt(mem, bounds + BoundsLayout.END, end);
        for (int list = 0; list < BoundsLayout.LISTS; list++) {
            long at = bounds + (long) list * Integer.BYTES;
            Mem.setInt(mem, at + BoundsLayout.OLDEST, oldest[list]);
            Mem.setInt(mem, at + BoundsLayout.NEWEST, newest[list]);
            Mem.setInt(mem, at + BoundsLayout.SIZES, sizes[list]);
        }
    }

    private long address(int node) {
        return chunks.get(node / CHUNK_NODES) + (long) (node % CHUNK_NODES) * nodeBytes;
    }

    // -------------------------------------------------------------------------------------- sketch

    /** Marks the pieces that the blocks of the sketch need, and drops those that they do not. */
    private void repairSketch() {
        long[] pieces = new long[BoundsLayout.MAX_PIECES];
        Arrays.setAll(pieces, i -> Mem.getLong(mem, piece(i)));
        long blocksOfSketch = Mem.getLong(mem, bounds + BoundsLayout.BLOCKS);
        long first = intAt(BoundsLayout.FIRST_BLOCKS);
        long covered = 0;
        for (int i = 0; i < pieces.length; i++) {
            if (covered >= blocksOfSketch) {
                if (pieces[i] != 0) {
                    Mem.setLong(mem, piece(i), 0);
                }
                continue;
            }
            long more = i == 0 ? first : covered;
            if (more <= 0
                    || !blocks.isBlock(pieces[i], BlockKind.ENTRY)
                    || blocks.blockBytes(pieces[i]) / BoundsLayout.BLOCK_BYTES < more
                    || heap.mark(pieces[i], BlockKind.ENTRY) == 0) {
                throw damaged("piece " + i + " of the sketch is not at " + pieces[i]);
            }
            covered += more;
        }
        if (covered < blocksOfSketch) {
            throw damaged("the sketch has " + covered + " of " + blocksOfSketch + " blocks");
        }
    }

    private long piece(int number) {
        return bounds + BoundsLayout.PIECES + (long) number * Long.BYTES;
    }

    private int intAt(long field) {
        return Mem.getInt(mem, bounds + field);
    }

    private IllegalStateException damaged(String what) {
        return new IllegalStateException("the bounds of a cache at " + bounds + " are damaged: " + what);
    }
}
