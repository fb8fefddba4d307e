package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An operation may meet the end of the thread's stack at any point. It then does not damage the map
 * or the heap, and it holds no lock afterwards. The operations run in another JVM, in each of the
 * ways in which a JVM runs code, because each way has its own size of frames.
 */
@Tag("slow")
class StackEndTest {
    private static final long MOST_MINUTES = 10;

    @Test
    void interpretedOperationsAreDoneCompletelyOrNotAtAll() throws Exception {
        run("-Xint", "1", "");
    }

    @Test
    void operationsCompiledByC1AreDoneCompletelyOrNotAtAll() throws Exception {
        run("-XX:TieredStopAtLevel=1", "6", "");
    }

    @Test
    void operationsCompiledByC2AreDoneCompletelyOrNotAtAll() throws Exception {
        run("-XX:-TieredCompilation", "4", "");
    }

    @Test
    void operationsOfVirtualThreadsAreDoneCompletelyOrNotAtAll() throws Exception {
        run("-XX:+TieredCompilation", "2", "Sync", "virtual");
    }

    private static void run(String option, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                StackEndChild.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output).contains("attempts: ");
    }
}
