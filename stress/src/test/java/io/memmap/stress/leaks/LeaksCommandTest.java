package io.memmap.stress.leaks;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.stress.CommandRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class LeaksCommandTest {
    private static final String LINE = "com.example.Work.leaks(Work.java:7)";
    private static final String OTHER = "com.example.Work.works(Work.java:9)";

    private static List<Reading> readings(long bytesASecond) {
        List<Reading> readings = new ArrayList<>();
        for (int second = 0; second < 10; second++) {
            long bytes = (100 << 20) + bytesASecond * second;
            readings.add(new Reading(second, bytes, bytes, bytes, 1, 5 << 20));
        }
        return readings;
    }

    private static Findings.Suspect suspect(String line, long bytes) {
        return new Findings.Suspect(line, new Slope(1000, 1), bytes, 10);
    }

    private static Findings broken(Findings.Suspect... suspects) {
        return new Findings(readings(1 << 20), List.of(suspects), List.of(), List.of(LINE), 1000);
    }

    private static final Findings MENDED = new Findings(readings(0), List.of(), List.of(), List.of(), 0);

    @Test
    void aLeakFoundWithTheRightBytesPasses() {
        assertThat(new Comparison(broken(suspect(LINE, 960)), MENDED).failures())
                .isEmpty();
    }

    @Test
    void tooFewOrTooManyBytesFail() {
        assertThat(new Comparison(broken(suspect(LINE, 949)), MENDED).failures())
                .containsExactly("949 bytes were attributed, but 1,000 are true: 94.9%");
        assertThat(new Comparison(broken(suspect(LINE, 1051)), MENDED).failures())
                .containsExactly("1,051 bytes were attributed, but 1,000 are true: 105.1%");
    }

    @Test
    void aLineThatIsNotTheDeliberateLeakFails() {
        assertThat(new Comparison(broken(suspect(OTHER, 1000)), MENDED).failures())
                .containsExactly("a line was named that does not leak: " + OTHER);
        assertThat(new Comparison(broken(), MENDED).failures()).contains("the broken form was not reported");
    }

    @Test
    void aBrokenFormThatDoesNotGrowFails() {
        Findings flat = new Findings(readings(0), List.of(suspect(LINE, 1000)), List.of(), List.of(LINE), 1000);
        assertThat(new Comparison(flat, MENDED).failures())
                .hasSize(3)
                .allMatch(failure -> failure.startsWith("the broken form does not grow: "));
    }

    @Test
    void aMendedFormThatGrowsOrIsReportedFails() {
        Findings mended = new Findings(
                readings(1 << 19),
                List.of(suspect(OTHER, 5)),
                List.of(new Findings.Dropped("HEAP", OTHER, 1, 1)),
                List.of(),
                0);
        assertThat(new Comparison(broken(suspect(LINE, 1000)), mended).failures())
                .hasSize(5)
                .filteredOn(failure -> failure.startsWith("the mended form grows: "))
                .hasSize(3);
    }

    @Test
    void theOutputOfAChildCanBeReadBack() {
        Findings.Suspect suspect = suspect(LINE, 960);
        Findings.Dropped dropped = new Findings.Dropped("HEAP", LINE, 3, 4096);
        Reading reading = readings(5).getLast();
        Findings findings = Findings.parse(List.of(
                "[warning] of the JVM",
                reading.line(),
                suspect.text(),
                dropped.text(),
                Findings.PLANTED + "\t" + LINE,
                Findings.KEPT + "\t1000"));
        assertThat(findings)
                .isEqualTo(new Findings(List.of(reading), List.of(suspect), List.of(dropped), List.of(LINE), 1000));
    }

    @Test
    void aStaticArenaIsFoundByItsLine(@TempDir Path profiles) {
        CommandRun run = CommandRun.stress("leaks", "--case", "4", "--seconds", "2", "--profiles", profiles.toString());
        assertThat(run.err()).doesNotContain("stress/run:");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("GrowthWatch +1\\. .*StaticArena\\$Broken\\.serve\\(StaticArena\\.java:");
        assertThat(profiles)
                .isDirectoryContaining("glob:**4-broken-after.pb.gz")
                .isDirectoryContaining("glob:**4-mended-before.collapsed");
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        CommandRun cases = CommandRun.stress("leaks", "--case", "1", "--case", "6");
        assertThat(cases.exitCode()).isEqualTo(2);
        assertThat(cases.err()).contains("--case must be 1..5: 6");
        CommandRun seconds = CommandRun.stress("leaks", "--seconds", "0");
        assertThat(seconds.exitCode()).isEqualTo(2);
        assertThat(seconds.err()).contains("--seconds must be 1..1000000: 0");
    }

    @Test
    void theMessageStatesWhyAFormFailed() {
        CommandRun run = CommandRun.of(new CommandLine(new LeaksCommand(Failing.class)), "--case", "3");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("case 3: ", "form ended with exit code 1", "no accident");
    }

    /** A program that always fails. */
    static final class Failing {
        public static void main(String[] args) {
            System.out.println("no accident");
            System.exit(1);
        }
    }
}
