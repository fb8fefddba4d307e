package io.memmap.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
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
import picocli.CommandLine;

/** The report: what is kept, compared and drawn. */
final class ReportTest {
    private static final Subject HIT = new Subject("jmh", "hit", "fastutil", 1000, "uniform keys", "time", "ns");
    private static final ResultFile.Start START =
            new ResultFile.Start("2026-01-01T00:00:00Z", Machine.here(), 0.5, "bench/run <report>", "G1");

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
    void aJournalKeepsWhatHasEndedAndDropsALineThatWasCutShort() throws IOException {
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

    private static String mark(Subject subject, double[] before, double[] after) {
        return Comparison.rows(result(subject, before), result(subject, after))
                .getFirst()
                .mark();
    }

    @Test
    void onlyDifferencesBeyondNoiseAreMarked() {
        assertThat(mark(HIT, new double[] {10, 11, 12}, new double[] {20, 21, 22}))
                .isEqualTo("WORSE");
        assertThat(mark(HIT, new double[] {20, 21, 22}, new double[] {10, 11, 12}))
                .isEqualTo("better");
        assertThat(mark(HIT, new double[] {10, 11, 21}, new double[] {20, 21, 22}))
                .isEmpty();
        assertThat(mark(HIT, new double[] {10, 11}, new double[] {20, 21})).isEmpty();
        assertThat(mark(HIT, new double[] {100, 100.1, 100.2}, new double[] {101, 101.1, 101.2}))
                .isEmpty();
        Subject share = new Subject("gc", "pressure", "fastutil", 1, "G1", "utilisation", "%");
        assertThat(mark(share, new double[] {90, 91, 92}, new double[] {50, 51, 52}))
                .isEqualTo("WORSE");
    }

    @Test
    void thePageNeedsNoOtherFileAndSaysWhereWeLead() {
        Measured ours = run("a", HIT.of(Contender.MEMMAP_LINE.title()), 50);
        Measured theirs = run("b", HIT, 100);
        ResultFile result =
                ResultFile.of(START, List.of(ours, theirs), List.of("large: <too large>"), List.of("it failed"));
        assertThat(new HtmlReport(result).render())
                .contains("it leads in <b>1</b>, trails in <b>0</b> of 1", "class=\"lead\">0.50x")
                .contains("bench/run &lt;report&gt;", "&lt;too large&gt;", "it failed", "<code>bench/run x</code>")
                .doesNotContain("<too", "src=", "http:", "https:", "@import", "url(");
    }

    @Test
    void aCurveIsDrawnWithinItsFrame() {
        Chart chart = new Chart(Chart.Scale.TAIL, Text::percent, Chart.Scale.LOG, Text::nanos, false);
        chart.add("a & b", run("a", HIT, 1).curves().getFirst());
        String svg = chart.render("caption");
        assertThat(svg).contains("a &amp; b", "99.9%", "d=\"M66.0 ", "L746.0 ");
        assertThat(svg).doesNotContain("NaN", "Infinity");
    }

    @Test
    void theLeastUtilisationIsThatOfTheWorstWindow() {
        assertThat(GcPressure.leastUtilisation(List.of())).isEqualTo(1_000_000);
        List<GcLog.Pause> pauses = GcLog.pauses(List.of(
                "[1.020s] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 4M->4M(10M) 20.000ms",
                "[1.070s] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 4M->4M(10M) 30.000ms",
                "[1.500s] GC(2) Pause Full (System.gc()) 1M->1M(10M) 400.000ms",
                "[2.000s] GC(3) Pause Young (Normal) (G1 Evacuation Pause) 4M->4M(10M) 40.000ms"));
        assertThat(pauses).hasSize(3).contains(new GcLog.Pause(1.07, 30_000_000));
        assertThat(GcPressure.leastUtilisation(pauses)).isBetween(499_990L, 500_010L);
    }

    @ParameterizedTest
    @EnumSource
    void aStreamIsOfTheKeysThatTheMapHolds(KeyOrder order) {
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
    void everyOperationIsABenchmarkOfItsOwn() {
        assertThat(BenchmarkNames.of(LongTask.Operation.values()))
                .hasSameSizeAs(LongTask.Operation.values())
                .doesNotHaveDuplicates();
        assertThat(LongTask.full()).doesNotHaveDuplicates().containsAll(LongTask.quick());
    }

    @Test
    void whatDoesNotFitIsToldBefore() {
        LongTask task =
                new LongTask(LongTask.Operation.HIT, Contender.JDK_HASHMAP, 50_000_000, KeyOrder.UNIFORM, false);
        assertThat(task.tooLarge(6L << 30, 24L << 30).orElseThrow()).contains("of Java heap, has 6.00 GiB");
        assertThat(task.tooLarge(20L << 30, 24L << 30)).isEmpty();
        assertThat(task.tooLarge(20L << 30, 20L << 30).orElseThrow()).contains("the machine has 20.0 GiB");
    }

    private ReportJob job(Journal journal) {
        JvmOptions jvm = new JvmOptions();
        new CommandLine(jvm).parseArgs("--heap", "128m");
        List<Contender> one = List.of(Contender.MEMMAP_SYNC);
        ReportJob.Plan plan = new ReportJob.Plan(
                List.of(), List.of(), one, 1000, 10_000, 1, one, List.of(Gc.G1), 1000, 200, 1, one, 20_000, 1 << 16);
        PrintWriter err = new PrintWriter(new StringWriter());
        return new ReportJob(
                plan,
                jvm,
                new RoundsJob.Limits(1, 5, "command"),
                new Console(err, err, false),
                journal,
                START,
                Pattern.compile("^(latency|gc|memory)"));
    }

    @Test
    void aReportMeasuresEveryPartAndIsNotRunTwice() {
        Path file = directory.resolve("journal.jsonl");
        StringBuilder page = new StringBuilder();
        assertThat(job(new Journal(file)).run(page::append)).isEmpty();
        assertThat(page)
                .contains("get beside a writing thread", "put while growing", "an empty map", "utilisation")
                .contains(": percentiles", "Resident while growing", "peak while growing", "95% removed");
        Journal again = new Journal(file);
        assertThat(again.runs()).hasSize(5);
        assertThat(job(again).run(text -> {})).isEmpty();
        assertThat(new Journal(file).runs()).isEqualTo(again.runs());
    }
}
