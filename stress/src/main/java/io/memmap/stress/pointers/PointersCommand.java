package io.memmap.stress.pointers;

import io.memmap.stress.Child;
import io.memmap.stress.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Uses pointers of maps wrongly and prints the outcomes. Each misuse runs in a JVM of its own. */
@Command(
        name = "pointers",
        mixinStandardHelpOptions = true,
        description = "Uses pointers of maps wrongly, through memmap, through checked UnsafeMemory and through"
                + " sun.misc.Unsafe. Each misuse runs in a JVM of its own. Prints the outcome: a right value, an"
                + " exception, silent garbage, or the death of the JVM. Fails if memmap has one of the last two.")
public final class PointersCommand implements Callable<Integer> {
    private static final int AT_A_TIME = 2;

    private static final List<String> JVM = List.of(
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=hs_err.log");

    private static final Pattern SIGNAL = Pattern.compile("#\\s+(SIG[A-Z]+) ");

    private final Class<?> child;

    @Option(names = "--through", paramLabel = "WAY", description = "One of ${COMPLETION-CANDIDATES}. Default: all.")
    private Way[] ways = Way.values();

    @Option(names = "--misuse", paramLabel = "NAME", description = "One of ${COMPLETION-CANDIDATES}. Default: all.")
    private Misuse[] misuses = Misuse.values();

    @Option(names = "--markdown", description = "Print the table as Markdown, with the full messages.")
    private boolean markdown;

    @Spec
    private CommandSpec spec;

    /** Creates the command of the program. */
    public PointersCommand() {
        this(PointersChild.class);
    }

    /** Creates a command whose JVMs run this class. */
    PointersCommand(Class<?> child) {
        this.child = child;
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Progress progress = new Progress(err);
        List<String> broken = new ArrayList<>();
        try (ExecutorService jvms = Executors.newFixedThreadPool(AT_A_TIME)) {
            Map<Misuse, Map<Way, Future<Outcome>>> running = new EnumMap<>(Misuse.class);
            for (Misuse misuse : misuses) {
                Map<Way, Future<Outcome>> row = running.computeIfAbsent(misuse, key -> new EnumMap<>(Way.class));
                for (Way way : ways) {
                    row.put(way, jvms.submit(() -> run(misuse, way)));
                }
            }
            int done = 0;
            Table table = new Table(out, markdown);
            for (Map.Entry<Misuse, Map<Way, Future<Outcome>>> row : running.entrySet()) {
                for (Map.Entry<Way, Future<Outcome>> cell : row.getValue().entrySet()) {
                    Outcome outcome = get(cell.getValue());
                    progress.show(++done + " of " + misuses.length * ways.length + " misuses");
                    progress.end();
                    table.add(row.getKey(), cell.getKey(), outcome);
                    if (cell.getKey() == Way.MEMMAP && !outcome.isSafe()) {
                        broken.add(row.getKey().title() + ": " + outcome.kind().title() + ": " + outcome.text());
                    }
                }
            }
        }
        broken.forEach(promise -> err.println("stress/run: memmap: " + promise));
        return broken.isEmpty() ? 0 : 1;
    }

    private static Outcome get(Future<Outcome> running) throws InterruptedException {
        try {
            return running.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private Outcome run(Misuse misuse, Way way) throws IOException {
        Path directory = Files.createTempDirectory("memmap-pointers");
        List<String> lines = new ArrayList<>();
        int exitCode = Child.run(directory, JVM, child.getName(), List.of(misuse.name(), way.name()), lines::add);
        Optional<String> signal = Optional.empty();
        try (Stream<Path> reports = Files.list(directory)) {
            for (Path report : reports.toList()) {
                signal = signal.or(() -> signalIn(report));
                Files.delete(report);
            }
        }
        Files.delete(directory);
        return Outcome.of(exitCode, lines, signal);
    }

    /**
     * Returns the signal that a JVM's crash report names in its line
     * {@code #  SIGSEGV (0xb) at pc=...}.
     */
    private static Optional<String> signalIn(Path report) {
        try (Stream<String> lines = Files.lines(report)) {
            return lines.map(SIGNAL::matcher)
                    .filter(Matcher::lookingAt)
                    .map(matcher -> matcher.group(1))
                    .findFirst();
        } catch (IOException e) {
            return Optional.of("unknown, as the crash report cannot be read: " + e);
        }
    }

    /** Prints each outcome when it is known. */
    private static final class Table {
        private final PrintWriter out;
        private final boolean markdown;

        Table(PrintWriter out, boolean markdown) {
            this.out = out;
            this.markdown = markdown;
            if (markdown) {
                out.println("| misuse | through | outcome | details |");
                out.println("|---|---|---|---|");
            } else {
                out.printf("%-42s %-21s %-15s %s%n", "misuse", "through", "outcome", "details");
            }
        }

        void add(Misuse misuse, Way way, Outcome outcome) {
            out.printf(
                    markdown ? "| %s | %s | %s | %s |%n" : "%-42s %-21s %-15s %s%n",
                    misuse.title(),
                    way.title(),
                    outcome.kind().title(),
                    outcome.text());
            out.flush();
        }
    }
}
