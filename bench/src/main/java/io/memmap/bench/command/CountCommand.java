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

/** The default command: counts a real file's windows in HashMap and in LongLongMap, each in a fresh JVM. */
@Command(
        name = "bench/run",
        description = {
            "Counts all 8-byte windows of a file (one at every offset, little-endian) in a map from the window to how"
                + " often it occurs: in java.util.HashMap<Long, Long> by merge(window, 1L, Long::sum), in LongLongMap"
                + " by add(window, 1), each in a fresh JVM with the same options. Prints both side by side.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:both maps hold the same counts",
            "1:they do not, or a contender or the build failed",
            "2:wrong arguments"
        })
public final class CountCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The file. Default: lib/modules of the JDK that this runs on.")
    private @Nullable Path file;

    @Option(
            names = "--limit",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            defaultValue = "32MiB",
            description = "How much of the file to read, from its start. Default: ${DEFAULT-VALUE}.")
    private long limit;

    @Option(
            names = "--gc",
            paramLabel = "GC",
            defaultValue = "G1",
            description = "The garbage collector of both: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Gc gc;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            defaultValue = "4g",
            description = "The maximal Java heap of both (-Xmx). Default: ${DEFAULT-VALUE}.")
    private long heap;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write all figures, the machine, the date and the options to this file.")
    private @Nullable Path json;

    @Override
    public Integer call() {
        Path given = file;
        Path counted = given != null ? given : Path.of(System.getProperty("java.home"), "lib", "modules");
        Console console = Console.of(spec.commandLine());
        return new CountJob(new CountJob.Options(counted, limit, gc, heap, json), console).run() ? 0 : 1;
    }
}
