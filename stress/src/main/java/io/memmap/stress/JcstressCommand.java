package io.memmap.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.GradingResult;
import org.openjdk.jcstress.infra.runners.TestList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs races of two threads millions of times, with the test harness jcstress. Each race has its
 * own JVM.
 */
@Command(
        name = "jcstress",
        mixinStandardHelpOptions = true,
        description =
                "Runs races of two threads on a map, millions of times, with jcstress. Fails on an outcome that the"
                    + " maps do not promise. If the time is too short for all races, it runs some that it chooses at"
                    + " random, from each class as many as from another. If there is more time, it runs all of them in"
                    + " several modes of the JIT compiler.")
final class JcstressCommand implements Callable<Integer> {
    /** The time in which jcstress finds out what the machine and its JVM can do. */
    private static final int SECONDS_TO_START = 12;
    /** The time to start and end a JVM, and to run the shortest race that is worth running. */
    private static final int SECONDS_A_RACE = 3;

    private static final int RACE_MILLIS = 500;
    private static final int MAX_RACE_MILLIS = 10_000;

    private final Complaints complaints = new Complaints();

    @Mixin
    private Seconds seconds;

    @Option(
            names = "--test",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Run the races whose names match. Default: all.")
    private String wanted;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        List<String> races = new ArrayList<>(TestList.tests());
        Pattern names = wanted();
        races.removeIf(race -> !names.matcher(race).find());
        if (races.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "no race has a name that matches " + wanted);
        }
        Collections.shuffle(races);
        takeTurns(races);
        int all = races.size();
        int fit = Math.clamp((seconds.get() - SECONDS_TO_START) / SECONDS_A_RACE, 1, all);
        races = races.subList(0, fit);
        out.printf("%d of %d races%n", fit, all);
        Collection<TestResult> results = new ArrayList<>();
        List<JitMode> modes = modes(fit);
        for (JitMode mode : modes) {
            results.addAll(run(races, mode, seconds.get() / modes.size(), new Progress(err)));
        }
        report(races, results, modes, out);
        complaints.first().forEach(complaint -> err.println("stress/run: " + complaint));
        return complaints.count() == 0 ? 0 : 1;
    }

    /**
     * Sorts races so that their classes take turns: first one race of each class, then a second of
     * each. Else it keeps the order. So a short run has a race of each class.
     */
    static void takeTurns(List<String> races) {
        Map<String, Integer> turns = new HashMap<>();
        Map<String, Integer> turnOf = new HashMap<>();
        for (String race : races) {
            turnOf.put(race, turns.merge(race.substring(0, race.lastIndexOf('.')), 1, Integer::sum));
        }
        races.sort(Comparator.comparing(turnOf::get));
    }

    private Pattern wanted() {
        try {
            return Pattern.compile(wanted);
        } catch (PatternSyntaxException wrong) {
            throw new ParameterException(spec.commandLine(), "--test is not a regular expression: " + wanted, wrong);
        }
    }

    private List<JitMode> modes(int races) {
        int round = SECONDS_TO_START + SECONDS_A_RACE * races;
        return List.of(JitMode.values()).subList(0, Math.clamp(seconds.get() / round, 1, JitMode.values().length));
    }

    /** Runs the races in one mode with jcstress, and reads the results that it has written. */
    private Collection<TestResult> run(List<String> races, JitMode mode, int forSeconds, Progress progress)
            throws IOException {
        Path directory = Files.createTempDirectory("memmap-jcstress");
        try {
            long millis = 1000L * (forSeconds - SECONDS_TO_START) / races.size() - 1000L * SECONDS_A_RACE + RACE_MILLIS;
            List<String> output = new ArrayList<>();
            String[] standing = {"jcstress is starting"};
            int exitCode = Child.run(
                    directory,
                    List.of(),
                    org.openjdk.jcstress.Main.class.getName(),
                    arguments(races, mode, Math.clamp(millis, RACE_MILLIS, MAX_RACE_MILLIS)),
                    line -> {
                        output.add(line);
                        standing[0] = line.startsWith("(Results:") ? line : standing[0];
                        progress.show(mode.title() + ": " + standing[0]);
                    });
            progress.end();
            return read(directory, exitCode, output);
        } finally {
            delete(directory);
        }
    }

    private static List<String> arguments(List<String> races, JitMode mode, int millis) {
        String names = races.stream().map(Pattern::quote).collect(Collectors.joining("|", "^(", ")$"));
        String options = "--enable-native-access=ALL-UNNAMED " + String.join(" ", mode.options());
        return List.of(
                "-t",
                names,
                "-r",
                "report",
                "-f",
                "1",
                "-iters",
                "1",
                "-time",
                Integer.toString(millis),
                "-sc",
                "false",
                "-strideSize",
                "128",
                "-strideCount",
                "16",
                "-jvmArgs",
                options.strip());
    }

    private Collection<TestResult> read(Path directory, int exitCode, List<String> output) throws IOException {
        InProcessCollector results = new InProcessCollector();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".bin.gz")).toList()) {
                DiskReadCollector reader = new DiskReadCollector(file.toString(), results);
                reader.dump();
                reader.close();
            }
        } catch (ClassNotFoundException e) {
            throw new IOException(e);
        }
        if (results.getTestResults().isEmpty()) {
            complaints.add("jcstress ended with exit code " + exitCode + " and without a result:\n"
                    + String.join("\n", output));
        }
        return results.getTestResults();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void report(List<String> races, Collection<TestResult> results, List<JitMode> modes, PrintWriter out) {
        long samples = 0;
        long failed = 0;
        long forbidden = 0;
        for (String race : races.stream().sorted().toList()) {
            List<TestResult> ofRace = results.stream()
                    .filter(result -> result.getName().equals(race))
                    .toList();
            long here = ofRace.stream().mapToLong(TestResult::getTotalCount).sum();
            long forbiddenHere = ofRace.stream().mapToLong(this::judge).sum();
            boolean passed = ofRace.size() == modes.size()
                    && forbiddenHere == 0
                    && ofRace.stream().allMatch(result -> result.status() == Status.NORMAL);
            if (ofRace.size() < modes.size()) {
                complaints.add(
                        race + ": " + (modes.size() - ofRace.size()) + " of " + modes.size() + " modes gave no result");
            }
            String name = race.substring(race.lastIndexOf('.', race.lastIndexOf('.') - 1) + 1);
            out.printf("%-40s %,14d samples  %s%n", name, here, passed ? "passed" : "FAILED");
            samples += here;
            failed += passed ? 0 : 1;
            forbidden += forbiddenHere;
        }
        out.printf(
                "%d races in %s: %d passed, %d failed, %,d forbidden outcomes in %,d samples%n",
                races.size(),
                modes.stream().map(JitMode::title).collect(Collectors.joining(", ")),
                races.size() - failed,
                failed,
                forbidden,
                samples);
    }

    /** Adds a complaint for each error in a result. Returns how many forbidden outcomes it has. */
    private long judge(TestResult result) {
        long forbidden = 0;
        if (result.status() != Status.NORMAL) {
            complaints.add(result.getName() + ": " + result.status() + " " + result.getMessages() + result.getVmErr());
        }
        for (GradingResult outcome : result.grading().gradingResults.values()) {
            if (outcome.expect == Expect.FORBIDDEN && outcome.count != 0) {
                forbidden += outcome.count;
                complaints.add(result.getName() + ": forbidden outcome \"" + outcome.id + "\" " + outcome.count
                        + " times with " + result.getConfig().jvmArgs);
            }
        }
        return forbidden;
    }
}
