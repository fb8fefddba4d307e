package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapFile;
import io.memmap.memory.Reservation;
import io.memmap.telemetry.AllocationSampler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a {@link NativeHeap}, as its maps use it: they take and free blocks, and commit and
 * release the pages of these blocks. {@link BlockAllocator} does the work. This class adds what all
 * users of a heap rely on:
 *
 * <ul>
 *   <li>Thread rule: in a confined arena the arena itself keeps other threads out, and no lock
 *       is taken. Otherwise the allocator is used under {@link #lock}.
 *   <li>Lifetime: a heap that has ended, or is read only, refuses to take or free a block, with an
 *       exception that says so. {@link #commit}, {@link #secure} and {@link #release} do not check
 *       this, as the map that calls them has checked it.
 *   <li>Profile: each block that is taken may become a sample of the allocation profile, and
 *       leaves the profile when it is freed.
 * </ul>
 *
 * <p>This is the superclass of {@code NativeHeap}, and not a part that it holds, so that a map
 * reaches its memory without a further object in between.
 */
abstract class HeapMemory {
    /**
     * A thread that is never the caller. An arena that this thread may access lets all threads in.
     */
    private static final Thread OTHER_THREAD =
            Thread.ofPlatform().inheritInheritableThreadLocals(false).unstarted(() -> {});

    /** The segment of the heap. Its lifetime and its thread rule are those of the arena. */
    final MemorySegment memory;

    final Reservation reservation;
    final BlockAllocator blocks;
    private final long bitmapOffset;
    private final int granuleShift;
    /** The arena that the heap ends; null if the arena belongs to the caller. */
    final @Nullable Arena ownArena;
    /**
     * Whether the arena ensures that only one thread uses the heap. Otherwise {@link #lock} does.
     */
    private final boolean confined;

    final Object lock;
    /** Whether the heap is in a file, whose file system may have no room for a page. */
    private final boolean inFile;

    final AllocationSampler sampler;
    /** Whether {@link #detach} has ended this heap. */
    private volatile boolean detached;
    /** Whether this heap can be changed: it is not detached, and not read only. */
    private volatile boolean mayChange;
    /** The allocations until one fails on purpose; 0 if none is to fail. */
    private long failIn;

    HeapMemory(Reservation reservation, BlockAllocator blocks, @Nullable Arena ownArena, HeapOptions options) {
        this.memory = reservation.memory();
        this.reservation = reservation;
        this.lock = reservation.lock();
        this.ownArena = ownArena;
        this.confined = !reservation.memory().isAccessibleBy(OTHER_THREAD);
        this.blocks = blocks;
        this.inFile = reservation.file() != null;
        this.mayChange = !isReadOnly();
        this.bitmapOffset = blocks.bitmapOffset();
        this.granuleShift = blocks.granuleShift();
        this.sampler = new AllocationSampler(
                reservation.live().id(), options.profileEvery(), options.leakDetection() == LeakDetection.PARANOID);
    }

    /**
     * Allocates a zeroed block that belongs to no map. All of its granules count as committed.
     * Returns 0 if there is no room.
     */
    final long tryAllocate(long bytes, BlockKind kind) {
        return tryAllocate(bytes, kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP);
    }

    /** Does the same for a block of this owner. */
    final <T> long tryAllocate(long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        return allocate(bytes, kind, true, owners, owner);
    }

    /**
     * Allocates a zeroed block that belongs to no map; returns 0 if there is no room. A block
     * larger than 32 KiB counts as committed only where {@link #commit} has named its bytes.
     */
    final long tryReserve(long bytes, BlockKind kind) {
        return tryReserve(bytes, kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP);
    }

    /** Does the same for a block of this owner. */
    final <T> long tryReserve(long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        return allocate(bytes, kind, false, owners, owner);
    }

    /**
     * Allocates a block like {@link #tryReserve}, at a place where {@link #tryExtend} can probably
     * extend it.
     *
     * @param bytes more than {@link io.memmap.format.SizeClasses#MAX_SMALL_BYTES}
     */
    final <T> long tryReserveExtensible(long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        if (confined) {
            checkWritable();
            return sampled(mustFail() ? 0 : blocks.allocateExtensible(bytes, kind), bytes, owners, owner);
        }
        synchronized (lock) {
            checkWritable();
            return sampled(mustFail() ? 0 : blocks.allocateExtensible(bytes, kind), bytes, owners, owner);
        }
    }

    /**
     * Extends a large block in place. Returns false, and changes nothing, if there is no room
     * behind the block. The new bytes are zero, and count as committed only where {@link #commit}
     * has named them. The profile counts an extended block as a new one.
     */
    final <T> boolean tryExtend(long pointer, long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        if (confined) {
            checkWritable();
            return extendInside(pointer, bytes, kind, owners, owner);
        }
        synchronized (lock) {
            checkWritable();
            return extendInside(pointer, bytes, kind, owners, owner);
        }
    }

    private <T> boolean extendInside(long pointer, long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        boolean extended = !mustFail() && blocks.extend(pointer, bytes, kind);
        if (extended) {
            sampler.freed(pointer);
            sampled(pointer, bytes, owners, owner);
        }
        return extended;
    }

    /**
     * Shortens a large block and frees the pages behind it. The profile counts a shortened block as
     * a new one.
     */
    final <T> void truncate(long pointer, long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        if (confined) {
            checkWritable();
            truncateInside(pointer, bytes, kind, owners, owner);
            return;
        }
        synchronized (lock) {
            checkWritable();
            truncateInside(pointer, bytes, kind, owners, owner);
        }
    }

    private <T> void truncateInside(long pointer, long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        blocks.truncate(pointer, bytes, kind);
        sampler.freed(pointer);
        sampled(pointer, bytes, owners, owner);
    }

    private <T> long allocate(long bytes, BlockKind kind, boolean committed, BlockOwner<T> owners, T owner) {
        checkBytes(bytes);
        if (confined) {
            checkWritable();
            return allocateInside(bytes, kind, committed, owners, owner);
        }
        synchronized (lock) {
            checkWritable();
            return allocateInside(bytes, kind, committed, owners, owner);
        }
    }

    private <T> long allocateInside(long bytes, BlockKind kind, boolean committed, BlockOwner<T> owners, T owner) {
        return sampled(mustFail() ? 0 : blocks.allocate(bytes, kind, committed), bytes, owners, owner);
    }

    private boolean mustFail() {
        return failIn != 0 && --failIn == 0;
    }

    /** Takes a sample of a new block if it is due. Returns the block, which may be 0 for none. */
    private <T> long sampled(long pointer, long bytes, BlockOwner<T> owners, T owner) {
        if (pointer != 0 && sampler.isSample(bytes)) {
            double objects = sampler.pick(bytes);
            if (!owners.defersSample(owner, pointer, objects)) {
                sample(pointer, objects, owners, owner);
            }
        }
        return pointer;
    }

    /** Takes the sample of a live block whose owner has deferred it. */
    final <T> void takeSample(long pointer, double objects, BlockOwner<T> owners, T owner) {
        synchronized (lock) {
            sample(pointer, objects, owners, owner);
        }
    }

    private <T> void sample(long pointer, double objects, BlockOwner<T> owners, T owner) {
        try {
            long blockBytes = blocks.blockBytes(pointer);
            sampler.sample(
                    pointer,
                    objects,
                    blockBytes,
                    owners.mapName(owner),
                    owners.isBounded(owner),
                    owners.tracked(owner));
        } catch (OutOfMemoryError | StackOverflowError lost) { // the block is allocated
            AllocationSampler.lose();
        }
    }

    /**
     * Frees a block.
     *
     * @throws IllegalArgumentException if no live block of this kind begins at the pointer
     */
    final void free(long pointer, BlockKind kind) {
        if (confined) {
            checkWritable();
            blocks.free(pointer, kind);
            sampler.freed(pointer);
            return;
        }
        synchronized (lock) {
            checkWritable();
            blocks.free(pointer, kind);
            sampler.freed(pointer);
        }
    }

    /** Returns whether a live block of this kind begins at the pointer, which may be any number. */
    final boolean isBlock(long pointer, BlockKind kind) {
        if (confined) {
            checkAlive();
            return blocks.isBlock(pointer, kind);
        }
        synchronized (lock) {
            checkAlive();
            return blocks.isBlock(pointer, kind);
        }
    }

    /**
     * Returns the real size of the live block that begins at the pointer; 0 if no live block begins
     * there.
     */
    final long blockBytes(long pointer) {
        if (confined) {
            checkAlive();
            return blocks.blockBytes(pointer);
        }
        synchronized (lock) {
            checkAlive();
            return blocks.blockBytes(pointer);
        }
    }

    /** Returns the size that a block of this kind for {@code bytes} really has. */
    final long usableSize(long bytes, BlockKind kind) {
        checkBytes(bytes);
        return BlockAllocator.usableBytes(bytes, kind);
    }

    private static void checkBytes(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be 1 or more: " + bytes);
        }
    }

    /**
     * Announces that these bytes of a live block of {@link #tryReserve} are about to be written,
     * and perhaps read before. The first access to a page should be a write. The first of the bytes
     * reads as zero until they are committed.
     */
    final void commit(long offset, long bytes) {
        // No lock is needed: only the owner of a block clears the bits of the block's granules.
        if (!BlockAllocator.isCommitted(memory, bitmapOffset, granuleShift, offset, bytes)) {
            commitFirst(offset, bytes);
        }
    }

    /**
     * Returns whether these bytes lie in one granule that counts as committed.
     *
     * @param memory the segment of this heap, which the caller has in a variable
     */
    final boolean isCommitted(MemorySegment memory, long offset, long bytes) {
        return BlockAllocator.isCommitted(memory, bitmapOffset, granuleShift, offset, bytes);
    }

    /**
     * Does the same as {@link #commit} if this heap is in a file, and nothing otherwise. In a file the
     * bytes must not even be read before. Returns false, with nothing changed, if the file system has no
     * room.
     */
    final boolean secure(long offset, long bytes) {
        return !inFile
                || BlockAllocator.isCommitted(memory, bitmapOffset, granuleShift, offset, bytes)
                || tryCommit(offset, bytes);
    }

    /**
     * Returns whether this heap is in a file, and some of these bytes are in a hole of the file. Such bytes
     * were never written, and the caller must not read them.
     */
    final boolean isHole(long offset, long bytes) {
        return inFile
                && !(BlockAllocator.isCommitted(memory, bitmapOffset, granuleShift, offset, 1)
                        && BlockAllocator.isCommitted(memory, bitmapOffset, granuleShift, offset + bytes - 1, 1));
    }

    /** Backs so many bytes of a file for the next blocks, if it has room. This thread alone has the heap. */
    final void backAhead(long bytes) {
        blocks.backAhead(bytes);
    }

    private void commitFirst(long offset, long bytes) {
        if (!tryCommit(offset, bytes)) {
            throw new IllegalStateException("bytes of a file were to be written before they were secured: " + offset);
        }
    }

    private boolean tryCommit(long offset, long bytes) {
        if (confined) {
            return blocks.commit(offset, bytes);
        }
        synchronized (lock) {
            return blocks.commit(offset, bytes);
        }
    }

    /**
     * Gives the whole granules inside {@code [from, to)}, a part of one live block, back to the
     * operating system. A granule is the unit in which memory is committed and given back. The
     * bytes read as zero afterwards, and count as committed only when {@link #commit} names them
     * again.
     */
    final void release(long from, long to) {
        if (confined) {
            blocks.release(from, to);
            return;
        }
        synchronized (lock) {
            blocks.release(from, to);
        }
    }

    /**
     * Returns the size of a granule in bytes, the unit of {@link #release} and of committed memory:
     * a page of the page policy.
     */
    final long granule() {
        return 1L << granuleShift;
    }

    /**
     * Passes bytes to a function as a segment that is dead when the function returns. The bytes are
     * copied only where passing them directly is not safe.
     */
    final <R> @Nullable R lend(
            long offset, long bytes, Function<? super MemorySegment, ? extends @Nullable R> function) {
        try (Arena borrower = Arena.ofConfined()) {
            return function.apply(reservation.lend(offset, bytes, borrower));
        } finally {
            // Else the addresses could be freed once the heap is closed and unreachable.
            Reference.reachabilityFence(memory);
        }
    }

    /** Returns one of four random odd numbers that were drawn when the heap was opened. */
    final long secret(int index) {
        return blocks.secret(Objects.checkIndex(index, HeapLayout.SECRETS));
    }

    /** Counts a growth that a map begins or, if {@code shrinks}, a halving. */
    final void countResize(boolean shrinks) {
        synchronized (lock) {
            if (shrinks) {
                blocks.countShrink();
            } else {
                blocks.countGrowth();
            }
        }
    }

    /** Counts the units that a growth or halving has moved. */
    final void countEvacuations(long units) {
        synchronized (lock) {
            blocks.countEvacuations(units);
        }
    }

    /** Returns whether the arena ensures that only one thread uses the heap. */
    final boolean isConfined() {
        return confined;
    }

    /** Returns whether the heap ends its arena. */
    final boolean ownsArena() {
        return ownArena != null;
    }

    /** Returns whether this heap is in a file. */
    final boolean isInFile() {
        return inFile;
    }

    /** Returns whether this heap reads a file that other processes may write. */
    final boolean isReadOnly() {
        HeapFile file = reservation.file();
        return file != null && file.isReadOnly();
    }

    /** Returns whether neither {@link #detach} nor the end of the arena has ended the heap. */
    final boolean isOpen() {
        return !detached && reservation.isAlive();
    }

    /** Ends the heap. Its memory lives until the arena ends. */
    final void detach() {
        mayChange = false;
        detached = true;
    }

    /**
     * Throws if {@link #detach} has ended the heap, or if the heap is read only. Does not check the
     * arena: the memory access does.
     */
    final void checkAttached() {
        if (!mayChange) {
            throw unchangeable();
        }
    }

    /** Throws if the heap or its arena has ended, or if the heap is read only. */
    final void checkWritable() {
        if (!mayChange || !reservation.isAlive()) {
            throw unchangeable();
        }
    }

    private RuntimeException unchangeable() {
        return isOpen() ? readOnly() : alreadyClosed();
    }

    /** Throws if the heap is read only. */
    final void requireChangeable() {
        if (isReadOnly()) {
            throw readOnly();
        }
    }

    /** Returns the exception to throw for a change of a heap that is read only. */
    final UnsupportedOperationException readOnly() {
        HeapFile file = reservation.file();
        return new UnsupportedOperationException("this heap is read only: change it in the process that has opened "
                + (file == null ? "it" : file.path()) + " without Builder.readOnly()");
    }

    /** Throws if the heap or its arena has ended. */
    final void checkAlive() {
        if (!isOpen()) {
            throw alreadyClosed();
        }
    }

    /**
     * Returns the exception to throw when the heap or its arena has ended.
     *
     * @throws WrongThreadException if the heap is another thread's, whether or not it has ended
     */
    final IllegalStateException alreadyClosed() {
        if (!reservation.memory().isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the heap is confined to another thread: open it with ofShared()");
        }
        return new IllegalStateException(
                detached || ownArena != null
                        ? "Already closed: the heap was ended by NativeHeap.close()"
                        : "Already closed: the arena of the heap has ended");
    }

    /**
     * Does the same as {@link NativeHeap#check}, and also checks that {@link #commit} was called for every
     * write so far. Reads the whole segment.
     */
    final void checkZeroes() {
        synchronized (lock) {
            checkAlive();
            blocks.check();
            blocks.checkZeroes();
        }
    }

    /** Makes the n-th allocation from now fail, once; 0 makes none fail. For tests. */
    final void failAllocation(long n) {
        failIn = n;
    }
}
