package io.memmap.jcache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of the page runs as it is written, and prints what its comments say. */
class JCachePageTest {
    private static final Path PAGE = Path.of("../../docs/jcache.md");
    private static final Pattern PROGRAM = Pattern.compile("```java\n// (\\w+\\.java)\n.*?```", Pattern.DOTALL);
    private static final Pattern PRINTED = Pattern.compile("println\\(.*\\); // (.*)");

    @Test
    void theProgramPrintsWhatItsCommentsSay(@TempDir Path directory) throws Exception {
        String page = Files.readString(PAGE);
        Matcher program = PROGRAM.matcher(page);
        assertThat(program.find()).isTrue();
        String source = program.group().replace("```java\n", "").replace("```", "");
        Path file = Files.writeString(directory.resolve(program.group(1)), source);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        List<String> expected =
                PRINTED.matcher(source).results().map(result -> result.group(1)).toList();
        assertThat(output.lines()).isNotEmpty().containsExactlyElementsOf(expected);
        assertThat(program.find()).as("another program").isFalse();
        assertThat(page.split("```", -1)).as("blocks of code").hasSize(5);
    }
}
