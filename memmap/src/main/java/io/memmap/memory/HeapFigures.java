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
 * What the header of a heap counts, at one moment.
 *
 * @param kinds in the order of {@link BlockKind}
 * @param growths that maps have begun since the heap was opened
 * @param shrinks halvings, likewise
 * @param evacuations units that those which have ended have moved
 */
public record HeapFigures(
        long reserved, long committed, long metadata, List<Kind> kinds, long growths, long shrinks, long evacuations) {
    /** No heap. */
    public static final HeapFigures NONE = new HeapFigures(
            0,
            0,
            0,
            Stream.of(BlockKind.values()).map(kind -> new Kind(kind, 0, 0, 0)).toList(),
            0,
            0,
            0);

    /**
     * What is counted of one kind of block.
     *
     * @param bytes of live blocks
     * @param blocks live ones
     * @param allocations since the heap was opened
     */
    public record Kind(BlockKind kind, long bytes, long blocks, long allocations) {
        Kind plus(Kind other) {
            return new Kind(kind, bytes + other.bytes, blocks + other.blocks, allocations + other.allocations);
        }
    }

    /** Reads the header of a heap whose pages are backed one by one, or all at once. */
    static HeapFigures read(MemorySegment memory, boolean isLazy) {
        int shift = getInt(memory, HeapLayout.GRANULE_SHIFT_OFFSET);
        long reserved = memory.byteSize();
        long tables = (long) getInt(memory, HeapLayout.FIRST_PAGE_OFFSET) << HeapLayout.PAGE_SHIFT;
        return new HeapFigures(
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

    /** Returns what both count together. */
    public HeapFigures plus(HeapFigures other) {
        return new HeapFigures(
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

    /** Returns the same with nothing left in use, as after the heap's end. */
    HeapFigures ended() {
        return new HeapFigures(
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
