package io.memmap.bench.console;

import java.io.PrintWriter;
import picocli.CommandLine;

/** Where a command writes: results to {@code out}, everything else to {@code err}. */
public record Console(PrintWriter out, PrintWriter err, boolean terminal) {
    /** What the launcher script says of standard error. */
    private static final String TERMINAL = "memmap.terminal";

    public static Console of(CommandLine commandLine) {
        return new Console(commandLine.getOut(), commandLine.getErr(), Boolean.getBoolean(TERMINAL));
    }

    /** Tells the user of a failure, in one line. */
    public void fail(String line) {
        err.println("bench/run: " + line);
        err.flush();
    }
}
