package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Batches, the {@code java.util} view and the text of a map of longs for many threads. */
class SyncLongsTest extends SyncMapTestBase {
    private static final int MANY = 1000;

    private long[] keys(int from, int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = hash.key(from + i);
        }
        return keys;
    }

    // ------------------------------------------------------------------------------------- batches

    @Test
    void aBatchOfLookupsEqualsSingleLookups() {
        SyncLongLongMap map = makeLongs();
        for (int i = 0; i < MANY; i += 2) {
            map.put(hash.key(i), i);
        }
        long[] keys = keys(0, MANY);
        long[] values = new long[MANY + 1];
        values[MANY] = 99;
        assertThat(map.getAll(keys, values)).isEqualTo(MANY / 2);
        for (int i = 0; i < MANY; i++) {
            assertThat(values[i]).isEqualTo(i % 2 == 0 ? i : 0);
        }
        assertThat(values[MANY]).isEqualTo(99);
        assertThat(map.getAll(keys, keys)).isEqualTo(MANY / 2);
        assertThat(keys).isEqualTo(Arrays.copyOf(values, MANY));
    }

    @Test
    void aBatchOfPutsEqualsSinglePutsInOrder() {
        SyncLongLongMap map = makeLongs();
        long[] keys = new long[3 * MANY];
        long[] values = new long[3 * MANY];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = hash.key(i % MANY);
            values[i] = i;
        }
        map.putAll(keys, values);
        map.check();
        assertThat(map.size()).isEqualTo(MANY);
        for (int i = 0; i < MANY; i++) {
            assertThat(map.get(hash.key(i))).isEqualTo(2 * MANY + i);
        }
    }

    @Test
    void arraysOfWrongLengthsAreRefused() {
        SyncLongLongMap map = makeLongs();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.getAll(new long[3], new long[2]))
                .withMessage("values must have room for 3 keys: 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.putAll(new long[3], new long[4]))
                .withMessage("there must be as many values as keys, 3: 4");
        assertThat(map.isEmpty()).isTrue();
    }

    /** Each value names its key, so a torn lookup would return a wrong one. */
    @Test
    void batchesDuringWritesReturnValuesThatWerePut() throws Exception {
        SyncLongLongMap map = makeLongs();
        int count = 300;
        int rounds = 200;
        long[] keys = keys(0, count);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> writer = threads.submit(() -> {
                long[] values = new long[count];
                for (int round = 1; round <= rounds; round++) {
                    for (int i = 0; i < count; i++) {
                        values[i] = (long) i << 32 | round;
                    }
                    map.putAll(keys, values);
                    begun.countDown();
                    for (int i = round % 2; i < count; i += 2) {
                        map.remove(keys[i]);
                    }
                }
            });
            assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
            long[] values = new long[count];
            do {
                int hits = map.getAll(keys, values);
                int present = 0;
                for (int i = 0; i < count; i++) {
                    assertThat(values[i] == 0 || values[i] >>> 32 == i).isTrue();
                    present += values[i] == 0 ? 0 : 1;
                }
                assertThat(hits).isEqualTo(present);
            } while (!writer.isDone());
            writer.get();
        }
    }

    // ---------------------------------------------------------------------------------------- view

    @Test
    void theViewIsLiveAndAStoredZeroDiffersFromAnAbsentKey() {
        SyncLongLongMap map = makeLongs();
        ConcurrentMap<Long, Long> view = map.asMap();
        map.put(1, 0);
        assertThat(view.get(1L)).isZero();
        assertThat(view.get(2L)).isNull();
        assertThat(view.put(2L, 0L)).isNull();
        assertThat(view.put(2L, 5L)).isZero();
        assertThat(view.putIfAbsent(2L, 6L)).isEqualTo(5);
        assertThat(view.replace(3L, 6L)).isNull();
        assertThat(map.get(2)).isEqualTo(5);
        assertThat(view.containsValue(5L)).isTrue();
        assertThat(view.containsValue(6L)).isFalse();
        assertThat(view.computeIfAbsent(3L, key -> map.get(2) + key)).isEqualTo(8);
        assertThat(view.remove(3L)).isEqualTo(8);
        assertThat(view.remove(3L)).isNull();
        assertThat(map.toString()).isIn("{1=0, 2=5}", "{2=5, 1=0}");
        assertThat(view).hasSize(2);
        map.clear();
        assertThat(view).isEmpty();
        assertThat(map).hasToString("{}");
    }

    @Test
    void aLoopOverTheViewProducesPresentEntriesAndMayChangeTheMap() {
        SyncLongLongMap map = makeLongs();
        for (int i = 0; i < MANY; i++) {
            map.put(hash.key(i), i);
        }
        Map<Long, Long> seen = new HashMap<>();
        for (Map.Entry<Long, Long> entry : map.asMap().entrySet()) {
            long value = entry.getValue();
            assertThat(seen.put(entry.getKey(), value)).isNull();
            map.put(hash.key(MANY + seen.size()), 1);
            if (value % 2 == 0) {
                map.remove(entry.getKey());
            } else {
                assertThat(entry.setValue(value + MANY)).isEqualTo(value);
            }
        }
        map.check();
        for (int i = 0; i < MANY; i++) {
            assertThat(seen).containsEntry(hash.key(i), (long) i);
            assertThat(map.getOrDefault(hash.key(i), -1)).isEqualTo(i % 2 == 0 ? -1 : i + MANY);
        }
    }

    @Test
    void anIteratorRemovesTheEntryProducedLast() {
        SyncLongLongMap map = makeLongs();
        map.putAll(keys(0, 10), keys(0, 10));
        var entries = map.asMap().keySet().iterator();
        assertThatIllegalStateException().isThrownBy(entries::remove);
        for (int left = 9; entries.hasNext(); left--) {
            Long key = entries.next();
            assertThat(entries.hasNext()).isEqualTo(left > 0);
            entries.remove();
            assertThat(map.containsKey(key)).isFalse();
            assertThat(map.size()).isEqualTo(left);
        }
        assertThat(map.isEmpty()).isTrue();
    }

    @Test
    void noMergeOfManyThreadsThroughTheViewIsLost() throws Exception {
        SyncLongLongMap map = makeLongs();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < MANY; i++) {
                        map.asMap().merge(hash.key(i % 7), 1L, Long::sum);
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        assertThat(map.asMap().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(3 * MANY);
    }
}
