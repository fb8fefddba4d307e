package io.memmap.stress.soak;

import io.memmap.stress.Child;
import io.memmap.stress.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs an application of Kafka Streams for long, and watches its memory. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description = "Runs two instances of an application of Kafka Streams with memmap's stores, exactly-once, over a"
                + " broker in the process. Again and again one instance fails or closes, and another one joins. Prints"
                + " the resident memory after each such rebalance. The counts must be exact at the end, and the memory"
                + " must stay within 5%% after the first third of the time.")
public final class SoakCommand implements Callable<Integer> {
    private static final int MOST_MINUTES = 10_000;
    private static final int LEAST_SECONDS = 5;
    private static final int SECONDS_A_MINUTE = 60;
    private static final int KEPT_LINES = 40;

    /**
     * A Java heap whose size is fixed, so that no growth of it is mistaken for native memory; and what
     * Kafka needs.
     */
    private static final List<String> JVM = List.of(
            "-Xms512m",
            "-Xmx512m",
            "-XX:+AlwaysPreTouch",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

    private final Class<?> child;

    private int minutes;
    private int every;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the random choices. Default: random.")
    private @Nullable Long seed;

    @Spec
    private CommandSpec spec;

    /** Creates the command of the program. */
    public SoakCommand() {
        this(SoakChild.class);
    }

    /** Creates a command whose JVM runs this class. */
    SoakCommand(Class<?> child) {
        this.child = child;
    }

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "120",
            description = "Run for about this many minutes, or with 0 for one rebalance. Default: ${DEFAULT-VALUE}.")
    void setMinutes(int wanted) {
        minutes = within("--minutes", wanted, 0, MOST_MINUTES);
    }

    @Option(
            names = "--every",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "The seconds from one rebalance to the next, at least " + LEAST_SECONDS
                    + ". Default: ${DEFAULT-VALUE}.")
    void setEvery(int wanted) {
        every = within("--every", wanted, LEAST_SECONDS, MOST_MINUTES * SECONDS_A_MINUTE);
    }

    private int within(String option, int wanted, int least, int most) {
        if (wanted < least || wanted > most) {
            throw new ParameterException(
                    spec.commandLine(), option + " must be " + least + ".." + most + ": " + wanted);
        }
        return wanted;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        long seedNow = seed == null ? ThreadLocalRandom.current().nextLong() : seed;
        out.printf(Locale.ROOT, "seed %d%n%11s %11s %15s %13s%n", seedNow, "time", "rebalances", "records", "resident");
        out.flush();
        Progress progress = new Progress(err);
        List<Sample> samples = new ArrayList<>();
        Deque<String> others = new ArrayDeque<>();
        AtomicBoolean isExact = new AtomicBoolean();
        List<String> arguments =
                List.of(Integer.toString(minutes * SECONDS_A_MINUTE), Integer.toString(every), Long.toString(seedNow));
        int exitCode = Child.run(Path.of("").toAbsolutePath(), JVM, child.getName(), arguments, line -> {
            if (line.startsWith(SoakChild.PROGRESS)) {
                progress.show(line.substring(SoakChild.PROGRESS.length()));
            } else if (line.equals(SoakChild.EXACT)) {
                isExact.set(true);
            } else {
                Sample.parse(line)
                        .ifPresentOrElse(
                                sample -> {
                                    progress.end();
                                    samples.add(sample);
                                    out.println(sample.row());
                                    out.flush();
                                },
                                () -> keep(others, line));
            }
        });
        progress.end();
        if (exitCode != 0 || !isExact.get()) {
            others.forEach(err::println);
            err.println("stress/run: the soak ended with exit code " + exitCode
                    + " before its counts were exact; its last lines are above");
            err.flush();
            return 1;
        }
        Flatness flatness = Flatness.of(samples);
        out.println("all counts are exact");
        out.println(flatness.text());
        return flatness.isFlat() ? 0 : 1;
    }

    private static void keep(Deque<String> lines, String line) {
        if (lines.size() == KEPT_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }
}
