package io.memmap.stress;

import io.memmap.stress.linear.CrowdedLongs;
import io.memmap.stress.linear.LoadedTexts;
import io.memmap.stress.linear.Longs;
import io.memmap.stress.linear.Structs;
import io.memmap.stress.linear.Texts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Runs random scenarios of operations with the test harness Lincheck. The answers must be possible
 * in some order of the operations.
 */
@Command(
        name = "lincheck",
        mixinStandardHelpOptions = true,
        description = "Runs short random scenarios of operations in several threads on the maps for many threads, with"
                + " Lincheck in its stress mode. Fails on results that no order of the operations explains.")
final class LincheckCommand implements Callable<Integer> {
    /** Options of the JVM. Lincheck instruments classes when they are loaded. */
    private static final List<String> AGENT = List.of("-XX:+EnableDynamicAgentLoading", "-Xshare:off");

    private final List<Class<?>> subjects;

    @Mixin
    private Seconds seconds;

    @Spec
    private CommandSpec spec;

    LincheckCommand() {
        this(List.of(Longs.class, CrowdedLongs.class, Structs.class, Texts.class, LoadedTexts.class));
    }

    /**
     * Creates a command for these classes. Each has operations, and a class Model that gives the
     * right answers.
     */
    LincheckCommand(List<Class<?>> subjects) {
        this.subjects = subjects;
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        boolean allGood = true;
        for (Class<?> subject : subjects) {
            Progress progress = new Progress(err);
            List<String> others = new ArrayList<>();
            long[] invocations = {0};
            Path directory = Files.createTempDirectory("memmap-lincheck");
            List<String> arguments = List.of(subject.getName(), Long.toString(1000L * seconds.get() / subjects.size()));
            int exitCode = Child.run(directory, AGENT, LincheckChild.class.getName(), arguments, line -> {
                if (line.startsWith(LincheckChild.PROGRESS)) {
                    invocations[0] = Long.parseLong(line.substring(LincheckChild.PROGRESS.length()));
                    progress.show(String.format("%s: %,d invocations", subject.getSimpleName(), invocations[0]));
                } else {
                    others.add(line);
                }
            });
            progress.end();
            Files.delete(directory);
            boolean good = exitCode == 0 && invocations[0] != 0;
            out.printf(
                    "%-12s %,12d invocations  %s%n",
                    subject.getSimpleName(), invocations[0], good ? "passed" : "FAILED");
            if (!good) {
                others.forEach(line -> err.println("stress/run: " + line));
            }
            allGood &= good;
        }
        return allGood ? 0 : 1;
    }
}
