package io.memmap.memory;

import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A range of memory that lives as long as its arena. It is virtual memory of the operating system
 * if that is available, and otherwise a {@link SparseFile}. Or it is the mapping of a {@link
 * HeapFile}. The pages of both cost nothing until
 * they are touched. If neither is available, the range is memory of the arena itself, which is
 * resident at once. In that case the user must have given a size.
 */
public final class Reservation {
    /** The least bytes of a heap for which the user gave no size. */
    private static final long LEAST_DEFAULT_BYTES = 64L << 20;

    /** So many free blocks of a file system that was full are worth a try. */
    private static final long PLENTY_BLOCKS = 64;

    /** The bytes to back in one call, which keeps other threads from mapping memory for some milliseconds. */
    private static final long AHEAD_BYTES = 4 << 20;

    private static final int MOST_SKIPPED_SHIFT = 10;

    private static final AtomicBoolean SAID_FALLBACK = new AtomicBoolean();
    private static final AtomicBoolean SAID_REFUSED = new AtomicBoolean();

    private final MemorySegment memory;
    private final int granuleShift;
    private final Object lock;
    private final @Nullable VirtualMemory virtual;
    private final boolean lazy;
    private final LiveHeap live;
    /** The file of the heap; null if the heap is in no file. */
    private final @Nullable HeapFile file;

    private boolean refused;
    /**
     * Whether the operating system lacks the call that backs pages, so that they are only backed
     * when touched.
     */
    private boolean backsByTouch;
    /** Whether the file system had no room for the pages that were last asked for. */
    private boolean lacked;
    /** The bytes for which it had no room, and the free blocks that it had then. */
    private long lackedBytes;

    private long lackedFree;
    /** How often in a row it had no room, and how many requests are refused without asking. */
    private int failures;

    private int triesToSkip;
    /** The bytes that {@link #secureAhead} has backed; empty if some of them may have gone back. */
    private long aheadStart;

    private long aheadEnd;

    private Reservation(
            MemorySegment memory,
            int granuleShift,
            Object lock,
            @Nullable VirtualMemory virtual,
            boolean lazy,
            LiveHeap live,
            @Nullable HeapFile file) {
        this.memory = memory;
        this.granuleShift = granuleShift;
        this.lock = lock;
        this.virtual = virtual;
        this.lazy = lazy;
        this.live = live;
        this.file = file;
    }

    /**
     * Returns the number of bytes of addresses to reserve for a heap of this many bytes (0 for the
     * default). It is four times as many, so that no free run is too short while bytes are left,
     * but no more than the machine's memory unless {@code bytes} is more.
     */
    public static long addressBytes(long bytes) {
        return Math.max(bytes, Math.min(4 * bytes, Machine.memoryBytes()));
    }

    /** Reserves {@code bytes} as the method below does, and no more addresses. */
    public static Reservation of(Arena arena, long bytes, boolean huge, boolean virtualMemory) {
        return of(arena, bytes, bytes, huge, virtualMemory);
    }

    /**
     * Reserves {@code bytes} of memory. If {@code bytes} is 0, reserves as much as the machine
     * suggests, or less if that is not available.
     *
     * @param addressBytes how many bytes of addresses to reserve; used only for virtual memory with
     *     small pages, where addresses cost nothing, and only as far as the operating system has
     *     them
     * @param virtualMemory false to use no virtual memory even if it is available
     * @throws OutOfMemoryError if there is no memory; the message says which setting helps
     */
    public static Reservation of(Arena arena, long bytes, long addressBytes, boolean huge, boolean virtualMemory) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("Already closed: the arena for the heap has ended");
        }
        if (!virtualMemory) {
            return withoutVirtualMemory(arena, bytes, huge, null);
        }
        try {
            VirtualMemory virtual = VirtualMemory.get();
            int granuleShift = huge ? VirtualMemory.HUGE_SHIFT : virtual.pageShift();
            long asked = granuleShift == HeapLayout.PAGE_SHIFT ? Math.max(bytes, addressBytes) : bytes;
            long most = bytes != 0 ? asked : Math.max(Machine.memoryBytes(), LEAST_DEFAULT_BYTES);
            long least = bytes != 0 ? bytes : LEAST_DEFAULT_BYTES;
            Object lock = new Object();
            LiveHeap live = new LiveHeap(lock);
            MemorySegment memory = virtual.reserve(
                    arena,
                    roundUp(most, granuleShift),
                    roundUp(least, granuleShift),
                    bytes != 0,
                    huge,
                    lock,
                    live::end);
            live.setView(VirtualMemory.viewOf(memory));
            return new Reservation(memory, granuleShift, lock, virtual, true, live, null);
        } catch (VirtualMemory.Unavailable unavailable) {
            return withoutVirtualMemory(arena, bytes, huge, unavailable.reason);
        }
    }

    /**
     * Returns the size of a new file for a heap of this many bytes: as many as a heap in memory would
     * reserve.
     *
     * @param bytes the bytes that the user has asked for; 0 for the default
     */
    static long fileBytes(long bytes, int granuleShift) {
        long asked = granuleShift == HeapLayout.PAGE_SHIFT ? addressBytes(bytes) : bytes;
        long most = bytes != 0 ? asked : Math.max(Machine.memoryBytes(), LEAST_DEFAULT_BYTES);
        return roundUp(most, granuleShift);
    }

    /**
     * Maps the file of a heap, to read only if it was opened so. The file is closed when the arena
     * ends; the end of the arena throws {@link java.io.UncheckedIOException} if it was not closed
     * cleanly.
     *
     * @throws HeapFile.Refused if a page of this machine is larger than the file's granule
     * @throws OutOfMemoryError if there are no addresses for the mapping
     */
    public static Reservation ofFile(Arena arena, HeapFile file) throws HeapFile.Refused {
        try {
            VirtualMemory virtual = VirtualMemory.get();
            int granuleShift = file.granuleShift();
            if (granuleShift < virtual.pageShift()) {
                throw new HeapFile.Refused(
                        HeapFile.Fault.NOT_SUPPORTED,
                        file.path() + " has granules of " + (1L << granuleShift) + " bytes. This machine has pages of "
                                + (1L << virtual.pageShift()),
                        null);
            }
            Object lock = new Object();
            LiveHeap live = new LiveHeap(lock);
            boolean huge = granuleShift == VirtualMemory.HUGE_SHIFT;
            Runnable end = () -> {
                if (file.isReadOnly()) {
                    live.end(HeapFigures.NONE); // its counters are those of the heap that writes the file
                } else if (file.hasBegun()) { // else no heap was ever laid out in it
                    live.end();
                }
                file.end();
            };
            MemorySegment memory =
                    virtual.map(arena, file.descriptor(), file.bytes(), file.isReadOnly(), huge, lock, end);
            MemorySegment segment = VirtualMemory.viewOf(memory);
            file.setMapping(segment);
            live.setView(segment);
            return new Reservation(memory, granuleShift, lock, virtual, true, live, file);
        } catch (VirtualMemory.Unavailable unavailable) {
            throw new HeapFile.Refused(HeapFile.Fault.NOT_SUPPORTED, unavailable.reason, unavailable);
        }
    }

    /**
     * Takes a sparse file or, if that fails, memory of the arena. Warns once if {@code reason} is
     * not null.
     */
    private static Reservation withoutVirtualMemory(Arena arena, long bytes, boolean huge, @Nullable String reason) {
        int granuleShift = huge ? VirtualMemory.HUGE_SHIFT : HeapLayout.PAGE_SHIFT;
        long most = bytes != 0 ? bytes : Math.max(Machine.memoryBytes() / 4, LEAST_DEFAULT_BYTES);
        long least = bytes != 0 ? bytes : LEAST_DEFAULT_BYTES;
        boolean lazy = true;
        String source = "a sparse temporary file, whose pages become resident when they are touched";
        MemorySegment memory;
        try {
            Path directory = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
            memory = SparseFile.map(
                    directory, arena, roundUp(most, granuleShift), roundUp(least, granuleShift), bytes != 0);
        } catch (IOException noFile) {
            if (bytes == 0 || bytes > Machine.memoryBytes()) {
                throw new OutOfMemoryError("no virtual memory: " + reason + ". There is no sparse file either: "
                        + noFile.getMessage()
                        + (bytes == 0
                                ? ". Or set maxBytes: the heap then takes that many bytes of resident memory"
                                : ""));
            }
            lazy = false;
            source = "its arena, all resident at once, as there is no sparse file: " + noFile.getMessage();
            memory = arena.allocate(roundUp(bytes, granuleShift), HeapLayout.PAGE_BYTES);
        }
        if (reason != null && SAID_FALLBACK.compareAndSet(false, true)) {
            warn(
                    "A native heap has no virtual memory: {0}. Instead it has {1} bytes of {2}. It gives none of them"
                            + " back to the operating system before it closes. This holds for all heaps; it is logged"
                            + " once",
                    reason, Long.toString(memory.byteSize()), source);
        }
        Object lock = new Object();
        return new Reservation(memory, granuleShift, lock, null, lazy, new LiveHeap(lock, memory, lazy), null);
    }

    /**
     * Returns the memory of a heap that has already been laid out. The owner of the segment frees
     * its pages.
     *
     * @throws IllegalArgumentException if the segment does not hold a heap that fills it; the
     *     message says what was found
     */
    public static Reservation at(MemorySegment segment) {
        if (!segment.isNative() || segment.isReadOnly()) {
            throw new IllegalArgumentException("the segment of a heap must be native and writable: " + segment);
        }
        int granuleShift = HeapGeometry.read(segment, segment.byteSize()).granuleShift();
        Object lock = new Object();
        // this LiveHeap is never opened
        return new Reservation(segment, granuleShift, lock, null, false, new LiveHeap(lock), null);
    }

    /** Returns the whole memory. */
    public MemorySegment memory() {
        return memory;
    }

    /** Returns the size in bytes. */
    public long bytes() {
        return memory.byteSize();
    }

    /** Returns whether the arena has not ended. */
    public boolean isAlive() {
        return memory.scope().isAlive();
    }

    /**
     * Returns the granule's size as a shift. The operating system backs and takes back granules of
     * {@code 1 << granuleShift()} bytes.
     */
    int granuleShift() {
        return granuleShift;
    }

    /**
     * Returns the lock that guards every use of the raw address. The end of the arena unmaps the
     * memory under this lock. A thread that holds the lock and has found the segment alive may pass
     * addresses to the operating system until it releases the lock.
     */
    public Object lock() {
        return lock;
    }

    /**
     * Returns the view of the heap for observers. For a heap that was already laid out, the view
     * has an id and nothing else.
     */
    public LiveHeap live() {
        return live;
    }

    /**
     * Makes the arena of this memory run an action when it ends. Does nothing without virtual
     * memory.
     */
    public void onEnd(Arena arena, Runnable action) {
        if (virtual != null) {
            VirtualMemory.onEnd(arena, action);
        }
    }

    /**
     * Returns whether this is virtual memory. Its pages can be given back one by one, and its end
     * can be observed ({@link #onEnd}).
     */
    public boolean isVirtual() {
        return virtual != null;
    }

    /** Returns whether pages are backed one by one when touched. */
    boolean isLazy() {
        return lazy;
    }

    /**
     * Gives whole granules back to the operating system, so that they read zero and cost nothing.
     *
     * @return whether the operating system took them; if not, their content is unspecified
     */
    boolean discard(long offset, long bytes) {
        if (virtual == null) {
            refused = lazy; // a sparse file takes no page back
            return false;
        }
        aheadEnd = 0;
        long address = memory.address() + offset;
        int error = file == null ? virtual.discard(address, bytes) : virtual.remove(address, bytes);
        if (error == 0) {
            return true;
        }
        refused = true;
        try {
            if (SAID_REFUSED.compareAndSet(false, true)) {
                warn(
                        "The operating system does not take pages back (madvise: errno {0}): freed memory stays"
                                + " committed",
                        error);
            }
        } catch (OutOfMemoryError | StackOverflowError lost) {
            // The caller is in the middle of a change, so the warning is dropped.
        }
        return false;
    }

    /**
     * Makes the operating system back whole granules in one call, which costs less than one fault
     * for each.
     *
     * @return whether it did; if not, the granules are backed when they are touched
     */
    boolean back(long offset, long bytes) {
        if (virtual == null || backsByTouch) {
            return false;
        }
        int error = virtual.populate(memory.address() + offset, bytes);
        // any other error: the kernel lacks this advice
        backsByTouch = error != 0 && error != VirtualMemory.ENOMEM;
        return error == 0;
    }

    /**
     * Returns whether the operating system may have no room for a page that is touched, and then ends
     * the access with a signal. If so, a page must be backed by {@link #secure} before it is written or
     * read.
     */
    boolean mayLack() {
        return file != null;
    }

    /**
     * Makes the operating system back whole granules of a file. Returns false if the file system has no
     * room for all of them; some may be backed then. The caller gives them back and calls {@link
     * #noteLack}.
     */
    boolean secure(long offset, long bytes) {
        VirtualMemory kernel = virtual;
        HeapFile mapped = file;
        if (kernel == null || mapped == null) {
            throw new IllegalStateException("no file");
        }
        if (offset >= aheadStart && offset + bytes <= aheadEnd) { // to ask again takes half as long as to back
            lacked = false;
            return true;
        }
        int error = backsByTouch ? VirtualMemory.EINVAL : kernel.populate(memory.address() + offset, bytes);
        if (error == VirtualMemory.EINVAL) { // the kernel lacks this advice
            backsByTouch = true;
            error = mapped.allocate(offset, bytes) ? 0 : error;
        }
        lacked = error != 0;
        if (!lacked) {
            failures = 0;
            triesToSkip = 0;
        }
        return error == 0;
    }

    /**
     * Makes the operating system back whole granules of a file that are free, so that {@link #secure} has
     * nothing to do there. If the file system has no room, nothing is backed.
     */
    void secureAhead(long offset, long bytes) {
        long end = offset + bytes;
        for (long from = offset; from < end; from += AHEAD_BYTES) {
            if (!secure(from, Math.min(AHEAD_BYTES, end - from))) {
                discard(offset, bytes);
                return;
            }
        }
        aheadStart = offset;
        aheadEnd = end;
    }

    /**
     * Returns whether a request for so many bytes is refused without asking. To ask a full ext4 can take
     * milliseconds, and a map that cannot grow asks at each write. So after each failure more requests
     * for as many bytes or more are refused, until much has become free.
     */
    boolean refuses(long bytes) {
        HeapFile mapped = file;
        if (triesToSkip == 0
                || bytes < lackedBytes
                || mapped == null
                || mapped.freeBlocks() >= lackedFree + PLENTY_BLOCKS) {
            return false;
        }
        triesToSkip--;
        lacked = true;
        return true;
    }

    /** Keeps in mind that the file system has no room for so many bytes. */
    void noteLack(long bytes) {
        HeapFile mapped = file;
        if (mapped != null) {
            lackedBytes = failures == 0 ? bytes : Math.min(lackedBytes, bytes);
            lackedFree = mapped.freeBlocks();
            failures = Math.min(failures + 1, MOST_SKIPPED_SHIFT);
            triesToSkip = 1 << failures;
        }
    }

    /** Asks again next time, as this heap has given memory back. */
    void forgetLack() {
        triesToSkip = 0;
    }

    /**
     * Returns what the operating system lacked when it was last asked for pages of a file, in words;
     * empty if it had them.
     */
    public String lack() {
        return lacked && file != null ? file.lack() : "";
    }

    /** Returns the file of the heap; null if the heap is in no file. */
    public @Nullable HeapFile file() {
        return file;
    }

    /** Returns whether the operating system has ever refused to take pages back. */
    boolean hasRefused() {
        return refused;
    }

    /**
     * Returns a read-only segment over bytes of this memory. The segment lives as long as the given
     * arena. For virtual memory and an offset that is a multiple of 8, the segment is the memory
     * itself; otherwise it is a copy. The caller must keep {@link #memory()} reachable until that
     * arena closes. If the arena of this memory ends meanwhile, the segment reads zeros.
     */
    public MemorySegment lend(long offset, long bytes, Arena arena) {
        MemorySegment part = memory.asSlice(offset, bytes);
        if (virtual != null && offset % Long.BYTES == 0) {
            return VirtualMemory.withLifetime(part, arena).asReadOnly();
        }
        MemorySegment copy = arena.allocate(bytes, Long.BYTES);
        MemorySegment.copy(part, 0, copy, 0, bytes);
        return copy.asReadOnly();
    }

    private static void warn(String message, Object... values) {
        System.getLogger("io.memmap").log(System.Logger.Level.WARNING, message, values);
    }

    private static long roundUp(long bytes, int shift) {
        long unit = 1L << shift;
        return Math.addExact(bytes, unit - 1) & -unit;
    }
}
