package io.memmap.observe;

import io.memmap.telemetry.Leaks;
import java.time.Instant;
import java.util.List;

/**
 * Heaps or maps that were opened at one site and dropped without being closed or freed.
 * {@link io.memmap.LeakDetection} defines a leak, and sets how closely the library looks for leaks.
 *
 * @param kind whether heaps or maps were dropped
 * @param name for heaps, the label of the first one in a {@link HeapProfile}; for maps, the map's
 *     name, or empty
 * @param openedAt the stack that opened the heaps or made the maps, the leaf frame first
 * @param lastUsedAt the stack of the first one's last recorded allocation; empty where that is not
 *     recorded
 * @param thread the name of the thread that opened the first one
 * @param opened when the first one was opened
 * @param count how many have been found so far
 * @param bytes an estimate, from their allocation profile, of the bytes that the leaked heaps will
 *     hold for ever; 0 for maps
 * @see HeapProfile
 * @see io.memmap.LeakDetection
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
    /** The kind of thing that was dropped. */
    public enum Kind {
        /** A heap whose arena can no longer be closed, because no code can reach it. */
        HEAP,
        /**
         * A map that can no longer be freed, because no code can reach it. Its memory stays until
         * its heap ends.
         */
        MAP
    }

    /**
     * Returns all leaks found so far in this process, in the order in which they were found. The
     * call also looks at what the garbage collector has found since the last call. It does not ask
     * for a collection.
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
