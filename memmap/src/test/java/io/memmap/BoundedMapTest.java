package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one thread sees of a map with limits. */
class BoundedMapTest {
    private record Gone(Object key, Object value, EvictionCause cause) {}

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64L << 20).open();
    private final AtomicLong nanos = new AtomicLong(-500);
    private final List<Gone> gone = new ArrayList<>();

    @AfterEach
    void nothingLeaks() {
        heap.checkZeroes();
        heap.close();
    }

    private void free(SyncMap<?, ?> map) {
        map.check();
        map.free();
        assertThat(heap.stats().inUse()).as("bytes leaked").isZero();
    }

    private SyncMap.Builder<Long, String> strings() {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .ticker(nanos::get)
                .onEviction((key, value, cause) -> gone.add(new Gone(key, value, cause)));
    }

    private SyncMap.Builder<Long, Long> longs() {
        return SyncMap.builder(heap, Type.LONG, Type.LONG)
                .ticker(nanos::get)
                .onEviction((key, value, cause) -> gone.add(new Gone(key, value, cause)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 63, 64, 65, 127, 128, 1000, 4321})
    void entriesNeverExceedTheirBound(long bound) {
        SyncMap<Long, String> map = strings().maxEntries(bound).make();
        for (long key = 0; key < 3 * bound + 10; key++) {
            assertThat(map.put(key, "value " + key)).isNull();
            assertThat(map.mappingCount()).isLessThanOrEqualTo(bound);
            assertThat(map.get(key)).isEqualTo("value " + key);
            if (key % 50 == 0) {
                map.check();
            }
        }
        assertThat(gone).hasSize((int) (3 * bound + 10 - map.mappingCount()));
        Set<Object> keys = new HashSet<>(map.keySet());
        for (Gone entry : gone) {
            assertThat(keys.add(entry.key())).as("evicted once").isTrue();
            assertThat(entry.value()).isEqualTo("value " + entry.key());
            assertThat(entry.cause()).isEqualTo(EvictionCause.SIZE);
        }
        free(map);
    }
}
