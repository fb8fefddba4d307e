package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Runs all contenders with ordered keys in new JVMs. */
final class OrderCommandTest {
    private final BenchRun bench = new BenchRun();

    @Test
    void allContendersReadTheSameEntriesAndHaveFigures() {
        assertThat(bench.run("order", "--quick", "--size", "3000", "--heap", "128m"))
                .as(bench.err())
                .isZero();
        String time = " +[0-9.]+ [num]?s";
        String range = " +[0-9.]+ [num]?s \\([0-9.]+ [num]?s\\.\\.[0-9.]+ [num]?s\\)";
        String longest = "(" + range + "){2} +[0-9]+ \\([0-9]+\\.\\.[0-9]+\\)";
        assertThat(bench.out())
                .startsWith("3,000 entries, keys of 16 random bytes")
                .containsPattern("(?m)^SyncMap, 1 shard(" + time + "){6}$")
                .containsPattern("(?m)^SyncMap, 16 shards(" + time + "){6}$")
                .containsPattern("(?m)^java.util.TreeMap(" + time + "){2} +-" + time + " +- +-$")
                .containsPattern("(?m)^ConcurrentSkipListMap(" + time + "){2} +-" + time + " +- +-$")
                .containsPattern("(?m)^RocksDB(" + time + "){2} +-" + time + " +- +-$")
                .containsPattern("(?m)^SyncMap, 1 shard( +[0-9.]+ B){2}$")
                .containsPattern("(?m)^SyncMap, 16 shards(" + range + "){2}$")
                .containsPattern("(?m)^SyncMap, 1 shard, no build(" + range + "){6}$")
                .containsPattern("(?m)^SyncMap, 16 shards, beside a build(" + range + "){6}$");
        if (Files.exists(Path.of("/proc/thread-self/schedstat"))) {
            assertThat(bench.out())
                    .containsPattern("(?m)^SyncMap, 1 shard, no build" + longest + " +-(" + range + "){2}$")
                    .containsPattern("(?m)^SyncMap, 16 shards, beside a build" + longest + "(" + range + "){3}$");
        } else {
            assertThat(bench.out()).contains("this system has no /proc/thread-self/schedstat");
        }
    }
}
