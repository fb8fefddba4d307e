package io.memmap.bench.child;

import io.memmap.bench.maps.TextContender;
import io.memmap.bench.maps.TextKeys;
import io.memmap.bench.maps.TextMap;
import io.memmap.bench.maps.TextMaps;
import io.memmap.bench.maps.TextValues;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;

/**
 * The program that measures the memory of one map of strings, before and after a fill from empty:
 * the Java heap after a full GC, the memory that the map itself reports, and the resident memory of
 * the process. The whole Java heap must be touched when the JVM starts, so that the resident memory
 * grows only outside of it.
 */
public final class TextMemory {
    /** The figures that it reports. */
    public enum MemoryMetric {
        ENTRIES,
        PAYLOAD,
        JAVA_HEAP,
        USED,
        COMMITTED,
        RESIDENT
    }

    private static final int CHUNK = 10_000;
    /**
     * A small number: the memory of a closed map stays in the process, and the next map would use
     * it uncounted.
     */
    private static final int WARM_UP_SIZE = 10_000;

    private static final long SALT = 1;

    private final TextMaps maps;
    private final Reporter report;
    private long payload;

    private TextMemory(TextMaps maps, Reporter report) {
        this.maps = maps;
        this.report = report;
    }

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        try (TextMaps maps = TextContender.valueOf(arguments[0]).open()) {
            new TextMemory(maps, report).run(Integer.parseInt(arguments[1]));
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private void run(int size) {
        fill(Math.min(WARM_UP_SIZE, size)).close(); // so that classes and code are loaded before
        long javaHeap = liveHeapBytes();
        OptionalLong resident = ProcSelf.residentBytes();
        try (TextMap map = fill(size)) {
            figure(MemoryMetric.ENTRIES, map.size());
            figure(MemoryMetric.PAYLOAD, payload);
            figure(MemoryMetric.JAVA_HEAP, Math.max(0, liveHeapBytes() - javaHeap));
            map.usedBytes().ifPresent(bytes -> figure(MemoryMetric.USED, bytes));
            map.committedBytes().ifPresent(bytes -> figure(MemoryMetric.COMMITTED, bytes));
            if (resident.isPresent()) {
                long growth = ProcSelf.residentBytes().orElse(0) - resident.getAsLong();
                figure(MemoryMetric.RESIDENT, Math.max(0, growth));
            }
        }
    }

    private TextMap fill(int size) {
        payload = 0;
        TextMap map = maps.make(0, size);
        for (int first = 0; first < size; first += CHUNK) {
            TextKeys keys = TextKeys.range(first, Math.min(CHUNK, size - first));
            map.putAll(keys, keys.strings(), 0, keys.count(), SALT);
            payload += keys.totalLength() + (long) keys.count() * TextValues.BYTES;
        }
        return map;
    }

    private void figure(MemoryMetric figure, long value) {
        report.figure(figure.name(), value);
    }

    private static long liveHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
