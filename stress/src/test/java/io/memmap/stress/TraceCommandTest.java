package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.stress.TimeLine.Growth;
import io.memmap.stress.TimeLine.Span;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCommandTest {
    private static Growth growth(long start, long end) {
        return new Growth(new Span(start, end), 1, 2, 3, 4, 5);
    }

    @Test
    void overlappingAndTouchingGrowthsAreMerged() {
        TimeLine line =
                new TimeLine(100, List.of(growth(50, 60), growth(10, 30), growth(20, 25), growth(30, 40)), List.of());
        assertThat(line.growing()).containsExactly(new Span(10, 40), new Span(50, 60));
        assertThat(TimeLine.sum(line.growing())).isEqualTo(40);
    }

    @Test
    void aPauseCountsForTheGrowthInWhichItBegan() {
        Span atTheStart = new Span(10, 90);
        Span atTheEnd = new Span(20, 21);
        Span before = new Span(5, 15);
        Span within = new Span(19, 30);
        TimeLine line = new TimeLine(100, List.of(growth(10, 20)), List.of(atTheStart, atTheEnd, before, within));
        assertThat(line.pausesBegunInGrowth()).containsExactly(atTheStart, within);
        assertThat(TimeLine.longest(line.pauses())).isEqualTo(80);
    }

    @Test
    void aPauseInTwoGrowthsCountsOnce() {
        TimeLine line = new TimeLine(100, List.of(growth(10, 20), growth(12, 18)), List.of(new Span(15, 16)));
        assertThat(line.pausesBegunInGrowth()).hasSize(1);
    }

    @Test
    void theTimeLineIsDrawnInColumnsOfEqualTime() {
        TimeLine line = new TimeLine(
                1000,
                List.of(growth(0, 100), growth(150, 180), growth(200, 260), growth(999, 1000)),
                List.of(new Span(0, 5), new Span(99, 200), new Span(500, 501)));
        assertThat(line.drawGrowths(10)).isEqualTo("#+#......+");
        assertThat(line.drawPauses(10)).isEqualTo("2....1....");
    }

    @Test
    void theOutputOfAChildIsReadAndReported() {
        TraceCommand.Run run = TraceCommand.Run.parse(
                "LongLongMap",
                List.of(
                        "[warning] of the JVM",
                        "growth\t0\t500000000\t8\t16\t8\t2000000\t1500000",
                        "pause\t100000000\t110000000",
                        "pause\t600000000\t630000000",
                        "run\t1000000000\t1234567"));
        StringWriter out = new StringWriter();
        TraceCommand.report(run, new PrintWriter(out, true));
        assertThat(out.toString())
                .contains("LongLongMap, 1.0 s")
                .containsPattern("puts +1,234,567\n")
                .containsPattern("growths +1\n")
                .containsPattern("growing, ms +500\\.0  50\\.0% of the time\n")
                .containsPattern("spent on moving, ms +2\\.0\n")
                .containsPattern("longest step, ms +1\\.500\n")
                .containsPattern("GC pauses +2\n")
                .containsPattern("paused, ms +40\\.0\n")
                .containsPattern("longest pause, ms +30\\.000\n")
                .containsPattern("began in a growth +1  25\\.0% of the pauses' time, 10\\.0 ms\n");
    }

    @Test
    void bothMapsAreTraced(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("trace.tsv");
        CommandRun run = CommandRun.stress(
                "trace", "--seconds", "2", "--entries", "20000", "--heap", "64m", "--out", file.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("LongLongMap, ", "HashMap, ", "20,000 entries in a fill, Java heap 64m");
        List<String> lines = Files.readAllLines(file);
        for (String map : List.of("LongLongMap", "HashMap")) {
            assertThat(lines).anyMatch(line -> line.startsWith(map + "\tgrowth\t"));
            assertThat(lines).anyMatch(line -> line.startsWith(map + "\tpause\t"));
        }
    }

    @Test
    void entriesOutOfRangeAreRefused() {
        CommandRun run = CommandRun.stress("trace", "--entries", "0");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--entries must be 1..1073741824: 0");
    }

    @Test
    void theMessageStatesWhyARunFailed() {
        CommandRun run = CommandRun.stress("trace", "--seconds", "1", "--heap", "1k");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("the run of LongLongMap ended with exit code 1", "Too small")
                .hasLineCount(1);
    }
}
