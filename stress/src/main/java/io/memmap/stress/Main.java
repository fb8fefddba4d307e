package io.memmap.stress;

import io.memmap.stress.leaks.LeaksCommand;
import io.memmap.stress.pointers.PointersCommand;
import io.memmap.stress.soak.SoakCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * The main class of {@code stress/run}. Exit codes: 0 for success, 1 if memmap broke a promise or
 * the work failed, 2 for bad usage.
 */
@Command(
        name = "stress/run",
        mixinStandardHelpOptions = true,
        description = "Tests memmap under stress, and reports the errors found.",
        subcommands = {
            CrashCommand.class,
            GoldenCommand.class,
            HistoriesCommand.class,
            JcstressCommand.class,
            LeaksCommand.class,
            LifetimesCommand.class,
            LincheckCommand.class,
            ObserveCommand.class,
            PointersCommand.class,
            ReadersCommand.class,
            SoakCommand.class,
            TraceCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** Returns the command line with all commands. A failure prints one line on standard error. */
    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new Main());
        root.getCommandSpec().version(version());
        root.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().version(version()));
        return root.setParameterExceptionHandler(Main::refuse)
                .setExecutionExceptionHandler((exception, commandLine, parsed) -> fail(exception, commandLine));
    }

    /** Returns the version of this build and of the JVM that runs it. */
    private static String version() {
        try (InputStream in = Main.class.getResourceAsStream("version.txt")) {
            String version =
                    new String(Objects.requireNonNull(in, "version.txt").readAllBytes(), StandardCharsets.UTF_8);
            return "stress/run " + version.strip() + ", Java " + Runtime.version();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static int refuse(ParameterException exception, String[] arguments) {
        CommandLine commandLine = exception.getCommandLine();
        String line = String.valueOf(exception.getMessage()).lines().findFirst().orElse("the arguments are wrong");
        return tell(commandLine, line, CommandLine.ExitCode.USAGE);
    }

    private static int fail(Exception exception, CommandLine commandLine) throws Exception {
        return switch (exception) {
            case IOException io -> tell(commandLine, reason(io), CommandLine.ExitCode.SOFTWARE);
            case UncheckedIOException io ->
                tell(commandLine, reason(Objects.requireNonNull(io.getCause())), CommandLine.ExitCode.SOFTWARE);
            default -> throw exception;
        };
    }

    /**
     * Returns why an operation failed. Some of these exceptions have only a file's name as message.
     */
    private static String reason(IOException why) {
        String message = String.valueOf(why.getMessage());
        return switch (why) {
            case NoSuchFileException absent -> message + ": no such file or directory";
            case FileAlreadyExistsException file -> message + ": this is a file and not a directory";
            case NotDirectoryException file -> message + ": this is not a directory";
            case AccessDeniedException denied -> message + ": access is not permitted";
            default -> message;
        };
    }

    /** Prints a failure and a hint in one line. */
    private static int tell(CommandLine commandLine, String line, int exitCode) {
        commandLine
                .getErr()
                .println("stress/run: " + line + "; see "
                        + commandLine.getCommandSpec().qualifiedName() + " --help");
        commandLine.getErr().flush();
        return exitCode;
    }
}
