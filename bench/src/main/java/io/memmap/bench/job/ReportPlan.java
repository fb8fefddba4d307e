package io.memmap.bench.job;

import io.memmap.bench.child.Gc;
import io.memmap.bench.maps.Contender;
import java.util.List;

/** The measurements of a report. */
public record ReportPlan(
        List<LongTask> tasks,
        List<ObjectTask> objects,
        List<ShapeTask> shapes,
        Latency latency,
        Pressure pressure,
        Memory memory,
        List<Integer> nativeSizes,
        List<Stores> stores,
        List<RestartJob.Entries> restarts,
        long windowBytes) {
    /** Latencies: of puts without and with a rate, and of gets beside a writer. */
    record Latency(List<Contender> contenders, int size, int putsASecond, int getsASecond, int seconds) {}

    /** Garbage collectors under a load. */
    record Pressure(List<Contender> contenders, List<Gc> collectors, int size, int mebibytes, int seconds) {}

    /** The memory of processes. */
    record Memory(List<Contender> contenders, int size) {}

    /** Stores of Kafka Streams, in a Java heap that is no larger than this. */
    record Stores(int size, long mostJavaHeap) {}

    private static final List<Contender> FEW =
            List.of(Contender.MEMMAP_PAGE, Contender.MEMMAP_SYNC, Contender.FASTUTIL, Contender.JDK_HASHMAP);
    private static final List<Contender> ALL = List.of(
            Contender.MEMMAP_PAGE,
            Contender.MEMMAP_PAGE_HUGE,
            Contender.MEMMAP_LINE,
            Contender.MEMMAP_LINE_HUGE,
            Contender.MEMMAP_GO,
            Contender.MEMMAP_SYNC,
            Contender.FASTUTIL,
            Contender.AGRONA,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP,
            Contender.JDK_CONCURRENT,
            Contender.CHRONICLE,
            Contender.OHC,
            Contender.EHCACHE,
            Contender.MAPDB,
            Contender.LMDB);
    private static final int MILLION = 1_000_000;
    private static final long GIBIBYTE = 1L << 30;
    /** The puts a second when puts have a rate. */
    public static final int PUTS_A_SECOND = MILLION;

    /** Returns the plan of a quick report: few contenders and a million entries. */
    public static ReportPlan quick() {
        return new ReportPlan(
                LongTask.quick(),
                ObjectTask.quick().stream()
                        .filter(task -> task.operation() == ObjectTask.Operation.BY_STRING)
                        .toList(),
                ShapeTask.quick(),
                new Latency(FEW, MILLION, PUTS_A_SECOND, 200_000, 2),
                new Pressure(FEW, List.of(Gc.G1, Gc.ZGC), 2 * MILLION, 500, 3),
                new Memory(FEW, 2 * MILLION),
                List.of(MILLION),
                List.of(new Stores(MILLION / 2, GIBIBYTE)),
                List.of(new RestartJob.Entries(false, MILLION)),
                4 << 20);
    }

    /** Returns the plan of a full report: all contenders and up to 50 million entries. */
    public static ReportPlan full() {
        return new ReportPlan(
                LongTask.full(),
                ObjectTask.full().stream()
                        .filter(task -> task.operation() != ObjectTask.Operation.HIT)
                        .toList(),
                ShapeTask.full(),
                new Latency(ALL, 10 * MILLION, PUTS_A_SECOND, 200_000, 10),
                new Pressure(ALL, List.of(Gc.values()), 10 * MILLION, 1000, 15),
                new Memory(ALL, 10 * MILLION),
                List.of(20_000, MILLION, 10 * MILLION),
                List.of(new Stores(2 * MILLION, 3 * GIBIBYTE), new Stores(10 * MILLION, GIBIBYTE)),
                List.of(
                        new RestartJob.Entries(false, MILLION),
                        new RestartJob.Entries(true, MILLION),
                        new RestartJob.Entries(false, 10 * MILLION)),
                32 << 20);
    }
}
