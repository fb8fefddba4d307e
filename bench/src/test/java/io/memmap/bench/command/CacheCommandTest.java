package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import io.memmap.bench.job.CacheJob;
import io.memmap.bench.job.CacheTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the command that compares hit rates. */
final class CacheCommandTest {
    private final BenchRun bench = new BenchRun();

    @Test
    void everyTraceIsWithinTwoPointsAndOnThePage(@TempDir Path directory) throws IOException {
        Path page = directory.resolve("cache.md");
        assertThat(bench.run("cache", "--quick", "--output", page.toString()))
                .as(bench.out() + bench.err())
                .isZero();
        for (CacheTrace trace : CacheTrace.values()) {
            assertThat(bench.out()).contains(trace.title());
            assertThat(Files.readString(page)).contains("| " + trace.title() + " | 512 | ");
        }
        assertThat(bench.out()).contains("24 of 24 hit rates are at most 2 points below");
    }

    @Test
    void aHitRateThatIsTooLowCountsAsAFailure() {
        CacheJob.Result good = new CacheJob.Result(512, CacheTrace.LOOP_2, 50, 48, 1, 1);
        CacheJob.Result bad = new CacheJob.Result(512, CacheTrace.LOOP_2, 50, 47.9, 1, 1);
        assertThat(good.isWithin()).isTrue();
        assertThat(bad.isWithin()).isFalse();
        assertThat(CacheJob.verdict(List.of(good, bad)))
                .startsWith("1 of 2 hit rates")
                .contains("worst is -2.10");
    }

    @Test
    void tracesAreTheSameEachTime() {
        for (CacheTrace trace : CacheTrace.values()) {
            long[] keys = trace.keys(100, 1000);
            assertThat(trace.keys(100, 1000)).isEqualTo(keys);
        }
        assertThat(CacheTrace.LOOP_2.keys(2, 9)).containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0);
    }

    @Test
    void aPageThatCannotBeWrittenIsRefusedBeforeTheRun() {
        assertThat(bench.run("cache", "--output", "/nowhere/page.md")).isEqualTo(1);
        assertThat(bench.err()).contains("cannot write");
    }
}
