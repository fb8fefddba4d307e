package io.memmap.bench.console;

import java.io.PrintWriter;
import picocli.CommandLine;

/** The output of a command. Results go to {@code out}, everything else to {@code err}. */
public record Console(PrintWriter out, PrintWriter err, boolean terminal) {
    /**
     * The system property by which the launcher script says whether standard error is a terminal.
     */
    private static final String TERMINAL = "memmap.terminal";

    public static Console of(CommandLine commandLine) {
        return new Console(commandLine.getOut(), commandLine.getErr(), Boolean.getBoolean(TERMINAL));
    }

    /** Prints a failure in one line. */
    public void fail(String line) {
        err.println("bench/run: " + line);
        err.flush();
    }
}
