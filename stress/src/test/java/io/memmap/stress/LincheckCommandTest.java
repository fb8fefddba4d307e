package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class LincheckCommandTest {
    @Test
    void answersThatNoOrderExplainsFail() {
        CommandRun run =
                CommandRun.of(new CommandLine(new LincheckCommand(List.of(LossyCounter.class))), "--seconds", "300");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).containsPattern("LossyCounter .* FAILED");
        assertThat(run.err()).contains("Invalid execution results");
    }

    @Test
    void theMapsPass() {
        CommandRun run = CommandRun.stress("lincheck", "--seconds", "3");
        assertThat(run.err()).doesNotContain("Invalid");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .containsPattern("(?m)^Longs .* passed")
                .containsPattern("CrowdedLongs .* passed")
                .containsPattern("Structs .* passed")
                .containsPattern("Texts .* passed");
    }

    @Test
    void unknownOptionsAreRefused() {
        assertThat(CommandRun.stress("lincheck", "--fast").exitCode()).isEqualTo(2);
    }
}
