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
 * What nobody can reach any more and nobody has ended. The collector finds it: whatever is {@linkplain Tracked tracked} has a
 * phantom reference, and their queue is emptied whenever a heap is opened, a map is tracked or somebody asks. Safe for all
 * threads.
 */
public final class Leaks {
    /** Sites that are told apart; later ones are not reported. */
    private static final int MAX_SITES = 1 << 10;

    private static final int LOGGED_FRAMES = 20;

    private static final ReferenceQueue<Tracked> UNREACHABLE = new ReferenceQueue<>();
    /** Keeps the references themselves reachable. */
    private static final Set<Watch> WATCHES = ConcurrentHashMap.newKeySet();

    private static final Map<Site, Found> FOUND = new LinkedHashMap<>();

    /** The heaps that have ended, by where they were opened; guarded by itself. */
    private static final Map<List<StackTraceElement>, Lives> ENDED = new HashMap<>();

    private Leaks() {}

    /** What an unreachable thing means. */
    private enum Kind {
        HEAP,
        MAP,
        /** Nothing: whether the arena of this heap was closed nobody has told. But its profile can end. */
        HEAP_OF_SILENT_ARENA
    }

    private record Site(boolean isMap, List<StackTraceElement> openedAt) {}

    /** The leaks of one site; name, lastUsedAt, thread and openedMillis are those of the first. */
    public record Found(
            boolean isMap,
            String name,
            List<StackTraceElement> openedAt,
            List<StackTraceElement> lastUsedAt,
            String thread,
            long openedMillis,
            long count,
            double bytes) {}

    /** How long heaps have lived. */
    private static final class Lives {
        long count;
        double nanos;
    }

    /**
     * A tracked heap that has not ended, beside those opened at the same place that have.
     *
     * @param heap the heap's number
     * @param ageNanos how long it has been open
     * @param endedThere how many heaps of its place have ended
     * @param meanNanosThere how long those lived; 0 if there are none
     */
    public record Open(
            long heap, List<StackTraceElement> openedAt, long ageNanos, long endedThere, double meanNanosThere) {}

    /**
     * A heap or a map, to the collector: whoever can still use the thing, or end it, must be able to reach this, and nobody
     * else.
     */
    public static final class Tracked {
        private final Watch watch;

        private Tracked(Kind kind, boolean recordsUse, String name, AllocationSampler heap, Reference<?> heapObject) {
            watch = new Watch(this, kind, recordsUse, name, heap, heapObject);
            WATCHES.add(watch);
        }

        /** Says that the thing has been ended, or that it can be reached in ways that the collector does not see. */
        public void end() {
            if (WATCHES.remove(watch)) {
                watch.clear();
                noteEnd(watch);
            }
        }

        /** Notes from where the thing is used. */
        public void used(List<StackTraceElement> stack) {
            if (watch.recordsUse) {
                watch.lastUsedAt = stack;
            }
        }
    }

    /** What is known of a thing that is gone. */
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

        /** A map is no leak of its own if its heap has ended, or is one. */
        boolean isLeak() {
            return !heap.isEnded() && !(isMap() && heapObject.refersTo(null));
        }
    }

    /**
     * Begins to track a heap.
     *
     * @param recordsUse whether a report is to say where it was last used
     */
    public static Tracked heap(AllocationSampler heap, Reference<?> heapObject, boolean recordsUse) {
        return new Tracked(Kind.HEAP, recordsUse, heap.heap(), heap, heapObject);
    }

    /** Sees to it that the profile of a heap ends with the heap, whose arena tells nobody when it does. */
    public static Tracked heapOfSilentArena(AllocationSampler heap, Reference<?> heapObject) {
        return new Tracked(Kind.HEAP_OF_SILENT_ARENA, false, heap.heap(), heap, heapObject);
    }

    /**
     * Begins to track a map.
     *
     * @param heapObject to tell whether its heap can still be reached
     */
    public static Tracked map(String name, AllocationSampler heap, Reference<?> heapObject) {
        poll(); // a heap in which maps are made and dropped may be the last that is opened
        return new Tracked(Kind.MAP, true, name, heap, heapObject);
    }

    /** Looks at what the collector has found since the last time; what is the first of its site goes to the log. */
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

    /** Returns all leaks that have been found, by site, the first found first. */
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

    /** Returns the tracked heaps that have not ended, in no order. */
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
            Site site = new Site(watch.isMap(), watch.openedAt);
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
