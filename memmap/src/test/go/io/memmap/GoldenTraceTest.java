package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.memmap.GoldenReplay.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules of "Reading and writing" and "Growth" in {@code docs/go-map.md}, compared bit by bit.
 * After each step the engine has the state that Go's runtime had.
 */
class GoldenTraceTest {
    /** The trace in which {@code aWrongDigitIsReportedWithItsLine} changes a digit. */
    private static final String TRACE = "mixed_small_1.txt.gz";

    private static final String NAN_TRACE = "nan_2.txt.gz";
    private static final String NAN = "9221120237041090561";

    @TestFactory
    Stream<DynamicTest> tracesOfThisRepositoryAgree() throws Exception {
        return everyTraceOf(Path.of(resource("")));
    }

    @TestFactory
    Stream<DynamicTest> tracesOfTheGoldenDirectoryAgree() throws IOException {
        String golden = System.getProperty("memmap.golden", "");
        Path directory = Path.of(golden);
        assumeTrue(
                !golden.isEmpty() && Files.isDirectory(directory),
                () -> "no traces to replay: the system property memmap.golden is no directory: '" + golden + "'");
        return everyTraceOf(directory);
    }

    private static Stream<DynamicTest> everyTraceOf(Path directory) throws IOException {
        List<Path> traces;
        try (Stream<Path> files = Files.list(directory)) {
            traces = files.filter(file -> file.toString().contains(".txt"))
                    .sorted()
                    .toList();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (Path trace : traces) {
            boolean gzipped = trace.toString().endsWith(".gz");
            tests.add(dynamicTest(trace.getFileName().toString(), () -> {
                Outcome outcome = GoldenReplay.replay(Files.newInputStream(trace), gzipped);
                assertThat(outcome.difference()).isEmpty();
                assertThat(outcome.operations()).isPositive();
                assertThat(outcome.states()).isPositive();
            }));
        }
        assertThat(tests).as("replays of the traces in " + directory).isNotEmpty();
        return tests.stream();
    }

    /**
     * The last field of a get is 0 or 1. The test compares every number of a state except
     * iterFlags, which concern only Go's iterators.
     */
    @ParameterizedTest(name = "{0}, field {1}")
    @CsvSource({"G, 2", "G, 3", "S, 1", "S, 2", "S, 3", "S, 4", "S, 5", "S, 6", "S, 8", "S, 9", "S, 10"})
    void aWrongDigitIsReportedWithItsLine(String record, int field) throws IOException {
        List<String> lines = readTrace(TRACE);
        int line = lastLineOf(lines, record);
        lines.set(line, withAnotherDigit(lines.get(line), field));

        assertThat(replay(lines).difference()).startsWith("line " + (line + 1) + " (" + lines.get(line) + "): ");
    }

    @Test
    void aWrongValueOfAPutIsReportedWithTheNextState() throws IOException {
        List<String> lines = readTrace(TRACE);
        int line = lastLineOf(lines, "P");
        lines.set(line, withAnotherDigit(lines.get(line), 2));

        assertThat(replay(lines).difference()).matches(Pattern.compile("line (\\d+) \\(S .*", Pattern.DOTALL));
        assertThat(lineOf(replay(lines).difference())).isGreaterThan(line + 1);
    }

    @Test
    void aRemovalThatGoDidNotDoIsReported() throws IOException {
        List<String> lines = readTrace(TRACE);
        int line = IntStream.range(0, lines.size() - 1)
                .filter(i -> lines.get(i).startsWith("P"))
                .findFirst()
                .orElseThrow();
        String put = lines.get(line);
        lines.add(line + 1, "D " + put.split(" ", -1)[1]);

        assertThat(lineOf(replay(lines).difference())).isGreaterThan(line + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X 1 2", "", "P", "P one 2", "G 1 2"})
    void anInvalidRecordIsReportedWithItsLine(String record) {
        assertThat(replay(List.of("# hash=good hint=0", record)).difference()).startsWith("line 2 (" + record + "): ");
    }

    @Test
    void aTraceWithoutHeaderIsReported() throws IOException {
        List<String> lines = readTrace(TRACE);

        assertThat(replay(lines.subList(1, lines.size())).difference())
                .isEqualTo("line 1 (" + lines.get(1) + "): no '# hash=NAME hint=H' line before the first record");
    }

    @ParameterizedTest
    @ValueSource(strings = {"# hint=0", "# hash=good", "# hash=unheard hint=0", "#"})
    void anInvalidHeaderIsReportedWithItsLine(String header) {
        assertThat(replay(List.of(header, "P 1 2")).difference()).startsWith("line 1 (" + header + "): ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# hash=good hint=0\nP 1 2\n"})
    void aTraceWithoutStatesDoesNotAgree(String trace) {
        assertThat(replay(trace.lines().toList()).agrees()).isFalse();
    }

    /** go:nan-moves-by-chance. */
    @Test
    void anIteratorThatStartsDuringAGrowthDecidesWhereNansMoveTo() throws IOException {
        List<String> lines = readTrace(NAN_TRACE);
        lines.removeIf(line -> line.startsWith("I "));

        assertThat(replay(lines).difference()).matches(Pattern.compile("line (\\d+) \\(S .*", Pattern.DOTALL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"G " + NAN + " 0 0", "D " + NAN})
    void aNanHashThatGoDidNotAskForIsReported(String record) throws IOException {
        List<String> lines = readTrace(NAN_TRACE);
        int firstState = IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).startsWith("S "))
                .findFirst()
                .orElseThrow();
        lines.add(firstState + 1, record);

        assertThat(replay(lines).difference()).matches(Pattern.compile("line (\\d+) \\(S .*", Pattern.DOTALL));
    }

    // ---------------------------------------------------------------------------------------------

    private static URI resource(String name) throws Exception {
        return GoldenTraceTest.class.getResource("/golden/" + name).toURI();
    }

    private static List<String> readTrace(String name) throws IOException {
        try (InputStream trace = new GZIPInputStream(GoldenTraceTest.class.getResourceAsStream("/golden/" + name))) {
            return new ArrayList<>(new String(trace.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList());
        }
    }

    private static Outcome replay(List<String> lines) {
        try {
            return GoldenReplay.replay(stream(lines), false);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static InputStream stream(List<String> lines) {
        return new ByteArrayInputStream((String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static int lastLineOf(List<String> lines, String record) {
        int line = lines.size() - 1;
        while (!lines.get(line).startsWith(record + " ")) {
            line--;
        }
        return line;
    }

    private static String withAnotherDigit(String line, int field) {
        String[] fields = line.split(" ", -1);
        int last = fields[field].length() - 1;
        fields[field] = fields[field].substring(0, last) + (fields[field].charAt(last) == '0' ? '1' : '0');
        return String.join(" ", fields);
    }

    private static int lineOf(String difference) {
        Matcher line = Pattern.compile("line (\\d+) .*", Pattern.DOTALL).matcher(difference);
        assertThat(line.matches())
                .as("the difference names a line: " + difference)
                .isTrue();
        return Integer.parseInt(line.group(1));
    }
}
