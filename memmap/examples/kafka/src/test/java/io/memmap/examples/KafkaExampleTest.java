package io.memmap.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example counts exactly, and the pages show what it prints. */
class KafkaExampleTest {
    @TempDir
    private Path directory;

    private record Run(int status, String output, String errors) {}

    private Run run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", // which Kafka uses, and of which the JVM would warn
                "-cp",
                System.getProperty("java.class.path"),
                KafkaWords.class.getName()));
        command.addAll(List.of(arguments));
        Path errors = directory.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Run(process.waitFor(), output, Files.readString(errors));
    }

    @Test
    @Tag("slow")
    void countsAreExactThoughAProcessIsKilled() throws Exception {
        Run run = run("2000");
        assertThat(run.status).as(run.errors).isZero();
        assertThat(run.errors).isEmpty();
        assertThat(Files.readString(Path.of("../../docs/kafka-streams.md")))
                .contains("$ memmap/examples/run KafkaWords 2000\n" + run.output + "```\n");
    }

    @Test
    void helpTellsTheArguments() throws Exception {
        Run run = run("--help");
        assertThat(run.status).isZero();
        assertThat(run.output).startsWith("usage: memmap/examples/run KafkaWords [LINES]\n");
    }

    @Test
    void aWrongNumberIsNamed() throws Exception {
        Run run = run("0");
        assertThat(run.status).isEqualTo(2);
        assertThat(run.errors).startsWith("KafkaWords: LINES must be one number from 1 to 9999999, and not 0\nusage: ");
    }

    @Test
    void thePageOfTheExamplesHasItsCommand() throws Exception {
        assertThat(Files.readString(Path.of("../README.md")))
                .contains(
                        "(kafka/src/main/java/io/memmap/examples/KafkaWords.java)", "`memmap/examples/run KafkaWords");
    }
}
