package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.RestartJob;
import io.memmap.bench.job.RestartJob.Entries;
import io.memmap.bench.maps.RestartContender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the restart of a program whose map lies in a file. */
@Command(
        name = "restart",
        description = {
            "Measures how soon a map in a file is there again after a restart: the first get from the page cache, from"
                    + " the disk, and after the last process was killed, beside Chronicle Map, LMDB and MapDB, and"
                    + " beside filling the map anew. Also compares operations in a file with those in memory, and"
                    + " measures snapshots of a map of longs in memory, and the puts beside them.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class RestartCommand implements Callable<Integer> {
    private static final int FORKS = 3;
    private static final int SIZE = 1_000_000;
    private static final int QUICK_SIZE = 50_000;
    private static final int MOST_ENTRIES = 100_000_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--size",
            paramLabel = "ENTRIES",
            description =
                    "The number of entries of the maps of longs; 0 for none, and no snapshots. Default: " + SIZE + ".")
    private @Nullable Integer size;

    @Option(
            names = "--strings",
            paramLabel = "ENTRIES",
            description = "The number of entries of the maps of strings; 0 for none. Default: " + SIZE + ".")
    private @Nullable Integer strings;

    @Option(
            names = "--contender",
            paramLabel = "MAP",
            description = "Measure only this map; may be given several times: ${COMPLETION-CANDIDATES}. Default: all.")
    private @Nullable List<RestartContender> contenders;

    @Option(
            names = "--forks",
            description =
                    "How often each file is opened in each way, and each first snapshot written, in turn. Default: "
                            + FORKS + ".")
    private @Nullable Integer forks;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "The directory for the files. Snapshots also go to /dev/shm. Default: the one for temporary files.")
    private @Nullable Path directory;

    @Option(
            names = "--quick",
            description = "Open each file once, with " + QUICK_SIZE + " longs and no strings. It takes about 20 s. Not"
                    + " with --size, --strings or --forks.")
    private boolean quick;

    @Mixin
    private JvmOptions jvm;

    @Override
    public Integer call() {
        if (quick && (size != null || strings != null || forks != null)) {
            throw new UsageException("--quick excludes --size, --strings and --forks");
        }
        int longs = entries("--size", size, quick ? QUICK_SIZE : SIZE);
        int texts = entries("--strings", strings, quick ? 0 : SIZE);
        if (longs == 0 && texts == 0) {
            throw new UsageException("--size and --strings are both 0: nothing is left to measure");
        }
        int count = forks == null ? quick ? 1 : FORKS : forks;
        if (count < 1) {
            throw new UsageException("--forks must be 1 or more: " + count);
        }
        Path parent = directory == null ? RestartJob.temporary() : directory;
        if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw new UsageException("--directory must be a directory that can be written to: " + parent);
        }
        List<Entries> sizes = new ArrayList<>();
        if (longs > 0) {
            sizes.add(new Entries(false, longs));
        }
        if (texts > 0) {
            sizes.add(new Entries(true, texts));
        }
        jvm.check();
        List<RestartContender> chosen = contenders == null ? List.of(RestartContender.values()) : contenders;
        new RestartJob(jvm.settings(), chosen, sizes, parent)
                .run(count, longs == 0 ? SIZE : Math.min(longs, SIZE), Console.of(spec.commandLine()));
        return 0;
    }

    private static int entries(String name, @Nullable Integer given, int otherwise) {
        if (given != null && (given < 0 || given > MOST_ENTRIES)) {
            throw new UsageException(name + " must be 0.." + MOST_ENTRIES + ": " + given);
        }
        return given == null ? otherwise : given;
    }
}
