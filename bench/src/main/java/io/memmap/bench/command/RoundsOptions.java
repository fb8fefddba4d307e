package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.RoundsJob;
import io.memmap.bench.job.TimeBudget;
import io.memmap.bench.text.Text;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a {@link RoundsJob}, and the running of it. */
final class RoundsOptions {
    private static final int FORKS = 5;
    private static final int MINUTES = 25;

    @Option(names = "--quick", description = "One round of a part, in some four minutes.")
    private boolean quick;

    @Option(
            names = "--forks",
            description = "Rounds at most: forks of each benchmark. Default: " + FORKS + ". Not with --quick.")
    private @Nullable Integer forks;

    @Option(
            names = "--minutes",
            description = "No round begins that would not end within this time, but for the first. Default: " + MINUTES
                    + ". Not with --quick.")
    private @Nullable Double minutes;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Also write the page to this file, anew after each round.")
    private @Nullable Path out;

    /** Throws the line for the user, before anything is measured, if something is wrong with these options. */
    void check(JvmOptions jvm) {
        if (quick && forks != null) {
            throw new UsageException("--quick is one round: --forks does not go with it: " + forks);
        }
        if (quick && minutes != null) {
            throw new UsageException("--quick is one round: --minutes does not go with it: " + minutes);
        }
        if (rounds() < 1) {
            throw new UsageException("--forks must be 1 or more: " + rounds());
        }
        if (!(minutes() > 0)) {
            throw new UsageException("--minutes must be above 0: " + minutes());
        }
        jvm.check();
        OutputFile.check(out);
    }

    boolean isQuick() {
        return quick;
    }

    private int rounds() {
        Integer given = forks;
        return quick ? 1 : given == null ? FORKS : given;
    }

    private double minutes() {
        Double given = minutes;
        return given == null ? MINUTES : given;
    }

    /** The budget of a job that a command runs. */
    TimeBudget budget(String command) {
        String options = quick ? " --quick" : " --forks " + rounds() + " --minutes " + Text.digits(minutes());
        return new TimeBudget(rounds(), minutes(), "bench/run " + command + options);
    }

    /** Runs a job, prints its last page, and returns the exit code. */
    int run(RoundsJob job, Console console) {
        Path file = out;
        AtomicReference<String> lastPage = new AtomicReference<>("");
        List<String> failures = job.run(page -> {
            OutputFile.write(file, page);
            lastPage.set(page);
        });
        console.out().print(lastPage.get());
        console.out().flush();
        failures.forEach(console::fail);
        return failures.isEmpty() ? 0 : 1;
    }
}
