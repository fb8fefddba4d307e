package io.memmap.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.TargetTask.Operation;
import io.memmap.bench.maps.Contender;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class TargetsJobTest {
    private final StringWriter err = new StringWriter();
    private final StringBuilder page = new StringBuilder();

    /** Another JMH on the machine is no reason for a test to fail. */
    @BeforeAll
    static void ignoreOtherRuns() {
        System.setProperty("jmh.ignoreLock", "true");
    }

    private TargetsJob job(List<TargetTask> tasks, List<Contender> fillers, String heap) {
        JvmOptions jvm = new JvmOptions();
        new CommandLine(jvm).parseArgs("--heap", heap);
        PrintWriter writer = new PrintWriter(err);
        TargetsJob.Options options =
                new TargetsJob.Options(tasks, fillers, 1000, fillers, 2000, new RoundsJob.Limits(1, 1, "command"));
        return new TargetsJob(options, jvm, new Console(writer, writer, false));
    }

    @Test
    void everyPartIsOnThePage() {
        TargetsJob job = job(
                List.of(
                        new TargetTask(Operation.HIT, Contender.MEMMAP_LINE, 20_000),
                        new TargetTask(Operation.HIT, Contender.HPPC, 20_000)),
                List.of(Contender.MEMMAP_LINE),
                "128m");
        assertThat(job.run(page::append)).isEmpty();
        assertThat(page)
                .contains("# Measured 20", "`command`; every JVM with G1, -Xms and -Xmx 128 MiB", "forks a figure: 1;")
                .contains("| hit, ns | 20,000 |")
                .containsPattern("\\| HPPC \\| [0-9,.]+ 1.00x \\|")
                .containsPattern("\\| memmap LINE, 4K pages \\| [0-9,.]+ [0-9.]+x \\|")
                .contains("## Each put of a fill to 1,000 entries", "| no-op loop |", "| with all entries | 2,000 |")
                .doesNotContain("Failed");
        assertThat(err.toString()).contains("s left; memory, ", "done in ");
    }

    @Test
    void aFailureIsToldAndTheRestMeasured() {
        TargetsJob job = job(
                List.of(
                        new TargetTask(Operation.HIT, Contender.JDK_HASHMAP, 10_000_000),
                        new TargetTask(Operation.HIT, Contender.HPPC, 20_000)),
                List.of(),
                "48m");
        assertThat(job.run(page::append))
                .hasSize(1)
                .first()
                .asString()
                .contains("hit, 10,000,000 entries, HashMap<Long, Long>: ");
        assertThat(page).contains("## Failed", "| HPPC | ");
    }

    @Test
    void everyOperationIsABenchmarkOfItsOwn() {
        assertThat(BenchmarkNames.of(Operation.values()))
                .hasSameSizeAs(Operation.values())
                .doesNotHaveDuplicates();
    }

    @Test
    void aFullRunHasEveryContenderOfEveryOperation() {
        List<TargetTask> tasks = TargetTask.full();
        for (Operation operation : Operation.values()) {
            assertThat(tasks.stream()
                            .filter(task -> task.operation() == operation && task.size() == 10_000_000)
                            .map(TargetTask::contender))
                    .containsExactlyElementsOf(operation.contenders());
        }
        assertThat(tasks).doesNotHaveDuplicates().containsAll(TargetTask.quick());
    }
}
