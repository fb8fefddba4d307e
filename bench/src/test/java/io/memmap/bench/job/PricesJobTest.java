package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import io.memmap.bench.child.Gc;
import io.memmap.bench.console.Console;
import io.memmap.bench.jmh.BenchmarkNames;
import io.memmap.bench.job.PriceTask.Operation;
import io.memmap.bench.maps.PriceContender;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PricesJobTest {
    private final StringWriter err = new StringWriter();

    /** Lets the tests run while another JMH runs on this machine. */
    @BeforeAll
    static void ignoreOtherRuns() {
        System.setProperty("jmh.ignoreLock", "true");
    }

    @Test
    void everyContenderIsComparedWithTheTwin() {
        JvmSettings jvm = new JvmSettings(Gc.G1, 256 << 20, false);
        PrintWriter writer = new PrintWriter(err);
        StringBuilder page = new StringBuilder();
        List<PriceTask> tasks = List.of(
                new PriceTask(Operation.HIT, PriceContender.FFM_CONFINED, 20_000),
                new PriceTask(Operation.HIT, PriceContender.UNSAFE, 20_000),
                new PriceTask(Operation.MISS, PriceContender.FFM_SHARED, 20_000),
                new PriceTask(Operation.PUT, PriceContender.FFM_GLOBAL, 20_000),
                new PriceTask(Operation.ITERATE, PriceContender.UNSAFE, 20_000),
                new PriceTask(Operation.TEXT, PriceContender.UNSAFE, 20_000));

        assertThat(new PricesJob(tasks, new TimeBudget(1, 1, "command"), jvm, new Console(writer, writer, false))
                        .run(page::append))
                .isEmpty();
        assertThat(page)
                .contains(
                        "# Measured 20", "\n- commit ", "x: the median divided by that of the twin on sun.misc.Unsafe")
                .contains("| hit, ns | 20,000 |", "| iterate, an entry, ns | 20,000 |")
                .containsPattern("\\| FFM, confined \\| [0-9.]+ [0-9.]+x \\|\n\\| Unsafe twin \\| [0-9.]+ 1.00x \\|")
                .containsPattern("\\| FFM, shared \\| [0-9.]+ \\|")
                .doesNotContain("Failed");
    }

    @Test
    void everyOperationHasItsOwnBenchmark() {
        assertThat(BenchmarkNames.of(Operation.values()))
                .hasSameSizeAs(Operation.values())
                .doesNotHaveDuplicates();
    }

    @Test
    void aFullRunHasEveryContenderOfEveryOperationAndSize() {
        assertThat(PriceTask.full()).doesNotHaveDuplicates().hasSize(5 * 4 * 3).containsAll(PriceTask.quick());
        assertThat(PriceTask.quick()).hasSize(5 * 4);
    }

    @Test
    void wrongArgumentsAreRefusedInOneLine() {
        BenchRun bench = new BenchRun();
        assertThat(bench.run("prices", "--forks", "0")).isEqualTo(2);
        assertThat(bench.err()).hasLineCount(1).contains("--forks must be 1 or more: 0");
        assertThat(bench.run("prices", "--help")).isZero();
        assertThat(bench.out()).contains("--quick", "--forks", "--minutes", "--out", "--heap");
    }
}
