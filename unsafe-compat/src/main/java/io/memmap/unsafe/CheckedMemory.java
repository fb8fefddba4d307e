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
 * Memory that checks every access against its live blocks. An access that does not lie within a
 * single live block throws {@link MemoryMisuseException}. Use it in tests, or to find a stray
 * pointer.
 *
 * <p><b>Blocks.</b> A block is memory that {@link #allocateMemory} returned, with exactly the size
 * that was asked for, or a segment that was {@linkplain #admit admitted}. Every byte of a new block
 * is {@code 0xCD}, and every byte of a freed block is {@code 0xDD}. So a program that relies on
 * zeros, or that reads freed memory by other means, gets values that stand out. {@link
 * #reallocateMemory} always moves the block.
 *
 * <p><b>Quarantine.</b> The memory of a freed block is kept in quarantine and is not handed out
 * again at once. The quarantine holds at most 64 MiB and at most 4096 blocks; the block that was
 * freed first leaves it first. An access to a block in quarantine is reported as a use after free.
 * The same holds for the last 4096 blocks that have left the quarantine, until the C library hands
 * out their addresses again. From then on a stale pointer cannot be told from a valid one.
 *
 * <p><b>Threads.</b> All threads may use it. If one thread frees a block while another accesses it,
 * the access reads bytes of that block, old ones or {@code 0xDD}, or it throws. At the moment when
 * the block leaves the quarantine, the exception is an {@link IllegalStateException}, "Already
 * closed". The JVM never crashes: each block is a {@link MemorySegment} with a shared arena of its
 * own.
 *
 * <p><b>Cost.</b> An access searches a skip list and creates garbage. An allocation and a free each
 * record the stack. A block that leaves the quarantine closes an arena, which stops all threads for
 * some microseconds.
 *
 * <p><b>Lifetime.</b> The memory lives until {@link #close}, which frees every block.
 */
public final class CheckedMemory extends UnsafeMemory implements AutoCloseable {
    static final long QUARANTINE_BYTES = 64 << 20;
    static final int QUARANTINE_BLOCKS = 4096;
    static final int REMEMBERED_BLOCKS = 4096;

    private static final byte NEW = (byte) 0xCD;
    private static final byte FREED = (byte) 0xDD;

    /** An access below this address is reported as one through a null pointer. */
    private static final long FIRST_PAGE_BYTES = 4096;

    private final Object lock = new Object();
    /**
     * The live blocks by address. Blocks that are mapped do not overlap. Reads need no lock;
     * changes need it.
     */
    private final ConcurrentSkipListMap<Long, Block> live = new ConcurrentSkipListMap<>();
    /**
     * The freed blocks by address: those in quarantine and those in {@link #remembered}. Guarded by
     * the lock. A block is added here before it is removed from {@link #live}.
     */
    private final ConcurrentSkipListMap<Long, Block> freed = new ConcurrentSkipListMap<>();
    /** Freed blocks whose memory is kept. The block that was freed last is the last. */
    private final ArrayDeque<Block> quarantine = new ArrayDeque<>();

    private final ArrayDeque<Block> remembered = new ArrayDeque<>();
    private long quarantineBytes;

    CheckedMemory() {}

    // ------------------------------------------------------------------------------------ accesses

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

    /** Returns a text that says where the bytes lie relative to the block. */
    private static String place(long address, long bytes, Block block) {
        if (block.holds(address, 1)) {
            long offset = address - block.address();
            return "it begins at offset " + offset + " and ends " + (offset + bytes - block.bytes())
                    + " bytes past the end of " + block;
        }
        return "it begins " + block.distance(address) + " bytes "
                + (address < block.address() ? "before " : "after the end of ") + block + ", the nearest one";
    }

    // ---------------------------------------------------------------------------------- own blocks

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

    /**
     * Drops the records of freed blocks, and of admitted blocks whose arena has closed, that
     * overlap these bytes. The bytes belong to a new block now.
     */
    private void forgetAt(long address, long bytes) {
        Block gone = freedBelow(address + bytes);
        for (; gone != null && gone.overlaps(address, bytes); gone = freedBelow(address + bytes)) {
            freed.remove(gone.address(), gone);
            remembered.remove(gone);
        }
        Map.Entry<Long, Block> below = live.lowerEntry(address + bytes);
        for (; below != null && below.getValue().overlaps(address, bytes); below = live.lowerEntry(address + bytes)) {
            live.remove(below.getKey()); // it was admitted, and its arena has closed
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

    /**
     * Frees the memory of the oldest blocks in quarantine until at most {@code bytes} bytes and
     * {@code blocks} blocks are left.
     */
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
            return misuse(Kind.DOUBLE_FREE, address, free + ", a second time: " + gone, gone);
        }
        Block nearest = nearest(address);
        if (nearest == null) {
            return misuse(Kind.STRAY_FREE, address, free + ": no block is live", null);
        }
        if (nearest.address() == address) {
            return misuse(Kind.STRAY_FREE, address, free + ": this memory did not allocate " + nearest, nearest);
        }
        String place = nearest.holds(address, 1)
                ? address - nearest.address() + " bytes into " + nearest
                : place(address, 1, nearest);
        return misuse(Kind.STRAY_FREE, address, free + ", where no block begins: " + place, nearest);
    }

    // ----------------------------------------------------------------------------- admitted blocks

    /**
     * Admits memory that was allocated elsewhere, so that it may be accessed: a direct buffer, a
     * mapped file, a heap. The segment's own rules still apply to each access: its thread, its
     * lifetime, and whether it is read-only. The memory is a block until {@link #dismiss}. When its
     * arena closes, it counts as freed.
     *
     * @param segment native memory, 1 byte or more
     * @return the address of its first byte
     * @throws IllegalArgumentException if the segment is in the Java heap, is empty, or overlaps a
     *     live block
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
     * Ends the admission of memory. From then on an access to it counts as one to a freed block.
     * The memory itself is not freed.
     *
     * @param address the address that {@link #admit} returned
     * @throws MemoryMisuseException if no admitted block begins there
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

    // ------------------------------------------------------------------------------------- reports

    /**
     * Returns the blocks that have not been freed. At a program's end these are the leaks.
     *
     * @return the live blocks in order of address, admitted ones included; not a snapshot of one
     *     moment if other threads allocate or free
     */
    public List<LiveBlock> liveBlocks() {
        return live.values().stream()
                .map(block -> new LiveBlock(block.address(), block.bytes(), block.made.thread(), block.made.callers()))
                .toList();
    }

    /**
     * Frees all blocks and empties the quarantine. Every later access throws. Closing again does
     * nothing.
     */
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

    // -------------------------------------------------------------------------------------- lookup

    /** Returns the freed block that held the byte at this address, or null. */
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
        String end = block.isMapped() ? "" : ", whose arena was closed";
        Site freed = block.freed;
        String told = message + (freed == null ? end : ", " + freed.getMessage());
        return new MemoryMisuseException(kind, address, told, block.made, freed);
    }
}
