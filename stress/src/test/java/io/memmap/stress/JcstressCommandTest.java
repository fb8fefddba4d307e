package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The races belong to the tests. Those of the program would take minutes. */
class JcstressCommandTest {
    @Test
    void aForbiddenOutcomeFails() {
        CommandRun run = CommandRun.stress("jcstress", "--seconds", "18", "--test", "KnownRaces");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .contains("2 of 2 races", "2 races in default: 1 passed, 1 failed")
                .containsPattern("KnownRaces.Kept .* passed")
                .containsPattern("KnownRaces.Broken .* FAILED");
        assertThat(run.err()).contains("KnownRaces.Broken: forbidden outcome \"1, 2\"");
    }

    @Test
    void aNameThatMatchesNoRaceFails() {
        CommandRun run = CommandRun.stress("jcstress", "--test", "NoSuchRace");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("no race has a name that matches NoSuchRace");
    }

    @Test
    void unknownOptionsAndBrokenPatternsAreRefused() {
        assertThat(CommandRun.stress("jcstress", "--fast").exitCode()).isEqualTo(2);
        assertThat(CommandRun.stress("jcstress", "--test", "(").exitCode()).isEqualTo(2);
    }
}
