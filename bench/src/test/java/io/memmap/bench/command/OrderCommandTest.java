package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Runs all contenders with ordered keys in new JVMs. */
final class OrderCommandTest {
    private static final String NUMBER = "[0-9.]+ [num]?s";
    private static final String TIME = " +" + NUMBER;
    private static final String RANGE = TIME + " \\(" + NUMBER + "\\.\\." + NUMBER + "\\)";

    private final BenchRun bench = new BenchRun();

    @Test
    void allContendersReadTheSameEntriesAndHaveFigures() {
        assertThat(bench.run("order", "--quick", "--size", "3000", "--heap", "128m"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out())
                .startsWith("3,000 entries, keys of 16 random bytes")
                .containsPattern("(?m)^SyncMap, 1 shard(" + TIME + "){6}$")
                .containsPattern("(?m)^SyncMap, 16 shards(" + TIME + "){6}$")
                .containsPattern("(?m)^java.util.TreeMap(" + TIME + "){2} +-" + TIME + " +- +-$")
                .containsPattern("(?m)^ConcurrentSkipListMap(" + TIME + "){2} +-" + TIME + " +- +-$")
                .containsPattern("(?m)^RocksDB(" + TIME + "){2} +-" + TIME + " +- +-$")
                .containsPattern("(?m)^SyncMap, 1 shard( +[0-9.]+ B){2}$")
                .doesNotContain("warm");
        assertBuilds("cold");
    }

    @Test
    void buildsAloneHaveFiguresOfAColdAndOfAWarmJvm() {
        assertThat(bench.run("order", "--build", "--forks", "1", "--size", "3000", "--heap", "128m"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out()).doesNotContain("java.util.TreeMap");
        assertBuilds("cold");
        assertBuilds("warm");
    }

    private void assertBuilds(String warmth) {
        String stolen = Files.exists(Path.of("/proc/stat")) ? RANGE : " +-";
        assertThat(bench.out())
                .containsPattern("(?m)^SyncMap, 16 shards, " + warmth + "(" + RANGE + "){2}" + stolen + "$")
                .containsPattern("(?m)^SyncMap, 1 shard, no build, " + warmth + "(" + RANGE + "){6}$")
                .containsPattern("(?m)^SyncMap, 16 shards, beside a build, " + warmth + "(" + RANGE + "){6}$");
        if (Files.exists(Path.of("/proc/thread-self/schedstat"))) {
            String longest = warmth + "(" + RANGE + "){2} +[0-9]+ \\([0-9]+\\.\\.[0-9]+\\)";
            assertThat(bench.out())
                    .containsPattern("(?m)^SyncMap, 1 shard, no build, " + longest + " +-(" + RANGE + "){2}$")
                    .containsPattern("(?m)^SyncMap, 16 shards, beside a build, " + longest + "(" + RANGE + "){3}$");
        } else {
            assertThat(bench.out()).contains("this system has no /proc/thread-self/schedstat");
        }
    }
}
