package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapFigures;
import io.memmap.memory.LiveHeap;
import io.memmap.memory.Reservation;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.AllocationSampler;
import io.memmap.telemetry.GrowthTraces;
import io.memmap.telemetry.HeapEnd;
import io.memmap.telemetry.Leaks;
import io.memmap.telemetry.events.HeapExhausted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A heap outside the Java heap: one {@link MemorySegment} that maps and blocks of bytes live in.
 *
 * {@snippet :
 * try (NativeHeap heap = NativeHeap.ofConfined()) {
 *     long pointer = heap.allocate(100);
 *     heap.slice(pointer, 100).setString(0, "hello");
 *     heap.free(pointer);
 * }
 * }
 *
 * <p><b>Pointers</b> are offsets into the segment; 0 is nil and never handed out. No address is stored in the segment.
 *
 * <p><b>Memory.</b> Opening a heap reserves address space and no memory. The operating system backs pages as they are
 * written, and gets them back when blocks are freed. A heap without {@link Builder#maxBytes} reserves as much as the machine
 * has memory. It reserves less where addresses are scarce: a 256th of those that are left in one piece or, where that is less
 * than 1 GiB, a quarter, and at least 64 MiB; {@link HeapStats#reserved()} tells.
 *
 * <p>Linux on 64 bits does this if native access is allowed, by {@code --enable-native-access=ALL-UNNAMED} for the class path,
 * {@code --enable-native-access=io.memmap} for the module path, or {@code Enable-Native-Access: ALL-UNNAMED} in the manifest of
 * an executable jar. Otherwise the heap is the private mapping of a sparse file in {@code java.io.tmpdir}, which is deleted at
 * once and takes no space on the disk. Its pages, too, become resident when they are touched, but none goes back before the
 * arena closes, and the system may keep a second copy in its cache of files. Without {@code maxBytes} this heap has a quarter of
 * the machine's memory. Where there is no local disk for the file, the heap takes {@code maxBytes} of resident memory when it
 * opens and, if that is not set, does not open. What a heap has instead of virtual memory is said once in the log of {@code
 * io.memmap}.
 *
 * <p><b>Lifetime.</b> A heap made by {@link #ofConfined()} or {@link #ofShared()} owns its arena, and {@link #close()} ends
 * it. A heap {@linkplain #in(Arena) in an arena of the caller} lives and dies with that. After the end every method but
 * {@link #isAlive()}, {@link #segment()} and {@link #close()} throws {@link IllegalStateException} with a message that begins
 * with "Already closed" and says what has ended, and by which call. The heap's maps and slices are dead then, too: to use them
 * is an {@code IllegalStateException} that begins so. Of plain maps and slices it may be the JDK's own, which says no more, for
 * a look at the heap before each access would cost as much as the access. To free a map that has ended with its heap does
 * nothing.
 *
 * <p><b>Threads.</b> In a confined arena only the arena's thread may use the heap, and no lock is taken; another thread gets
 * {@link WrongThreadException}. In any other arena all threads may, one at a time inside the heap; what they do with the
 * bytes of a block is theirs to order.
 *
 * <p><b>Cost.</b> Small blocks, up to 32 KiB, waste at most 15 bytes up to 128 and 11.1% above, and are allocated and freed
 * in some tens of nanoseconds. Larger ones are whole pages. No method here makes garbage, but for {@link #slice},
 * {@link #stats()}, {@link #check()} and the allocation profile, some hundred bytes every 512 KiB ({@link
 * Builder#profileEvery}).
 */
public final class NativeHeap implements AutoCloseable {
    /** The greatest {@link Builder#maxBytes}. */
    static final long MAX_BYTES = BlockAllocator.MAX_CAPACITY;

    private static final int SECRETS = 4;
    private static final long PAGE_BYTES = 4096;
    /** What {@link LeakDetection#ADVANCED} says. */
    private static final int MAPS_A_TRACKED_ONE = 128;

    /** The one scope that never ends, and runs no actions. */
    private static final MemorySegment.Scope GLOBAL = Arena.global().scope();

    /** A thread that is never the caller: an arena that lets it in lets everyone in. */
    private static final Thread OTHER_THREAD =
            Thread.ofPlatform().inheritInheritableThreadLocals(false).unstarted(() -> {});

    /** The one segment; its lifetime and thread rule are the arena's. */
    final MemorySegment memory;

    private final Reservation reservation;
    private final BlockAllocator blocks;
    private final long bitmapOffset;
    private final int granuleShift;
    /** The arena that {@link #close} ends; null if it is another's. */
    private final @Nullable Arena ownArena;
    /** Whether the arena sees to it that only one thread comes here. Otherwise {@link #lock} does. */
    private final boolean confined;

    private final Object lock;
    /** How others look at the heap. */
    private final LiveHeap live;
    /** The traces of the growths of this heap's maps. */
    private final GrowthTraces growthTraces = new GrowthTraces();

    private final AllocationSampler sampler;
    private final LeakDetection leakDetection;
    private final WeakReference<NativeHeap> self = new WeakReference<>(this);
    /** Run by the arena, where that takes such actions; otherwise by {@link #close} if the heap owns it. */
    private final HeapEnd end;

    /** Whether {@link #close} has ended this heap. */
    private volatile boolean detached;
    /** Allocations until one fails on purpose; 0 for never. */
    private long failIn;

    private NativeHeap(Reservation reservation, BlockAllocator blocks, @Nullable Arena ownArena, Builder builder) {
        this.memory = reservation.memory();
        this.reservation = reservation;
        this.lock = reservation.lock();
        this.ownArena = ownArena;
        this.confined = !reservation.memory().isAccessibleBy(OTHER_THREAD);
        this.blocks = blocks;
        this.bitmapOffset = blocks.bitmapOffset();
        this.granuleShift = blocks.granuleShift();
        this.live = reservation.live();
        this.leakDetection = builder.leakDetection == null ? LeakDetection.processWide() : builder.leakDetection;
        this.sampler = new AllocationSampler(live.id(), builder.profileEvery, leakDetection == LeakDetection.PARANOID);
        boolean recordsUse = leakDetection.compareTo(LeakDetection.ADVANCED) >= 0;
        boolean endIsTold = ownArena != null || reservation.isVirtual();
        Leaks.Tracked tracked = null;
        if (!endIsTold) {
            tracked = Leaks.heapOfSilentArena(sampler, self);
        } else if (leakDetection != LeakDetection.DISABLED
                && !reservation.memory().scope().equals(GLOBAL)) {
            tracked = Leaks.heap(sampler, self, recordsUse);
        }
        this.end = new HeapEnd(sampler, tracked);
        Leaks.poll();
    }

    /**
     * Opens a heap for the current thread alone, in a confined arena of its own, that can grow to the machine's memory.
     *
     * @return the heap; close it
     * @throws HeapExhaustedException if no memory can be reserved
     */
    public static NativeHeap ofConfined() {
        return builder().confined().open();
    }

    /**
     * Opens a heap for all threads, in a shared arena of its own, that can grow to the machine's memory.
     *
     * @return the heap; close it
     * @throws HeapExhaustedException if no memory can be reserved
     */
    public static NativeHeap ofShared() {
        return builder().shared().open();
    }

    /**
     * Opens a heap that lives and dies with an arena, that can grow to the machine's memory. Every arena serves: confined,
     * shared, automatic or global.
     *
     * @param arena whose lifetime and thread rule become the heap's
     * @return the heap, which need not be closed
     * @throws IllegalStateException if the arena is closed
     * @throws WrongThreadException if the arena is another thread's
     * @throws HeapExhaustedException if no memory can be reserved
     */
    public static NativeHeap in(Arena arena) {
        return builder().arena(arena).open();
    }

    /**
     * Returns a heap that lies in a segment already: of another {@code NativeHeap}, or of whatever else keeps to the layout.
     * Both are then one heap, with the same maps and blocks, and must be used by one thread at a time: each has a lock of its
     * own. This one gives no memory back to the operating system, counts all of it as committed, and ends when the segment does;
     * {@code MemStats} shows the memory once, as the heap that opened it, if that is of this process, and no
     * profile has what this one allocates.
     *
     * @param segment all of the heap's memory, writable and outside the Java heap
     * @return the heap, which need not be closed
     * @throws IllegalArgumentException if no heap lies there that fills it; says what was found
     * @throws IllegalStateException if the segment is closed
     * @throws WrongThreadException if the segment is another thread's
     */
    public static NativeHeap at(MemorySegment segment) {
        Reservation reservation = Reservation.at(segment);
        Builder unobserved = builder().profileEvery(0).leakDetection(LeakDetection.DISABLED);
        return new NativeHeap(reservation, BlockAllocator.at(reservation), null, unobserved);
    }

    /**
     * Begins the description of a heap.
     *
     * @return a builder for a confined heap on small pages that can grow to the machine's memory
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the one segment, all of it: blocks, maps and the heap's own tables. Reading it anywhere is safe. Writing
     * outside one's own blocks can break maps and tables, and then they give wrong answers or exceptions; {@link #check()}
     * tells.
     *
     * @return the segment, whose addresses 0 to {@code byteSize()} are the pointers; also after the end
     */
    public MemorySegment segment() {
        return reservation.memory();
    }

    /**
     * Allocates a block of zeroed bytes. It is aligned to 16 bytes at least; to 64 if what it really holds is a multiple of
     * 64; to its size if that is a power of two up to 4096; to 4096 if larger than 32 KiB.
     *
     * @param bytes 1 or more
     * @return the block's pointer, never 0; valid until {@link #free} or the heap's end
     * @throws IllegalArgumentException if {@code bytes} is 0 or negative
     * @throws HeapExhaustedException if there is no room; the heap is as it was
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public long allocate(long bytes) {
        StackReserve.claim();
        long pointer = tryAllocate(bytes, BlockKind.BLOB);
        if (pointer == 0) {
            throw exhausted(bytes, BlockOwner.NO_MAP, bytes);
        }
        return pointer;
    }

    /**
     * Frees a block of {@link #allocate}. Slices of it stay readable, but what they show is no longer theirs. A large block
     * goes back to the operating system, which takes the longer the more of it was written: some 70 us a MiB on small pages.
     *
     * @param pointer what {@link #allocate} returned
     * @throws IllegalArgumentException if no live block begins there, because it was freed before or never handed out, or if
     *     the block belongs to a map; the heap is as it was
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public void free(long pointer) {
        StackReserve.claim();
        free(pointer, BlockKind.BLOB);
    }

    /**
     * Returns a live block as a segment, or the beginning of it. The block may be a map's as well; then it is to be read
     * only. The slice does not notice when the block is freed.
     *
     * @param pointer where the block begins
     * @param bytes 0 up to what the block really holds, which is what it was asked for with rounded up
     * @return the slice, with the heap's lifetime and thread rule
     * @throws IllegalArgumentException if no live block begins there, or if it holds less
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public MemorySegment slice(long pointer, long bytes) {
        long blockBytes = blockBytes(pointer);
        if (blockBytes == 0) {
            throw new IllegalArgumentException("no live block begins at pointer " + pointer);
        }
        if (bytes < 0 || bytes > blockBytes) {
            throw new IllegalArgumentException(
                    "bytes of the block at pointer " + pointer + " must be 0.." + blockBytes + ": " + bytes);
        }
        return reservation.memory().asSlice(pointer, bytes);
    }

    /**
     * Returns what the heap holds now, all figures of one moment.
     *
     * @return the figures
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public HeapStats stats() {
        if (confined) {
            checkAlive();
            return readStats();
        }
        synchronized (lock) {
            checkAlive();
            return readStats();
        }
    }

    /**
     * Returns whether the heap may be used, by a thread that its arena lets in.
     *
     * @return false once the heap or its arena is closed
     */
    public boolean isAlive() {
        return !detached && reservation.isAlive();
    }

    /**
     * Ends a heap that owns its arena, and with it every map, block and slice: the memory is the operating system's again.
     * A heap in the caller's arena is only detached: it hands nothing out any more, while its maps and slices can be read
     * until the arena closes. Closing again does nothing; if it has failed, closing again tries again.
     *
     * @throws IllegalStateException if I/O or a native call uses the heap's memory ("Session is acquired"); the heap lives on
     * @throws WrongThreadException if the heap owns a confined arena of another thread
     */
    @Override
    public void close() {
        StackReserve.claim();
        Arena own = ownArena;
        if (own == null) {
            detached = true;
        } else if (confined) {
            close(own);
        } else {
            synchronized (lock) { // nobody is inside the heap, and of two that close it one finds it closed
                close(own);
            }
        }
    }

    private void close(Arena own) {
        if (reservation.isAlive()) {
            HeapFigures counted =
                    live.isMapped() ? HeapFigures.NONE : live.figures().orElse(HeapFigures.NONE);
            own.close();
            detached = true;
            live.end(counted); // which a mapping has told it, with what it counted
            end.run();
        }
    }

    /**
     * Recomputes every invariant of the heap's tables, for tests and for the search of a stray write. It takes as long as
     * there are runs of pages, and some memory of the Java heap.
     *
     * @throws IllegalStateException that names the invariant found broken and the place; also if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public void check() {
        synchronized (lock) {
            checkAlive();
            blocks.check();
        }
    }

    /** Allocates a zeroed block, for no map, whose every granule counts as committed; 0 if there is no room. */
    long tryAllocate(long bytes, BlockKind kind) {
        return tryAllocate(bytes, kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP);
    }

    /** Does the same for this owner. */
    <T> long tryAllocate(long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        return allocate(bytes, kind, true, owners, owner);
    }

    /** Allocates a zeroed block; 0 if there is no room. What is larger than 32 KiB counts as committed by {@link #commit}. */
    long tryReserve(long bytes, BlockKind kind) {
        return tryReserve(bytes, kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP);
    }

    /** Does the same for this owner. */
    <T> long tryReserve(long bytes, BlockKind kind, BlockOwner<T> owners, T owner) {
        return allocate(bytes, kind, false, owners, owner);
    }

    private <T> long allocate(long bytes, BlockKind kind, boolean committed, BlockOwner<T> owners, T owner) {
        checkBytes(bytes);
        if (confined) {
            checkAlive();
            return allocateInside(bytes, kind, committed, owners, owner);
        }
        synchronized (lock) {
            checkAlive();
            return allocateInside(bytes, kind, committed, owners, owner);
        }
    }

    private <T> long allocateInside(long bytes, BlockKind kind, boolean committed, BlockOwner<T> owners, T owner) {
        long pointer = mustFail() ? 0 : blocks.allocate(bytes, kind, committed);
        if (pointer != 0 && sampler.isSample(bytes)) {
            double objects = sampler.pick(bytes);
            if (!owners.defersSample(owner, pointer, objects)) {
                sample(pointer, objects, owners, owner);
            }
        }
        return pointer;
    }

    /** Takes the sample of a live block that its owner has deferred. */
    <T> void takeSample(long pointer, double objects, BlockOwner<T> owners, T owner) {
        synchronized (lock) {
            sample(pointer, objects, owners, owner);
        }
    }

    private <T> void sample(long pointer, double objects, BlockOwner<T> owners, T owner) {
        try {
            long blockBytes = blocks.blockBytes(pointer);
            sampler.sample(pointer, objects, blockBytes, owners.mapName(owner), owners.tracked(owner));
        } catch (OutOfMemoryError | StackOverflowError lost) { // the block is allocated, whatever becomes of the sample
            AllocationSampler.lose();
        }
    }

    /** Begins to track a map that was just made; null if it is not to be. */
    Leaks.@Nullable Tracked track(String mapName) {
        boolean tracked = switch (leakDetection) {
            case DISABLED, SIMPLE -> false;
            case ADVANCED -> ThreadLocalRandom.current().nextInt(MAPS_A_TRACKED_ONE) == 0;
            case PARANOID -> true;
        };
        try {
            return tracked ? Leaks.map(mapName, sampler, self) : null;
        } catch (OutOfMemoryError | StackOverflowError lost) { // the map is made, whether it is tracked or not
            AllocationSampler.lose();
            return null;
        }
    }

    /**
     * Frees a block.
     *
     * @throws IllegalArgumentException if no live block of this kind begins at the pointer
     */
    void free(long pointer, BlockKind kind) {
        if (confined) {
            checkAlive();
            blocks.free(pointer, kind);
            sampler.freed(pointer);
            return;
        }
        synchronized (lock) {
            checkAlive();
            blocks.free(pointer, kind);
            sampler.freed(pointer);
        }
    }

    /**
     * Says that these bytes, of a live block of {@link #tryReserve}, are about to be written, and before that perhaps read: the
     * first that happens to a page had better be a write. As long as they are not committed the first of them is zero.
     */
    void commit(long offset, long bytes) {
        // Without the lock, in any heap: only who owns the block ever clears the bits of its granules.
        if (!BlockAllocator.isCommitted(memory, bitmapOffset, granuleShift, offset, bytes)) {
            commitFirst(offset, bytes);
        }
    }

    private void commitFirst(long offset, long bytes) {
        if (confined) {
            blocks.commit(offset, bytes);
            return;
        }
        synchronized (lock) {
            blocks.commit(offset, bytes);
        }
    }

    /**
     * Gives the whole granules inside {@code [from, to)}, a part of one live block, back to the operating system. They read
     * zero afterwards and count as committed only once {@link #commit} names them again.
     */
    void release(long from, long to) {
        if (confined) {
            blocks.release(from, to);
            return;
        }
        synchronized (lock) {
            blocks.release(from, to);
        }
    }

    /** The number of this heap in the process, from 1 on. */
    long id() {
        return live.id();
    }

    /** Returns the traces of the growths of this heap's maps. */
    GrowthTraces growthTraces() {
        return growthTraces;
    }

    /** Counts a growth or, if {@code shrinks}, a halving that a map begins. */
    void countResize(boolean shrinks) {
        synchronized (lock) {
            if (shrinks) {
                blocks.countShrink();
            } else {
                blocks.countGrowth();
            }
        }
    }

    /** Counts the units that a growth or halving has moved. */
    void countEvacuations(long units) {
        synchronized (lock) {
            blocks.countEvacuations(units);
        }
    }

    /** Passes bytes to a function as a segment that is dead when it returns, without a copy where that is safe. */
    <R> @Nullable R lend(long offset, long bytes, Function<? super MemorySegment, ? extends @Nullable R> function) {
        try (Arena borrower = Arena.ofConfined()) {
            return function.apply(reservation.lend(offset, bytes, borrower));
        } finally {
            Reference.reachabilityFence(
                    memory); // or the addresses would go if the heap is closed and forgotten meanwhile
        }
    }

    boolean isConfined() {
        return confined;
    }

    /** Whether {@link #close} ends the arena. */
    boolean ownsArena() {
        return ownArena != null;
    }

    /** The unit of {@link #release} and of committed, in bytes: a page of the page policy. */
    long granule() {
        return 1L << granuleShift;
    }

    /** What a block that is asked for with {@code bytes} really holds. */
    long usableSize(long bytes) {
        checkBytes(bytes);
        return BlockAllocator.usableBytes(bytes);
    }

    /** Whether a live block of this kind begins at the pointer, which may be any number. */
    boolean isBlock(long pointer, BlockKind kind) {
        if (confined) {
            checkAlive();
            return blocks.isBlock(pointer, kind);
        }
        synchronized (lock) {
            checkAlive();
            return blocks.isBlock(pointer, kind);
        }
    }

    /** One of four random odd numbers that were drawn when the heap was opened. */
    long secret(int index) {
        return blocks.secret(Objects.checkIndex(index, SECRETS));
    }

    /**
     * Says that there is no room.
     *
     * @param map the map in words that the bytes were for, or empty
     * @param more what the heap should have room for besides what is in use
     */
    HeapExhaustedException exhausted(long bytes, String map, long more) {
        HeapStats stats = stats();
        HeapExhausted event = new HeapExhausted();
        if (event.shouldCommit()) {
            event.heap = id();
            event.asked = bytes;
            event.inUse = stats.inUse();
            event.committed = stats.committed();
            event.reserved = stats.maxBytes();
            event.commit();
        }
        long sufficient = Math.max(boundFor(stats.inUse() + more), boundFor(stats.maxBytes() + bytes));
        return HeapExhaustedException.of(map, bytes, stats, sufficient);
    }

    /** Returns a bound with which a heap has room for blocks of so many bytes; more than the greatest one if there is none. */
    static long boundFor(long bytes) {
        return BlockAllocator.boundFor(bytes);
    }

    /** Checks besides that {@link #commit} was told of every write so far; reads all of the segment. */
    void checkZeroes() {
        synchronized (lock) {
            checkAlive();
            blocks.check();
            blocks.checkZeroes();
        }
    }

    /** Makes the n-th allocation from now fail, once; 0 makes none fail. For tests. */
    void failAllocation(long n) {
        failIn = n;
    }

    private boolean mustFail() {
        return failIn != 0 && --failIn == 0;
    }

    /** What the live block that begins at the pointer really holds; 0 if none does. */
    long blockBytes(long pointer) {
        if (confined) {
            checkAlive();
            return blocks.blockBytes(pointer);
        }
        synchronized (lock) {
            checkAlive();
            return blocks.blockBytes(pointer);
        }
    }

    private HeapStats readStats() {
        long header = blocks.bytesInUse(BlockKind.HEADER);
        long bucket = blocks.bytesInUse(BlockKind.BUCKET);
        long overflow = blocks.bytesInUse(BlockKind.OVERFLOW);
        long blob = blocks.bytesInUse(BlockKind.BLOB);
        return new HeapStats(
                blocks.maxBytes(),
                reservation.bytes(),
                blocks.committedBytes(),
                blocks.metadataBytes(),
                header + bucket + overflow + blob,
                header,
                bucket,
                overflow,
                blob,
                blocks.blocksInUse(),
                blocks.longestFreeBytes());
    }

    /** Throws if {@link #close} has ended the heap. That its arena is alive, whoever reads the memory finds out. */
    void checkAttached() {
        if (detached) {
            throw alreadyClosed();
        }
    }

    /** Throws if the heap or its arena has ended. */
    private void checkAlive() {
        if (!isAlive()) {
            throw alreadyClosed();
        }
    }

    /**
     * Returns what to throw once the heap or its arena has ended.
     *
     * @throws WrongThreadException if the heap is another thread's, which is said before the end as after it
     */
    IllegalStateException alreadyClosed() {
        if (!reservation.memory().isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the heap is confined to another thread");
        }
        return new IllegalStateException(
                detached || ownArena != null
                        ? "Already closed: the heap was ended by NativeHeap.close()"
                        : "Already closed: the arena of the heap has ended");
    }

    private static void checkBytes(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be 1 or more: " + bytes);
        }
    }

    /** How a heap is to be. Of {@link #arena}, {@link #confined()} and {@link #shared()} the last one called counts. */
    public static final class Builder {
        private @Nullable Arena arena;
        private boolean shared;
        private long maxBytes;
        private Pages pages = Pages.SMALL;
        private boolean virtualMemory = true;
        private long profileEvery = AllocationSampler.DEFAULT;
        private @Nullable LeakDetection leakDetection;

        private Builder() {}

        /**
         * Makes the heap live and die with an arena of the caller.
         *
         * @param arena of any sort
         * @return this builder
         */
        public Builder arena(Arena arena) {
            this.arena = Objects.requireNonNull(arena, "arena");
            return this;
        }

        /**
         * Gives the heap a confined arena of its own, of the thread that opens it: the default.
         *
         * @return this builder
         */
        public Builder confined() {
            arena = null;
            shared = false;
            return this;
        }

        /**
         * Gives the heap a shared arena of its own.
         *
         * @return this builder
         */
        public Builder shared() {
            arena = null;
            shared = true;
            return this;
        }

        /**
         * Bounds the bytes that the heap has committed; see {@link HeapStats#maxBytes()}. It is rounded up to whole pages, and
         * at least 4 MiB with huge ones. The heap's own tables are included; they take up to 1.6% of it. The default is the
         * memory of the machine or of the container it shows the process, or less where addresses are scarce or there is no
         * virtual memory; see {@link NativeHeap}, Memory.
         *
         * <p><b>How large.</b> {@link LongLongMap#heapBytesFor}, {@link IntIntMap#heapBytesFor} and {@link MemMap#heapBytesFor}
         * compute it. A map doubles its array of buckets when it is full to four fifths, and has both arrays while its entries
         * move. So a map of longs needs 42 to 84 bytes an entry, a map of ints 25 to 50: the most just after a doubling. For a
         * map of other types take 1.6 times the bytes that its buckets have at the end, and add its keys and values out of
         * line once. For several maps, add up. Where there is less, a map that has no room to double goes on with longer
         * chains: it is slower, and takes one entry for each 40 bytes of a heap that it has alone (long to long) before
         * {@link HeapExhaustedException} says that the heap is full.
         *
         * <p><b>Addresses.</b> On small pages the heap reserves up to four times as many addresses, so that holes between blocks
         * do not end it early; but no more than the machine has memory, unless {@code maxBytes} is more.
         *
         * @param maxBytes 1 MiB to 4 TiB
         * @return this builder
         * @throws IllegalArgumentException if it is not in that range
         */
        public Builder maxBytes(long maxBytes) {
            if (maxBytes < BlockAllocator.MIN_CAPACITY || maxBytes > BlockAllocator.MAX_CAPACITY) {
                throw new IllegalArgumentException("maxBytes must be " + BlockAllocator.MIN_CAPACITY + ".."
                        + BlockAllocator.MAX_CAPACITY + ": " + maxBytes);
            }
            this.maxBytes = maxBytes;
            return this;
        }

        /**
         * Chooses the pages that the operating system is asked for.
         *
         * @param pages small, the default, or huge
         * @return this builder
         */
        public Builder pages(Pages pages) {
            this.pages = Objects.requireNonNull(pages, "pages");
            return this;
        }

        /**
         * Sets how many bytes lie between two samples of the heap's allocation profile, on average; see {@code
         * io.memmap.observe.HeapProfile}. Without this the heap follows the process-wide rate, also when that changes.
         *
         * @param bytes 0 for no profile, 1 for every allocation, up to 1 TiB
         * @return this builder
         * @throws IllegalArgumentException if it is not in that range
         */
        public Builder profileEvery(long bytes) {
            this.profileEvery = AllocationSampler.checkMean(bytes);
            return this;
        }

        /**
         * Sets how closely the heap and its maps are looked after when they are dropped. The default is {@link
         * LeakDetection#processWide()} at the time of opening.
         *
         * @param level the level
         * @return this builder
         */
        public Builder leakDetection(LeakDetection level) {
            this.leakDetection = Objects.requireNonNull(level, "level");
            return this;
        }

        /** Whether to reserve virtual memory where it is to be had; false to do without, as a test wants. */
        Builder virtualMemory(boolean wanted) {
            virtualMemory = wanted;
            return this;
        }

        /**
         * Opens the heap.
         *
         * @return the heap
         * @throws IllegalStateException if the arena given is closed
         * @throws WrongThreadException if the arena given is another thread's
         * @throws HeapExhaustedException if no memory can be reserved
         */
        public NativeHeap open() {
            Arena given = arena;
            if (given != null) {
                return open(given, null);
            }
            Arena own = shared ? Arena.ofShared() : Arena.ofConfined();
            try {
                return open(own, own);
            } catch (RuntimeException | Error failed) {
                own.close();
                throw failed;
            }
        }

        private static long roundUp(long bytes) {
            return bytes + PAGE_BYTES - 1 & -PAGE_BYTES;
        }

        private NativeHeap open(Arena in, @Nullable Arena own) {
            boolean huge = pages == Pages.HUGE;
            long bytes = huge && maxBytes != 0 ? Math.max(maxBytes, BlockAllocator.MIN_HUGE_CAPACITY) : maxBytes;
            try {
                Reservation reservation =
                        Reservation.of(in, bytes, Reservation.addressBytes(bytes), huge, virtualMemory);
                long bound = bytes == 0 ? reservation.bytes() : roundUp(bytes);
                NativeHeap heap = new NativeHeap(reservation, new BlockAllocator(reservation, bound), own, this);
                heap.live.open(heap.confined, ObservedMap.READER);
                reservation.onEnd(in, heap.end);
                return heap;
            } catch (OutOfMemoryError none) {
                throw HeapExhaustedException.ofReservation(bytes, none);
            }
        }
    }
}
