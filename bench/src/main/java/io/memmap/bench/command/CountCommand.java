package io.memmap.bench.command;

import io.memmap.bench.child.Gc;
import io.memmap.bench.console.Console;
import io.memmap.bench.job.CountJob;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The default command: counts the windows of a file in HashMap and in LongLongMap, each in a new
 * JVM.
 */
@Command(
        name = "bench/run",
        description = {
            "Counts all 8-byte windows of a file (one at every offset, little-endian) in a map from the window to its"
                    + " number of occurrences: in java.util.HashMap<Long, Long> by merge(window, 1L, Long::sum), and in"
                    + " LongLongMap by add(window, 1). Each map runs in a new JVM with the same options. Prints the"
                    + " figures of both side by side.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:both maps hold the same counts",
            "1:the counts differ, or a contender or the build failed",
            "2:wrong arguments"
        })
public final class CountCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The file. Default: lib/modules of the running JDK.")
    private @Nullable Path file;

    @Option(
            names = "--limit",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            defaultValue = "32MiB",
            description = "The number of bytes to read from the start of the file. Default: ${DEFAULT-VALUE}.")
    private long limit;

    @Option(
            names = "--gc",
            paramLabel = "GC",
            defaultValue = "G1",
            description = "The garbage collector of both JVMs: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Gc gc;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            defaultValue = "4g",
            description = "The maximal Java heap of both JVMs (-Xmx). Default: ${DEFAULT-VALUE}.")
    private long heap;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write all figures, the machine, the commit, the date and the options to this file.")
    private @Nullable Path json;

    @Override
    public Integer call() {
        Path given = file;
        Path counted = given != null ? given : Path.of(System.getProperty("java.home"), "lib", "modules");
        Console console = Console.of(spec.commandLine());
        return new CountJob(new CountJob.Options(counted, limit, gc, heap, json), console).run() ? 0 : 1;
    }
}
