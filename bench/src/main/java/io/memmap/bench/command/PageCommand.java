package io.memmap.bench.command;

import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.report.HtmlReport;
import io.memmap.bench.report.ReadmeTable;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws a result. */
@Command(
        name = "page",
        description = {
            "Draws a result of bench/run report as one page of HTML, which needs no other file and no network. With"
                    + " --readme, also writes its main comparisons as a table into a page of Markdown. Measures"
                    + " nothing.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class PageCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "RESULT.json",
            description = "The result. Default: the latest in bench/results.")
    private @Nullable Path given;

    @Option(
            names = "--out",
            paramLabel = "PAGE.html",
            description = "The page to write. A file of this name is replaced. Default: beside the result, with"
                    + " .html in place of .json.")
    private @Nullable Path out;

    @Option(
            names = "--readme",
            paramLabel = "README.md",
            description = "Also replace the table in this file: the lines between " + ReadmeTable.BEGIN + " and "
                    + ReadmeTable.END + ".")
    private @Nullable Path readme;

    @Option(
            names = "--size",
            paramLabel = "ENTRIES",
            defaultValue = "10000000",
            description = "The number of entries of the maps in the table. Default: ${DEFAULT-VALUE}.")
    private long size;

    @Override
    public Integer call() throws IOException {
        Path file = file();
        ResultFile result = ResultFile.read(file);
        Path page = page(file);
        if (Files.exists(page) && Files.isSameFile(page, file)) {
            throw new UsageException("--out names the result itself: " + page);
        }
        OutputFile.check(page);
        Path changed = readme;
        String text = changed == null ? "" : withTable(changed, ReadmeTable.render(file, result, size));
        OutputFile.write(page, new HtmlReport(result).render());
        OutputFile.write(changed, text);
        Console console = Console.of(spec.commandLine());
        console.out().println(page.toAbsolutePath().normalize());
        console.out().flush();
        return 0;
    }

    private Path file() {
        Path named = given;
        return named != null
                ? named
                : Results.latest()
                        .orElseThrow(() -> new BenchException("there is no result in " + Results.directory()
                                + ": give a file, or run bench/run report --full --keep"));
    }

    private Path page(Path file) {
        Path named = out;
        return named != null
                ? named
                : file.resolveSibling(file.getFileName().toString().replaceFirst("\\.json$", "") + ".html");
    }

    private static String withTable(Path file, String table) {
        OutputFile.check(file);
        try {
            return ReadmeTable.replaced(file, Files.readString(file), table);
        } catch (IOException failed) {
            throw new BenchException("cannot read " + file, failed);
        }
    }
}
