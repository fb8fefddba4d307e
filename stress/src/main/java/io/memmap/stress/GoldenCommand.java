package io.memmap.stress;

import io.memmap.GoldenReplay;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Replays recorded traces of Go's map on memmap's code, and compares the state after each step.
 * Stops at the first state that differs.
 */
@Command(
        name = "golden",
        mixinStandardHelpOptions = true,
        description = "Replays traces of Go's map on memmap's engine, and compares every state bit by bit.")
final class GoldenCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "A directory with traces: files *.txt, or *.txt.gz with gzip.")
    private Path directory;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        return replayAll(
                traces(), spec.commandLine().getOut(), spec.commandLine().getErr());
    }

    private List<Path> traces() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().matches(".*\\.txt(\\.gz)?"))
                    .sorted()
                    .toList();
        }
    }

    private int replayAll(List<Path> traces, PrintWriter out, PrintWriter err) throws IOException {
        long operations = 0;
        long states = 0;
        for (Path trace : traces) {
            boolean gzipped = trace.toString().endsWith(".gz");
            GoldenReplay.Outcome outcome;
            try {
                outcome = GoldenReplay.replay(Files.newInputStream(trace), gzipped);
            } catch (ZipException broken) {
                throw new IOException(trace + ": " + broken.getMessage(), broken);
            }
            out.printf(
                    "%-24s %,8d operations, %,8d states compared%n",
                    trace.getFileName(), outcome.operations(), outcome.states());
            out.flush();
            if (!outcome.agrees()) {
                err.println("stress/run: " + trace + ": " + outcome.difference());
                return 1;
            }
            operations += outcome.operations();
            states += outcome.states();
        }
        if (traces.isEmpty()) {
            err.println("stress/run: there is no trace in " + directory
                    + ": name a directory with files *.txt or *.txt.gz");
            return 1;
        }
        out.printf("%d traces, %,d operations, %,d states: no difference%n", traces.size(), operations, states);
        return 0;
    }
}
