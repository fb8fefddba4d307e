package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import io.memmap.bench.child.Gc;
import io.memmap.bench.console.Console;
import io.memmap.bench.jmh.BenchmarkNames;
import io.memmap.bench.job.ObjectTask.Jvm;
import io.memmap.bench.job.ObjectTask.Operation;
import io.memmap.bench.maps.RecordContender;
import io.memmap.bench.maps.TextContender;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class ObjectsJobTest {
    private final StringWriter err = new StringWriter();
    private final StringBuilder page = new StringBuilder();

    /** Lets the tests run while another JMH runs on this machine. */
    @BeforeAll
    static void ignoreOtherRuns() {
        System.setProperty("jmh.ignoreLock", "true");
    }

    private List<String> run(List<ObjectTask> tasks, List<TextContender> memory) {
        JvmSettings jvm = new JvmSettings(Gc.G1, 256 << 20, false);
        PrintWriter writer = new PrintWriter(err);
        ObjectsJob.Options options = new ObjectsJob.Options(tasks, memory, 20_000, new TimeBudget(1, 1, "command"));
        return new ObjectsJob(options, jvm, new Console(writer, writer, false)).run(page::append);
    }

    @Test
    void everyPartIsOnThePage() {
        assertThat(run(
                        List.of(
                                new ObjectTask(Operation.BY_RANGE, TextContender.MEMMAP_STRUCT, 20_000),
                                new ObjectTask(Operation.BY_RANGE, TextContender.JDK_HASHMAP, 20_000),
                                new ObjectTask(Operation.BY_RANGE, TextContender.CHRONICLE, 20_000),
                                new ObjectTask(Operation.FILL, TextContender.OHC, 20_000),
                                new ObjectTask(Operation.RECORD, RecordContender.MEMMAP_RECORD, 20_000),
                                new ObjectTask(Operation.HIT, Jvm.POLLUTED, 20_000)),
                        List.of(
                                TextContender.MEMMAP_BYTES,
                                TextContender.MEMMAP_SYNC,
                                TextContender.JDK_HASHMAP,
                                TextContender.LMDB)))
                .isEmpty();
        assertThat(page)
                .contains("# Measured 20", "`command`; every JVM with G1, -Xms and -Xmx 256 MiB", "forks a figure: 1;")
                .contains("| string key, get by byte range, ns | 20,000 |")
                .containsPattern("\\| HashMap<String, byte\\[]> \\| [0-9,.]+ 1.00x \\|")
                .containsPattern("\\| Chronicle Map, sized exactly \\| [0-9,.]+ [0-9.]+x \\|")
                .containsPattern("\\| OHC, linked \\| [0-9,.]+ \\|")
                .contains("| MemMap, LONG to a record |", "| after long, int, UTF8 and struct maps |")
                .contains("## Allocated", "| string key, get by byte range, B | 20,000 |")
                .doesNotContain("fill from empty, an entry, B")
                .containsPattern("\\| MemMap, UTF8 to BYTES \\| 20,000 \\| 12[0-9] \\| [0-9.]+ \\| [12][0-9]{2} \\|")
                .containsPattern("\\| HashMap<String, byte\\[]> \\| 20,000 \\| 12[0-9] \\| 2[0-9]{2} \\| - \\| - \\|")
                .doesNotContain("Failed");
    }

    @Test
    void aFailureIsReportedAndTheRestIsMeasured() {
        assertThat(run(
                        List.of(
                                new ObjectTask(Operation.RECORD, RecordContender.MEMMAP_RECORD, 20_001),
                                new ObjectTask(Operation.HIT, Jvm.FRESH, 20_000)),
                        List.of()))
                .hasSize(1)
                .first()
                .asString()
                .contains("long key, get of a record of three longs, 20,001 entries, MemMap, LONG to a record: ");
        assertThat(page).contains("## Failed", "| no other map used | ");
    }

    /** Except STRUCT, which is RECORD with other contenders. */
    @Test
    void everyOperationHasItsOwnBenchmark() {
        assertThat(BenchmarkNames.of(Operation.values())).hasSameSizeAs(Operation.values());
        assertThat(BenchmarkNames.of(Operation.values()).stream().distinct()).hasSize(Operation.values().length - 1);
    }

    @Test
    void fullAndQuickRunsHaveEveryContenderOfEveryOperation() {
        for (List<ObjectTask> tasks : List.of(ObjectTask.full(), ObjectTask.quick())) {
            assertThat(tasks).doesNotHaveDuplicates();
            for (Operation operation : Operation.values()) {
                if (operation == Operation.STRUCT) {
                    continue;
                }
                assertThat(tasks.stream()
                                .filter(task -> task.operation() == operation)
                                .map(ObjectTask::contender)
                                .distinct())
                        .containsExactlyElementsOf(operation.contenders());
            }
        }
    }

    @Test
    void theRunOfStructsHasTheMapsOfTheGoalAndItsYardstick() {
        assertThat(ObjectTask.quickStructs().stream().map(ObjectTask::contender))
                .containsExactlyElementsOf(Operation.STRUCT.contenders());
        assertThat(ObjectTask.structs()).hasSize(2 * ObjectTask.quickStructs().size());
        assertThat(ObjectTask.structs().stream().filter(ObjectTask::isYardstick).map(ObjectTask::contender))
                .containsOnly(RecordContender.LONG_MAP);
    }

    @Test
    void thePageOfStructsHasRatiosToLongLongMap() {
        JvmSettings jvm = new JvmSettings(Gc.G1, 256 << 20, false);
        PrintWriter writer = new PrintWriter(err);
        List<ObjectTask> tasks = List.of(
                new ObjectTask(Operation.STRUCT, RecordContender.LONG_MAP, 20_000),
                new ObjectTask(Operation.STRUCT, RecordContender.MEMMAP_STRUCT, 20_000));
        assertThat(new StructsJob(tasks, new TimeBudget(1, 1, "command"), jvm, new Console(writer, writer, false))
                        .run(page::append))
                .isEmpty();
        assertThat(page)
                .contains("| long key, three fields of a struct of three longs, ns | 20,000 |")
                .containsPattern("\\| LongLongMap, one get \\| [0-9.]+ 1.00x \\|")
                .containsPattern("\\| LongStructMap, three fields \\| [0-9.]+ [0-9.]+x \\|")
                .doesNotContain("Failed");
    }

    /**
     * The tests get their arguments from the pom, and the forks get theirs from {@link ObjectTask}.
     * Both must be equal.
     */
    @Test
    void testsHaveTheArgumentsOfTheForks() {
        assertThat(ManagementFactory.getRuntimeMXBean().getInputArguments())
                .containsAll(ObjectTask.full().getFirst().jvmArguments());
    }

    @Test
    void wrongArgumentsAreRefusedInOneLine() {
        BenchRun bench = new BenchRun();
        assertThat(bench.run("objects", "--bogus")).isEqualTo(2);
        assertThat(bench.err()).hasLineCount(1);
        assertThat(bench.run("objects", "--forks", "0")).isEqualTo(2);
        assertThat(bench.err()).hasLineCount(1);
        assertThat(bench.run("objects", "--out", "/nowhere/at/all")).isEqualTo(1);
        assertThat(bench.err()).hasLineCount(1);
        assertThat(bench.out()).isEmpty();
        assertThat(bench.run("objects", "--help")).isZero();
        assertThat(bench.out()).contains("--quick", "--forks", "--minutes", "--out", "--heap");
    }
}
