package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapFigures;
import io.memmap.memory.HeapFile;
import io.memmap.memory.LiveHeap;
import io.memmap.memory.Reservation;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.AllocationSampler;
import io.memmap.telemetry.GrowthTraces;
import io.memmap.telemetry.HeapEnd;
import io.memmap.telemetry.Leaks;
import io.memmap.telemetry.Recorder;
import io.memmap.telemetry.events.HeapExhausted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A heap outside the Java heap: one {@link MemorySegment} that holds maps and blocks of bytes.
 *
 * {@snippet :
 * try (NativeHeap heap = NativeHeap.ofConfined()) {
 *     long pointer = heap.allocate(100);
 *     heap.slice(pointer, 100).setString(0, "hello");
 *     heap.free(pointer);
 * }
 * }
 *
 * <p><b>Pointers</b> are offsets into the segment. 0 is nil, the pointer to nothing, and is never
 * handed out. No address is stored in the segment.
 *
 * <p><b>Memory.</b> Opening a heap reserves address space and no memory. The operating system backs
 * pages when they are written, and gets them back when blocks are freed. A heap without
 * {@link Builder#maxBytes} reserves as many bytes of addresses as the machine has memory. It
 * reserves less where addresses are scarce: a 256th of the longest free range of addresses or,
 * where that is less than 1 GiB, a quarter, and at least 64 MiB. {@link HeapStats#reserved()}
 * returns the figure.
 *
 * <p>This virtual memory needs 64-bit Linux and native access. The option
 * {@code --enable-native-access=ALL-UNNAMED} allows native access for the class path,
 * {@code --enable-native-access=io.memmap} for the module path, and
 * {@code Enable-Native-Access: ALL-UNNAMED} in the manifest of an executable jar. Otherwise the
 * heap is the private mapping of a sparse file in {@code java.io.tmpdir}. The file is deleted at
 * once and takes no space on the disk. Its pages, too, become resident when they are touched, but
 * none goes back before the arena closes, and the system may keep a second copy in its file cache.
 * Without {@code maxBytes} such a heap has a quarter of the machine's memory. Where there is no
 * local disk for the file, the heap takes {@code maxBytes} of resident memory when it opens; if
 * {@code maxBytes} is not set, it does not open. The log of {@code io.memmap} says once what a heap
 * uses in place of virtual memory.
 *
 * <p><b>Lifetime.</b> A heap made by {@link #ofConfined()} or {@link #ofShared()} owns its arena,
 * and {@link #close()} ends it. A heap {@linkplain #in(Arena) in an arena of the caller} lives and
 * dies with that arena. After the end every method but {@link #isAlive()}, {@link #segment()} and
 * {@link #close()} throws {@link IllegalStateException}. The message begins with "Already closed",
 * and says what has ended and by which call. The heap's maps and slices are dead then, too: their
 * methods throw an {@code IllegalStateException} whose message begins the same way. From plain maps
 * and slices it may be the exception of the JDK, whose message says no more, as a check of the heap
 * before each access would cost as much as the access. Freeing a map that has ended with its heap
 * does nothing.
 *
 * <p><b>Threads.</b> In a confined arena only the arena's thread may use the heap, and no lock is
 * taken. Another thread gets {@link WrongThreadException}. In any other arena all threads may use
 * the heap. Its methods take a lock, which lets in one thread at a time. The threads themselves
 * must order their accesses to the bytes of a block.
 *
 * <p><b>Cost.</b> Small blocks, up to 32 KiB, are allocated and freed in some tens of nanoseconds.
 * A block of up to 128 bytes wastes at most 15 bytes, a larger small block at most 11.1%. Blocks
 * above 32 KiB are whole pages. The methods of this class make no garbage, except {@link #slice},
 * {@link #stats()}, {@link #check()} and the allocation profile. The profile makes some hundred
 * bytes of garbage for each 512 KiB allocated ({@link Builder#profileEvery}).
 *
 * @see LongLongMap
 * @see MemMap
 * @see SyncMap
 * @see HeapStats
 * @see LeakDetection
 * @see io.memmap.observe.MemStats
 */
public final class NativeHeap extends HeapMemory implements AutoCloseable {
    /** The greatest {@link Builder#maxBytes}. */
    static final long MAX_BYTES = BlockAllocator.MAX_CAPACITY;

    private final boolean journaled;
    /** The heap as observers see it. */
    private final LiveHeap live;
    /** The traces of the growths of this heap's maps. */
    private final GrowthTraces growthTraces = new GrowthTraces();

    private final HeapLeaks leaks;
    /**
     * The action at the heap's end. The arena runs it if it takes such actions. Otherwise
     * {@link #close} runs it if the heap owns the arena.
     */
    private final HeapEnd end;

    private final MapNames names;

    private @Nullable Opening opening;

    /**
     * Makes the object of a heap that is laid out.
     *
     * @param ownArena the arena that {@link #close} ends; null if the arena belongs to the caller
     */
    NativeHeap(Reservation reservation, BlockAllocator blocks, @Nullable Arena ownArena, HeapOptions options) {
        super(reservation, blocks, ownArena, options);
        this.journaled = options.journaled() || isInFile();
        this.live = reservation.live();
        this.leaks = new HeapLeaks(this, sampler, options.leakDetection());
        boolean endIsTold = ownArena != null || reservation.isVirtual();
        this.end = new HeapEnd(sampler, leaks.trackHeap(reservation.memory().scope(), endIsTold));
        this.names = MapNames.of(this);
        Leaks.poll();
    }

    /**
     * Opens a heap for the current thread alone, in a confined arena of its own. The heap can grow
     * to the machine's memory.
     *
     * @return the heap; close it
     * @throws HeapExhaustedException if no memory can be reserved
     */
    public static NativeHeap ofConfined() {
        return builder().confined().open();
    }

    /**
     * Opens a heap for all threads, in a shared arena of its own. The heap can grow to the
     * machine's memory.
     *
     * @return the heap; close it
     * @throws HeapExhaustedException if no memory can be reserved
     */
    public static NativeHeap ofShared() {
        return builder().shared().open();
    }

    /**
     * Opens a heap that lives and dies with an arena and can grow to the machine's memory. The
     * arena may be confined, shared, automatic or global.
     *
     * @param arena the arena, whose lifetime and thread rule become those of the heap
     * @return the heap, which need not be closed
     * @throws IllegalStateException if the arena is closed
     * @throws WrongThreadException if the arena is another thread's
     * @throws HeapExhaustedException if no memory can be reserved
     */
    public static NativeHeap in(Arena arena) {
        return builder().arena(arena).open();
    }

    /**
     * Returns a heap that already lies in a segment: of another {@code NativeHeap}, or of any other
     * writer that follows the layout. Both objects are then one heap, with the same maps and
     * blocks. Only one thread at a time may use the two, as each has a lock of its own. The new
     * heap gives no memory back to the operating system, counts all of it as committed, and ends
     * when the segment does. {@code MemStats} shows the memory once, as the heap that opened it, if
     * this process opened it. No profile contains the allocations of the new heap.
     *
     * @param segment the whole memory of the heap, writable and outside the Java heap
     * @return the heap, which need not be closed
     * @throws IllegalArgumentException if the segment does not hold a heap that fills it; the
     *     message says what was found
     * @throws IllegalStateException if the segment is closed
     * @throws WrongThreadException if the segment is another thread's
     */
    public static NativeHeap at(MemorySegment segment) {
        Reservation reservation = Reservation.at(segment);
        return new NativeHeap(reservation, BlockAllocator.at(reservation), null, HeapOptions.UNOBSERVED);
    }

    /**
     * Returns a builder of a heap.
     *
     * @return a builder, set to a confined heap on small pages that can grow to the machine's
     *     memory
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the whole segment: blocks, maps and the heap's own tables. Reading it anywhere is
     * safe. In a heap in a file, reading outside of blocks can take space in the file. If there is
     * none, it throws {@link InternalError}. A write outside one's own blocks can break maps and
     * tables, which then give wrong answers or throw exceptions. {@link #check()} finds broken
     * tables.
     *
     * @return the segment, also after the end. Its offsets from 0 to {@code byteSize()} are the
     *     pointers
     */
    public MemorySegment segment() {
        return reservation.memory();
    }

    /**
     * Allocates a block of zeroed bytes. The block is aligned to at least 16 bytes. It is aligned
     * to 64 if the size that it really has is a multiple of 64; to its size if that is a power of
     * two up to 4096; and to 4096 if it is larger than 32 KiB.
     *
     * @param bytes the size in bytes, 1 or more
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
     * Frees a block of {@link #allocate}. Slices of the block stay readable, but another block may
     * then own their bytes. A large block goes back to the operating system. This takes longer the
     * more of the block was written: some 70 us a MiB on small pages.
     *
     * @param pointer the pointer that {@link #allocate} returned
     * @throws IllegalArgumentException if no live block begins there, because it was freed before
     *     or never allocated, or if the block belongs to a map; the heap is as it was
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public void free(long pointer) {
        StackReserve.claim();
        free(pointer, BlockKind.BLOB);
    }

    /**
     * Returns a live block, or the beginning of one, as a segment. The block may belong to a map;
     * the caller must then only read it. The slice does not notice when the block is freed.
     *
     * @param pointer where the block begins
     * @param bytes the length of the slice, from 0 to the size that the block really has. That is
     *     the size it was allocated with, rounded up
     * @return the slice, with the heap's lifetime and thread rule
     * @throws IllegalArgumentException if no live block begins there, or if the block is smaller
     *     than {@code bytes}
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
     * Returns the figures of the heap, all of one moment.
     *
     * @return the figures
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public HeapStats stats() {
        if (isConfined()) {
            checkAlive();
            return readStats();
        }
        synchronized (lock) {
            checkAlive();
            return readStats();
        }
    }

    /**
     * Returns whether the heap may still be used. The answer is for threads that the arena lets in.
     *
     * @return true until the heap or its arena is closed
     */
    public boolean isAlive() {
        return isOpen();
    }

    /**
     * Ends a heap that owns its arena, and with it every map, block and slice: the memory goes back
     * to the operating system. A heap in the caller's arena is only detached: it allocates no more,
     * and its maps and slices can be read until the arena closes. Closing a closed heap does
     * nothing. If closing has failed with an {@code IllegalStateException}, another call tries again.
     *
     * <p>The file of a heap in a file is written to the disk and closed with the heap, or with the
     * caller's arena. This takes as long as the disk takes for the pages that it does not have yet. It
     * first waits for the threads that write to its maps for many threads, and for functions that run
     * under a lock of them. An arena of the caller does not wait: if it interrupts a write, the next
     * opening repairs the file.
     *
     * @throws HeapFileException if the disk has not taken the file. The heap is closed, but the file
     *     says that it is open, and the next opening repairs it
     * @throws IllegalStateException if I/O or a native call uses the heap's memory ("Session is
     *     acquired"), or if the heap is in a file and a function that runs under a lock of one of its maps
     *     calls this method; the heap stays open
     * @throws WrongThreadException if the heap owns a confined arena of another thread
     */
    @Override
    public void close() {
        StackReserve.claim();
        Arena own = ownArena;
        if (own == null) {
            detach();
        } else if (isConfined()) {
            close(own);
        } else {
            if (isInFile()) {
                names.endWrites();
            }
            try {
                synchronized (lock) { // a second close finds the heap closed
                    close(own);
                }
            } finally {
                if (isInFile() && reservation.isAlive()) {
                    names.resumeWrites();
                }
            }
        }
    }

    private void close(Arena own) {
        if (reservation.isAlive()) {
            HeapFigures counted =
                    live.isMapped() ? HeapFigures.NONE : live.figures().orElse(HeapFigures.NONE);
            try {
                own.close();
            } catch (UncheckedIOException unclean) { // the arena has ended all the same
                throw unclean(unclean);
            } finally {
                if (!reservation.isAlive()) {
                    detach();
                    // No effect on a mapped heap: its mapping has ended it with its own figures.
                    live.end(counted);
                    end.run();
                }
            }
        }
    }

    private RuntimeException unclean(UncheckedIOException cause) {
        HeapFile file = reservation.file();
        return file == null
                ? cause
                : new HeapFileException(
                        HeapFileException.Reason.IO_ERROR, file.path(), String.valueOf(cause.getMessage()), cause);
    }

    /**
     * Returns what the opening of this heap has found and done.
     *
     * @return the report; {@link Opening.How#CREATED} for a heap in no file
     */
    public Opening opening() {
        Opening report = opening;
        return report == null ? new Opening(Opening.How.CREATED, Duration.ZERO, 0, 0, 0, 0) : report;
    }

    /** Sets what {@link #opening} returns, for a heap in a file. */
    void setOpening(Opening report) {
        opening = report;
    }

    /**
     * Writes the heap's file to the disk and waits for it. If the machine goes down later, the file is
     * refused all the same, unless it was closed; see {@link HeapFileException.Reason#LOST_POWER}. So
     * this method only makes a later {@link #close()} fast. Does nothing for a heap in no file.
     *
     * <p>After the call, the first write to each page takes some microseconds longer.
     *
     * @throws HeapFileException if the disk has not taken the file
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public void sync() {
        checkWritable();
        HeapFile file = reservation.file();
        if (file != null) {
            long startNanos = System.nanoTime();
            try {
                file.sync();
                live.synced(System.nanoTime() - startNanos);
            } catch (IOException failed) {
                throw new HeapFileException(
                        HeapFileException.Reason.IO_ERROR,
                        file.path(),
                        "the disk has not taken the heap file " + file.path() + ": " + failed.getMessage(),
                        failed);
            } finally {
                Reference.reachabilityFence(memory);
            }
        }
    }

    /**
     * Writes a snapshot, each map of its own moment; see {@link #snapshot(Path, Snapshot.Consistency)}.
     *
     * @param file the file, of the default file system
     * @return what has been written
     * @throws HeapFileException if the file cannot be written, or replaced
     * @throws HeapExhaustedException if the file system has no room
     * @throws java.util.ConcurrentModificationException if another thread writes to a map that is not for
     *     many threads
     * @throws UnsupportedOperationException if the heap is read only
     * @throws IllegalStateException if the heap is closed, or a map is removed during the snapshot
     * @throws WrongThreadException if the heap is another thread's
     */
    public Snapshot snapshot(Path file) {
        return snapshot(file, Snapshot.Consistency.MAP_BY_MAP);
    }

    /**
     * Writes the maps and the words that have names to a new file, which {@link Builder#file} opens as a
     * heap. When this method returns, the file is complete and on the disk, and so survives that the
     * machine goes down. This heap can be in memory or in a file, and goes on as it is.
     *
     * <p><b>What is in it.</b> The maps that {@link #maps()} lists, the maps that are values of these
     * (of {@link Type#map}), and all {@linkplain #words words}. Maps without a name and blocks of
     * {@link #allocate} are left out. So values of {@link Type#POINTER} keep their number, but what they
     * point to is not there. A map that has been freed and is still a value becomes the nil map. The index
     * of an ordered map is built anew by the first call that needs it. A map with limits has its entries
     * and their times, the order in which they were used, and how often; see {@code SyncMapBuilder.open}.
     * The file has no memory that was free in this heap. It has this heap's secrets of the hash, and only
     * its owner can read and write it.
     *
     * <p><b>The file.</b> It is written under the name with {@code .new} behind it, and gets its own name
     * at the end. So if there is an older snapshot, it stays whole until the new one is, and processes
     * that read it may go on. If the snapshot fails, or its process is killed, the older one stays. A file
     * is replaced only if it is empty or a heap, and no heap has it open to write. The file is as long as
     * its content, with holes, and opens with the {@link Builder#maxBytes} of this heap.
     *
     * <p><b>Threads.</b> No thread may write to a map that is not for many threads. Lookups go on. A
     * writer to a map for many threads waits while its shard is copied, or with {@link
     * Snapshot.Consistency#ALL_AT_ONCE} until all maps are. The words are copied before the maps.
     *
     * <p><b>Cost.</b> The arrays of the maps are copied as they are, some 2 GiB in a second, and each key
     * or value outside its array takes some 50 ns. Then the disk takes the file.
     *
     * @param file the file, of the default file system
     * @param consistency whether all maps are of one moment
     * @return what has been written
     * @throws HeapFileException if the file cannot be written or replaced; its reason is {@link
     *     HeapFileException.Reason#IN_USE} if a heap has the file open, such as this one
     * @throws HeapExhaustedException if the file system has no room
     * @throws java.util.ConcurrentModificationException if another thread writes to a map that is not for
     *     many threads
     * @throws UnsupportedOperationException if the heap is read only
     * @throws IllegalStateException if the heap is closed, or a map is removed during the snapshot
     * @throws WrongThreadException if the heap is another thread's
     */
    public Snapshot snapshot(Path file, Snapshot.Consistency consistency) {
        StackReserve.claim();
        return new SnapshotWriter(this, file, consistency == Snapshot.Consistency.ALL_AT_ONCE).write();
    }

    /**
     * Gives the memory that nothing needs back to the operating system. That is memory of freed blocks
     * that the heap has kept for the next ones. The next allocations take longer. The file of a heap in a
     * file keeps its length, but has holes in the place of this memory.
     *
     * @return the number of bytes that went back
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public long trim() {
        StackReserve.claim();
        synchronized (lock) {
            checkAlive();
            requireChangeable();
            long before = blocks.committedBytes();
            blocks.trim();
            return before - blocks.committedBytes();
        }
    }

    /**
     * Returns the words of this name: numbers of type long that are in the heap beside its maps. If no
     * words have this name, makes them, and they are 0. A map and words cannot have the same name.
     *
     * @param name the name, of at least one character
     * @param size the number of words, 1 or more
     * @return the words
     * @throws IllegalArgumentException if the size is not 1 or more, if there are more words of this name,
     *     or fewer, or if a map has the name
     * @throws HeapExhaustedException if there is no room
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public HeapWords words(String name, int size) {
        StackReserve.claim();
        if (size < 1) {
            throw new IllegalArgumentException("size must be 1 or more: " + size);
        }
        checkAlive();
        return names.words(Objects.requireNonNull(name, "name"), size);
    }

    /**
     * Returns the maps that have been opened by name, and not made by {@code make}. Cost: some
     * reads of the header of each map, and of each shard of a map for many threads. No writer waits.
     *
     * @return the maps by name, in the order of the names; a copy
     * @throws IllegalStateException if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     * @see LongLongMap#open
     * @see IntIntMap#open
     * @see LongStructMap#open
     * @see MemMap#open
     */
    public Map<String, MapInfo> maps() {
        checkAlive();
        return names.list();
    }

    /**
     * Frees the map or the words of this name and removes the name. Maps that are values of the freed
     * map stay.
     * From then on every handle of a plain map is nil. A map for many threads is ended as by its {@code
     * free()}: this method waits for the threads that use it. Cost: proportional to the number of buckets.
     *
     * @param name the name
     * @return whether there was a map of this name, or words
     * @throws IllegalStateException if the heap is closed, or if a function that runs under a lock of the
     *     map calls this method
     * @throws WrongThreadException if the heap is another thread's
     */
    public boolean remove(String name) {
        checkWritable();
        return names.free(Objects.requireNonNull(name, "name"));
    }

    /**
     * Checks every invariant of the heap's tables and of its directory. It is for tests and for the search for a stray
     * write. The time is proportional to the number of runs of pages. The check takes some memory
     * of the Java heap.
     *
     * @throws IllegalStateException if an invariant is broken; the message names the invariant and
     *     the place. Also if the heap is closed
     * @throws HeapFileException if the heap is read only and a process writes to its file
     * @throws WrongThreadException if the heap is another thread's
     */
    public void check() {
        synchronized (lock) {
            checkAlive();
            withoutWriters("the tables of a heap", () -> {
                blocks.check();
                return true;
            });
        }
        try {
            names.check();
        } catch (IllegalArgumentException broken) {
            throw new IllegalStateException("the directory is broken: " + broken.getMessage(), broken);
        }
    }

    /** Returns the names of this heap's maps. */
    MapNames names() {
        return names;
    }

    /** Returns the pointer of the map of names; 0 if there is none. */
    long directory() {
        checkAlive();
        return blocks.directory();
    }

    /** Sets the pointer of the map of names. */
    void setDirectory(long pointer) {
        blocks.setDirectory(pointer);
    }

    /** Returns the action that the arena runs at the end of this heap, if it takes such actions. */
    Runnable end() {
        return end;
    }

    /** Returns the view of this heap for observers. */
    LiveHeap live() {
        return live;
    }

    /** Begins to track a map that was just made; returns null if this map is not tracked. */
    Leaks.@Nullable Tracked track(String mapName) {
        return leaks.trackMap(mapName);
    }

    /** Returns the number of this heap in the process, from 1 on. */
    long id() {
        return live.id();
    }

    /** Returns the traces of the growths of this heap's maps. */
    GrowthTraces growthTraces() {
        return growthTraces;
    }

    /**
     * Refuses to make a map for many threads without a name in a heap that is in a file: no later process
     * could find it.
     *
     * @throws UnsupportedOperationException if this heap is in a file
     */
    void requireMemory(MapType type) {
        if (isReadOnly()) {
            throw readOnly();
        }
        HeapFile file = reservation.file();
        if (file != null) {
            throw new UnsupportedOperationException("a map for many threads, a " + type
                    + ", needs a name in a file: open it by name in place of making it. The file is " + file.path());
        }
    }

    /** Returns the file of this heap, which is in one. */
    HeapFile file() {
        return Objects.requireNonNull(reservation.file());
    }

    /**
     * Keeps other heaps from writing to the file of this heap, which is read only, until it ends.
     *
     * @param purpose what needs that, in words
     * @throws HeapFileException if a heap has the file open to write, or if the last one that had did
     *     not close it
     */
    void keepWritersOut(String purpose) {
        HeapFile file = file();
        try {
            file.keepWritersOut();
        } catch (HeapFile.Refused refused) {
            throw new HeapFileException(
                    HeapFileException.Reason.valueOf(refused.fault.name()),
                    file.path(),
                    purpose + " can only be read while no process writes to the file: " + refused.getMessage(),
                    refused);
        }
    }

    /**
     * Returns what a reading of whole tables returns. If this heap is read only, keeps other heaps from
     * writing to the file meanwhile: beside them such a reading would never be undisturbed.
     *
     * @throws HeapFileException as {@link #keepWritersOut} does
     */
    <R> R withoutWriters(String purpose, Supplier<R> reading) {
        if (!isReadOnly()) {
            return reading.get();
        }
        keepWritersOut(purpose);
        try {
            return reading.get();
        } finally {
            file().admitWriters();
        }
    }

    /** Returns whether the maps of this heap keep a {@link Journal}, so that they can be repaired. */
    boolean isJournaled() {
        return journaled;
    }

    /**
     * Makes the exception for a heap without room, and records an event.
     *
     * @param map the map in words that the bytes were for; empty if they were not for a map
     * @param more the bytes that the heap should have room for besides those in use
     */
    HeapExhaustedException exhausted(long bytes, String map, long more) {
        HeapStats stats = stats();
        if (Recorder.isOn()) {
            HeapExhausted event = new HeapExhausted();
            event.heap = id();
            event.asked = bytes;
            event.inUse = stats.inUse();
            event.committed = stats.committed();
            event.reserved = stats.maxBytes();
            event.commit();
        }
        long sufficient = Math.max(boundFor(stats.inUse() + more), boundFor(stats.maxBytes() + bytes));
        return HeapExhaustedException.of(map, bytes, stats, sufficient, reservation.lack());
    }

    /**
     * Returns a bound with which a heap has room for blocks of this many bytes; more than the
     * greatest bound if no heap has the room.
     */
    static long boundFor(long bytes) {
        return BlockAllocator.boundFor(bytes);
    }

    private HeapStats readStats() {
        long header = blocks.bytesInUse(BlockKind.HEADER);
        long bucket = blocks.bytesInUse(BlockKind.BUCKET);
        long overflow = blocks.bytesInUse(BlockKind.OVERFLOW);
        long blob = blocks.bytesInUse(BlockKind.BLOB) + blocks.bytesInUse(BlockKind.ENTRY);
        long order = blocks.bytesInUse(BlockKind.ORDER);
        return new HeapStats(
                blocks.maxBytes(),
                reservation.bytes(),
                blocks.committedBytes(),
                blocks.metadataBytes(),
                header + bucket + overflow + blob + order,
                header,
                bucket,
                overflow,
                blob,
                order,
                blocks.blocksInUse(),
                isReadOnly() ? 0 : blocks.longestFreeBytes()); // its lists may change meanwhile
    }

    /**
     * Builds a heap. Of {@link #arena}, {@link #confined()} and {@link #shared()} the last call
     * counts.
     */
    public static final class Builder {
        private @Nullable Arena arena;
        private boolean shared;
        private long maxBytes;
        private Pages pages = Pages.SMALL;
        private boolean virtualMemory = true;
        private boolean journaled;
        private long profileEvery = AllocationSampler.DEFAULT;
        private @Nullable LeakDetection leakDetection;
        private @Nullable Path file;
        private boolean readOnly;

        private Builder() {}

        /**
         * Makes the heap live and die with an arena of the caller.
         *
         * @param arena an arena of any sort
         * @return this builder
         */
        public Builder arena(Arena arena) {
            this.arena = Objects.requireNonNull(arena, "arena");
            return this;
        }

        /**
         * Gives the heap a confined arena of its own, which belongs to the thread that opens the
         * heap. This is the default.
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
         * Bounds the committed bytes of the heap; see {@link HeapStats#maxBytes()}. The bound is
         * rounded up to whole pages, and is at least 4 MiB with huge pages. It includes the heap's
         * own tables, which take up to 1.6% of it. The default is the memory that the machine or
         * the container shows to the process. It is less where addresses are scarce or there is no
         * virtual memory; see {@link NativeHeap}, Memory.
         *
         * <p><b>How large.</b> {@link LongLongMap#heapBytesFor}, {@link IntIntMap#heapBytesFor} and
         * {@link MemMap#heapBytesFor} compute the bound that a map needs. A map from
         * integers to integers doubles its array when the array is half full, and a map of other
         * types when it is four fifths full. The bound has room for both arrays while the entries
         * move. So a map of longs needs 49 to 98 bytes an entry, and a map of ints 25 to 49. It
         * needs the most just after a doubling. For a map of other types take 1.6 times the bytes
         * that its buckets have at the end, and add once the keys and values that lie outside the
         * buckets. For several maps, add their needs. A map that has no room to double goes on with
         * fuller pages, or with longer chains of buckets, and is slower. {@link
         * HeapExhaustedException} says that the heap is full.
         *
         * <p><b>Addresses.</b> On small pages the heap reserves up to four times as many bytes of
         * addresses as the bound. So holes between blocks do not use it up early. It reserves no
         * more addresses than the machine has memory, unless {@code maxBytes} is more.
         *
         * @param maxBytes the bound in bytes, from 1 MiB to 4 TiB
         * @return this builder
         * @throws IllegalArgumentException if the number is not in that range
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
         * Sets the size of the pages that the heap asks the operating system for. A file keeps the
         * size with which it was made. A new file with huge pages must be in tmpfs.
         *
         * @param pages small, which is the default, or huge
         * @return this builder
         */
        public Builder pages(Pages pages) {
            this.pages = Objects.requireNonNull(pages, "pages");
            return this;
        }

        /**
         * Sets the average number of bytes between two samples of the heap's allocation profile;
         * see {@code io.memmap.observe.HeapProfile}. Without this setting the heap follows the
         * process-wide rate, also when that changes.
         *
         * @param bytes 0 for no profile, 1 for every allocation, up to 1 TiB
         * @return this builder
         * @throws IllegalArgumentException if the number is not in that range
         */
        public Builder profileEvery(long bytes) {
            this.profileEvery = AllocationSampler.checkMean(bytes);
            return this;
        }

        /**
         * Sets how closely the library watches for leaks of the heap and its maps. The default is
         * {@link LeakDetection#processWide()} at the time of opening.
         *
         * @param level the level
         * @return this builder
         */
        public Builder leakDetection(LeakDetection level) {
            this.leakDetection = Objects.requireNonNull(level, "level");
            return this;
        }

        /**
         * Puts the heap into a file, in which its maps outlive the process. If there is no such file, it
         * is made, and only its owner can read and write it. If there is one, the heap in it is opened,
         * with the maps that {@link NativeHeap#maps()} lists.
         *
         * <p><b>What survives.</b> After {@link NativeHeap#close()} the file has everything, also when
         * the machine goes down. If the process ends without a close, the file has each completed
         * operation, and the next opening repairs it, in time proportional to the memory of its maps. A
         * file that was open when the machine went down is refused.
         *
         * <p><b>Size.</b> A new file is sparse. Its size is that of the addresses that a heap in memory
         * would reserve, but it takes space only for pages in use. {@link #maxBytes} can be another one
         * each time, up to that size. When the file system is full, an operation that needs space throws
         * {@link HeapExhaustedException} and changes nothing.
         *
         * <p><b>Where.</b> The file system is tmpfs, such as in {@code /dev/shm}, ext4 or xfs. A heap in
         * tmpfs is as fast as one in memory once its pages are there, and lasts until the machine goes
         * down. The heap needs virtual memory.
         *
         * <p><b>One heap at a time.</b> An open file is locked until the heap or its process ends.
         *
         * <p><b>Maps for many threads</b> are opened by name ({@code SyncLongLongMap.open}, {@code
         * SyncMap.open}, {@code SyncLongStructMap.open}, {@code SyncMapBuilder.open} for a cache),
         * and refuse to be made without a name.
         *
         * @param path the file, of the default file system
         * @return this builder
         */
        public Builder file(Path path) {
            this.file = Objects.requireNonNull(path, "path");
            return this;
        }

        /**
         * Makes the heap read the {@link #file} and never change it, while one other heap, mostly of
         * another process, may have it open to write. There can be many such heaps. Each sees what the
         * writing heap does at once. They make the writing heap no slower, and it does not wait for them.
         *
         * <p><b>Maps.</b> A map for many threads, such as {@code SyncLongLongMap.open(heap, name)}, can be
         * read while it is written. Its methods that read have the same promises as beside writing
         * threads. A plain map can be read only while no process has the file open to write. The first
         * plain map that the heap opens keeps such processes out until the heap ends. Each method that
         * would change a map or the heap throws {@link UnsupportedOperationException}.
         *
         * <p><b>If the writing process dies</b> while it changes a shard of a map, reads of this shard
         * throw {@link HeapFileException} with the reason {@code WRITER_DIED}, after some milliseconds
         * at most. Reads of other shards go on. When another process opens the file to write, it repairs
         * the shard, and this heap goes on.
         *
         * <p>The file must exist, and {@link #maxBytes} has no meaning. Permission to read the file is
         * enough.
         *
         * @return this builder
         */
        public Builder readOnly() {
            this.readOnly = true;
            return this;
        }

        /**
         * Sets whether the heap may reserve virtual memory where that is available. Tests pass
         * false.
         */
        Builder virtualMemory(boolean wanted) {
            virtualMemory = wanted;
            return this;
        }

        /** Sets whether the maps of the heap keep a {@link Journal}. */
        Builder journaled(boolean wanted) {
            journaled = wanted;
            return this;
        }

        /**
         * Opens the heap.
         *
         * @return the heap
         * @throws IllegalStateException if the arena given is closed, or if the heap is to be read only
         *     and has no file
         * @throws WrongThreadException if the arena given is another thread's
         * @throws HeapExhaustedException if no memory can be reserved, or if the file system has no room
         *     for a new heap
         * @throws HeapFileException if the file cannot be opened as a heap; its {@link
         *     HeapFileException#reason() reason} says why
         * @throws IllegalArgumentException if {@link #maxBytes} is more than the file has, or less than
         *     its heap needs
         */
        public NativeHeap open() {
            HeapOptions options = new HeapOptions(
                    file,
                    readOnly,
                    maxBytes,
                    pages,
                    virtualMemory,
                    journaled,
                    profileEvery,
                    leakDetection == null ? LeakDetection.processWide() : leakDetection);
            Arena given = arena;
            if (given != null) {
                return new HeapOpener(options, given, false).open();
            }
            Arena own = shared ? Arena.ofShared() : Arena.ofConfined();
            try {
                return new HeapOpener(options, own, true).open();
            } catch (RuntimeException | Error failed) {
                own.close();
                throw failed;
            }
        }
    }
}
