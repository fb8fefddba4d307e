package io.memmap.unsafe;

import static io.memmap.unsafe.Block.hex;

import io.memmap.unsafe.MemoryMisuseException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Memory that knows its blocks: every access is looked up among the live ones, and one that is not within a single block is
 * a {@link MemoryMisuseException}. For tests, and for the search of a stray pointer.
 *
 * <p><b>Blocks.</b> A block is what {@link #allocateMemory} returned, to the byte, or a segment that was {@linkplain #admit
 * admitted}. A new block is full of {@code 0xCD}, a freed one of {@code 0xDD}, so that a program that counts on zeros, or
 * reads freed memory by other means, shows it. {@link #reallocateMemory} always moves.
 *
 * <p><b>Quarantine.</b> The memory of a freed block is kept, and not handed out again, until those freed after it have 64 MiB
 * or are 4096 blocks. Meanwhile an access to it is told as one to a freed block. So is one to the 4096 blocks before them,
 * until the C library hands their addresses out anew: from then on a stale pointer is as good as a fresh one.
 *
 * <p><b>Threads.</b> All threads may use it. If one frees a block while another accesses it, the access has bytes of that
 * block, old or {@code 0xDD}, or it throws; in the very moment in which the block leaves the quarantine that is an {@link
 * IllegalStateException}, "Already closed". It never crashes: each block is a {@link MemorySegment} of a shared arena of its
 * own.
 *
 * <p><b>Cost.</b> An access is a search in a skip list and makes garbage. An allocation records the stack; a free does, too,
 * and sooner or later ends an arena, which stops all threads for some microseconds.
 *
 * <p><b>Lifetime.</b> Until {@link #close}, which frees every block.
 */
public final class CheckedMemory extends UnsafeMemory implements AutoCloseable {
    static final long QUARANTINE_BYTES = 64 << 20;
    static final int QUARANTINE_BLOCKS = 4096;
    static final int REMEMBERED_BLOCKS = 4096;

    private static final byte NEW = (byte) 0xCD;
    private static final byte FREED = (byte) 0xDD;

    /** An access below is one through a null pointer. */
    private static final long FIRST_PAGE_BYTES = 4096;

    private final Object lock = new Object();
    /** By address; apart from each other while they are mapped. Read without the lock, changed under it. */
    private final ConcurrentSkipListMap<Long, Block> live = new ConcurrentSkipListMap<>();
    /** Those in quarantine and those that are only remembered. Under the lock. A block is here before it leaves the live. */
    private final ConcurrentSkipListMap<Long, Block> freed = new ConcurrentSkipListMap<>();
    /** The last one freed is the last. */
    private final ArrayDeque<Block> quarantine = new ArrayDeque<>();

    private final ArrayDeque<Block> remembered = new ArrayDeque<>();
    private long quarantineBytes;

    CheckedMemory() {}

    // ------------------------------------------------------------------------------------------------------- accesses

    @Override
    MemorySegment memoryAt(long address, long bytes) {
        Map.Entry<Long, Block> below = live.floorEntry(address);
        if (below != null
                && below.getValue().holds(address, bytes)
                && below.getValue().isMapped()) {
            return below.getValue().memory;
        }
        synchronized (lock) {
            throw strayAccess(address, bytes);
        }
    }

    private MemoryMisuseException strayAccess(long address, long bytes) {
        String access = "access of " + bytes + " bytes at " + hex(address);
        Block gone = freedAt(address);
        if (gone != null) {
            return misuse(
                    Kind.USE_AFTER_FREE,
                    address,
                    access + ", " + (address - gone.address()) + " bytes into " + gone,
                    gone);
        }
        String nil = address >= 0 && address < FIRST_PAGE_BYTES ? " (a null pointer)" : "";
        Block nearest = nearest(address);
        if (nearest == null) {
            return misuse(Kind.STRAY_ACCESS, address, access + nil + ": no block is live", null);
        }
        return misuse(Kind.STRAY_ACCESS, address, access + nil + ": " + place(address, bytes, nearest), nearest);
    }

    /** Says how the bytes miss the block. */
    private static String place(long address, long bytes, Block block) {
        if (block.holds(address, 1)) {
            long offset = address - block.address();
            return "it begins at offset " + offset + " and runs " + (offset + bytes - block.bytes())
                    + " bytes over the end of " + block;
        }
        return "it begins " + block.distance(address) + " bytes " + (address < block.address() ? "before " : "behind ")
                + block + ", the nearest one";
    }

    // ---------------------------------------------------------------------------------------------- blocks of our own

    @Override
    long allocate(long bytes) {
        long address = CLibrary.malloc(bytes);
        Arena arena = Arena.ofShared();
        Block block = new Block(wrap(address, bytes, arena), arena);
        block.memory.fill(NEW);
        synchronized (lock) {
            forgetAt(address, bytes);
            live.put(address, block);
        }
        return address;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment wrap(long address, long bytes, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, CLibrary::free);
    }

    /** The C library has handed these bytes out, so nobody else has them: what was there is history. */
    private void forgetAt(long address, long bytes) {
        Block gone = freedBelow(address + bytes);
        for (; gone != null && gone.overlaps(address, bytes); gone = freedBelow(address + bytes)) {
            freed.remove(gone.address(), gone);
            remembered.remove(gone);
        }
        Map.Entry<Long, Block> below = live.lowerEntry(address + bytes);
        for (; below != null && below.getValue().overlaps(address, bytes); below = live.lowerEntry(address + bytes)) {
            live.remove(below.getKey()); // admitted, and its arena has closed
        }
    }

    @Override
    long reallocate(long address, long bytes) {
        synchronized (lock) {
            Block old = requireOwn(address);
            long moved = allocate(bytes);
            MemorySegment.copy(old.memory, 0, memoryAt(moved, bytes), 0, Math.min(bytes, old.bytes()));
            free(address);
            return moved;
        }
    }

    @Override
    void free(long address) {
        synchronized (lock) {
            Block block = requireOwn(address);
            retire(block, "freed");
            block.memory.fill(FREED);
            quarantine(block);
            emptyQuarantine(QUARANTINE_BYTES, QUARANTINE_BLOCKS);
        }
    }

    private void quarantine(Block block) {
        quarantine.add(block);
        quarantineBytes += block.bytes();
    }

    /** Gives back the memory of those freed first, until no more than that is left. */
    private void emptyQuarantine(long bytes, int blocks) {
        while (quarantineBytes > bytes || quarantine.size() > blocks) {
            Block oldest = quarantine.remove();
            quarantineBytes -= oldest.bytes();
            oldest.end();
            remember(oldest);
        }
    }

    private void retire(Block block, String event) {
        block.freed = new Site(event);
        freed.put(block.address(), block);
        live.remove(block.address(), block);
    }

    private void remember(Block block) {
        remembered.add(block);
        if (remembered.size() > REMEMBERED_BLOCKS) {
            Block forgotten = remembered.remove();
            freed.remove(forgotten.address(), forgotten);
        }
    }

    /** Returns the live block that was allocated at this address. */
    private Block requireOwn(long address) {
        synchronized (lock) {
            Block block = live.get(address);
            if (block == null || block.isAdmitted()) {
                throw strayFree(address);
            }
            return block;
        }
    }

    private MemoryMisuseException strayFree(long address) {
        String free = "free of " + hex(address);
        Block gone = freedAt(address);
        if (gone != null && gone.address() == address) {
            return misuse(Kind.DOUBLE_FREE, address, free + ": a second time, " + gone, gone);
        }
        Block nearest = nearest(address);
        if (nearest == null) {
            return misuse(Kind.STRAY_FREE, address, free + ": no block is live", null);
        }
        if (nearest.address() == address) {
            return misuse(Kind.STRAY_FREE, address, free + ": not allocated here, " + nearest, nearest);
        }
        String place = nearest.holds(address, 1)
                ? address - nearest.address() + " bytes into " + nearest
                : place(address, 1, nearest);
        return misuse(Kind.STRAY_FREE, address, free + ", where no block begins: " + place, nearest);
    }

    // --------------------------------------------------------------------------------------------- blocks of others

    /**
     * Makes memory of others accessible: of a direct buffer, a mapped file, a heap. Accesses keep the segment's own rules:
     * its thread, its lifetime, read only. It is a block until {@link #dismiss}; when its arena closes, it counts as freed.
     *
     * @param segment of native memory, 1 byte or more
     * @return where it begins
     * @throws IllegalArgumentException if it is of the Java heap, or empty, or overlaps a live block
     * @throws IllegalStateException if its arena is closed
     */
    public long admit(MemorySegment segment) {
        if (!segment.isNative() || segment.byteSize() == 0) {
            throw new IllegalArgumentException("segment must be native and of 1 byte or more: " + segment);
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("Already closed: " + segment);
        }
        Block block = new Block(segment, null);
        synchronized (lock) {
            Map.Entry<Long, Block> below = live.lowerEntry(block.address() + block.bytes());
            if (below != null
                    && below.getValue().isMapped()
                    && below.getValue().overlaps(block.address(), block.bytes())) {
                throw new IllegalArgumentException(
                        block.bytes() + " bytes at " + hex(block.address()) + " overlap " + below.getValue());
            }
            forgetAt(block.address(), block.bytes());
            live.put(block.address(), block);
        }
        return block.address();
    }

    /**
     * Makes memory of others inaccessible again, as if it had been freed.
     *
     * @param address what {@link #admit} returned
     * @throws MemoryMisuseException if no block that was admitted begins there, or none any more
     */
    public void dismiss(long address) {
        synchronized (lock) {
            Block block = live.get(address);
            if (block == null || !block.isAdmitted()) {
                throw strayFree(address);
            }
            retire(block, "dismissed");
            remember(block);
        }
    }

    // ------------------------------------------------------------------------------------------------------- reports

    /**
     * Returns the blocks that nobody has freed: at a program's end, the leaks.
     *
     * @return the live blocks by address, with those admitted; not of one moment if other threads are at work
     */
    public List<LiveBlock> liveBlocks() {
        return live.values().stream()
                .map(block -> new LiveBlock(block.address(), block.bytes(), block.made.thread(), block.made.callers()))
                .toList();
    }

    /** Frees all blocks and empties the quarantine. Every access is a stray one then. Closing again does nothing. */
    @Override
    public void close() {
        synchronized (lock) {
            for (Block block : live.values()) {
                retire(block, "freed by close");
                quarantine(block);
            }
            emptyQuarantine(0, 0);
        }
    }

    // -------------------------------------------------------------------------------------------------------- lookup

    /** Returns the block at whose bytes this address is, if it has been freed. */
    private @Nullable Block freedAt(long address) {
        Map.Entry<Long, Block> unmapped = live.floorEntry(address);
        if (unmapped != null
                && unmapped.getValue().holds(address, 1)
                && !unmapped.getValue().isMapped()) {
            return unmapped.getValue();
        }
        Map.Entry<Long, Block> below = freed.floorEntry(address);
        return below != null && below.getValue().holds(address, 1) ? below.getValue() : null;
    }

    private @Nullable Block freedBelow(long end) {
        Map.Entry<Long, Block> below = freed.lowerEntry(end);
        return below == null ? null : below.getValue();
    }

    private @Nullable Block nearest(long address) {
        Map.Entry<Long, Block> below = live.floorEntry(address);
        Map.Entry<Long, Block> above = live.higherEntry(address);
        if (below == null || above == null) {
            return below != null ? below.getValue() : above != null ? above.getValue() : null;
        }
        return below.getValue().distance(address) <= above.getValue().distance(address)
                ? below.getValue()
                : above.getValue();
    }

    private static MemoryMisuseException misuse(Kind kind, long address, String message, @Nullable Block block) {
        if (block == null) {
            return new MemoryMisuseException(kind, address, message, null, null);
        }
        String end = block.isMapped() ? "" : ", its arena closed";
        Site freed = block.freed;
        String told = message + (freed == null ? end : ", " + freed.getMessage());
        return new MemoryMisuseException(kind, address, told, block.made, freed);
    }
}
