package io.memmap.stress.leaks;

import io.memmap.observe.MemStats;
import io.memmap.stress.Resident;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Objects;

/**
 * What a process holds at one moment, right after a collection.
 *
 * @param seconds since the load began
 * @param resident what the operating system has in memory for it, in bytes
 * @param committed of the native heaps, in bytes
 * @param inUse of the native heaps, in bytes
 * @param heaps native heaps that are open
 * @param java the Java heap in use, in bytes
 */
record Reading(double seconds, long resident, long committed, long inUse, long heaps, long java) {
    static final String KEY = "reading";

    /** Reads this process, whose collector has just run. */
    static Reading of(double seconds, MemStats stats) {
        long heaps = stats.heapsOpened() - stats.heapsClosed();
        return new Reading(seconds, Resident.bytes(), stats.committed(), stats.inUse(), heaps, javaAfterCollection());
    }

    private static long javaAfterCollection() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getCollectionUsage)
                .filter(Objects::nonNull)
                .mapToLong(MemoryUsage::getUsed)
                .sum();
    }

    String line() {
        return String.join(
                "\t",
                KEY,
                Double.toString(seconds),
                Long.toString(resident),
                Long.toString(committed),
                Long.toString(inUse),
                Long.toString(heaps),
                Long.toString(java));
    }

    /** Reads what {@link #line} has made, at its tabs. */
    static Reading parse(String[] part) {
        return new Reading(
                Double.parseDouble(part[1]),
                Long.parseLong(part[2]),
                Long.parseLong(part[3]),
                Long.parseLong(part[4]),
                Long.parseLong(part[5]),
                Long.parseLong(part[6]));
    }
}
