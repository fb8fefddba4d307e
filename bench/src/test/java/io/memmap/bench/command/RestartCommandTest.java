package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Opens maps in files in new JVMs. */
final class RestartCommandTest {
    private static final String TIME = " +[0-9.]+ [num]?s";
    /** The pages of a file in memory cannot be dropped. */
    private static final String MAYBE = " +(-|[0-9.]+ [num]?s)";

    private static final String SNAPSHOT = "(" + TIME + "){4} +[0-9.]+ [KM]iB(" + TIME + "){4}$";

    private final BenchRun bench = new BenchRun();

    @TempDir
    private Path directory;

    @Test
    void theFilesComeBackAndHaveFigures() {
        assertThat(bench.run(
                        "restart",
                        "--size",
                        "2000",
                        "--strings",
                        "1000",
                        "--forks",
                        "1",
                        "--contender",
                        "MEMMAP",
                        "--heap",
                        "128m",
                        "--directory",
                        directory.toString()))
                .as(bench.err())
                .isZero();
        String row = "(?m)^memmap(" + TIME + "){2}" + MAYBE + "(" + TIME + "){3}$";
        assertThat(bench.out())
                .startsWith("2,000 longs ")
                .contains("1,000 strings")
                .containsPattern(row)
                .containsPattern("(?m)^in memory(" + TIME + "){3}$")
                .containsPattern("(?m)^in a file in [^ ]+(" + TIME + "){3}$")
                .containsPattern("(?m)^in a file, times( +[0-9.]+x){3}$")
                .containsPattern("(?m)^snapshots of 2,000 longs ")
                .containsPattern("(?m)^in " + Pattern.quote(directory.toString()) + SNAPSHOT);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void withoutLongsThereAreNoSnapshots() {
        assertThat(bench.run(("restart --size 0 --strings 1000 --forks 1 --contender MEMMAP --heap 128m --directory "
                                + directory)
                        .split(" ")))
                .as(bench.err())
                .isZero();
        assertThat(bench.out()).startsWith("1,000 strings").doesNotContain("snapshots");
    }

    @ParameterizedTest
    @CsvSource({
        "--size,-1,--size must be 0..100000000: -1",
        "--strings,100000001,--strings must be 0..100000000: 100000001",
        "--forks,0,--forks must be 1 or more: 0",
        "--directory,/nowhere,--directory must be a directory that can be written to: /nowhere",
        "--contender,REDIS,REDIS",
        "--size,0 --strings 0,nothing is left to measure",
        "--size,1 --quick,--quick excludes --size",
        "--color,no,Unknown option"
    })
    void badUsageIsRefused(String option, String value, String words) {
        String[] arguments = ("restart " + option + " " + value).split(" ");
        assertThat(bench.run(arguments)).isEqualTo(2);
        assertThat(bench.err()).contains(words);
    }
}
