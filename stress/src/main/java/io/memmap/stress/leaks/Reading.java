package io.memmap.stress.leaks;

import io.memmap.observe.MemStats;
import io.memmap.stress.Resident;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Objects;

/**
 * The memory that a process holds at one moment, right after a collection.
 *
 * @param seconds the time since the load began
 * @param resident the resident memory of the process, in bytes
 * @param committed the committed bytes of all native heaps
 * @param inUse the bytes in use in all native heaps
 * @param heaps the number of open native heaps
 * @param java the bytes in use in the Java heap
 */
record Reading(double seconds, long resident, long committed, long inUse, long heaps, long java) {
    static final String KEY = "reading";

    /** Takes a reading of this process. The collector must just have run. */
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

    /** Parses the parts of a {@link #line}, split at its tabs. */
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
