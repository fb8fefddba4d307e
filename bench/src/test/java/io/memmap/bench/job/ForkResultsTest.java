package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.text.Markdown;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ForkResultsTest {
    private final ForkResults results = ForkResults.ofNanos();

    private static LongTask task(LongOperation operation, Contender contender, int size) {
        return new LongTask(operation, contender, size, KeyOrder.UNIFORM, false);
    }

    private void add(LongOperation operation, Contender contender, int size, double... nanos) {
        for (double value : nanos) {
            results.add(task(operation, contender, size), value);
        }
    }

    @Test
    void ratiosCompareWithTheBestPrimitiveMapOfTheSameSize() {
        add(LongOperation.HIT, Contender.MEMMAP_LINE, 1000, 60, 50, 70);
        add(LongOperation.HIT, Contender.FASTUTIL, 1000, 80);
        add(LongOperation.HIT, Contender.HPPC, 1000, 40, 41, 39);
        add(LongOperation.HIT, Contender.JDK_HASHMAP, 1000, 10);
        add(LongOperation.HIT, Contender.UNSAFE_LINE, 20_000, 5);
        add(LongOperation.HIT, Contender.AGRONA, 20_000, 10);
        assertThat(results.header(LongOperation.HIT)).containsExactly("hit, ns", "1,000", "20,000");
        assertThat(results.rows(LongOperation.HIT))
                .containsExactly(
                        List.of("memmap LINE, 4K pages", "60.0 (50.0..70.0) 1.50x", "-"),
                        List.of("Unsafe twin of LINE, 4K pages", "-", "5.00 0.50x"),
                        List.of("fastutil", "80.0 2.00x", "-"),
                        List.of("Agrona", "-", "10.0 1.00x"),
                        List.of("HPPC", "40.0 (39.0..41.0) 1.00x", "-"),
                        List.of("HashMap<Long, Long>", "10.0 0.25x", "-"));
        assertThat(results.forks()).isEqualTo("1 to 3");
    }

    @Test
    void thereIsNoRatioWithoutAPeer() {
        add(LongOperation.MISS, Contender.MEMMAP_GO, 1000, 20);
        assertThat(results.rows(LongOperation.MISS)).containsExactly(List.of("memmap GO, 4K pages", "20.0"));
        assertThat(results.operations()).containsExactly(LongOperation.MISS);
    }

    @Test
    void bytesHaveNoRatio() {
        ForkResults bytes = ForkResults.ofBytes();
        bytes.add(task(LongOperation.HIT, Contender.HPPC, 1000), 0);
        bytes.add(task(LongOperation.HIT, Contender.HPPC, 1000), 24);
        assertThat(bytes.render()).isEqualTo("""

            | hit, B | 1,000 |
            |---|--:|
            | HPPC | 12.0 (0.00..24.0) |
            """);
    }

    @Test
    void markdownTablesHaveALineForEachRow() {
        assertThat(Markdown.table(List.of("a", "b"), List.of(List.of("c", "1"), List.of("d", "2"))))
                .isEqualTo("""
                    | a | b |
                    |---|--:|
                    | c | 1 |
                    | d | 2 |
                    """);
    }
}
