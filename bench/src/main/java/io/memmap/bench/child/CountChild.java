package io.memmap.bench.child;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The program that one {@link CountContender} runs in: it counts the windows of a file and reports
 * {@link CountFigures}. The time of an update begins when the update before it ends, so that every
 * pause belongs to an update.
 */
public final class CountChild {
    private static final int CHUNK = 1 << 16;

    private CountChild() {}

    /** Arguments: contender, file, limit in bytes, file of the garbage collector's log. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        try (WindowCounts counts = CountContender.valueOf(arguments[0]).open();
                Arena arena = Arena.ofConfined()) {
            Windows windows = Windows.map(Path.of(arguments[1]), Long.parseLong(arguments[2]), arena);
            run(windows, counts, Path.of(arguments[3]), report);
        } catch (OutOfMemoryError outOfMemory) {
            throw outOfMemory;
        } catch (IOException | RuntimeException | Error failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static void run(Windows windows, WindowCounts counts, Path gcLog, Reporter report) throws IOException {
        Latencies latencies = new Latencies();
        touch(windows);
        long baselineBytes = liveHeapBytes();
        long nanos = countAll(windows, counts, latencies, report);
        long usedBytes = usedHeapBytes();
        GcLog gc = GcLog.parse(Files.readAllLines(gcLog));
        report.figure(CountFigures.TOTAL, windows.count());
        report.figure(CountFigures.NANOS, nanos);
        latencies.report(report, CountFigures.LATENCY);
        report.figure(CountFigures.GC_CYCLES, gc.cycles());
        report.figure(CountFigures.GC_PAUSES, gc.pauses());
        report.figure(CountFigures.GC_PAUSE_TOTAL, gc.pauseTotalNanos());
        report.figure(CountFigures.GC_PAUSE_MAX, gc.pauseMaxNanos());
        report.figure(CountFigures.PEAK_HEAP, Math.max(gc.peakUsedBytes(), usedBytes));
        report.figure(CountFigures.PEAK_HEAP_AFTER_GC, gc.peakAfterBytes());
        ProcSelf.peakResidentBytes().ifPresent(bytes -> report.figure(CountFigures.PEAK_RESIDENT, bytes));
        report.figure(CountFigures.HEAP_GROWTH, Math.max(0, liveHeapBytes() - baselineBytes));
        report.figure(CountFigures.NATIVE, counts.nativeBytes());
        if (counts.distinct() > 0) { // the no-op loop counts nothing
            report.figure(CountFigures.DISTINCT, counts.distinct());
            report.figure(CountFigures.DIGEST, counts.digest());
        }
    }

    /** Reads all windows once, so that no update waits for the disk. */
    private static void touch(Windows windows) {
        WindowCounts nothing = new WindowCounts.NoOp();
        for (long i = 0; i < windows.count(); i++) {
            nothing.count(windows.at(i));
        }
        nothing.close();
    }

    private static long countAll(Windows windows, WindowCounts counts, Latencies latencies, Reporter report) {
        long total = windows.count();
        try (Ticker ticker = new Ticker(report, total)) {
            long start = System.nanoTime();
            long last = start;
            for (long from = 0; from < total; from += CHUNK) {
                last = countChunk(windows, from, Math.min(from + CHUNK, total), counts, latencies, last);
                ticker.at(from, counts.distinct());
            }
            return last - start;
        }
    }

    private static long countChunk(
            Windows windows, long from, long to, WindowCounts counts, Latencies latencies, long before) {
        long last = before;
        for (long i = from; i < to; i++) {
            counts.count(windows.at(i));
            long now = System.nanoTime();
            latencies.record(now - last);
            last = now;
        }
        return last;
    }

    private static long liveHeapBytes() {
        System.gc();
        return usedHeapBytes();
    }

    private static long usedHeapBytes() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
