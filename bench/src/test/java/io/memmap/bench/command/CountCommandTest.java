package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the default command from the outside. Contenders run in new JVMs. */
final class CountCommandTest {
    @TempDir
    private Path directory;

    private final BenchRun bench = new BenchRun();

    private String file(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(3).nextBytes(content);
        return Files.write(directory.resolve("file.bin"), content).toString();
    }

    @Test
    void bothMapsAreCountedAndCompared() throws IOException {
        Path json = directory.resolve("result.json");
        assertThat(bench.run(
                        file(100_000),
                        "--limit",
                        "50k",
                        "--heap",
                        "64m",
                        "--gc",
                        "parallel",
                        "--json",
                        json.toString()))
                .as(bench.err())
                .isZero();
        assertThat(bench.out())
                .contains("file.bin, its first 50.0 KiB; Parallel, -Xmx 64.0 MiB")
                .containsPattern("distinct keys +51,193 +51,193 +1.00x")
                .containsPattern("updates +51,193 +51,193 +1.00x +51,193")
                .contains("update latency p99.99", "longest GC pause", "bytes an entry")
                .endsWith("Both maps hold the same counts." + System.lineSeparator());
        assertThat(Files.readString(json))
                .contains(
                        "\"sameCounts\": true",
                        "\"file\": \"file.bin\"",
                        "\"bytes\": 51200",
                        "\"jdk\": ",
                        "\"date\": ");
    }

    @Test
    void aContenderThatRunsOutOfMemoryIsNamedAndTheOtherIsShown() throws IOException {
        assertThat(bench.run(file(600_000), "--heap", "16m", "--gc", "Parallel"))
                .isEqualTo(1);
        assertThat(bench.err())
                .contains("bench/run: HashMap<Long, Long> ran out of memory: its Java heap of 16.0 MiB is full")
                .doesNotContain("bench/run: LongLongMap");
        assertThat(bench.out()).containsPattern("distinct keys +- +599,993 +-").doesNotContain("the same counts.");
    }

    @Test
    void wrongArgumentsAreRefusedInOneLine() throws IOException {
        String file = file(100);
        assertRefused(2, "Unknown option: '--bogus'", file, "--bogus");
        assertRefused(2, "not a size: '4x'", file, "--limit", "4x");
        assertRefused(2, "'--gc'", file, "--gc", "Serial");
        assertRefused(2, "Unmatched argument", file, file);
        assertRefused(1, "there is no file", directory.resolve("absent").toString());
        assertRefused(2, "--limit must be 8 bytes or more: 7", file, "--limit", "7");
        assertRefused(1, "too little memory", file, "--heap", "100000t");
        assertRefused(1, "cannot write", file, "--json", directory.toString());
    }

    private void assertRefused(int exitCode, String line, String... arguments) {
        assertThat(bench.run(arguments)).isEqualTo(exitCode);
        assertThat(bench.err()).startsWith("bench/run: ").contains(line).hasLineCount(1);
        assertThat(bench.out()).isEmpty();
    }

    @Test
    void helpNamesEveryOption() {
        assertThat(bench.run("--help")).isZero();
        assertThat(bench.out()).contains("--limit", "--gc", "--heap", "--json", "--help", "little-endian");
    }
}
