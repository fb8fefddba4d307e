package io.memmap.observe;

import io.memmap.telemetry.Leaks;
import java.time.Instant;
import java.util.List;

/**
 * Heaps, or maps, of one site that were dropped without an end. {@link io.memmap.LeakDetection} says what counts as that, and
 * how closely it is looked for.
 *
 * @param kind what was dropped
 * @param name the first one's label in a {@link HeapProfile}, if a heap; the map's name, or empty
 * @param openedAt where they were opened or made: the callers, the leaf first
 * @param lastUsedAt where the first one was last seen to allocate; empty where that is not recorded
 * @param thread the name of the thread that opened the first one
 * @param opened when that was
 * @param count how many have been found so far
 * @param bytes an estimate of what the heaps among them will hold for ever, from their allocation profile; 0 for maps
 */
public record LeakReport(
        Kind kind,
        String name,
        List<StackTraceElement> openedAt,
        List<StackTraceElement> lastUsedAt,
        String thread,
        Instant opened,
        long count,
        long bytes) {
    /** What was dropped. */
    public enum Kind {
        /** A heap whose arena nobody can close any more. */
        HEAP,
        /** A map that nobody can free any more, until its heap ends. */
        MAP
    }

    /**
     * Returns what has been found so far in this process, the first found first; looks at what the collector has found since
     * the last time. It does not ask for a collection.
     *
     * @return the reports, one for each site
     */
    public static List<LeakReport> find() {
        return Leaks.found().stream()
                .map(found -> new LeakReport(
                        found.isMap() ? Kind.MAP : Kind.HEAP,
                        found.name(),
                        found.openedAt(),
                        found.lastUsedAt(),
                        found.thread(),
                        Instant.ofEpochMilli(found.openedMillis()),
                        found.count(),
                        Math.round(found.bytes())))
                .toList();
    }
}
