package io.memmap.bench;

import io.memmap.bench.command.CacheCommand;
import io.memmap.bench.command.CompareCommand;
import io.memmap.bench.command.CountCommand;
import io.memmap.bench.command.GcCommand;
import io.memmap.bench.command.JmhCommand;
import io.memmap.bench.command.KafkaCommand;
import io.memmap.bench.command.LatencyCommand;
import io.memmap.bench.command.MemoryCommand;
import io.memmap.bench.command.NativeCommand;
import io.memmap.bench.command.ObjectsCommand;
import io.memmap.bench.command.ObserveCommand;
import io.memmap.bench.command.OrderCommand;
import io.memmap.bench.command.OverlapCommand;
import io.memmap.bench.command.PageCommand;
import io.memmap.bench.command.PricesCommand;
import io.memmap.bench.command.RatiosCommand;
import io.memmap.bench.command.ReportCommand;
import io.memmap.bench.command.RestartCommand;
import io.memmap.bench.command.ShapesCommand;
import io.memmap.bench.command.StructsCommand;
import io.memmap.bench.command.ThreadsCommand;
import io.memmap.bench.command.Version;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command line of {@code bench/run}. */
public final class Main {
    private Main() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** Makes the command line with all commands. A failure is one line on standard error. */
    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new CountCommand());
        addStandardOptions(root);
        for (Object command : List.of(
                new LatencyCommand(),
                new MemoryCommand(),
                new GcCommand(),
                new NativeCommand(),
                new ObjectsCommand(),
                new StructsCommand(),
                new ThreadsCommand(),
                new PricesCommand(),
                new ShapesCommand(),
                new CacheCommand(),
                new ObserveCommand(),
                new OrderCommand(),
                new KafkaCommand(),
                new OverlapCommand(),
                new RestartCommand(),
                new ReportCommand(),
                new CompareCommand(),
                new PageCommand(),
                new RatiosCommand())) {
            CommandLine subcommand = new CommandLine(command);
            addStandardOptions(subcommand);
            root.addSubcommand(subcommand);
        }
        root.addSubcommand(jmh());
        return root.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::refuse)
                .setExecutionExceptionHandler((exception, commandLine, parsed) -> fail(exception, commandLine));
    }

    /** Makes the jmh command. All of its arguments are those of JMH, including its help option. */
    private static CommandLine jmh() {
        return new CommandLine(new JmhCommand())
                .setUnmatchedOptionsArePositionalParams(true)
                .setStopAtPositional(true);
    }

    private static void addStandardOptions(CommandLine command) {
        command.getCommandSpec().mixinStandardHelpOptions(true).version(Version.line());
    }

    private static int refuse(ParameterException exception, String[] arguments) {
        String line = String.valueOf(exception.getMessage()).lines().findFirst().orElse("the arguments are wrong");
        tell(exception.getCommandLine(), line);
        return CommandLine.ExitCode.USAGE;
    }

    private static int fail(Exception exception, CommandLine commandLine) throws Exception {
        BenchException failure = switch (exception) {
            case BenchException known -> known;
            case IOException io -> new BenchException("reading or writing failed", io);
            case UncheckedIOException io ->
                new BenchException("reading or writing failed", Objects.requireNonNull(io.getCause()));
            default -> throw exception;
        };
        tell(commandLine, failure.line());
        return failure instanceof UsageException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
    }

    /** Prints a failure and a hint in one line. */
    private static void tell(CommandLine commandLine, String line) {
        Console.of(commandLine)
                .fail(line + "; see " + commandLine.getCommandSpec().qualifiedName() + " --help");
    }
}
