package io.memmap.memory;

import io.memmap.telemetry.ChainCounts;
import io.memmap.telemetry.MapFigures;
import io.memmap.telemetry.MapReader;
import io.memmap.telemetry.events.HeapClosed;
import io.memmap.telemetry.events.HeapOpened;
import java.lang.foreign.MemorySegment;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A heap as any thread may look at it, from its opening to the end of its arena; and the registry of all of them. It holds
 * neither the heap nor its arena, so that being looked at keeps neither alive.
 *
 * <p>A confined arena keeps other threads from the heap's segment. So the observer reads the same mapping through a view of its
 * own, without owner and scope, and these rules take their place:
 *
 * <ul>
 *   <li>L1. The view is read by who holds the lock and has found the heap not ended. The arena's end marks it as ended, and
 *       gives its pages back, under the same lock.
 *   <li>L2. The heap's owner writes plainly and knows nothing of observers. What they read is stale by moments, and words
 *       that belong together can be of two moments; offsets in it are checked against the view's bounds as anywhere.
 *   <li>L3. A heap counts among the live ones or in the sums of the ended ones, never in both: it passes from one to the other
 *       under the registry's monitor, with the last it has counted.
 * </ul>
 *
 * <p>A heap without virtual memory has no such view: there the segment is read, by a thread that its arena lets in.
 */
public final class LiveHeap {
    private static final AtomicLong IDS = new AtomicLong();
    private static final Set<LiveHeap> LIVE = new LinkedHashSet<>(); // guarded by itself, as are the next two
    private static HeapFigures ended = HeapFigures.NONE;
    private static long endedHeaps;
    private static final ReferenceQueue<MemorySegment> FORGOTTEN = new ReferenceQueue<>();

    private final long id = IDS.incrementAndGet();
    private final Object lock;
    /** The segment of a heap without virtual memory. */
    private final @Nullable Segment segment;

    /** Whether pages are backed one by one when touched. */
    private final boolean lazy;

    /** The mapping without its arena, of any other heap; guarded by the lock. */
    private @Nullable MemorySegment view;

    private final long openedNanos = System.nanoTime();
    private boolean confined;
    private @Nullable MapReader maps;
    /** The last that the heap has counted; guarded by the lock. */
    private @Nullable HeapFigures last;

    /** The segment of a heap without a view; when nobody holds it any more, its heap has ended. */
    private static final class Segment extends WeakReference<MemorySegment> {
        final LiveHeap heap;

        Segment(MemorySegment memory, LiveHeap heap) {
            super(memory, FORGOTTEN);
            this.heap = heap;
        }
    }

    /** All live heaps, and what those counted that have ended. */
    public record Registry(List<LiveHeap> live, HeapFigures ended, long endedHeaps) {}

    /** What a walk has found: the maps, and whether that is all of them. */
    public record Maps(List<MapFigures> maps, boolean complete) {}

    /** A heap that is about to be mapped: {@link #show} shows it, {@link #end()} is told of its end. */
    public LiveHeap(Object lock) {
        this.lock = lock;
        this.segment = null;
        this.lazy = true;
    }

    /** A heap without virtual memory, whose pages are backed one by one when touched or, if not lazy, all at once. */
    public LiveHeap(Object lock, MemorySegment memory, boolean lazy) {
        this.lock = lock;
        this.segment = new Segment(memory, this);
        this.lazy = lazy;
    }

    public void show(MemorySegment mapping) {
        synchronized (lock) {
            view = mapping;
        }
    }

    /** Says that the heap is laid out, and can be looked at from now on, with its maps. */
    public void open(boolean isConfined, MapReader reader) {
        maps = reader;
        open(isConfined);
    }

    /** Says that the heap is laid out, and can be looked at from now on, but not its maps. */
    public void open(boolean isConfined) {
        confined = isConfined;
        synchronized (LIVE) {
            LIVE.add(this);
        }
        expunge();
        HeapOpened event = new HeapOpened();
        if (event.shouldCommit()) {
            event.heap = id;
            event.reserved = figures().map(HeapFigures::reserved).orElse(0L);
            event.confined = isConfined;
            event.commit();
        }
    }

    /** Returns the heaps that have not ended, in the order of their opening, and the sums of the others. */
    public static Registry registry() {
        expunge();
        synchronized (LIVE) {
            return new Registry(List.copyOf(LIVE), ended, endedHeaps);
        }
    }

    /** Drops heaps without a view whose segment is gone. What they counted since they were opened is gone with it. */
    private static void expunge() {
        for (Object dropped = FORGOTTEN.poll(); dropped != null; dropped = FORGOTTEN.poll()) {
            ((Segment) dropped).heap.end(HeapFigures.NONE);
        }
    }

    /** The arena is about to give the view's pages back. The caller holds the lock (L1). */
    public void end() {
        MemorySegment mapping = view;
        if (mapping != null) { // else nothing was ever laid out in it
            end(HeapFigures.read(mapping, true));
            view = null;
        }
    }

    /** Says that the heap has ended, having counted this; again does nothing. */
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
        HeapClosed event = new HeapClosed();
        if (wasLive && event.shouldCommit()) {
            event.heap = id;
            event.committed = counted.committed();
            event.inUse = counted.inUse();
            event.age = ageNanos();
            event.commit();
        }
    }

    /** Returns the number of this heap in the process, from 1 on. */
    public long id() {
        return id;
    }

    public boolean isConfined() {
        return confined;
    }

    /** Returns whether the heap is seen through a view, and learns of its end by itself. */
    public boolean isMapped() {
        return segment == null;
    }

    public long ageNanos() {
        return System.nanoTime() - openedNanos;
    }

    /**
     * Returns what the heap has counted; of one that has ended the last of it, and nothing in use. Empty where this thread may
     * not look at it.
     */
    public Optional<HeapFigures> figures() {
        synchronized (lock) {
            return last != null ? Optional.of(last) : read(memory -> HeapFigures.read(memory, lazy));
        }
    }

    /** Returns the maps. Takes as long as the heap has runs of pages and maps, some microseconds of it under the lock at once. */
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

    /** Counts the map's chains; returns whether they could be read to the last. Takes a step as above for each 1024 chains. */
    public boolean count(MapFigures map, ChainCounts counts) {
        MapReader reader = require(maps);
        int step = 1024;
        for (long from = 0; from < map.buckets() + map.oldBuckets(); from += step) {
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
            MemorySegment memory = last == null ? readable() : null; // L1
            try {
                return memory == null ? Optional.empty() : Optional.of(reader.apply(memory));
            } catch (IllegalStateException closed) { // a shared arena, under a thread that reads its own memory
                return Optional.empty();
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
            throw new IllegalStateException("nothing reads the maps of this heap");
        }
        return value;
    }
}
