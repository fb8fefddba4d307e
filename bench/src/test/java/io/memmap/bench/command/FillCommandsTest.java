package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.Geometry;
import io.memmap.bench.BenchRun;
import io.memmap.bench.child.FillMemory;
import io.memmap.bench.job.OverlapTask;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the commands that fill maps in new JVMs, with few entries. */
final class FillCommandsTest {
    private final BenchRun bench = new BenchRun();

    @Test
    void latencyShowsEveryPercentileOfEveryContender() {
        assertThat(bench.run(
                        "latency", "--rounds", "1", "--size", "1000", "--heap", "64m", "--contender", "MEMMAP_GO,hppc"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out())
                .contains("1,000 entries, 1 JVMs each", "p50", "p99.99", "max", "G1, -Xms and -Xmx 64.0 MiB")
                .containsPattern("memmap GO, 4K pages, put while growing +[0-9]")
                .containsPattern("HPPC, put while growing +[0-9]")
                .containsPattern("loop over an array, put while growing +[0-9]")
                .containsPattern("no-op loop, put while growing +[0-9]");
    }

    @ParameterizedTest
    @EnumSource
    void memoryShowsAMemmapMapAtEveryStage(Geometry geometry) {
        assertThat(bench.run("memory", "--size", "100000", "--heap", "64m", "--contender", "MEMMAP_" + geometry))
                .as(bench.err())
                .isZero();
        for (FillMemory.Moment moment : FillMemory.Moment.values()) {
            assertThat(bench.out())
                    .containsPattern("memmap " + geometry + ", 4K pages +" + moment.title() + " +[0-9,]+ ");
        }
    }

    @Test
    void memoryOfAMapOutsideTheJavaHeapIsOnlyTheGrowthOfTheProcess() {
        assertThat(bench.run("memory", "--size", "100000", "--heap", "64m", "--contender", "MEMMAP_SYNC"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out())
                .containsPattern("memmap SyncLongLongMap +with all entries +100,000 +- +- +- +-")
                .containsPattern("memmap SyncLongLongMap, resident +[0-9.]+ MiB +[0-9.]+ MiB ");
    }

    @Test
    void overlapShowsEveryLoop() {
        assertThat(bench.run("overlap", "--forks", "1", "--size", "10000", "--heap", "256m"))
                .as(bench.err())
                .isZero();
        for (OverlapTask.Loop loop : OverlapTask.Loop.values()) {
            assertThat(bench.out())
                    .containsPattern("MemMap, UTF8 to BYTES, " + loop.title() + " +[0-9.,]+ [nu]s +[0-9.]+x +[0-9.]+x");
        }
        assertThat(bench.out()).containsPattern("HashMap<String, byte\\[]>, by range +[0-9.,]+ [nu]s +[0-9.]+x +1.00x");
    }

    @Test
    void observeShowsWhatEachRateOfTheProfileCosts() {
        assertThat(bench.run("observe", "--rounds", "2", "--size", "10000"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out()).contains("2 rounds of 10,000 puts");
        for (String profile : List.of("off", "off, again", "every 512 KiB", "every allocation")) {
            assertThat(bench.out().lines().filter(line -> line.contains(" " + profile + " ")))
                    .hasSize(3)
                    .allMatch(line -> line.matches(".* [nu]s \\(.* [nu]s\\) +[0-9.]+ \\(.*\\)"));
        }
    }

    @Test
    void theMessageNamesAContenderThatFails() {
        assertThat(bench.run(
                        "latency", "--rounds", "1", "--size", "2000000", "--heap", "40m", "--contender", "JDK_HASHMAP"))
                .isEqualTo(1);
        assertThat(bench.err()).contains("bench/run: HashMap<Long, Long> ran out of memory");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "latency --rounds 0",
                "memory --size -1",
                "observe --size 0",
                "memory --bogus",
                "latency --contender nobody"
            })
    void wrongArgumentsAreRefusedInOneLine(String arguments) {
        assertThat(bench.run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(bench.err()).hasLineCount(1);
        assertThat(bench.out()).isEmpty();
    }
}
