package io.memmap.memory;

import static io.memmap.format.Mem.getInt;
import static io.memmap.format.Mem.getLong;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The counters in the header of a heap, read at one moment.
 *
 * @param maxBytes the bound on {@code committed}
 * @param reserved bytes of the heap's memory
 * @param committed bytes that the operating system can be backing
 * @param metadata the part of {@code committed} that belongs to the heap's own tables
 * @param kinds the counters of each kind of block, in the order of {@link BlockKind}
 * @param growths growths that maps have begun since the heap was opened
 * @param shrinks halvings that maps have begun since the heap was opened
 * @param evacuations units that finished growths and halvings have moved
 */
public record HeapFigures(
        long maxBytes,
        long reserved,
        long committed,
        long metadata,
        List<Kind> kinds,
        long growths,
        long shrinks,
        long evacuations) {
    /** The figures of no heap: all zero. */
    public static final HeapFigures NONE = new HeapFigures(
            0,
            0,
            0,
            0,
            Stream.of(BlockKind.values()).map(kind -> new Kind(kind, 0, 0, 0)).toList(),
            0,
            0,
            0);

    /**
     * The counters of one kind of block.
     *
     * @param bytes bytes of live blocks
     * @param blocks number of live blocks
     * @param allocations blocks allocated since the heap was opened
     */
    public record Kind(BlockKind kind, long bytes, long blocks, long allocations) {
        Kind plus(Kind other) {
            return new Kind(kind, bytes + other.bytes, blocks + other.blocks, allocations + other.allocations);
        }
    }

    /**
     * Reads the header of a heap. The heap's pages are backed one by one if {@code isLazy}, and
     * otherwise all at once.
     */
    static HeapFigures read(MemorySegment memory, boolean isLazy) {
        int shift = getInt(memory, HeapLayout.GRANULE_SHIFT_OFFSET);
        long reserved = memory.byteSize();
        long tables = (long) getInt(memory, HeapLayout.FIRST_PAGE_OFFSET) << HeapLayout.PAGE_SHIFT;
        return new HeapFigures(
                getLong(memory, HeapLayout.MAX_BYTES_OFFSET),
                reserved,
                isLazy ? getLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET) << shift : reserved,
                isLazy ? getLong(memory, HeapLayout.METADATA_GRANULES_OFFSET) << shift : tables,
                Stream.of(BlockKind.values())
                        .map(kind -> readKind(memory, kind))
                        .toList(),
                getLong(memory, HeapLayout.GROWTHS_OFFSET),
                getLong(memory, HeapLayout.SHRINKS_OFFSET),
                getLong(memory, HeapLayout.EVACUATIONS_OFFSET));
    }

    private static Kind readKind(MemorySegment memory, BlockKind kind) {
        long offset = (long) kind.code * Long.BYTES;
        return new Kind(
                kind,
                getLong(memory, HeapLayout.KIND_BYTES_OFFSET + offset),
                getLong(memory, HeapLayout.KIND_BLOCKS_OFFSET + offset),
                getLong(memory, HeapLayout.KIND_ALLOCATIONS_OFFSET + offset));
    }

    /** Returns the sums of both. */
    public HeapFigures plus(HeapFigures other) {
        return new HeapFigures(
                maxBytes + other.maxBytes,
                reserved + other.reserved,
                committed + other.committed,
                metadata + other.metadata,
                IntStream.range(0, kinds.size())
                        .mapToObj(i -> kinds.get(i).plus(other.kinds.get(i)))
                        .toList(),
                growths + other.growths,
                shrinks + other.shrinks,
                evacuations + other.evacuations);
    }

    /** Returns these figures with nothing in use, as after the end of the heap. */
    HeapFigures ended() {
        return new HeapFigures(
                0,
                0,
                0,
                0,
                kinds.stream()
                        .map(kind -> new Kind(kind.kind, 0, 0, kind.allocations))
                        .toList(),
                growths,
                shrinks,
                evacuations);
    }

    /** Returns the bytes of live blocks of all kinds. */
    public long inUse() {
        return kinds.stream().mapToLong(Kind::bytes).sum();
    }
}
