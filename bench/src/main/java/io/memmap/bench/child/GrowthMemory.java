package io.memmap.bench.child;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import java.util.OptionalLong;

/**
 * The program that measures the memory of a map as the operating system counts it: the resident
 * memory of the process, minus its resident memory before the map was made. The difference can be
 * negative. A full GC comes before every moment, except the peak, which covers the whole growth.
 */
public final class GrowthMemory {
    /** The moments in their order. The name of each is the name of a figure. */
    public enum Moment {
        PEAK("peak while growing"),
        FULL("settled"),
        REMOVED("95% removed"),
        CLEARED("cleared"),
        CLOSED("closed");

        private final String title;

        Moment(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    /** The curve of growth: entries, and bytes. */
    public static final String GROWTH = "growth";

    private static final int LOOKS = 128;
    private static final int WARM_UP_SIZE = 10_000;

    private GrowthMemory() {}

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        Contender contender = Contender.valueOf(arguments[0]);
        int size = Integer.parseInt(arguments[1]);
        try {
            // Load classes and code before the baseline is taken.
            fillAndClose(contender, Math.min(size, WARM_UP_SIZE));
            System.gc();
            OptionalLong baseline = ProcSelf.residentBytes();
            if (baseline.isEmpty()) {
                throw new IllegalStateException("the system does not report the resident memory of a process");
            }
            run(contender, size, baseline.getAsLong(), report);
            settled(Moment.CLOSED, baseline.getAsLong(), report);
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static void fillAndClose(Contender contender, int size) {
        try (LongMaps maps = contender.open(size);
                LongMap map = maps.make(0)) {
            map.putAll(Keys.range(0, size), 0, size, 1);
        }
    }

    private static void run(Contender contender, int size, long baseline, Reporter report) {
        int step = Math.max(1, size / LOOKS);
        long peak = Long.MIN_VALUE;
        try (LongMaps maps = contender.open(size);
                LongMap map = maps.make(0)) {
            for (int first = 0; first < size; first += step) {
                int count = Math.min(step, size - first);
                map.putAll(Keys.range(first, count), 0, count, 1);
                long bytes = growth(baseline);
                peak = Math.max(peak, bytes);
                report.point(GROWTH, first + count, bytes);
            }
            if (map.size() != size) {
                throw new IllegalStateException("the map holds " + map.size() + " entries; expected " + size);
            }
            report.figure(Moment.PEAK.name(), Math.max(peak, settled(Moment.FULL, baseline, report)));
            int removed = (int) (size * 95L / 100);
            for (int first = 0; first < removed; first += step) {
                int count = Math.min(step, removed - first);
                map.removeAll(Keys.range(first, count), 0, count);
            }
            settled(Moment.REMOVED, baseline, report);
            map.clear();
            settled(Moment.CLEARED, baseline, report);
        }
    }

    private static long settled(Moment moment, long baseline, Reporter report) {
        System.gc();
        long bytes = growth(baseline);
        report.figure(moment.name(), bytes);
        return bytes;
    }

    private static long growth(long baseline) {
        return ProcSelf.residentBytes().orElse(baseline) - baseline;
    }
}
