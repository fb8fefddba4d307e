package io.memmap.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One range of memory that lives as long as its arena: virtual memory of the operating system that costs nothing until
 * it is touched or, where that is not to be had, memory of the arena itself, all of it paid for at once.
 */
public final class Reservation {
    /** What an arena's own memory is asked for when nobody says how much: it is zeroed and backed at once. */
    private static final long DEFAULT_ARENA_BYTES = 256L << 20;

    private static final AtomicBoolean SAID_FALLBACK = new AtomicBoolean();
    private static final AtomicBoolean SAID_REFUSED = new AtomicBoolean();

    private final MemorySegment memory;
    private final int granuleShift;
    private final Object lock;
    private final @Nullable VirtualMemory virtual;
    private final LiveHeap live;
    private boolean refused;
    /** Whether the operating system knows of no other way. */
    private boolean backsByTouch;

    private Reservation(
            MemorySegment memory, int granuleShift, Object lock, @Nullable VirtualMemory virtual, LiveHeap live) {
        this.memory = memory;
        this.granuleShift = granuleShift;
        this.lock = lock;
        this.virtual = virtual;
        this.live = live;
    }

    /**
     * Reserves {@code bytes}, or what the machine suggests if that is 0.
     *
     * @param virtualMemory false to take the arena's own memory even where virtual memory is to be had
     * @throws OutOfMemoryError if neither is to be had
     */
    public static Reservation of(Arena arena, long bytes, boolean huge, boolean virtualMemory) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("Already closed");
        }
        Object lock = new Object();
        String reason = "";
        if (virtualMemory) {
            try {
                long wanted = bytes != 0 ? bytes : Machine.memoryBytes();
                VirtualMemory virtual = VirtualMemory.get();
                int granuleShift = huge ? VirtualMemory.HUGE_SHIFT : virtual.pageShift();
                long capacity = roundUp(wanted, granuleShift);
                LiveHeap live = new LiveHeap(lock);
                MemorySegment memory = virtual.reserve(arena, capacity, huge, lock, live::end);
                live.show(VirtualMemory.viewOf(memory));
                return new Reservation(memory, granuleShift, lock, virtual, live);
            } catch (VirtualMemory.Unavailable unavailable) {
                reason = unavailable.reason;
            }
        }
        long wanted = bytes != 0 ? bytes : Math.min(DEFAULT_ARENA_BYTES, Machine.memoryBytes() / 4);
        int granuleShift = huge ? VirtualMemory.HUGE_SHIFT : HeapLayout.PAGE_SHIFT;
        long capacity = roundUp(wanted, granuleShift);
        if (virtualMemory && SAID_FALLBACK.compareAndSet(false, true)) {
            warn(
                    "No virtual memory for native heaps ({0}): they take all of their bytes from the arena at once,"
                            + " and give none back before it closes",
                    reason);
        }
        MemorySegment memory = arena.allocate(capacity, HeapLayout.PAGE_BYTES);
        return new Reservation(memory, granuleShift, lock, null, new LiveHeap(lock, memory));
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
        return new Reservation(segment, granuleShift, lock, null, new LiveHeap(lock)); // which is never opened
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

    /** Whether pages are backed one by one when touched. */
    public boolean isVirtual() {
        return virtual != null;
    }

    /**
     * Gives whole granules back to the operating system, so that they read zero and cost nothing.
     *
     * @return whether it took them; if not, nothing is promised about them
     */
    boolean discard(long offset, long bytes) {
        if (virtual == null) {
            return false;
        }
        int error = virtual.discard(memory.address() + offset, bytes);
        if (error == 0) {
            return true;
        }
        refused = true;
        if (SAID_REFUSED.compareAndSet(false, true)) {
            warn("The operating system takes no pages back (madvise: errno {0}): freed memory stays committed", error);
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
        backsByTouch = virtual.populate(memory.address() + offset, bytes) != 0;
        return !backsByTouch;
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

    private static void warn(String message, Object value) {
        System.getLogger("io.memmap").log(System.Logger.Level.WARNING, message, value);
    }

    private static long roundUp(long bytes, int shift) {
        long unit = 1L << shift;
        return Math.addExact(bytes, unit - 1) & -unit;
    }
}
