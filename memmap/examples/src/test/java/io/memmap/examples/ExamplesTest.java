package io.memmap.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each example runs and does what it says. */
class ExamplesTest {
    private static final Path SOURCES = Path.of("src/main/java/io/memmap/examples");
    private static final Path PAGE = Path.of("README.md");
    private static final int TOO_MANY_LINES = 100;
    private static final Path TUTORIAL = Path.of("../docs/tutorial.md");
    /** A block of code that is a part of an example and no program. It is indented. */
    private static final Pattern EXCERPT = Pattern.compile("(?m)^    Type<\\w+> BY_.*\n(?:     .*\n)+");

    private static final String CART = "cart 7 has [1-9]\\d bytes; all come back as they were: true";

    /** An example's {@code main}. */
    private interface Program {
        void main(String... arguments) throws Exception;
    }

    private static List<String> linesOf(Program program, String... arguments) throws Exception {
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, UTF_8));
        try {
            program.main(arguments);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(UTF_8).lines().toList();
    }

    @Test
    void theSessionCacheLosesNoRequestAndKeepsItsBounds() throws Exception {
        assertThat(linesOf(SessionCache::main))
                .containsExactly(
                        "500 sessions have counted 20000 requests of 4 threads",
                        "1 session has had a request in 30 minutes, 499 have expired",
                        "after 50000 logins the cache has 10000 sessions or fewer: true; it has evicted the others:"
                                + " true");
    }

    @Test
    void theOrderBooksQuantitiesAddUp() throws Exception {
        List<String> lines = linesOf(OrderBook::main, "20000");
        assertThat(lines.getFirst()).endsWith("open orders at 50 + 50 prices; best bid 9999, best ask 10001");
        assertThat(lines.getLast()).isEqualTo("the quantities add up: true");
    }

    @Test
    void fillsOfOrdersMakeNoGarbage() throws Exception {
        List<String> lines = linesOf(OrdersById::main, "50000");
        assertThat(lines.getFirst()).matches("50000 fills cost \\d+; 0 bytes of garbage for each");
        assertThat(lines.getLast()).isEqualTo("10000 orders are open");
    }

    @Test
    void theHeapOfARequestBoundsItAndEndsWithIt() throws Exception {
        assertThat(linesOf(RequestHeaps::main))
                .containsExactly(
                        "99 requests found the word \"sea\"",
                        "request 42: refused, because 1048576 bytes are not enough",
                        "100 heaps were opened, 100 were closed, 0 bytes are left");
    }

    @Test
    void theNestedMapsPrintWhatThePageShows() throws Exception {
        Matcher shown = Pattern.compile("```text\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        assertThat(shown.find()).isTrue();
        assertThat(linesOf(NestedMaps::main)).isEqualTo(shown.group(1).lines().toList());
    }

    @Test
    void eachSerializerReadsWhatItHasWritten() throws Exception {
        assertThat(linesOf(Serializers::main))
                .satisfiesExactly(
                        line -> assertThat(line).matches("Jackson: " + CART),
                        line -> assertThat(line).matches("Kryo: " + CART),
                        line -> assertThat(line).matches("Protocol Buffers: " + CART));
    }

    /** The tutorial shows parts of the example, which the compiler has checked here. */
    @Test
    void theTutorialShowsTheSerializersAsTheyAre() throws IOException {
        String example = withoutSpaces(Files.readString(SOURCES.resolve("Serializers.java")));
        String tutorial = Files.readString(TUTORIAL);
        List<String> excerpts =
                EXCERPT.matcher(tutorial).results().map(MatchResult::group).toList();
        assertThat(excerpts)
                .hasSize(3)
                .allSatisfy(excerpt -> assertThat(example).contains(withoutSpaces(excerpt)));
    }

    private static String withoutSpaces(String code) {
        return code.replaceAll("\\s", "");
    }

    @Test
    void cReadsTheMapOrTheExampleSaysThatThereIsNoCompiler() throws Exception {
        List<String> lines = linesOf(StructMapInC::main);
        assertThat(lines.getFirst()).isEqualTo("Java wrote 100 fixes");
        if (lines.get(1).startsWith("C did not read them: there is no program cc on the PATH.")) {
            assertThat(lines).hasSize(2);
        } else {
            assertThat(lines.subList(1, lines.size()))
                    .containsExactly(
                            "C read 100 fixes; the first is 1000: ship 6 at 31.25000, 10.50000",
                            "C and Java agree: true");
        }
    }

    @Test
    void theProfilesNameTheMethodWithTheLeak(@TempDir Path directory) throws Exception {
        List<String> lines = linesOf(LeakInPprof::main, directory.toString());
        assertThat(lines.getFirst())
                .startsWith("the map receipts, written by ")
                .contains(LeakInPprof.class.getName() + ".sign(");
        for (String file : List.of("before.pb.gz", "after.pb.gz")) {
            assertThat(lines.getLast()).contains(directory.resolve(file).toString());
            try (InputStream profile = new GZIPInputStream(Files.newInputStream(directory.resolve(file)))) {
                assertThat(new String(profile.readAllBytes(), UTF_8)).contains("inuse_space", "receipts");
            }
        }
    }

    @Test
    void theMapsOfTheComparisonHaveTheSameValues() throws Exception {
        List<String> lines = linesOf(CollectorComparison::main, "50000");
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("HashMap: 50000 entries, ");
        assertThat(lines.get(1)).startsWith("LongLongMap: 50000 entries, ");
        assertThat(lines.get(3)).isEqualTo("both maps have the same values: true");
    }

    @Test
    void eachExampleIsShortAndThePageHasItsCommand() throws IOException {
        String page = Files.readString(PAGE);
        try (Stream<Path> sources = Files.list(SOURCES)) {
            assertThat(sources).hasSize(9).allSatisfy(source -> {
                assertThat(Files.readAllLines(source)).hasSizeLessThan(TOO_MANY_LINES);
                String name = source.getFileName().toString().replace(".java", "");
                assertThat(page).contains("(" + source + ")", "`memmap/examples/run " + name);
            });
        }
    }
}
