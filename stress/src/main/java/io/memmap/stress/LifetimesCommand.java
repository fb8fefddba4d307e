package io.memmap.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Runs threads that use maps while the memory of the maps ends. Each mode of the JIT has its own
 * JVM. A JVM that dies counts as a crash, and no JVM may crash.
 */
@Command(
        name = "lifetimes",
        mixinStandardHelpOptions = true,
        description = "Closes heaps, arenas and maps while threads use them, thousands of times in each mode of the JIT"
                + " compiler. Counts crashes, wrong values and leaked bytes.")
final class LifetimesCommand implements Callable<Integer> {
    /**
     * Options that fix the size of the Java heap. Growth of the Java heap would look like a leak.
     */
    private static final List<String> FIXED_JAVA_HEAP =
            List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");

    private static final List<String> CRASH_REPORT =
            List.of("-XX:ErrorFile=hs_err_%p.log", "-XX:-CreateCoredumpOnCrash");

    private final Class<?> child;
    private final Path temporary;

    @Mixin
    private Seconds seconds;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the random rounds. Default: random.")
    private @Nullable Long seed;

    @Spec
    private CommandSpec spec;

    LifetimesCommand() {
        this(LifetimeChild.class, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * Creates a command whose JVMs run this class. If a JVM crashes, its report stays in a new
     * directory below {@code temporary}.
     */
    LifetimesCommand(Class<?> child, Path temporary) {
        this.child = child;
        this.temporary = temporary;
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        long seedNow = seed == null ? ThreadLocalRandom.current().nextLong() : seed;
        out.printf("seed %d%n", seedNow);
        List<Mode> modes = new ArrayList<>();
        for (JitMode mode : JitMode.values()) {
            modes.add(run(mode, seedNow));
        }
        out.printf(
                "%-12s %10s %8s %13s %13s %18s %12s %12s%n",
                "mode",
                "rounds",
                "crashes",
                "wrong values",
                "leaked bytes",
                "undetected misuse",
                "RSS before",
                "RSS after");
        modes.forEach(mode -> out.println(mode.row()));
        return modes.stream().allMatch(Mode::isGood) ? 0 : 1;
    }

    /** The result of one mode; without figures if its JVM died. */
    private record Mode(JitMode jit, Optional<LifetimeFigures> figures) {
        boolean isGood() {
            return figures.filter(LifetimeFigures::isGood).isPresent();
        }

        String row() {
            LifetimeFigures shown = figures.orElse(new LifetimeFigures(0, 0, 0, 0, 0, 0));
            return String.format(
                    "%-12s %,10d %8d %,13d %,13d %,18d %,8d MiB %,8d MiB%s",
                    jit.title(),
                    shown.rounds(),
                    figures.isPresent() ? 0 : 1,
                    shown.wrong(),
                    shown.leakedBytes(),
                    shown.undetected(),
                    shown.residentBefore() >> 20,
                    shown.residentAfter() >> 20,
                    shown.isFlat() ? "" : "  grows");
        }
    }

    private Mode run(JitMode mode, long seedNow) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        Progress progress = new Progress(err);
        Path directory = Files.createTempDirectory(temporary, "memmap-lifetimes");
        List<String> options = Stream.of(FIXED_JAVA_HEAP, CRASH_REPORT, mode.options())
                .flatMap(List::stream)
                .toList();
        List<String> others = new ArrayList<>();
        List<LifetimeFigures> figures = new ArrayList<>();
        long millis = 1000L * seconds.get() / JitMode.values().length;
        List<String> arguments = List.of(Long.toString(millis), Long.toString(seedNow));
        int exitCode = Child.run(directory, options, child.getName(), arguments, line -> {
            if (line.startsWith(LifetimeChild.PROGRESS)) {
                progress.show(mode.title() + ": " + line.substring(LifetimeChild.PROGRESS.length()) + " rounds");
            } else {
                LifetimeFigures.parse(line).ifPresentOrElse(figures::add, () -> others.add(line));
            }
        });
        progress.end();
        others.forEach(line -> err.println("stress/run: " + mode.title() + ": " + line));
        if (exitCode != 0) {
            err.println("stress/run: " + mode.title() + ": its JVM died with exit code " + exitCode
                    + (exitCode > 128 ? ", signal " + (exitCode - 128) : "") + "; " + reports(directory));
            return new Mode(mode, Optional.empty());
        }
        Files.delete(directory);
        return new Mode(mode, figures.stream().findFirst());
    }

    private static String reports(Path directory) {
        String[] names = directory.toFile().list();
        return names == null || names.length == 0
                ? "there is no crash report"
                : "crash reports " + Arrays.toString(names) + " in " + directory;
    }
}
