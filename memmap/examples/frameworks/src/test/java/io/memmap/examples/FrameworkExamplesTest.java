package io.memmap.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each example runs with the real framework, and does what it says. */
class FrameworkExamplesTest {
    private static final Path SOURCES = Path.of("src/main/java/io/memmap/examples");
    private static final Path PAGE = Path.of("../README.md");
    private static final int TOO_MANY_LINES = 100;

    private static List<String> linesOf(Consumer<String[]> main) {
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, UTF_8));
        try {
            main.accept(new String[0]);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(UTF_8).lines().toList();
    }

    @Test
    void springTakesResultsFromTheCache() {
        assertThat(linesOf(SpringCaching::main))
                .containsExactly(
                        "Forecast[city=Kiel, degrees=14], Forecast[city=Oslo, degrees=14],"
                                + " Forecast[city=Kiel, degrees=14]",
                        "3 calls have computed 2 forecasts",
                        "Forecast[city=Kiel, degrees=14] is the same, computed again: true");
    }

    @Test
    void hibernateTakesEntitiesFromTheCache() {
        assertThat(linesOf(HibernateCaching::main))
                .containsExactly(
                        "Adler, ship 7",
                        "Adler, ship 7",
                        "Adler, ship 7",
                        "Falke, ship 7",
                        "5 finds of 5 had the ship from the cache, 0 from the database",
                        "the cache is cache io.memmap.examples.HibernateCaching$Ship");
    }

    @Test
    void eachExampleIsShortAndThePageHasItsCommand() throws IOException {
        String page = Files.readString(PAGE);
        try (Stream<Path> sources = Files.list(SOURCES)) {
            assertThat(sources).hasSize(2).allSatisfy(source -> {
                assertThat(Files.readAllLines(source)).hasSizeLessThan(TOO_MANY_LINES);
                String name = source.getFileName().toString().replace(".java", "");
                assertThat(page).contains("(frameworks/" + source + ")", "`memmap/examples/run " + name);
            });
        }
    }
}
