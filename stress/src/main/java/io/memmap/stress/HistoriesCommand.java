package io.memmap.stress;

import io.memmap.MapStats;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs random operations of many threads on maps: on the maps for many threads, and on the other
 * maps with a lock. Checks every value that a
 * thread sees against all values that it saw before.
 */
@Command(
        name = "histories",
        mixinStandardHelpOptions = true,
        description =
                "Reads and writes maps with many threads at random: the maps for many threads, and the others with a"
                        + " lock. Checks every value that a thread reads, and that no write is lost.")
final class HistoriesCommand implements Callable<Integer> {
    private static final long PROGRESS_MILLIS = 250;

    private final Function<NativeHeap, List<StampMap>> maker;

    @Mixin
    private Seconds seconds;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "6",
            description = "Number of threads, 1 to 64; every other one is a virtual thread. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the random operations. Default: random.")
    private @Nullable Long seed;

    @Spec
    private CommandSpec spec;

    HistoriesCommand() {
        this(HistoriesCommand::maps);
    }

    HistoriesCommand(Function<NativeHeap, List<StampMap>> maker) {
        this.maker = maker;
    }

    /** Makes a map of each class, with each form of values. */
    private static List<StampMap> maps(NativeHeap heap) {
        return List.of(
                new LongStamps(heap),
                ObjectStamps.sync(heap, "<String, String>", Form.TEXT, Form.TEXT),
                ObjectStamps.sync(heap, "<Fixed, Varied>", Form.FIXED, Form.VARIED),
                ObjectStamps.sync(heap, "<Varied, Fixed>", Form.VARIED, Form.FIXED),
                ObjectStamps.sync(heap, "<Long, MemorySegment>", Form.LONG, Form.STRUCT),
                new SyncStructStamps(heap),
                ObjectStamps.locked(heap, "<String, String>", Form.TEXT, Form.TEXT),
                ObjectStamps.locked(heap, "<Fixed, Varied>", Form.FIXED, Form.VARIED),
                ObjectStamps.locked(heap, "<Long, MemorySegment>", Form.LONG, Form.STRUCT),
                new LockedStamps(new StructStamps(heap)));
    }

    @Override
    public Integer call() throws InterruptedException {
        if (threads < 1 || threads > Stamp.WRITERS) {
            throw new ParameterException(spec.commandLine(), "--threads must be 1.." + Stamp.WRITERS + ": " + threads);
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        long seedNow = seed == null ? ThreadLocalRandom.current().nextLong() : seed;
        out.printf("%d threads, seed %d%n", threads, seedNow);
        Complaints complaints = new Complaints();
        try (NativeHeap heap = NativeHeap.ofShared()) {
            List<StampMap> maps = maker.apply(heap);
            SyncLongLongMap counts = SyncLongLongMap.make(heap);
            List<HistoryWorker> workers = work(heap, maps, counts, seedNow, complaints, new Progress(err));
            judge(maps, counts, workers, complaints);
            report(maps, workers, out);
            maps.forEach(StampMap::free);
            counts.free();
            heap.check();
            out.printf("%-22s %,18d%n", "bytes in use at end", heap.stats().inUse());
            if (heap.stats().inUse() != 0) {
                complaints.add("all maps were freed, but the heap has " + heap.stats());
            }
        }
        out.printf("%-22s %,18d%n", "errors", complaints.count());
        complaints.first().forEach(complaint -> err.println("stress/run: " + complaint));
        return complaints.count() == 0 ? 0 : 1;
    }

    private List<HistoryWorker> work(
            NativeHeap heap,
            List<StampMap> maps,
            SyncLongLongMap counts,
            long seedNow,
            Complaints complaints,
            Progress progress)
            throws InterruptedException {
        long end = seconds.fromNow();
        BooleanSupplier goesOn = () -> System.nanoTime() - end < 0 && complaints.count() == 0;
        Runnable check = () -> {
            maps.forEach(StampMap::check);
            heap.check();
        };
        List<HistoryWorker> workers = IntStream.range(0, threads)
                .mapToObj(
                        writer -> new HistoryWorker(writer, threads, maps, counts, seedNow, goesOn, check, complaints))
                .toList();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
            running.add(builder.start(workers.get(i)));
        }
        for (Thread thread : running) {
            while (!thread.join(Duration.ofMillis(PROGRESS_MILLIS))) {
                progress.show(String.format("%,d operations, %d s left", operations(workers), seconds.until(end)));
            }
        }
        progress.end();
        check.run();
        return workers;
    }

    private static long operations(List<HistoryWorker> workers) {
        return workers.stream().mapToLong(HistoryWorker::steps).sum();
    }

    /** Checks the contents of the maps, which must be exact when all threads are done. */
    private static void judge(
            List<StampMap> maps, SyncLongLongMap counts, List<HistoryWorker> workers, Complaints complaints) {
        for (int i = 0; i < maps.size(); i++) {
            int index = i;
            long[] there = {0};
            maps.get(i).forEach((key, stamp) -> there[0] += Stamp.digest(stamp));
            long left = workers.stream().mapToLong(worker -> worker.left(index)).sum();
            if (there[0] != left) {
                complaints.add(maps.get(i).name() + ": a write was lost or done twice");
            }
        }
        for (int i = 0; i < HistoryWorker.COUNTERS; i++) {
            int counter = i;
            long added =
                    workers.stream().mapToLong(worker -> worker.added(counter)).sum();
            if (counts.get(counter) != added) {
                complaints.add("counter " + counter + " is " + counts.get(counter) + ", but " + added + " was added");
            }
        }
    }

    private static void report(List<StampMap> maps, List<HistoryWorker> workers, PrintWriter out) {
        long operations = operations(workers);
        long writes = workers.stream().mapToLong(HistoryWorker::writes).sum();
        out.printf("%-22s %,18d%n", "operations", operations);
        out.printf("%-22s %,18d%n", "reads", operations - writes);
        out.printf("%-22s %,18d%n", "writes", writes);
        for (StampMap map : maps) {
            MapStats stats = map.stats();
            out.printf(
                    "%-22s %,18d (%,d to twice the size, %,d to half)  %s%n",
                    "growths",
                    stats.doublings() + stats.sameSizeGrowths() + stats.shrinks(),
                    stats.doublings(),
                    stats.shrinks(),
                    map.name());
        }
    }
}
