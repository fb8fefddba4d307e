package io.memmap.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Hands its arguments to JMH's own command line. */
@Command(
        name = "jmh",
        description =
                "Runs the JMH benchmarks, one contender after the other; the arguments are JMH's (-h prints them).")
final class JmhCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "ARGUMENT",
            description = "JMH's arguments, as in: Hit -p size=1000000 -f 1")
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws IOException {
        org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
        return 0;
    }
}
