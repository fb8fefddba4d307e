package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * The layouts of the state that a shard with bounds keeps: the <em>bounds</em>, which lie behind
 * the shard's header, and a <em>node</em> for each entry.
 *
 * <p>There are four lists of nodes. Each array of the bounds has an element for each list, in the
 * order of the numbers that a node has for its list.
 */
public final class BoundsLayout {
    /** The number of lists of nodes. */
    public static final int LISTS = 4;
    /** The most pieces of a frequency sketch. */
    public static final int MAX_PIECES = 26;

    /** Nodes have no times. */
    public static final int NO_TIMES = 0;
    /** A node has the times of the last write and of the last read of its entry. */
    public static final int WRITE_AND_READ = 1;
    /**
     * A node has the time of the last write of its entry, and the time at which the entry expires.
     */
    public static final int WRITE_AND_DEADLINE = 2;

    public static final StructLayout LAYOUT = MemoryLayout.structLayout(
                    Mem.LONG.withName("chunk"),
                    Mem.INT.withName("end"),
                    Mem.INT.withName("swept"),
                    MemoryLayout.sequenceLayout(LISTS, Mem.INT).withName("oldest"),
                    MemoryLayout.sequenceLayout(LISTS, Mem.INT).withName("newest"),
                    MemoryLayout.sequenceLayout(LISTS, Mem.INT).withName("sizes"),
                    Mem.LONG.withName("uses"),
                    Mem.LONG.withName("blocks"),
                    Mem.LONG.withName("hand"),
                    Mem.INT.withName("epoch"),
                    Mem.INT.withName("firstBlocks"),
                    Mem.LONG.withName("latest"),
                    Mem.INT.withName("times"),
                    MemoryLayout.paddingLayout(4),
                    MemoryLayout.sequenceLayout(MAX_PIECES, Mem.LONG).withName("pieces"))
            .withName("bounds");

    /** A node without times; its last word is there only if nodes have times. */
    public static final StructLayout NODE = MemoryLayout.structLayout(
                    Mem.LONG.withName("hash"),
                    Mem.INT.withName("previous"),
                    Mem.INT.withName("next"),
                    Mem.INT.withName("list"),
                    Mem.INT.withName("link"),
                    Mem.LONG.withName("written"),
                    Mem.LONG.withName("read"))
            .withName("node");

    public static final long BYTES = LAYOUT.byteSize();

    /** The size of a block of a frequency sketch. */
    public static final int BLOCK_BYTES = 64;
    /** The number of nodes in a chunk. */
    public static final int CHUNK_NODES = 64;

    /** The pointer of the chunk with the highest nodes; 0 without chunks. */
    public static final long CHUNK = bounds("chunk");
    /** The number behind that of the last node that is in a list. */
    public static final long END = bounds("end");
    /** The node that the sweep for expired entries has checked last. */
    public static final long SWEPT = bounds("swept");

    public static final long OLDEST = bounds("oldest");
    public static final long NEWEST = bounds("newest");
    public static final long SIZES = bounds("sizes");

    /** The number of uses that the sketch has counted in this period. */
    public static final long USES = bounds("uses");
    /** The number of blocks of the sketch. */
    public static final long BLOCKS = bounds("blocks");
    /** The block of the sketch that has been brought up to date last in its turn. */
    public static final long HAND = bounds("hand");

    public static final long EPOCH = bounds("epoch");
    /** The number of blocks in the first piece of the sketch. */
    public static final long FIRST_BLOCKS = bounds("firstBlocks");
    /** The time of the last write, if nodes have times. */
    public static final long LATEST = bounds("latest");
    /** {@link #NO_TIMES}, {@link #WRITE_AND_READ} or {@link #WRITE_AND_DEADLINE}. */
    public static final long TIMES = bounds("times");
    /** The pointers of the pieces of the sketch; nil behind the last. */
    public static final long PIECES = bounds("pieces");

    public static final long NODE_HASH = node("hash");
    public static final long NODE_PREVIOUS = node("previous");
    public static final long NODE_NEXT = node("next");
    public static final long NODE_LIST = node("list");
    /**
     * In the first two nodes of a chunk: the low and the high half of the pointer of the chunk
     * before it.
     */
    public static final long NODE_LINK = node("link");

    public static final long NODE_WRITTEN = node("written");
    /** The time of the last read, or the time at which the entry expires. */
    public static final long NODE_READ = node("read");

    private BoundsLayout() {}

    /** Returns the size of a node in bytes. */
    public static int nodeBytes(boolean timed) {
        return (int) (timed ? NODE.byteSize() : NODE_WRITTEN);
    }

    /** Returns the size of the nodes of these bounds in bytes. */
    public static int nodeBytes(MemorySegment memory, long bounds) {
        return nodeBytes(Mem.getInt(memory, bounds + TIMES) != NO_TIMES);
    }

    /** Returns the chunk before a chunk whose nodes have this many bytes; 0 if it is the first. */
    public static long chunkBefore(MemorySegment memory, long chunk, int nodeBytes) {
        long low = Mem.getInt(memory, chunk + NODE_LINK) & 0xFFFF_FFFFL;
        return low | (long) Mem.getInt(memory, chunk + nodeBytes + NODE_LINK) << Integer.SIZE;
    }

    /** Sets the chunk before a chunk. */
    public static void setChunkBefore(MemorySegment memory, long chunk, int nodeBytes, long before) {
        Mem.setInt(memory, chunk + NODE_LINK, (int) before);
        Mem.setInt(memory, chunk + nodeBytes + NODE_LINK, (int) (before >>> Integer.SIZE));
    }

    private static long bounds(String field) {
        return LAYOUT.byteOffset(PathElement.groupElement(field));
    }

    private static long node(String field) {
        return NODE.byteOffset(PathElement.groupElement(field));
    }
}
