package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * If the Java heap has no room for an object that an operation makes, the operation throws an
 * {@link OutOfMemoryError} and leaves the map as it was. Only a map with a listener of removals may
 * be cleared in part: some shards wholly, the others not. The operation does not damage the map or
 * the heap, and it holds no lock afterwards.
 */
@Tag("slow")
class ScarceMemoryTest {
    private static final long MOST_MINUTES = 10;

    @Test
    void operationsWithoutJavaMemoryAreDoneCompletelyOrNotAtAll() throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx16m",
                "-XX:+UseSerialGC",
                "-XX:-UseTLAB", // so that every object needs memory of its own
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ScarceMemoryChild.class.getName(),
                "40");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output).containsPattern(": [1-9][0-9]* of 40 operations had too little memory");
    }
}
