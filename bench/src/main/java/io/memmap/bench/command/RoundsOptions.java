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

/** The options of a {@link RoundsJob}. Also runs the job. */
final class RoundsOptions {
    private static final int FORKS = 5;
    private static final int MINUTES = 25;

    @Option(names = "--quick", description = "Run one round of a part of the measurements, in about four minutes.")
    private boolean quick;

    @Option(
            names = "--forks",
            description = "The largest number of rounds, which is the number of forks of each benchmark. Default: "
                    + FORKS + ". Not with --quick.")
    private @Nullable Integer forks;

    @Option(
            names = "--minutes",
            description = "The time limit. A round after the first begins only if it can end in time. Default: "
                    + MINUTES + ". Not with --quick.")
    private @Nullable Double minutes;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Also write the page to this file. It is updated every minute.")
    private @Nullable Path out;

    /**
     * Throws a BenchException if these options are wrong. Commands call this before they measure.
     */
    void check(JvmOptions jvm) {
        if (quick && forks != null) {
            throw new UsageException("--quick runs one round, so it excludes --forks: " + forks);
        }
        if (quick && minutes != null) {
            throw new UsageException("--quick runs one round, so it excludes --minutes: " + minutes);
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
