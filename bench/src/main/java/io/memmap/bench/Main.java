package io.memmap.bench;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The command line of {@code bench/run}. */
public final class Main {
    private Main() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** All commands; a failure is one line on standard error. */
    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new CountCommand());
        addHelp(root);
        for (Object command : List.of(
                new LatencyCommand(),
                new MemoryCommand(),
                new GcCommand(),
                new NativeCommand(),
                new ObjectsCommand(),
                new ThreadsCommand(),
                new PricesCommand(),
                new CacheCommand(),
                new ObserveCommand(),
                new ReportCommand(),
                new CompareCommand(),
                new TableCommand(),
                new RatiosCommand())) {
            CommandLine subcommand = new CommandLine(command);
            addHelp(subcommand);
            root.addSubcommand(subcommand);
        }
        root.addSubcommand(jmh());
        return root.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::refuse)
                .setExecutionExceptionHandler((exception, commandLine, parsed) -> fail(exception, commandLine));
    }

    /** All arguments are JMH's, its own help option too. */
    private static CommandLine jmh() {
        return new CommandLine(new JmhCommand())
                .setUnmatchedOptionsArePositionalParams(true)
                .setStopAtPositional(true);
    }

    private static void addHelp(CommandLine command) {
        command.getCommandSpec()
                .addOption(OptionSpec.builder("--help")
                        .usageHelp(true)
                        .description("Print this and exit.")
                        .build());
    }

    private static int refuse(ParameterException exception, String[] arguments) {
        CommandLine commandLine = exception.getCommandLine();
        String line = String.valueOf(exception.getMessage()).lines().findFirst().orElse("wrong arguments");
        Console.of(commandLine)
                .fail(line + "; see " + commandLine.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static int fail(Exception exception, CommandLine commandLine) throws Exception {
        if (exception instanceof BenchException failure) {
            Console.of(commandLine).fail(failure.line());
            return failure instanceof UsageException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        }
        throw exception;
    }
}
