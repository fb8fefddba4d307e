package io.memmap.stress;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.infra.runners.TestList;

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
    void aShortRunHasARaceOfEachClass() {
        List<String> races = new ArrayList<>(TestList.tests());
        races.removeIf(race -> race.contains("KnownRaces"));
        Set<String> all = new HashSet<>(races);
        Set<String> classes = races.stream()
                .map(race -> race.substring(0, race.lastIndexOf('.')))
                .collect(toSet());
        assertThat(classes).contains("io.memmap.stress.races.StructRaces");
        assertThat(classes.size()).as("races of a run of 60 s").isLessThanOrEqualTo(16);
        Collections.sort(races); // the races of a class one after the other
        JcstressCommand.takeTurns(races);
        assertThat(races).containsExactlyInAnyOrderElementsOf(all);
        assertThat(races.subList(0, classes.size()))
                .extracting(race -> race.substring(0, race.lastIndexOf('.')))
                .containsExactlyInAnyOrderElementsOf(classes);
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
