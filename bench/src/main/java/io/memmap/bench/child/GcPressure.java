package io.memmap.bench.child;

import com.sun.management.ThreadMXBean;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import io.memmap.bench.result.FigureNames;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The program that measures what live entries cost the garbage collector. It fills a map; then a
 * load allocates at a steady rate. Time is cut into slots of a millisecond. In each slot the load
 * allocates the same number of bytes and looks up some keys of the map. One object in 16 lives for
 * a while.
 */
public final class GcPressure {
    /** The figures that it reports. */
    public enum LoadMetric {
        GC_CPU,
        WALL,
        ALLOCATED,
        /** The longest delay of a slot after its intended time. */
        LATE_MAX
    }

    /**
     * The curve of the stalls of the load's own thread: the end of each in microseconds, and its
     * nanoseconds.
     */
    public static final String STALL_CURVE = "stalls";

    private static final int OBJECT_BYTES = 512;
    private static final int HEADER_BYTES = 16;
    private static final int KEPT = 1 << 14;
    private static final int ONE_KEPT_OF = 16;
    private static final int GETS_A_SLOT = 100;
    private static final long SLOT_NANOS = 1_000_000;
    private static final int FILL_CHUNK = 10_000;

    private final byte[][] kept = new byte[KEPT][];
    /** Written so that the compiler cannot remove the lookups. */
    long seen;

    byte @Nullable [] newest;

    private GcPressure() {}

    /**
     * Arguments: contender, entries, MiB to allocate in a second, seconds, file of the log of the
     * garbage collector.
     */
    public static void main(String[] arguments) throws IOException {
        Reporter report = Reporter.toLauncher();
        int size = Integer.parseInt(arguments[1]);
        try (LongMaps maps = Contender.valueOf(arguments[0]).open(Math.max(size, FILL_CHUNK));
                LongMap map = maps.make(size)) {
            for (int first = 0; first < size; first += FILL_CHUNK) {
                int count = Math.min(FILL_CHUNK, size - first);
                map.putAll(Keys.range(first, count), 0, count, 1);
            }
            System.gc();
            new GcPressure()
                    .run(
                            map,
                            size,
                            Long.parseLong(arguments[2]) << 20,
                            Integer.parseInt(arguments[3]),
                            Path.of(arguments[4]),
                            report);
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private void run(LongMap map, int size, long bytesASecond, int seconds, Path log, Reporter report)
            throws IOException {
        long upAtStart = ManagementFactory.getRuntimeMXBean().getUptime();
        long cpuAtStart = ProcSelf.gcCpuNanos();
        long allocatedAtStart = allocated();
        long start = System.nanoTime();
        long lateMax = load(map, size, bytesASecond, start, seconds * 1_000_000_000L);
        long wall = System.nanoTime() - start;
        figure(report, LoadMetric.WALL, wall);
        figure(report, LoadMetric.ALLOCATED, allocated() - allocatedAtStart);
        figure(report, LoadMetric.GC_CPU, ProcSelf.gcCpuNanos() - cpuAtStart);
        figure(report, LoadMetric.LATE_MAX, lateMax);
        List<String> lines = Files.readAllLines(log);
        curve(report, FigureNames.PAUSES, GcLog.pauses(lines), upAtStart);
        curve(report, STALL_CURVE, GcLog.stalls(lines, Thread.currentThread().getName()), upAtStart);
    }

    private static void curve(Reporter report, String name, List<GcLog.Pause> pauses, long fromMillis) {
        for (GcLog.Pause pause : pauses) {
            if (pause.endSeconds() * 1000 > fromMillis) {
                report.point(name, Math.round(pause.endSeconds() * 1e6) - fromMillis * 1000, pause.nanos());
            }
        }
    }

    private long load(LongMap map, int size, long bytesASecond, long start, long nanos) {
        int objectsASlot = Math.max(1, (int) (bytesASecond / 1000 / OBJECT_BYTES));
        long lateMax = 0;
        long count = 0;
        for (long intended = start; intended < start + nanos; intended += SLOT_NANOS) {
            while (System.nanoTime() < intended) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < objectsASlot; i++, count++) {
                byte[] object = new byte[OBJECT_BYTES - HEADER_BYTES];
                if (count % ONE_KEPT_OF == 0) {
                    kept[(int) (count / ONE_KEPT_OF) % KEPT] = object;
                }
                newest = object; // the compiler may not remove the allocation
            }
            for (int i = 0; i < GETS_A_SLOT && size > 0; i++) {
                seen ^= map.get(Keys.at((count + i * 7919L) % size));
            }
            lateMax = Math.max(lateMax, System.nanoTime() - intended - SLOT_NANOS);
        }
        return Math.max(0, lateMax);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static void figure(Reporter report, LoadMetric figure, long value) {
        report.figure(figure.name(), value);
    }
}
