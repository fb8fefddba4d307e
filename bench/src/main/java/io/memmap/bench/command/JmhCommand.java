package io.memmap.bench.command;

import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.UnCloseablePrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Runs JMH with the arguments of its own command line. Fails if a benchmark fails; the command line
 * of JMH does not.
 */
@Command(
        name = "jmh",
        description =
                "Runs the JMH benchmarks, one contender after the other. The arguments are those of JMH (-h prints"
                        + " them).")
public final class JmhCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "ARGUMENT",
            description = "The arguments of JMH, for example: Hit -p size=1000000 -f 1")
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws IOException {
        if (arguments.equals(List.of("-V")) || arguments.equals(List.of("--version"))) {
            spec.commandLine().getOut().println(Version.line());
            return 0;
        }
        if (arguments.equals(List.of("--help"))) {
            arguments = List.of("-h"); // JMH knows only this name
        }
        CommandLineOptions options = options();
        if (options.shouldHelp()
                || options.shouldList()
                || options.shouldListWithParams()
                || options.shouldListProfilers()
                || options.shouldListResultFormats()) {
            org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
            return 0;
        }
        Set<String> failed = new LinkedHashSet<>();
        try {
            for (RunResult result : new Runner(options, format(options, failed)).run()) {
                failed.remove(describe(result.getParams()));
            }
        } catch (NoBenchmarksException none) {
            throw new UsageException("no benchmark matches " + options.getIncludes() + "; bench/run jmh -l lists them");
        } catch (RunnerException failure) {
            throw new BenchException("JMH: " + line(failure));
        }
        Console console = Console.of(spec.commandLine());
        failed.forEach(benchmark -> console.fail(benchmark + " failed: the output of JMH has the reason"));
        return failed.isEmpty() ? 0 : 1;
    }

    private CommandLineOptions options() {
        try {
            return new CommandLineOptions(arguments.toArray(String[]::new));
        } catch (CommandLineOptionException wrong) {
            throw new UsageException(line(wrong));
        }
    }

    /** Returns the output format of JMH. It also adds each benchmark that begins to a set. */
    private static OutputFormat format(CommandLineOptions options, Set<String> begun) throws IOException {
        Path file = options.getOutput().hasValue() ? Path.of(options.getOutput().get()) : null;
        OutputFile.check(file);
        PrintStream out = file != null
                ? new PrintStream(file.toFile(), StandardCharsets.UTF_8)
                : new UnCloseablePrintStream(System.out, System.out.charset());
        OutputFormat format = OutputFormatFactory.createFormatInstance(
                out, options.verbosity().orElse(VerboseMode.NORMAL));
        return (OutputFormat) Proxy.newProxyInstance(
                OutputFormat.class.getClassLoader(), new Class<?>[] {OutputFormat.class}, (proxy, method, of) -> {
                    if (method.getName().equals("startBenchmark")) {
                        begun.add(describe((BenchmarkParams) of[0]));
                    }
                    return method.invoke(format, of);
                });
    }

    private static String describe(BenchmarkParams benchmark) {
        StringBuilder line = new StringBuilder(benchmark.getBenchmark() + ", " + benchmark.getMode());
        for (Object name : benchmark.getParamsKeys()) {
            line.append(", ").append(name).append('=').append(benchmark.getParam(name.toString()));
        }
        return line.toString();
    }

    private static String line(Exception failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("failed");
    }
}
