package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The races are this module's tests' own: those of the program need minutes. */
class JcstressCommandTest {
    @Test
    void aForbiddenOutcomeFails() {
        CommandRun run = CommandRun.stress("jcstress", "--seconds", "18", "--test", "PlantedRaces");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .contains("2 of 2 races", "2 races in default: 1 passed, 1 failed")
                .containsPattern("PlantedRaces.Kept .* passed")
                .containsPattern("PlantedRaces.Broken .* FAILED");
        assertThat(run.err()).contains("PlantedRaces.Broken: forbidden outcome \"1, 2\"");
    }

    @Test
    void aNameThatNoRaceHasFails() {
        CommandRun run = CommandRun.stress("jcstress", "--test", "NoSuchRace");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("no race has a match of NoSuchRace");
    }

    @Test
    void unknownOptionsAndBrokenPatternsAreRefused() {
        assertThat(CommandRun.stress("jcstress", "--fast").exitCode()).isEqualTo(2);
        assertThat(CommandRun.stress("jcstress", "--test", "(").exitCode()).isEqualTo(2);
    }
}
