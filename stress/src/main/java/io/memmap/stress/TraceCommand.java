package io.memmap.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows growths of a map and the garbage collector's pauses on one time line. It runs a LongLongMap
 * and a HashMap under the same load, each in its own JVM with the same size of Java heap.
 */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description =
                "Fills a LongLongMap, and then a HashMap, again and again, each in a JVM of its own with a Java heap"
                        + " of the same size. Draws the growths and the garbage collector's pauses on one time line,"
                        + " and tells how many of the pauses began during a growth.")
final class TraceCommand implements Callable<Integer> {
    private static final int COLUMNS = 100;
    private static final long MOST_ENTRIES = 1L << 30;

    @Mixin
    private Seconds seconds;

    @Option(
            names = "--entries",
            paramLabel = "N",
            defaultValue = "2000000",
            description = "Number of entries in a fill, 1 to 2^30. Default: ${DEFAULT-VALUE}.")
    private long entries;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = "1g",
            description = "Java heap of each JVM, in the form of -Xmx. Default: ${DEFAULT-VALUE}.")
    private String heap;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Write every growth and pause to this file, separated by tabs.")
    private @Nullable Path file;

    @Spec
    private CommandSpec spec;

    /** A run: the class of its map, the number of puts, and its time line. */
    record Run(String map, long puts, TimeLine line) {
        /** Parses the output of {@link TraceChild}. */
        static Run parse(String map, List<String> lines) {
            long nanos = 0;
            long puts = 0;
            List<TimeLine.Growth> growths = new ArrayList<>();
            List<TimeLine.Span> pauses = new ArrayList<>();
            for (String line : lines) {
                String[] part = line.split("\t", -1);
                switch (part[0]) {
                    case "run" -> {
                        nanos = Long.parseLong(part[1]);
                        puts = Long.parseLong(part[2]);
                    }
                    case "pause" -> pauses.add(span(part));
                    case "growth" ->
                        growths.add(new TimeLine.Growth(
                                span(part),
                                Long.parseLong(part[3]),
                                Long.parseLong(part[4]),
                                Long.parseLong(part[5]),
                                Long.parseLong(part[6]),
                                Long.parseLong(part[7])));
                    default -> {} // a line of the JVM itself
                }
            }
            return new Run(map, puts, new TimeLine(nanos, growths, pauses));
        }

        private static TimeLine.Span span(String[] part) {
            return new TimeLine.Span(Long.parseLong(part[1]), Long.parseLong(part[2]));
        }
    }

    @Override
    public Integer call() throws IOException {
        if (entries < 1 || entries > MOST_ENTRIES) {
            throw new ParameterException(spec.commandLine(), "--entries must be 1.." + MOST_ENTRIES + ": " + entries);
        }
        if (!heap.matches("0*[1-9]\\d*[kKmMgGtT]?")) {
            throw new ParameterException(spec.commandLine(), "--heap must be a size above 0, such as 512m: " + heap);
        }
        if (file != null) {
            Files.write(file, List.of()); // fails now, not when all the work is done
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%,d entries in a fill, Java heap %s%n", entries, heap);
        List<String> told = new ArrayList<>();
        for (String map : List.of(TraceChild.MEMMAP, TraceChild.HASH_MAP)) {
            List<String> lines = new ArrayList<>();
            long millis = TimeUnit.SECONDS.toMillis(seconds.get()) / 2;
            int exitCode = Child.run(
                    Path.of("."),
                    List.of("-Xms" + heap, "-Xmx" + heap),
                    TraceChild.class.getName(),
                    List.of(map, Long.toString(entries), Long.toString(millis)),
                    lines::add);
            if (exitCode != 0) {
                spec.commandLine()
                        .getErr()
                        .println("stress/run: the run of " + map + " ended with exit code " + exitCode + ": "
                                + String.join("; ", lines));
                return 1;
            }
            report(Run.parse(map, lines), out);
            lines.forEach(line -> told.add(map + "\t" + line));
        }
        if (file != null) {
            Files.write(file, told);
        }
        return 0;
    }

    static void report(Run run, PrintWriter out) {
        TimeLine line = run.line();
        List<TimeLine.Span> growing = line.growing();
        List<TimeLine.Span> within = line.pausesBegunInGrowth();
        long inside = line.growths().stream().mapToLong(TimeLine.Growth::inside).sum();
        long longestStep = line.growths().stream()
                .mapToLong(TimeLine.Growth::longestStep)
                .max()
                .orElse(0);
        out.printf("%n%s, %.1f s%n", run.map(), line.nanos() / 1e9);
        out.printf("growing %s%n", line.drawGrowths(COLUMNS));
        out.printf("pauses  %s%n", line.drawPauses(COLUMNS));
        row(out, "puts", "%,18d".formatted(run.puts()));
        row(out, "growths", "%,18d".formatted(line.growths().size()));
        row(
                out,
                "growing, ms",
                "%,18.1f  %.1f%% of the time".formatted(millis(TimeLine.sum(growing)), share(growing, line)));
        row(out, "spent on moving, ms", "%,18.1f".formatted(millis(inside)));
        row(out, "longest step, ms", "%,18.3f".formatted(millis(longestStep)));
        row(out, "GC pauses", "%,18d".formatted(line.pauses().size()));
        row(out, "paused, ms", "%,18.1f".formatted(millis(TimeLine.sum(line.pauses()))));
        row(out, "longest pause, ms", "%,18.3f".formatted(millis(TimeLine.longest(line.pauses()))));
        row(
                out,
                "began in a growth",
                "%,18d  %.1f%% of the pauses' time, %.1f ms"
                        .formatted(
                                within.size(),
                                percent(TimeLine.sum(within), TimeLine.sum(line.pauses())),
                                millis(TimeLine.sum(within))));
    }

    private static double share(List<TimeLine.Span> spans, TimeLine line) {
        return percent(TimeLine.sum(spans), line.nanos());
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0 : 100.0 * part / whole;
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private static void row(PrintWriter out, String name, String figures) {
        out.printf("%-22s %s%n", name, figures);
    }
}
