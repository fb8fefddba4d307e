package io.memmap.bench.child;

import io.memmap.Geometry;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import io.memmap.bench.maps.MemmapMap;
import io.memmap.bench.maps.MemmapMaps;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;

/**
 * The program that measures the memory of one map. For a map in the Java heap it reports the bytes
 * of the live heap. For a map of memmap it also reports committed bytes, as the heap counts them,
 * and resident bytes, as the kernel counts them, at each {@link Moment}. Other maps do not tell
 * their memory: for them it reports only the entries.
 */
public final class FillMemory {
    /** The moments of the measurement. The name of each is the prefix of its figures. */
    public enum Moment {
        LIMIT("just under the load limit"),
        DOUBLING("the doubling's peak"),
        DOUBLED("the doubling's end"),
        FULL("with all entries"),
        PEAK("the fill's peak"),
        REMOVED("95% removed");

        private final String title;

        Moment(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }

        public String entries() {
            return name() + ".entries";
        }

        public String committed() {
            return name() + ".committed";
        }

        public String resident() {
            return name() + ".resident";
        }
    }

    private static final long SALT = 1;
    /** The number of puts between two samples of the committed bytes. */
    private static final int COMMITTED_STEP = 1 << 12;
    /**
     * The number of samples of the resident bytes, which the kernel counts page by page, and of
     * checks whether the table still grows.
     */
    private static final int SLOW_LOOKS = 128;

    private final NativeHeap heap;
    private final Geometry geometry;
    private final LongLongMap map;
    private final Reporter report;
    private final int size;
    private final int slowStep;
    private long next;
    private long peakCommitted;
    private long peakEntries;
    private long peakResident;

    private FillMemory(MemmapMaps maps, LongLongMap map, int size, Reporter report) {
        this.size = size;
        slowStep = Math.max(1, size / SLOW_LOOKS);
        heap = maps.heap();
        geometry = maps.geometry();
        this.map = map;
        this.report = report;
    }

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        int size = Integer.parseInt(arguments[1]);
        Contender contender = Contender.valueOf(arguments[0]);
        try (LongMaps maps = contender.open(size);
                LongMap map = maps.make(0)) {
            if (maps instanceof MemmapMaps memmaps && map instanceof MemmapMap memmap) {
                new FillMemory(memmaps, memmap.map(), size, report).run();
            } else {
                fill(map, size, contender.isOffHeap(), report);
            }
        } catch (RuntimeException failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static void fill(LongMap map, int size, boolean offHeap, Reporter report) {
        long baseline = liveHeapBytes();
        for (int i = 0; i < size; i++) {
            map.put(Keys.at(i), SALT);
        }
        if (!offHeap) {
            report.figure(Moment.FULL.committed(), liveHeapBytes() - baseline);
        }
        report.figure(Moment.FULL.entries(), map.size());
    }

    private static long liveHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void run() {
        fillTo(lastLoadLimit());
        look(Moment.LIMIT);
        peakCommitted = 0;
        peakResident = 0;
        fillTo(next + 1);
        while (map.stats().growing() && next < size) {
            fillTo(Math.min(size, next + slowStep));
        }
        look(Moment.DOUBLED);
        peak(Moment.DOUBLING);
        fillTo(size);
        look(Moment.FULL);
        peak(Moment.PEAK);
        for (long i = 0; i < next * 95 / 100; i++) {
            map.remove(Keys.at(i));
        }
        look(Moment.REMOVED);
    }

    /**
     * Returns the largest load limit after which a doubling of the table can still end below the
     * size.
     */
    private long lastLoadLimit() {
        long slots = map.layout().bucket().memberLayouts().stream()
                .filter(member -> member.name().orElse("").startsWith("key"))
                .count();
        long buckets = 1;
        while (loadLimit(slots * 2 * buckets) * 5 / 4 <= size) {
            buckets *= 2;
        }
        return loadLimit(slots * buckets);
    }

    private long loadLimit(long slots) {
        return geometry == Geometry.PAGE ? slots / 2 : (13 * slots) >>> 4;
    }

    private void fillTo(long entries) {
        for (; next < entries; next++) {
            map.put(Keys.at(next), SALT);
            if (next % Math.min(COMMITTED_STEP, slowStep) == 0) {
                seeCommitted();
            }
            if (next % slowStep == 0) {
                seeResident();
            }
        }
    }

    private void seeCommitted() {
        long committed = heap.stats().committed();
        if (committed > peakCommitted) {
            peakCommitted = committed;
            peakEntries = map.size();
        }
    }

    private OptionalLong seeResident() {
        OptionalLong resident = resident();
        peakResident = Math.max(peakResident, resident.orElse(0));
        return resident;
    }

    private void look(Moment moment) {
        seeCommitted();
        OptionalLong resident = seeResident();
        figures(moment, map.size(), heap.stats().committed(), resident);
    }

    /** Reports the largest values that were sampled so far. */
    private void peak(Moment moment) {
        OptionalLong resident = peakResident == 0 ? OptionalLong.empty() : OptionalLong.of(peakResident);
        figures(moment, peakEntries, peakCommitted, resident);
    }

    private void figures(Moment moment, long entries, long committed, OptionalLong resident) {
        report.figure(moment.entries(), entries);
        report.figure(moment.committed(), committed);
        resident.ifPresent(bytes -> report.figure(moment.resident(), bytes));
    }

    /** Returns the resident bytes of the heap; empty if the system does not tell them. */
    private OptionalLong resident() {
        MemorySegment segment = heap.segment();
        return ProcSelf.residentBytes(segment.address(), segment.address() + segment.byteSize());
    }
}
