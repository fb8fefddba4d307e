package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class ObserveCommandTest {
    @Test
    void thePageIsServedUntilTheTimeIsOver() {
        CommandRun run = CommandRun.stress("observe", "--seconds", "1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).matches("http://127\\.0\\.0\\.1:[0-9]+/\\R");
    }

    @Test
    void aPortOutOfRangeIsRefused() {
        CommandRun run = CommandRun.stress("observe", "--port", "65536");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--port must be 0..65535: 65536");
    }

    @Test
    void aPortThatIsInUseIsReportedInOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CommandRun run = CommandRun.stress("observe", "--port", Integer.toString(taken.getLocalPort()));
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .hasLineCount(1)
                    .startsWith("stress/run: port " + taken.getLocalPort() + " of the loopback interface")
                    .contains("in use", "; choose another port, or 0 for a free one");
        }
    }
}
