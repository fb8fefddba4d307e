package io.memmap.stress.leaks;

import io.memmap.stress.Child;
import io.memmap.stress.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs accidents that leak, each in its broken and its mended form. Checks that the search finds
 * the line of the leak.
 */
@Command(
        name = "leaks",
        mixinStandardHelpOptions = true,
        description =
                "Runs five programs that leak native memory. Each has a broken and a mended form, which run side by"
                    + " side under the same load, each in a JVM of its own. Prints memory over time. Each JVM searches"
                    + " for its leak with memmap's tools. The broken form must grow, and the tools must name its line"
                    + " first, with the right bytes. The mended form must stay flat and must not be reported.")
public final class LeaksCommand implements Callable<Integer> {
    private static final int MOST_SECONDS = 1_000_000;

    /**
     * Options for a Java heap of fixed size whose pages are all touched at the start. So the Java
     * heap does not grow, and no growth is mistaken for native memory.
     */
    private static final List<String> JVM =
            List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final Class<?> child;

    private int seconds;
    private final List<Accident> accidents = new ArrayList<>();

    @Option(
            names = "--profiles",
            paramLabel = "DIR",
            description = "Write the heap profiles of each run to this directory, from before and after the load: for"
                    + " go tool pprof, and as collapsed stacks.")
    private @Nullable Path profiles;

    @Option(
            names = "--serve",
            description =
                    "Serve the observer's page of the broken form's JVM, and print its address. The page stays until"
                            + " the program is interrupted. Needs exactly one --case.")
    private boolean serve;

    @Spec
    private CommandSpec spec;

    /** Creates the command of the program. */
    public LeaksCommand() {
        this(LeaksChild.class);
    }

    /** Creates a command whose JVMs run this class. */
    LeaksCommand(Class<?> child) {
        this.child = child;
    }

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description =
                    "Seconds that the load of each program lasts, at least 1. Default: ${DEFAULT-VALUE}. The number of"
                            + " requests is always the same.")
    void setSeconds(int wanted) {
        if (wanted < 1 || wanted > MOST_SECONDS) {
            throw new ParameterException(spec.commandLine(), "--seconds must be 1.." + MOST_SECONDS + ": " + wanted);
        }
        seconds = wanted;
    }

    @Option(
            names = "--case",
            paramLabel = "N",
            description =
                    "1: a cache whose values keep their requests; 2: contexts that wait for each other; 3: identity"
                            + " keys; 4: an automatic arena in a static field; 5: slices of forgotten owners. May be"
                            + " repeated. Default: all.")
    void setCases(List<Integer> numbers) {
        accidents.clear();
        for (int number : numbers) {
            accidents.add(Stream.of(Accident.values())
                    .filter(accident -> accident.number() == number)
                    .findFirst()
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), "--case must be 1.." + Accident.values().length + ": " + number)));
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (serve && accidents.size() != 1) {
            throw new ParameterException(
                    spec.commandLine(), "--serve needs exactly one --case: there are " + accidents.size());
        }
        if (profiles != null) {
            Files.createDirectories(profiles);
        }
        out.printf(
                "%,d requests in %d s, after %,d that warm up; one sample of the heap profile in %,d bytes on"
                        + " average%n",
                LeaksChild.REQUESTS, seconds, LeaksChild.FIRST_REQUESTS, LeaksChild.PROFILE_MEAN_BYTES);
        List<String> failures = new ArrayList<>();
        for (Accident accident : accidents.isEmpty() ? List.of(Accident.values()) : accidents) {
            out.printf("%ncase %d: %s%n", accident.number(), accident.title());
            run(accident, out).forEach(failure -> failures.add("case " + accident.number() + ": " + failure));
        }
        failures.forEach(failure -> spec.commandLine().getErr().println("stress/run: " + failure));
        return failures.isEmpty() ? 0 : 1;
    }

    /** Runs both forms at the same time and prints their results. Returns the errors. */
    private List<String> run(Accident accident, PrintWriter out) throws InterruptedException {
        Progress progress = new Progress(spec.commandLine().getErr());
        try (ExecutorService jvms = Executors.newFixedThreadPool(Form.values().length)) {
            CompletableFuture<Findings> broken = new CompletableFuture<>();
            CompletableFuture<Findings> mended = new CompletableFuture<>();
            jvms.execute(() -> run(accident, Form.BROKEN, progress::show, broken));
            jvms.execute(() -> run(accident, Form.MENDED, text -> {}, mended));
            Comparison comparison = new Comparison(broken.get(), mended.get());
            progress.end();
            comparison.print(out);
            out.flush();
            return comparison.failures(); // returns when both JVMs have ended
        } catch (ExecutionException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Runs one form to its end. Completes the future as soon as the JVM has printed its results.
     */
    private void run(Accident accident, Form form, Consumer<String> progress, CompletableFuture<Findings> findings) {
        List<String> arguments = new ArrayList<>(List.of(
                accident.name(),
                form.name(),
                Long.toString(TimeUnit.SECONDS.toMillis(seconds)),
                Boolean.toString(serve && form == Form.BROKEN)));
        if (profiles != null) {
            arguments.add(
                    profiles.resolve(accident.number() + "-" + form.title()).toString());
        }
        List<String> lines = new ArrayList<>();
        int exitCode = Child.run(Path.of("."), JVM, child.getName(), arguments, line -> {
            if (line.startsWith(LeaksChild.PROGRESS)) {
                progress.accept("case " + accident.number() + ": " + line.substring(LeaksChild.PROGRESS.length())
                        + " of " + LeaksChild.REQUESTS + " requests");
            } else if (line.startsWith(LeaksChild.PAGE)) {
                spec.commandLine().getErr().println("observer's page: " + line.substring(LeaksChild.PAGE.length()));
            } else if (line.equals(LeaksChild.TOLD)) {
                findings.complete(Findings.parse(lines));
            } else {
                lines.add(line);
            }
        });
        findings.completeExceptionally(new IllegalStateException("the " + form.title() + " form ended with exit code "
                + exitCode + ": " + String.join(System.lineSeparator(), lines)));
    }
}
