package io.memmap.bench;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs {@code bench/run} in this JVM and keeps its output. */
public final class BenchRun {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /** Runs a command and returns its exit code. */
    public int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    /** Returns the standard output of the last command. */
    public String out() {
        return out.toString();
    }

    /** Returns the standard error of the last command. */
    public String err() {
        return err.toString();
    }
}
