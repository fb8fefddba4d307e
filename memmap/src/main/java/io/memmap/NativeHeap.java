package io.memmap;

import io.memmap.memory.BlockAllocator;
import io.memmap.memory.BlockKind;
import io.memmap.memory.Reservation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A heap outside the Java heap: one {@link MemorySegment} that maps and blocks of bytes live in. */
public final class NativeHeap implements AutoCloseable {
    static final int SECRETS = 4;

    /** The one segment; its lifetime and thread rule are the arena's. */
    final MemorySegment memory;

    private final BlockAllocator blocks;
    private final Arena arena;
    private final boolean ownsArena;
    private final boolean confined;
    private final Object lock;
    private volatile boolean detached;
    /** Allocations until one fails on purpose; 0 for never. */
    private long failIn;

    private NativeHeap(Reservation reservation, Arena arena, boolean ownsArena) {
        this.memory = reservation.memory();
        this.lock = reservation.lock();
        this.arena = arena;
        this.ownsArena = ownsArena;
        this.confined = !memory.isAccessibleBy(OTHER_THREAD);
        this.blocks = new BlockAllocator(reservation);
    }

    /** A thread that is never the caller: an arena that lets it in lets everyone in. */
    private static final Thread OTHER_THREAD = Thread.ofPlatform().unstarted(() -> {});

    public static NativeHeap ofConfined() {
        return builder().open();
    }

    public static NativeHeap ofShared() {
        return builder().shared().open();
    }

    public static NativeHeap in(Arena arena) {
        return builder().arena(arena).open();
    }

    public static Builder builder() {
        return new Builder();
    }

    public MemorySegment segment() {
        return memory;
    }

    public long allocate(long bytes) {
        long pointer = tryAllocate(bytes, BlockKind.BLOB);
        if (pointer == 0) {
            throw exhausted(bytes);
        }
        return pointer;
    }

    public void free(long pointer) {
        free(pointer, BlockKind.BLOB);
    }

    public MemorySegment slice(long pointer, long bytes) {
        long blockBytes = blockBytes(pointer);
        if (blockBytes == 0) {
            throw new IllegalArgumentException("no live block begins at pointer " + pointer);
        }
        if (bytes < 0 || bytes > blockBytes) {
            throw new IllegalArgumentException(
                    "bytes of the block at " + pointer + " must be 0.." + blockBytes + ": " + bytes);
        }
        return memory.asSlice(pointer, bytes);
    }

    public HeapStats stats() {
        checkAttached();
        if (confined) {
            return readStats();
        }
        synchronized (lock) {
            return readStats();
        }
    }

    public boolean isAlive() {
        return !detached && memory.scope().isAlive();
    }

    @Override
    public void close() {
        if (!ownsArena) {
            detached = true;
            return;
        }
        if (!memory.scope().isAlive()) {
            return;
        }
        if (confined) {
            arena.close();
            return;
        }
        synchronized (lock) {
            if (memory.scope().isAlive()) {
                arena.close();
            }
        }
    }

    /** A zeroed block, or 0 when exhausted; every granule counts as committed. */
    long tryAllocate(long bytes, BlockKind kind) {
        return allocate(bytes, kind, true);
    }

    /** A zeroed block, or 0 when exhausted; of a large block, granules count as committed when {@link #commit} names them. */
    long tryReserve(long bytes, BlockKind kind) {
        return allocate(bytes, kind, false);
    }

    private long allocate(long bytes, BlockKind kind, boolean committed) {
        checkAttached();
        checkBytes(bytes);
        if (confined) {
            return mustFail() ? 0 : blocks.allocate(bytes, kind, committed);
        }
        synchronized (lock) {
            return mustFail() ? 0 : blocks.allocate(bytes, kind, committed);
        }
    }

    void free(long pointer, BlockKind kind) {
        checkAttached();
        if (confined) {
            blocks.free(pointer, kind);
            return;
        }
        synchronized (lock) {
            blocks.free(pointer, kind);
        }
    }

    /** These bytes of a live block are about to be written. */
    void commit(long offset, long bytes) {
        if (blocks.isCommitted(offset, bytes)) {
            return; // nobody but the block's owner gives its granules back, so this needs no lock
        }
        if (confined) {
            blocks.commit(offset, bytes);
            return;
        }
        synchronized (lock) {
            blocks.commit(offset, bytes);
        }
    }

    /** Gives the whole granules inside {@code [from, to)} of one live block back to the operating system. */
    void release(long from, long to) {
        if (confined) {
            blocks.release(from, to);
            return;
        }
        synchronized (lock) {
            blocks.release(from, to);
        }
    }

    /** The unit of {@link #release} and of committed, in bytes: a page of the page policy. */
    long granule() {
        return blocks.granuleBytes();
    }

    long usableSize(long bytes) {
        checkBytes(bytes);
        return BlockAllocator.usableBytes(bytes);
    }

    boolean isBlock(long pointer, BlockKind kind) {
        checkAttached();
        if (confined) {
            return blocks.isBlock(pointer, kind);
        }
        synchronized (lock) {
            return blocks.isBlock(pointer, kind);
        }
    }

    long secret(int index) {
        return blocks.secret(Objects.checkIndex(index, SECRETS));
    }

    HeapExhaustedException exhausted(long bytes) {
        HeapStats stats = stats();
        return new HeapExhaustedException("no room for " + bytes + " bytes: " + stats.inUse() + " in use, "
                + stats.committed() + " committed, " + stats.reserved() + " reserved");
    }

    /** Makes the n-th allocation from now fail, once; 0 makes none fail. */
    void failAllocation(long n) {
        failIn = n;
    }

    private boolean mustFail() {
        return failIn != 0 && --failIn == 0;
    }

    private long blockBytes(long pointer) {
        checkAttached();
        if (confined) {
            return blocks.blockBytes(pointer);
        }
        synchronized (lock) {
            return blocks.blockBytes(pointer);
        }
    }

    private HeapStats readStats() {
        long header = blocks.bytesInUse(BlockKind.HEADER);
        long bucket = blocks.bytesInUse(BlockKind.BUCKET);
        long overflow = blocks.bytesInUse(BlockKind.OVERFLOW);
        long blob = blocks.bytesInUse(BlockKind.BLOB);
        long count = 0;
        for (BlockKind kind : BlockKind.values()) {
            count += blocks.blocksInUse(kind);
        }
        return new HeapStats(
                memory.byteSize(),
                blocks.committedBytes(),
                blocks.metadataBytes(),
                header + bucket + overflow + blob,
                header,
                bucket,
                overflow,
                blob,
                count,
                blocks.longestFreeBytes());
    }

    private void checkAttached() {
        if (detached) {
            throw new IllegalStateException("Already closed");
        }
    }

    private static void checkBytes(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be 1 or more: " + bytes);
        }
    }

    /** How a heap is to be. */
    public static final class Builder {
        private @Nullable Arena arena;
        private boolean shared;
        private long maxBytes;
        private Pages pages = Pages.SMALL;
        private boolean virtualMemory = true;

        private Builder() {}

        public Builder arena(Arena arena) {
            this.arena = Objects.requireNonNull(arena, "arena");
            return this;
        }

        public Builder confined() {
            arena = null;
            shared = false;
            return this;
        }

        public Builder shared() {
            arena = null;
            shared = true;
            return this;
        }

        public Builder maxBytes(long maxBytes) {
            if (maxBytes < BlockAllocator.MIN_CAPACITY || maxBytes > BlockAllocator.MAX_CAPACITY) {
                throw new IllegalArgumentException("maxBytes must be " + BlockAllocator.MIN_CAPACITY + ".."
                        + BlockAllocator.MAX_CAPACITY + ": " + maxBytes);
            }
            this.maxBytes = maxBytes;
            return this;
        }

        public Builder pages(Pages pages) {
            this.pages = Objects.requireNonNull(pages, "pages");
            return this;
        }

        /** Whether to reserve virtual memory where it is to be had; false for the arena's own memory, as a test wants. */
        Builder virtualMemory(boolean wanted) {
            virtualMemory = wanted;
            return this;
        }

        public NativeHeap open() {
            boolean huge = pages == Pages.HUGE;
            long bytes = huge && maxBytes != 0 ? Math.max(maxBytes, BlockAllocator.MIN_HUGE_CAPACITY) : maxBytes;
            Arena given = arena;
            if (given != null) {
                return new NativeHeap(Reservation.of(given, bytes, huge, virtualMemory), given, false);
            }
            Arena own = shared ? Arena.ofShared() : Arena.ofConfined();
            try {
                return new NativeHeap(Reservation.of(own, bytes, huge, virtualMemory), own, true);
            } catch (RuntimeException | Error failed) {
                own.close();
                throw failed;
            }
        }
    }
}
