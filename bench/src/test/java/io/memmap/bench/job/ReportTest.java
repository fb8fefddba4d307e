package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.memmap.bench.child.Gc;
import io.memmap.bench.child.GcLog;
import io.memmap.bench.child.Message;
import io.memmap.bench.child.Shape;
import io.memmap.bench.child.ShapeOperation;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.jmh.BenchmarkNames;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.report.Chart;
import io.memmap.bench.report.HtmlReport;
import io.memmap.bench.report.Standing;
import io.memmap.bench.result.Curve;
import io.memmap.bench.result.Journal;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Noise;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Results;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests how a report keeps, compares and draws results. */
final class ReportTest {
    private static final Subject HIT = new Subject("operations", "hit", "fastutil", 1000, "uniform keys", "time", "ns");
    private static final ResultFile.Start START = new ResultFile.Start(
            "2026-01-01T00:00:00Z", MachineDescription.here(), "1a2b, clean", 0.5, "bench/run <report>", "G1");

    @TempDir
    private Path directory;

    private static Measured run(String step, Subject subject, double value) {
        Measured measured = new Measured(step, "bench/run x");
        measured.add(subject, value);
        measured.add(new Curve(subject.ofFigure("percentiles"), List.of(0.0, 99.0, 100.0), List.of(1.0, 20.0, 4e6)));
        return measured;
    }

    private static ResultFile result(Subject subject, double... values) {
        return ResultFile.of(
                START,
                Arrays.stream(values)
                        .mapToObj(value -> run("a", subject, value))
                        .toList(),
                List.of(),
                List.of());
    }

    @Test
    void aJournalKeepsFinishedJobsAndDropsATruncatedLine() throws IOException {
        Path file = directory.resolve("journal.jsonl");
        Journal journal = new Journal(file);
        journal.add(run("a", HIT, 1.5));
        journal.add(run("a", HIT, 2.5));
        Files.writeString(file, "{\"step\":\"b\",\"val", StandardOpenOption.APPEND);
        Journal again = new Journal(file);
        assertThat(again.runs()).isEqualTo(journal.runs());
        again.add(run("b", HIT, 3));
        assertThat(new Journal(file).runsOf("a")).isEqualTo(2);
        assertThat(new Journal(file).runsOf("b")).isEqualTo(1);
    }

    @Test
    void aResultFromBeforeCommitsWereRecordedSaysSo() throws IOException {
        String json = result(HIT, 1).toJson();
        assertThat(json).contains("\"commit\":\"1a2b, clean\",");
        Path file =
                Files.writeString(directory.resolve("result.json"), json.replace("\"commit\":\"1a2b, clean\",", ""));
        assertThat(new HtmlReport(ResultFile.read(file)).render()).contains("<dt>commit</dt><dd>not recorded</dd>");
    }

    @Test
    void aFileThatIsNoJournalIsRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("journal.jsonl"), "one\ntwo\n");
        assertThatThrownBy(() -> new Journal(file))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("line 1");
    }

    @Test
    void aResultIsReadAsItWasWritten() throws IOException {
        ResultFile result = result(HIT, 3, 1, 2);
        Path file = Files.writeString(directory.resolve("result.json"), result.toJson());
        assertThat(ResultFile.read(file)).isEqualTo(result);
        assertThat(result.figure(HIT).orElseThrow().samples().median()).isEqualTo(2);
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> ResultFile.read(file))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("format");
    }

    @Test
    void thePageNeedsNoOtherFileAndStatesWhereMemmapLeads() {
        Measured ours = run("a", HIT.of(Contender.MEMMAP_LINE.title()), 50);
        Measured theirs = run("b", HIT, 100);
        ResultFile result =
                ResultFile.of(START, List.of(ours, theirs), List.of("large: <too large>"), List.of("it failed"));
        assertThat(new HtmlReport(result).render())
                .contains("it leads in <b>1</b>, trails in <b>0</b> of 1", "class=\"lead\">0.50x")
                .contains(
                        "<dt>commit</dt><dd>1a2b, clean</dd>",
                        "bench/run &lt;report&gt;",
                        "&lt;too large&gt;",
                        "it failed",
                        "<code>bench/run x</code>")
                .doesNotContain("<too", "src=", "http:", "https:", "@import", "url(");
    }

    @Test
    void aSectionWithoutDataIsNotOnThePage() {
        assertThat(new HtmlReport(result(HIT.of(Contender.MEMMAP_LINE.title()), 50)).render())
                .contains("<nav><a href=\"#operations\">Operations</a></nav>", "<h2 id=\"operations\">Operations</h2>")
                .doesNotContain("#memory", "id=\"memory\"", "id=\"standing\"", "id=\"gc\"", "id=\"latency\"");
    }

    @Test
    void curvesOfTheSameColourHaveDifferentMarks() {
        Chart chart = new Chart(Chart.Scale.LINEAR, Text::percent, Chart.Scale.LOG, Text::nanos, true);
        Curve curve = run("a", HIT, 1).curves().getFirst();
        chart.add("first", 0, curve);
        chart.add("ninth", 8, curve);
        chart.add("seventeenth", 16, curve);
        String svg = chart.render("caption");
        for (String mark : List.of("dot", "cross", "square")) {
            assertThat(svg)
                    .contains("<span class=\"" + mark + "\" style=\"--c:var(--s0)\">")
                    .contains("<path class=\"" + mark + "\" style=\"stroke:var(--s0)\"");
        }
        assertThat(svg).contains("M66.0 272.0h0", "M66.0 272.0m-3 -3l6 6m0 -6l-6 6", "M66.0 272.0m-3 -3h6v6h-6z");
    }

    @Test
    void aStoredResultReplacesNoOtherOfTheSameDay() throws IOException {
        Path first = Results.fileIn(directory, START.date());
        assertThat(first).isEqualTo(directory.resolve("2026-01-01.json"));
        Files.writeString(first, result(HIT, 1).toJson());
        assertThat(Results.fileIn(directory, START.date())).isEqualTo(first);
        Path second = Results.fileIn(directory, "2026-01-01T15:04:05Z");
        assertThat(second).isEqualTo(directory.resolve("2026-01-01T1504.json")).isGreaterThan(first);
    }

    @Test
    void aCurveIsDrawnWithinItsFrame() {
        Chart chart = new Chart(Chart.Scale.TAIL, Text::percent, Chart.Scale.LOG, Text::nanos, false);
        chart.add("a & b", 9, run("a", HIT, 1).curves().getFirst());
        String svg = chart.render("caption");
        assertThat(svg).contains("a &amp; b", "var(--s1)", "class=\"dashed\"", "99.9%", "d=\"M66.0 ", "L746.0 ");
        assertThat(svg).doesNotContain("NaN", "Infinity");
    }

    @Test
    void theLeastUtilisationIsThatOfTheWorstWindow() {
        assertThat(GcJob.leastUtilisation(List.of())).isEqualTo(100);
        List<Message.Point> pauses = List.of(
                new Message.Point("pauses", 1_020_000, 20_000_000),
                new Message.Point("pauses", 1_070_000, 30_000_000),
                new Message.Point("pauses", 2_000_000, 40_000_000));
        assertThat(GcJob.leastUtilisation(pauses)).isBetween(49.99, 50.01);
    }

    @Test
    void aPauseWithinAStallCountsOnce() {
        List<Message.Point> pauses = List.of(
                new Message.Point("pauses", 1_010_000, 1_000_000), new Message.Point("pauses", 1_090_000, 2_000_000));
        List<Message.Point> stalls = List.of(new Message.Point("stalls", 1_030_000, 30_000_000));
        List<Message.Point> union = GcJob.union(pauses, stalls);
        assertThat(union.stream().map(Message.Point::y)).containsExactly(30_000_000L, 2_000_000L);
        assertThat(GcJob.leastUtilisation(union)).isBetween(67.99, 68.01);
    }

    @Test
    void pausesThatTheProgramRequestedDoNotCount() {
        List<GcLog.Pause> pauses = GcLog.pauses(List.of(
                "[1.070s] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 4M->4M(10M) 30.000ms",
                "[1.500s] GC(2) Pause Full (System.gc()) 1M->1M(10M) 400.000ms"));
        assertThat(pauses).containsExactly(new GcLog.Pause(1.07, 30_000_000));
    }

    @ParameterizedTest
    @EnumSource
    void aStreamConsistsOfTheKeysInTheMap(KeyOrder order) {
        long[] keys = order.range(0, 1000);
        long[] stream = order.stream(keys, 3);
        assertThat(stream).hasSize(3000);
        assertThat(LongStream.of(stream).boxed().toList())
                .isSubsetOf(LongStream.of(keys).boxed().toList());
        assertThat(order.range(1000, 1000)).doesNotContain(keys);
        long mostOften =
                LongStream.of(stream)
                        .boxed()
                        .collect(Collectors.groupingBy(key -> key, Collectors.counting()))
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElseThrow();
        assertThat(mostOften).isBetween(3L, order == KeyOrder.ZIPF ? 3000L : 3L);
    }

    @Test
    void everyOperationHasItsOwnBenchmark() {
        assertThat(BenchmarkNames.of(LongOperation.values()))
                .hasSameSizeAs(LongOperation.values())
                .doesNotHaveDuplicates();
        assertThat(LongTask.full()).doesNotHaveDuplicates().containsAll(LongTask.quick());
    }

    @Test
    void aMapThatDoesNotFitIsRefusedBeforeTheRun() {
        LongTask task = new LongTask(LongOperation.HIT, Contender.JDK_HASHMAP, 50_000_000, KeyOrder.UNIFORM, false);
        assertThat(task.tooLarge(6L << 30, 24L << 30).orElseThrow()).contains("of Java heap, has 6.00 GiB");
        assertThat(task.tooLarge(20L << 30, 24L << 30)).isEmpty();
        assertThat(task.tooLarge(20L << 30, 20L << 30).orElseThrow()).contains("the machine has 20.0 GiB");
    }

    private ReportJob job(Journal journal, double minutes) {
        JvmSettings jvm = new JvmSettings(Gc.G1, 128 << 20, false);
        List<Contender> one = List.of(Contender.MEMMAP_SYNC);
        ReportPlan plan = new ReportPlan(
                List.of(),
                List.of(),
                List.of(new ShapeTask(Contender.HPPC, Shape.LAMBDA, 1000, List.of(ShapeOperation.HIT))),
                new ReportPlan.Latency(one, 1000, 100_000, 10_000, 1),
                new ReportPlan.Pressure(one, List.of(Gc.G1), 1000, 200, 1),
                new ReportPlan.Memory(one, 20_000),
                List.of(1000),
                List.of(new ReportPlan.Stores(1000, 1 << 30), new ReportPlan.Stores(1_000_000, 1 << 20)),
                List.of(new RestartJob.Entries(false, 1000)),
                1 << 16);
        PrintWriter err = new PrintWriter(new StringWriter());
        return new ReportJob(
                plan,
                List.of(),
                List.of("Go: <none>"),
                jvm,
                new TimeBudget(1, minutes, "command"),
                new Console(err, err, false),
                journal,
                START,
                Pattern.compile(
                        "^(latency|gc|memory|windows|shapes|kafka, 1,000 .*memmap|restart, (operations|.*memmap))"),
                result -> new HtmlReport(result).render());
    }

    @Test
    void aReportMeasuresEveryPartOnce() {
        Path file = directory.resolve("journal.jsonl");
        StringBuilder page = new StringBuilder();
        assertThat(job(new Journal(file), 5).run(page::append)).isEmpty();
        assertThat(page)
                .contains("get beside a writing thread", "put while growing", "an empty map", "utilisation")
                .contains(": percentiles", "Resident while growing", "peak while growing", "95% removed")
                .contains("<h3>hit, 1,000 entries</h3>", "bench/run shapes --contender HPPC --shape LAMBDA --size 1000")
                .contains("<h3>1,000 entries, 128 MiB of Java heap</h3>", "bench/run kafka --size 1000 --forks 1")
                .contains("<h3>1,000 longs</h3>", "first get", "after a kill", "<h3>One operation, 1,000 longs</h3>")
                .contains("memmap in a file in ", "bench/run restart --size 1000 --strings 0 --forks 1")
                .contains("Kafka's in-memory stores: a Java heap of 1.00 MiB is too small")
                .contains("Go: &lt;none&gt;", "put while growing, 100,000 a second", "Main job", "id=\"noise\"");
        Journal again = new Journal(file);
        assertThat(again.runs()).hasSize(11);
        assertThat(job(again, 5).run(text -> {})).isEmpty();
        assertThat(new Journal(file).runs()).isEqualTo(again.runs());
    }

    @Test
    void theResultListsPartsForWhichThereWasNoTime() {
        Journal journal = new Journal(directory.resolve("journal.jsonl"));
        ReportJob job = job(journal, 1e-6);
        assertThat(job.run(text -> {})).isEmpty();
        assertThat(journal.runs()).isEmpty();
        assertThat(job.result().leftOut()).anyMatch(line -> line.startsWith("latency: 3 more measurements"));
    }

    /** Ten seconds are enough for ten times as many measurements, if these are ten times as fast. */
    @Test
    void whatIsLeftFollowsThePaceOfTheMeasurements() {
        Journal journal = new Journal(directory.resolve("journal.jsonl"));
        ReportJob job = job(journal, 5);
        assertThat(job.weightLeft(1, 0, 10)).isEqualTo(10);
        double windows = 8 + (1 << 16) * 1.3e-6;
        journal.add(new Measured("windows", "command").ended(Noise.now(), windows / 10));
        double all = job.weightLeft(1, windows, 1e9);
        assertThat(job.weightLeft(1, windows, 1)).isCloseTo(Math.min(all, 10), within(1e-9));
        assertThat(all).isGreaterThan(10);
    }

    @Test
    void theTimeOfEarlierRunsOfTheSameReportCounts() {
        Journal journal = new Journal(directory.resolve("journal.jsonl"));
        journal.add(run("an earlier step", HIT, 1).ended(new Noise(1, 2), 3600));
        assertThat(job(journal, 5).run(text -> {})).isEmpty();
        assertThat(journal.runs()).hasSize(1);
    }

    @Test
    void theFiguresThatTheProjectIsJudgedByComeFirst() {
        assertThat(Rank.of(new LongTask(LongOperation.HIT, Contender.MEMMAP_PAGE, 10_000_000, KeyOrder.UNIFORM, false)))
                .isEqualTo(Rank.FIRST);
        assertThat(Rank.of(new LongTask(LongOperation.HIT, Contender.MAPDB, 50_000_000, KeyOrder.UNIFORM, false)))
                .isEqualTo(Rank.LAST);
        assertThat(LongTask.full().stream().map(Rank::of).distinct()).containsOnly(Rank.values());
    }

    @Test
    void noiseIsDrawnOverTheTimeOfTheRuns() {
        List<Measured> runs = List.of(
                run("a", HIT, 1).ended(new Noise(1.5, 1000), 10),
                run("a", HIT, 2).ended(new Noise(1.8, 9000), 20));
        ResultFile result = ResultFile.of(START, runs, List.of(), List.of());
        assertThat(result.figure(ResultFile.CLOCK).orElseThrow().values()).containsExactly(1.5, 1.8);
        assertThat(result.curves()).anyMatch(curve -> curve.x().equals(List.of(0.0, 10.0)));
        assertThat(new HtmlReport(result).render()).contains("varied by 20.0%");
    }

    @Test
    void batchesAreComparedWithTheSingleLookupsOfOthers() {
        Subject getAll = HIT.when(LongOperation.GET_ALL.title()).of(Contender.MEMMAP_LINE.title());
        ResultFile result =
                ResultFile.of(START, List.of(run("a", getAll, 40), run("b", HIT, 80)), List.of(), List.of());
        assertThat(Standing.all(result).getFirst().ratio(Standing.Peer.PRIMITIVE))
                .contains(0.5);
        assertThat(new HtmlReport(result).render()).contains("<small>0.50x");
    }
}
