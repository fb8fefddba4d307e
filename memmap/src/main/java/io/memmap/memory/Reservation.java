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
 * One range of memory that lives as long as its arena. It is virtual memory of the operating system. Where that is not to be
 * had, it is a {@link SparseFile}. The pages of both cost nothing until they are touched. Where there is no such file either,
 * it is memory of the arena itself, all of it paid for at once; then it has a size that the user asked for.
 */
public final class Reservation {
    /** The least that a heap has when nobody asked for a size. */
    private static final long LEAST_DEFAULT_BYTES = 64L << 20;

    private static final AtomicBoolean SAID_FALLBACK = new AtomicBoolean();
    private static final AtomicBoolean SAID_REFUSED = new AtomicBoolean();

    private final MemorySegment memory;
    private final int granuleShift;
    private final Object lock;
    private final @Nullable VirtualMemory virtual;
    private final boolean lazy;
    private final LiveHeap live;
    private boolean refused;
    /** Whether the operating system knows of no other way. */
    private boolean backsByTouch;

    private Reservation(
            MemorySegment memory,
            int granuleShift,
            Object lock,
            @Nullable VirtualMemory virtual,
            boolean lazy,
            LiveHeap live) {
        this.memory = memory;
        this.granuleShift = granuleShift;
        this.lock = lock;
        this.virtual = virtual;
        this.lazy = lazy;
        this.live = live;
    }

    /**
     * Returns the addresses to reserve for a heap of so many bytes, 0 for the default: four times as many, so that no free run is
     * too short while there are bytes, but no more than the machine has memory.
     */
    public static long addressBytes(long bytes) {
        return Math.max(bytes, Math.min(4 * bytes, Machine.memoryBytes()));
    }

    /** Reserves {@code bytes}, as below, and no more addresses. */
    public static Reservation of(Arena arena, long bytes, boolean huge, boolean virtualMemory) {
        return of(arena, bytes, bytes, huge, virtualMemory);
    }

    /**
     * Reserves {@code bytes}, or what the machine suggests if that is 0, and less than that where it is not to be had.
     *
     * @param addressBytes how many addresses to reserve where they cost nothing: on small pages of virtual memory, if the
     *     operating system has them
     * @param virtualMemory false to do without virtual memory even where it is to be had
     * @throws OutOfMemoryError if there is no memory; says what to set
     */
    public static Reservation of(Arena arena, long bytes, long addressBytes, boolean huge, boolean virtualMemory) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("Already closed: the arena that the heap is to live in has ended");
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
            live.show(VirtualMemory.viewOf(memory));
            return new Reservation(memory, granuleShift, lock, virtual, true, live);
        } catch (VirtualMemory.Unavailable unavailable) {
            return withoutVirtualMemory(arena, bytes, huge, unavailable.reason);
        }
    }

    /** Takes a sparse file or, where there is none, memory of the arena; warns once if {@code reason} says why. */
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
                throw new OutOfMemoryError("no virtual memory: " + reason + ". And no sparse file instead: "
                        + noFile.getMessage()
                        + (bytes == 0 ? ". Or set maxBytes: then the heap takes that much resident memory" : ""));
            }
            lazy = false;
            source = "its arena, all of them resident at once, for there is no sparse file: " + noFile.getMessage();
            memory = arena.allocate(roundUp(bytes, granuleShift), HeapLayout.PAGE_BYTES);
        }
        if (reason != null && SAID_FALLBACK.compareAndSet(false, true)) {
            warn(
                    "A native heap has no virtual memory: {0}. Instead it has {1} bytes of {2}. It gives none of them"
                        + " back to the operating system before it closes. Other heaps do the same; this is said once",
                    reason, Long.toString(memory.byteSize()), source);
        }
        Object lock = new Object();
        return new Reservation(memory, granuleShift, lock, null, lazy, new LiveHeap(lock, memory, lazy));
    }

    /**
     * The memory of a heap that has been laid out already. Its pages go back when its owner lets go of them, not before.
     *
     * @throws IllegalArgumentException if no heap lies there that fills the segment; says what was found
     */
    public static Reservation at(MemorySegment segment) {
        if (!segment.isNative() || segment.isReadOnly()) {
            throw new IllegalArgumentException("the segment of a heap must be native and writable: " + segment);
        }
        int granuleShift = HeapGeometry.read(segment, segment.byteSize()).granuleShift();
        Object lock = new Object();
        return new Reservation(segment, granuleShift, lock, null, false, new LiveHeap(lock)); // which is never opened
    }

    /** All of it. */
    public MemorySegment memory() {
        return memory;
    }

    /** Its size. */
    public long bytes() {
        return memory.byteSize();
    }

    /** Whether its arena has not ended. */
    public boolean isAlive() {
        return memory.scope().isAlive();
    }

    /** Granules, of {@code 1 << granuleShift()} bytes, are what the operating system backs at a touch and takes back. */
    int granuleShift() {
        return granuleShift;
    }

    /**
     * Guards every use of the raw address. The arena's end unmaps under it, so whoever holds it and has found the
     * segment alive may pass addresses to the operating system until he lets go.
     */
    public Object lock() {
        return lock;
    }

    /** How others look at the heap; of one that was laid out already, an id and no more. */
    public LiveHeap live() {
        return live;
    }

    /** Has the arena, which this is of, run an action when it ends; does nothing where there is no virtual memory. */
    public void onEnd(Arena arena, Runnable action) {
        if (virtual != null) {
            VirtualMemory.onEnd(arena, action);
        }
    }

    /** Whether this is virtual memory, whose pages go back one by one, and whose arena tells of its end. */
    public boolean isVirtual() {
        return virtual != null;
    }

    /** Whether pages are backed one by one when touched. */
    boolean isLazy() {
        return lazy;
    }

    /**
     * Gives whole granules back to the operating system, so that they read zero and cost nothing.
     *
     * @return whether it took them; if not, nothing is promised about them
     */
    boolean discard(long offset, long bytes) {
        if (virtual == null) {
            refused = lazy; // a sparse file takes no page back
            return false;
        }
        int error = virtual.discard(memory.address() + offset, bytes);
        if (error == 0) {
            return true;
        }
        refused = true;
        try {
            if (SAID_REFUSED.compareAndSet(false, true)) {
                warn(
                        "The operating system takes no pages back (madvise: errno {0}): freed memory stays committed",
                        error);
            }
        } catch (OutOfMemoryError | StackOverflowError lost) {
            // the caller is in the middle of a change, which matters more than the warning
        }
        return false;
    }

    /**
     * Has the operating system back whole granules in one call, which costs less than a fault for each.
     *
     * @return whether it did; if not, it does so when they are touched
     */
    boolean back(long offset, long bytes) {
        if (virtual == null || backsByTouch) {
            return false;
        }
        int error = virtual.populate(memory.address() + offset, bytes);
        backsByTouch = error != 0 && error != VirtualMemory.ENOMEM; // the kernel does not know the advice
        return error == 0;
    }

    /** Whether the operating system has ever refused to take pages back. */
    boolean hasRefused() {
        return refused;
    }

    /**
     * Returns bytes to be read until an arena closes, which must be before that of this one may be forgotten: where virtual
     * memory makes that safe the bytes themselves, aligned to 8, or else a copy. While it is read, whoever reads keeps {@link
     * #memory()} reachable. If its arena ends meanwhile, there are zeros.
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
