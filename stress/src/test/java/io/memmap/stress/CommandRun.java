package io.memmap.stress;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A command that has run: its exit code and what it printed. */
public record CommandRun(int exitCode, String out, String err) {
    /** Runs {@code stress/run} with these arguments. */
    public static CommandRun stress(String... args) {
        return of(Main.commandLine(), args);
    }

    public static CommandRun of(CommandLine commandLine, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        int exitCode = commandLine.execute(args);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }
}
