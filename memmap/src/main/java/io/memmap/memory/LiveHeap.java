package io.memmap.memory;

import io.memmap.telemetry.CacheFigures;
import io.memmap.telemetry.ChainCounts;
import io.memmap.telemetry.FileFigures;
import io.memmap.telemetry.MapFigures;
import io.memmap.telemetry.MapReader;
import io.memmap.telemetry.Recorder;
import io.memmap.telemetry.SnapshotFigures;
import io.memmap.telemetry.events.HeapClosed;
import io.memmap.telemetry.events.HeapFileOpened;
import io.memmap.telemetry.events.HeapOpened;
import io.memmap.telemetry.events.HeapSnapshot;
import java.lang.foreign.MemorySegment;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The view of one heap for observers in any thread, from the opening of the heap to the end of its
 * arena. This class also keeps the registry of all heaps. It refers to neither the heap nor its
 * arena, so an observer keeps neither of them alive.
 *
 * <p>A confined arena does not let other threads access the heap's segment. So an observer reads
 * the same mapping through a separate segment, the view, which has no owner and no scope. These
 * rules replace the checks of the arena:
 *
 * <ul>
 *   <li>L1. A thread reads the view only while it holds the lock and after it has found that the
 *       heap has not ended. The end of the arena marks the heap as ended and gives its pages back
 *       under the same lock.
 *   <li>L2. The owner of the heap writes with plain stores and takes no notice of observers. An
 *       observer's values may be stale by moments, and words that belong together may come from two
 *       moments. Offsets read from the view are checked against its bounds, as everywhere.
 *   <li>L3. A heap counts either among the live heaps or in the sums of the ended heaps, never in
 *       both. It passes from one to the other under the registry's monitor, with its last counters.
 *       A heap that is read only counts in no sum.
 * </ul>
 *
 * <p>A heap without virtual memory has no such view. Its segment itself is read, by a thread that
 * its arena allows to access it.
 */
public final class LiveHeap {
    private static final AtomicLong IDS = new AtomicLong();
    private static final AtomicLong REPAIRS = new AtomicLong();
    private static final AtomicLong SNAPSHOTS = new AtomicLong();
    private static final AtomicLong FAILED_SNAPSHOTS = new AtomicLong();
    // LIVE guards itself and the next two fields.
    private static final Set<LiveHeap> LIVE = new LinkedHashSet<>();
    private static HeapFigures ended = HeapFigures.NONE;
    private static long endedHeaps;
    private static final ReferenceQueue<MemorySegment> FORGOTTEN = new ReferenceQueue<>();

    private final long id = IDS.incrementAndGet();
    private final Object lock;
    /** The segment of a heap without virtual memory; null for any other heap. */
    private final @Nullable Segment segment;

    /** Whether pages are backed one by one when touched. */
    private final boolean lazy;

    /**
     * The mapping without its arena; null for a heap without virtual memory. Guarded by the lock.
     */
    private @Nullable MemorySegment view;

    private final long openedNanos = System.nanoTime();
    private boolean confined;
    private @Nullable MapReader maps;
    private final Set<CacheFigures.Source> caches = ConcurrentHashMap.newKeySet();
    /** What is known of the file of the heap; null for a heap in no file. Written under the lock. */
    private volatile @Nullable FileFigures file;
    /** Whether the file has lost pages, so that its memory must not be read. */
    private BooleanSupplier isCut = () -> false;
    /** Written under the lock. */
    private volatile SnapshotFigures snapshots = SnapshotFigures.NONE;
    /** The last counters of the heap, set when it ends. Guarded by the lock. */
    private @Nullable HeapFigures last;

    /**
     * The segment of a heap without a view. When nothing refers to the segment any more, its heap
     * has ended.
     */
    private static final class Segment extends WeakReference<MemorySegment> {
        final LiveHeap heap;

        Segment(MemorySegment memory, LiveHeap heap) {
            super(memory, FORGOTTEN);
            this.heap = heap;
        }
    }

    /** All live heaps, the sums of the heaps that have ended, and counts since the process began. */
    public record Registry(
            List<LiveHeap> live,
            HeapFigures ended,
            long endedHeaps,
            long repairs,
            long snapshots,
            long failedSnapshots) {}

    /** The maps that a walk has found, and whether these are all maps. */
    public record Maps(List<MapFigures> maps, boolean complete) {}

    /**
     * A heap that is about to be mapped. Call {@link #setView} when it is mapped and {@link #end()}
     * when it ends.
     */
    public LiveHeap(Object lock) {
        this.lock = lock;
        this.segment = null;
        this.lazy = true;
    }

    /**
     * A heap without virtual memory. Its pages are backed one by one when touched if {@code lazy},
     * and otherwise all at once.
     */
    public LiveHeap(Object lock, MemorySegment memory, boolean lazy) {
        this.lock = lock;
        this.segment = new Segment(memory, this);
        this.lazy = lazy;
    }

    public void setView(MemorySegment mapping) {
        synchronized (lock) {
            view = mapping;
        }
    }

    /** Registers a heap that is laid out. From now on observers can read it and its maps. */
    public void open(boolean isConfined, MapReader reader) {
        maps = reader;
        open(isConfined);
    }

    /** Registers a heap that is laid out. From now on observers can read it, but not its maps. */
    public void open(boolean isConfined) {
        confined = isConfined;
        synchronized (LIVE) {
            LIVE.add(this);
        }
        expunge();
        if (Recorder.isOn()) {
            HeapOpened event = new HeapOpened();
            event.heap = id;
            event.reserved = figures().map(HeapFigures::reserved).orElse(0L);
            event.confined = isConfined;
            event.commit();
        }
    }

    /**
     * Returns the heaps that have not ended, in the order of their opening, and the sums of the
     * others.
     */
    public static Registry registry() {
        expunge();
        synchronized (LIVE) {
            return new Registry(
                    List.copyOf(LIVE), ended, endedHeaps, REPAIRS.get(), SNAPSHOTS.get(), FAILED_SNAPSHOTS.get());
        }
    }

    /** Drops heaps without a view whose segment is unreachable. Their counters are lost. */
    private static void expunge() {
        for (Object dropped = FORGOTTEN.poll(); dropped != null; dropped = FORGOTTEN.poll()) {
            ((Segment) dropped).heap.end(HeapFigures.NONE);
        }
    }

    /**
     * Ends the heap. The arena is about to give the pages of the view back, and the caller holds
     * the lock (L1).
     */
    public void end() {
        MemorySegment mapping = view;
        if (mapping != null) { // else no heap was ever laid out in it
            end(HeapFigures.read(mapping, true));
            view = null;
        }
    }

    /** Marks the heap as ended, with its last counters. A second call does nothing. */
    public void end(HeapFigures counted) {
        synchronized (lock) {
            if (last != null) {
                return;
            }
            last = counted.ended();
        }
        boolean wasLive;
        synchronized (LIVE) {
            wasLive = LIVE.remove(this); // L3
            if (wasLive) {
                ended = ended.plus(last);
                endedHeaps++;
            }
        }
        if (wasLive && Recorder.isOn()) {
            HeapClosed event = new HeapClosed();
            event.heap = id;
            event.committed = counted.committed();
            event.inUse = counted.inUse();
            event.age = ageNanos();
            event.commit();
        }
    }

    /** Returns the number of this heap in the process, counted from 1. */
    public long id() {
        return id;
    }

    public boolean isConfined() {
        return confined;
    }

    /**
     * Returns whether the heap only reads a file. Its counters are those of the heap that writes the
     * file, so they are in no sum.
     */
    public boolean isReadOnly() {
        FileFigures known = file;
        return known != null && known.readOnly();
    }

    /** Returns what is known of the file of the heap; empty for a heap in no file. */
    public Optional<FileFigures> file() {
        return Optional.ofNullable(file);
    }

    /**
     * States in which file the heap is. Call this before {@link #open}.
     *
     * @param repaired whether the opening has repaired the heap
     * @param hasLostPages whether the file has lost pages; must not refer to the heap
     */
    public void setFile(FileFigures opened, boolean repaired, BooleanSupplier hasLostPages) {
        synchronized (lock) {
            file = opened;
            isCut = hasLostPages;
        }
        if (repaired) {
            REPAIRS.incrementAndGet();
        }
        if (Recorder.isOn()) {
            HeapFileOpened event = new HeapFileOpened();
            event.heap = id;
            event.path = opened.path();
            event.opening = opened.opening();
            event.generation = opened.generation();
            event.undone = opened.undone();
            event.freedBlocks = opened.freedBlocks();
            event.took = opened.openingNanos();
            event.commit();
        }
    }

    /** Counts that the file was written to the disk. */
    public void synced(long tookNanos) {
        synchronized (lock) {
            FileFigures known = file;
            file = known == null ? null : known.synced(tookNanos);
        }
    }

    /** Returns what is known of the snapshots of the heap. */
    public SnapshotFigures snapshots() {
        return snapshots;
    }

    /** Counts a snapshot that was written. */
    public void snapshotTaken(String path, boolean allAtOnce, int maps, long bytes, long tookNanos) {
        SNAPSHOTS.incrementAndGet();
        synchronized (lock) {
            snapshots = snapshots.plus(path, tookNanos, bytes, maps, allAtOnce);
        }
        commitSnapshot(path, allAtOnce, maps, bytes, tookNanos, "");
    }

    /** Counts a snapshot that failed. */
    public void snapshotFailed(String path, boolean allAtOnce, long tookNanos, Throwable failure) {
        String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        FAILED_SNAPSHOTS.incrementAndGet();
        synchronized (lock) {
            snapshots = snapshots.plusFailure(why);
        }
        commitSnapshot(path, allAtOnce, 0, 0, tookNanos, why);
    }

    private void commitSnapshot(String path, boolean allAtOnce, int maps, long bytes, long tookNanos, String failure) {
        if (Recorder.isOn()) {
            HeapSnapshot event = new HeapSnapshot();
            event.heap = id;
            event.path = path;
            event.allAtOnce = allAtOnce;
            event.maps = maps;
            event.bytes = bytes;
            event.took = tookNanos;
            event.failure = failure;
            event.commit();
        }
    }

    /**
     * Returns whether observers read the heap through a view. Such a heap is notified of its end by
     * its arena.
     */
    public boolean isMapped() {
        return segment == null;
    }

    public long ageNanos() {
        return System.nanoTime() - openedNanos;
    }

    /**
     * Returns the heap's counters. For a heap that has ended, these are the last counters, with
     * nothing in use. Empty if this thread may not access the heap.
     */
    public Optional<HeapFigures> figures() {
        synchronized (lock) {
            return last != null ? Optional.of(last) : read(memory -> HeapFigures.read(memory, lazy));
        }
    }

    /**
     * Returns the maps of the heap. The time grows with the runs of pages and the maps in the heap.
     * It is spent in steps, and each step holds the lock for some microseconds.
     */
    public Maps maps() {
        MapReader reader = maps;
        if (reader == null) {
            return new Maps(List.of(), false);
        }
        MapWalk walk = new MapWalk(reader);
        boolean more = true;
        while (more) {
            Optional<Boolean> step = read(walk::step);
            if (step.isEmpty()) {
                return new Maps(walk.maps(), false);
            }
            more = step.get();
        }
        return new Maps(walk.maps(), !walk.isLost());
    }

    /** Adds a map that is used as a cache. */
    public void addCache(CacheFigures.Source cache) {
        caches.add(cache);
    }

    /** Removes a map that has ended. */
    public void removeCache(CacheFigures.Source cache) {
        caches.remove(cache);
    }

    /** Returns the figures of the maps of the heap that are used as caches. */
    public List<CacheFigures> caches() {
        return caches.stream().map(CacheFigures.Source::read).toList();
    }

    /**
     * Counts the map's chains, or the lines of a paged map. Returns whether all could be read. Takes
     * the lock once for each 1024 of them.
     */
    public boolean count(MapFigures map, ChainCounts counts) {
        MapReader reader = require(maps);
        int step = 1024;
        for (long from = 0; from < map.parts(); from += step) {
            long first = from;
            Optional<Boolean> part = read(memory -> {
                reader.count(memory, map, first, step, counts);
                return true;
            });
            if (part.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private <T> Optional<T> read(Function<MemorySegment, T> reader) {
        synchronized (lock) {
            MemorySegment memory = last == null && !isCut.getAsBoolean() ? readable() : null; // L1
            try {
                return memory == null ? Optional.empty() : Optional.of(reader.apply(memory));
            } catch (IllegalStateException closed) {
                // a shared arena closed while this thread read its memory
                return Optional.empty();
            } catch (IndexOutOfBoundsException | InternalError broken) {
                if (file == null) {
                    throw broken;
                }
                return Optional.empty(); // the file was damaged, or lost pages just now
            }
        }
    }

    private @Nullable MemorySegment readable() {
        if (segment == null) {
            return view;
        }
        MemorySegment memory = segment.get();
        boolean mayRead = memory != null && memory.scope().isAlive() && memory.isAccessibleBy(Thread.currentThread());
        return mayRead ? memory : null;
    }

    private static <T> T require(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the maps of this heap cannot be read");
        }
        return value;
    }
}
