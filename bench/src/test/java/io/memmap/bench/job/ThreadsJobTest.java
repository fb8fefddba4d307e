package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.child.Gc;
import io.memmap.bench.console.Console;
import io.memmap.bench.job.SharedTask.Operation;
import io.memmap.bench.maps.SharedContender;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class ThreadsJobTest {
    private final StringWriter err = new StringWriter();
    private final StringBuilder page = new StringBuilder();

    /** Lets the tests run while another JMH runs on this machine. */
    @BeforeAll
    static void ignoreOtherRuns() {
        System.setProperty("jmh.ignoreLock", "true");
    }

    @Test
    void everyPartIsOnThePageAndEveryTargetIsJudgedOrMarked() {
        JvmSettings jvm = new JvmSettings(Gc.G1, 256 << 20, false);
        PrintWriter writer = new PrintWriter(err);
        ThreadsJob.Options options = new ThreadsJob.Options(
                List.of(
                        new SharedTask(Operation.GET_1, SharedContender.SYNC_LONG_LONG, 20_000),
                        new SharedTask(Operation.GET_1, SharedContender.PLAIN, 20_000),
                        new SharedTask(Operation.GET_2, SharedContender.SYNC_LONG_LONG, 20_000),
                        new SharedTask(Operation.MIXED90_2, SharedContender.SYNC_LONG_LONG, 20_000),
                        new SharedTask(Operation.MIXED90_2, SharedContender.CHRONICLE, 20_000),
                        new SharedTask(Operation.MIXED50_2, SharedContender.SYNC_LONG_LONG, 20_000),
                        new SharedTask(Operation.MIXED50_2, SharedContender.JDK_CONCURRENT, 20_000)),
                20_000,
                20_000,
                100_000,
                new TimeBudget(1, 1, "command"));
        assertThat(new ThreadsJob(options, jvm, new Console(writer, writer, false)).run(page::append))
                .isEmpty();
        assertThat(page)
                .contains("| get, 1 thread, ns | 20,000 |", "| 50% get, 50% put, 2 threads, ns | 20,000 |")
                .containsPattern("\\| ConcurrentHashMap<Long, Long> \\| [0-9.]+ 1.00x \\|")
                .containsPattern("\\| SyncLongLongMap \\| [0-9.,]+ [nu]s \\| ")
                .containsPattern("\\| loop over an array \\| [0-9.,]+ [nu]s \\(")
                .containsPattern("\\| no-op loop \\| [0-9.,]+ [nu]s \\(")
                .containsPattern(
                        "\\| get at 20,000 over LongLongMap's \\| at most 1.25x \\| [0-9.]+x \\| (reached|missed) \\|")
                .containsPattern(
                        "against Chronicle Map, sized exactly \\| at least 4.00x \\| [0-9.]+x \\| (reached|missed) \\|")
                .contains("| get, 1 thread at 20,000, against ConcurrentHashMap<Long, Long> | at least 1.50x | - | not"
                        + " measured |")
                .containsPattern(
                        "p99.99 of a get beside a fill, .* at most 20.0 us \\| [0-9.]+ [num]s \\| (reached|missed) \\|")
                .doesNotContain("Failed");
    }

    @Test
    void everyContenderGivesTheSameAnswers() {
        for (SharedContender contender : SharedContender.values()) {
            try (var map = contender.make(0, 100)) {
                map.put(1, 2);
                map.put(1, 3);
                assertThat(map.get(1)).as(contender.title()).isEqualTo(3);
                assertThat(map.get(2)).as(contender.title()).isZero();
                assertThat(map.size()).as(contender.title()).isOne();
            }
        }
    }

    @Test
    void aFullRunHasEveryTaskThatTheTargetsNeed() {
        List<SharedTask> tasks = SharedTask.tasks(1, 2);
        assertThat(tasks).doesNotHaveDuplicates();
        for (Operation operation : Operation.values()) {
            assertThat(tasks)
                    .contains(
                            new SharedTask(operation, SharedContender.SYNC_LONG_LONG, 2),
                            new SharedTask(operation, SharedContender.JDK_CONCURRENT, 2));
        }
        assertThat(tasks)
                .contains(
                        new SharedTask(Operation.GET_1, SharedContender.PLAIN, 1),
                        new SharedTask(Operation.GET_2, SharedContender.SYNC_LONG_LONG, 1),
                        new SharedTask(Operation.MIXED90_2, SharedContender.CHRONICLE, 1));
    }
}
