package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.bench.child.Figures;
import io.memmap.bench.child.OrderChild.OrderMetric;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.maps.OrderContender;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class OrderJobTest {
    private final Map<OrderContender, Figures> outcomes = new EnumMap<>(OrderContender.class);

    OrderJobTest() {
        for (OrderContender contender : OrderContender.values()) {
            Figures figures = new Figures();
            figures.put(OrderMetric.DIGEST.name(), -7);
            outcomes.put(contender, figures);
        }
    }

    @Test
    void equalEntriesPass() {
        assertThatCode(() -> OrderJob.requireSameEntries(outcomes)).doesNotThrowAnyException();
    }

    @Test
    void otherEntriesAreRefused() {
        outcomes.get(OrderContender.SKIP_LIST).put(OrderMetric.DIGEST.name(), 7);
        assertThatThrownBy(() -> OrderJob.requireSameEntries(outcomes))
                .isInstanceOf(BenchException.class)
                .hasMessageStartingWith("ConcurrentSkipListMap read other entries");
    }

    @Test
    void aContenderWithoutADigestIsRefused() {
        outcomes.put(OrderContender.MEMMAP_1, new Figures());
        assertThatThrownBy(() -> OrderJob.requireSameEntries(outcomes))
                .isInstanceOf(BenchException.class)
                .hasMessageStartingWith("SyncMap, 1 shard read other entries");
    }
}
