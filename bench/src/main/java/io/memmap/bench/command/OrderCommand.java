package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.OrderJob;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the ordered index beside other maps with ordered keys. */
@Command(
        name = "order",
        description = {
            "Measures the ordered index of SyncMap, with 1 and with 16 shards, beside TreeMap, ConcurrentSkipListMap"
                    + " and RocksDB: ranges and prefixes with their values, new keys, the bytes of the index, and its"
                    + " build. Fails if two maps read different entries.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class OrderCommand implements Callable<Integer> {
    private static final int FORKS = 3;
    /** Numbers of keys are ints, and a run uses up to three times as many keys. */
    private static final int MOST_ENTRIES = 500_000_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--size",
            defaultValue = "2000000",
            description = "The number of entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--quick",
            description = "Run one fork, and replace the keys of memmap's maps only. It takes about three minutes.")
    private boolean quick;

    @Option(
            names = "--build",
            description = "Measure only the build of the index, and the writes beside it: the first build in a new JVM,"
                    + " and the third in the same one, which is warm then.")
    private boolean build;

    @Option(
            names = "--forks",
            description = "The number of forks of each map, in turn. Default: " + FORKS + ". Not with --quick.")
    private @Nullable Integer forks;

    @Mixin
    private JvmOptions jvm;

    @Override
    public Integer call() {
        if (size < 1 || size > MOST_ENTRIES) {
            throw new UsageException("--size must be 1 to " + MOST_ENTRIES + ": " + size);
        }
        Integer given = forks;
        if (quick && given != null) {
            throw new UsageException("--quick runs one fork, so it excludes --forks: " + given);
        }
        int count = given == null ? quick ? 1 : FORKS : given;
        if (count < 1) {
            throw new UsageException("--forks must be 1 or more: " + count);
        }
        jvm.check();
        new OrderJob(jvm.settings(), size, quick, build).run(count, Console.of(spec.commandLine()));
        return 0;
    }
}
