package io.memmap.telemetry;

import io.memmap.telemetry.events.Leak;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Finds leaks: heaps and maps that have become unreachable before they were ended. Each {@linkplain
 * Tracked tracked} heap or map has a phantom reference, which the garbage collector puts in a
 * queue. The queue is emptied when a heap is opened, when a map is tracked, and when the leaks are
 * read. Safe for all threads.
 */
public final class Leaks {
    /** The number of sites that are distinguished. Leaks at later sites are not reported. */
    private static final int MAX_SITES = 1 << 10;

    private static final int LOGGED_FRAMES = 20;

    private static final ReferenceQueue<Tracked> UNREACHABLE = new ReferenceQueue<>();
    /** Keeps the phantom references themselves reachable. */
    private static final Set<Watch> WATCHES = ConcurrentHashMap.newKeySet();

    private static final Map<LeakSite, Found> FOUND = new LinkedHashMap<>();

    /** How long ended heaps have lived, by the stack that opened them. Guarded by itself. */
    private static final Map<List<StackTraceElement>, Lives> ENDED = new HashMap<>();

    private Leaks() {}

    /** What it means if a tracked object is unreachable. */
    private enum Kind {
        HEAP,
        MAP,
        /**
         * No leak: the arena of this heap gives no notice of its end, so it may have been closed.
         * But the profile of the heap can end.
         */
        HEAP_OF_SILENT_ARENA
    }

    private record LeakSite(boolean isMap, List<StackTraceElement> openedAt) {}

    /**
     * The leaks of one site. The fields name, lastUsedAt, thread and openedMillis come from the
     * first leak.
     */
    public record Found(
            boolean isMap,
            String name,
            List<StackTraceElement> openedAt,
            List<StackTraceElement> lastUsedAt,
            String thread,
            long openedMillis,
            long count,
            double bytes) {}

    /** The number of ended heaps, and the sum of their lifetimes. */
    private static final class Lives {
        long count;
        double nanos;
    }

    /**
     * A tracked heap that has not ended, compared with the ended heaps that were opened at the same
     * place.
     *
     * @param heap the number of the heap
     * @param ageNanos how long it has been open
     * @param endedThere how many heaps that were opened at this place have ended
     * @param meanNanosThere how long those heaps lived on average; 0 if there are none
     */
    public record Open(
            long heap, List<StackTraceElement> openedAt, long ageNanos, long endedThere, double meanNanosThere) {}

    /**
     * Stands for a heap or a map in the eyes of the garbage collector. Every object that can still
     * use or end the heap or map must hold a reference to this object, and no other object may.
     */
    public static final class Tracked {
        private final Watch watch;

        private Tracked(Kind kind, boolean recordsUse, String name, AllocationSampler heap, Reference<?> heapObject) {
            watch = new Watch(this, kind, recordsUse, name, heap, heapObject);
            WATCHES.add(watch);
        }

        /**
         * Stops tracking, because the heap or map has been ended, or because it can be reached in
         * ways that the collector does not see.
         */
        public void end() {
            if (WATCHES.remove(watch)) {
                watch.clear();
                noteEnd(watch);
            }
        }

        /** Records the place where the heap or map is used. */
        public void used(List<StackTraceElement> stack) {
            if (watch.recordsUse) {
                watch.lastUsedAt = stack;
            }
        }
    }

    /** The facts about a heap or map that remain when it is unreachable. */
    private static final class Watch extends PhantomReference<Tracked> {
        final Kind kind;
        final boolean recordsUse;
        final String name;
        final AllocationSampler heap;
        final Reference<?> heapObject;
        final List<StackTraceElement> openedAt = Stacks.ofCaller();
        final String thread = Thread.currentThread().getName();
        final long openedMillis = System.currentTimeMillis();
        final long openedNanos = System.nanoTime();
        volatile List<StackTraceElement> lastUsedAt = List.of();

        Watch(
                Tracked tracked,
                Kind kind,
                boolean recordsUse,
                String name,
                AllocationSampler heap,
                Reference<?> heapObject) {
            super(tracked, UNREACHABLE);
            this.kind = kind;
            this.recordsUse = recordsUse;
            this.name = name;
            this.heap = heap;
            this.heapObject = heapObject;
        }

        boolean isMap() {
            return kind == Kind.MAP;
        }

        /**
         * Returns whether this counts as a leak. A heap or map is no leak if its heap has ended. A
         * map is no leak either if its heap is unreachable, because then the heap is the leak.
         */
        boolean isLeak() {
            return !heap.isEnded() && !(isMap() && heapObject.refersTo(null));
        }
    }

    /**
     * Begins to track a heap.
     *
     * @param recordsUse whether a report says where the heap was last used
     */
    public static Tracked heap(AllocationSampler heap, Reference<?> heapObject, boolean recordsUse) {
        return new Tracked(Kind.HEAP, recordsUse, heap.heap(), heap, heapObject);
    }

    /**
     * Begins to track a heap whose arena gives no notice of its end, so that the profile ends when
     * the heap is unreachable.
     */
    public static Tracked heapOfSilentArena(AllocationSampler heap, Reference<?> heapObject) {
        return new Tracked(Kind.HEAP_OF_SILENT_ARENA, false, heap.heap(), heap, heapObject);
    }

    /**
     * Begins to track a map.
     *
     * @param heapObject shows whether the map's heap is still reachable
     */
    public static Tracked map(String name, AllocationSampler heap, Reference<?> heapObject) {
        poll(); // a program may open no further heap and still make and drop maps
        return new Tracked(Kind.MAP, true, name, heap, heapObject);
    }

    /**
     * Processes the objects that the collector has found since the last call. The first leak of
     * each site is logged.
     */
    public static void poll() {
        for (Reference<? extends Tracked> next = UNREACHABLE.poll(); next != null; next = UNREACHABLE.poll()) {
            Watch watch = (Watch) next;
            if (WATCHES.remove(watch)) {
                if (watch.kind == Kind.HEAP_OF_SILENT_ARENA) {
                    watch.heap.end();
                } else if (watch.isLeak()) {
                    add(watch);
                }
            }
        }
    }

    /**
     * Returns all leaks that have been found, by site, in the order in which the sites were found.
     */
    public static List<Found> found() {
        poll();
        synchronized (FOUND) {
            return new ArrayList<>(FOUND.values());
        }
    }

    private static void noteEnd(Watch watch) {
        if (watch.kind != Kind.HEAP) {
            return;
        }
        long lived = System.nanoTime() - watch.openedNanos;
        synchronized (ENDED) {
            Lives lives = ENDED.get(watch.openedAt);
            if (lives == null) {
                if (ENDED.size() >= MAX_SITES) {
                    return;
                }
                lives = new Lives();
                ENDED.put(watch.openedAt, lives);
            }
            lives.count++;
            lives.nanos += lived;
        }
    }

    /** Returns the tracked heaps that have not ended, in no particular order. */
    public static List<Open> open() {
        List<Open> open = new ArrayList<>();
        for (Watch watch : WATCHES) {
            if (watch.kind == Kind.HEAP) {
                long age = System.nanoTime() - watch.openedNanos;
                synchronized (ENDED) {
                    Lives lives = ENDED.get(watch.openedAt);
                    open.add(new Open(
                            watch.heap.id(),
                            watch.openedAt,
                            age,
                            lives == null ? 0 : lives.count,
                            lives == null ? 0 : lives.nanos / lives.count));
                }
            }
        }
        return open;
    }

    private static void add(Watch watch) {
        double bytes = watch.isMap() ? 0 : watch.heap.inUseBytes();
        List<StackTraceElement> lastUsedAt =
                watch.isMap() || !watch.recordsUse ? watch.lastUsedAt : watch.heap.lastUse();
        Found first = new Found(
                watch.isMap(), watch.name, watch.openedAt, lastUsedAt, watch.thread, watch.openedMillis, 1, bytes);
        record(watch, first);
        Found sum;
        synchronized (FOUND) {
            LeakSite site = new LeakSite(watch.isMap(), watch.openedAt);
            if (FOUND.size() >= MAX_SITES && !FOUND.containsKey(site)) {
                return;
            }
            sum = FOUND.merge(site, first, Leaks::plus);
        }
        if (sum.count == 1) {
            report(sum);
        }
    }

    private static void record(Watch watch, Found leak) {
        if (!Recorder.isOn()) {
            return;
        }
        Leak event = new Leak();
        if (event.shouldCommit()) {
            event.heap = watch.heap.id();
            event.map = leak.isMap ? leak.name : "";
            event.resource = leak.isMap ? "map" : "heap";
            event.bytes = Math.round(leak.bytes);
            event.age = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis() - leak.openedMillis);
            event.openedAt = text(leak.openedAt);
            event.lastUsedAt = text(leak.lastUsedAt);
            event.commit();
        }
    }

    private static String text(List<StackTraceElement> stack) {
        return stack.stream()
                .limit(LOGGED_FRAMES)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static Found plus(Found first, Found more) {
        return new Found(
                first.isMap,
                first.name,
                first.openedAt,
                first.lastUsedAt,
                first.thread,
                first.openedMillis,
                first.count + more.count,
                first.bytes + more.bytes);
    }

    private static void report(Found leak) {
        StringBuilder text = new StringBuilder("LEAK: ");
        text.append(leak.isMap ? "a map" : "a heap").append(leak.name.isEmpty() ? "" : " (" + leak.name + ")");
        text.append(
                leak.isMap ? " was dropped without free()" : " was dropped without close(): its memory stays for ever");
        append(text, leak.isMap ? "made" : "opened", leak.openedAt);
        append(text, "last seen to allocate", leak.lastUsedAt);
        System.getLogger("io.memmap").log(System.Logger.Level.ERROR, text::toString);
    }

    private static void append(StringBuilder text, String what, List<StackTraceElement> stack) {
        if (!stack.isEmpty()) {
            text.append(System.lineSeparator()).append(what);
            stack.stream()
                    .limit(LOGGED_FRAMES)
                    .forEach(frame ->
                            text.append(System.lineSeparator()).append("\tat ").append(frame));
        }
    }
}
