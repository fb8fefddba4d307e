package io.memmap.stress;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** Returns the races of the command; {@code TestList} finds those of this test instead. */
    private static List<String> races() throws IOException {
        List<String> races = new ArrayList<>();
        for (URL list :
                Collections.list(JcstressCommandTest.class.getClassLoader().getResources("META-INF/TestList"))) {
            String text;
            try (InputStream in = list.openStream()) {
                text = new String(in.readAllBytes(), UTF_8);
            }
            Matcher entry = Pattern.compile("JCTEST(\\d+)S").matcher(text); // the length of the name follows
            while (entry.find()) {
                races.add(text.substring(entry.end(), entry.end() + Integer.parseInt(entry.group(1))));
            }
        }
        races.removeIf(race -> race.contains("KnownRaces"));
        return races;
    }

    @Test
    void aShortRunHasARaceOfEachClass() throws IOException {
        List<String> races = races();
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
