package io.memmap.stress;

import io.memmap.stress.leaks.LeaksCommand;
import io.memmap.stress.pointers.PointersCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry of {@code stress/run}. Exit codes: 0 success, 1 a promise is broken or the work failed, 2 bad usage. */
@Command(
        name = "stress/run",
        mixinStandardHelpOptions = true,
        description = "Puts memmap under stress, and says what came of it.",
        subcommands = {
            GoldenCommand.class,
            HistoriesCommand.class,
            JcstressCommand.class,
            LeaksCommand.class,
            LifetimesCommand.class,
            LincheckCommand.class,
            ObserveCommand.class,
            PointersCommand.class,
            TraceCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }
}
