package io.memmap.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of the page runs as it is written, and prints what its comments say. */
class KafkaStreamsPageTest {
    private static final Path PAGE = Path.of("../../docs/kafka-streams.md");
    private static final Pattern PROGRAM = Pattern.compile("```java\n// (\\w+\\.java)\n.*?```", Pattern.DOTALL);
    private static final Pattern PRINTED = Pattern.compile("println\\(.*\\);? // (.*)");

    @Test
    void theProgramPrintsWhatItsCommentsSay(@TempDir Path directory) throws Exception {
        String page = Files.readString(PAGE);
        Matcher program = PROGRAM.matcher(page);
        assertThat(program.find()).isTrue();
        String source = program.group().replace("```java\n", "").replace("```", "");
        Path file = Files.writeString(directory.resolve(program.group(1)), source);
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        pathWithoutLog(),
                        file.toString())
                .redirectError(log.toFile())
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(Files.readString(log)).isZero();
        List<String> expected =
                PRINTED.matcher(source).results().map(result -> result.group(1)).toList();
        assertThat(output.lines()).hasSize(2).containsExactlyElementsOf(expected);
        assertThat(program.find()).as("another program").isFalse();
        assertThat(page.split("```", -1)).as("blocks of code").hasSize(9);
    }

    /** Without Log4j nothing but the program writes to its output. */
    private static String pathWithoutLog() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("log4j-slf4j"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void thePageNamesAllSettings() throws Exception {
        assertThat(Files.readString(PAGE))
                .contains(
                        "`" + MemmapStoresConfig.MAX_BYTES_CONFIG + "`",
                        "`" + MemmapStoresConfig.PAGES_CONFIG + "`",
                        "`" + MemmapStoresConfig.PERSISTENT_CONFIG + "`",
                        "`" + MemmapStoresConfig.FILE_CONFIG + "`");
    }
}
