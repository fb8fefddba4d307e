package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A handle copies fields of the header. It uses a copied field only while it is valid, also if
 * another handle has changed the map (I15).
 */
class StampTest {
    private static NativeHeap heap(boolean shared) {
        return shared ? NativeHeap.ofShared() : NativeHeap.ofConfined();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHandleSeesTheChangesOfAnotherAtEachSize(boolean shared) {
        try (NativeHeap heap = heap(shared)) {
            LongLongMap writer = LongLongMap.make(heap);
            LongLongMap reader = LongLongMap.at(heap, writer.pointer());
            for (long key = 0; key < 20_000; key++) {
                assertThat(reader.get(key)).isZero();
                writer.put(key, key + 1);
                assertThat(reader.get(key)).isEqualTo(key + 1);
                assertThat(reader.get(key / 2)).isEqualTo(key / 2 + 1);
            }
            // this halves the table, which then has another seed
            for (long key = 0; key < 20_000; key++) {
                assertThat(writer.remove(key)).isTrue();
                assertThat(reader.containsKey(key)).isFalse();
                if (key % 997 == 0) {
                    reader.check();
                }
            }
            writer.put(7, 8);
            assertThat(reader.get(7)).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void twoHandlesMayWriteInTurn(boolean shared) {
        try (NativeHeap heap = heap(shared)) {
            LongLongMap one = LongLongMap.make(heap);
            LongLongMap other = LongLongMap.at(heap, one.pointer());
            for (long key = 0; key < 20_000; key += 2) {
                one.put(key, key);
                other.put(key + 1, key);
                other.add(key, 1);
                one.add(key + 1, 2);
            }
            one.check();
            other.check();
            assertThat(one.size()).isEqualTo(20_000);
            for (long key = 0; key < 20_000; key += 2) {
                assertThat(one.get(key)).isEqualTo(key + 1);
                assertThat(other.get(key + 1)).isEqualTo(key + 2);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cachedFieldsAreRefreshedAfterClearReserveAndShrink(boolean shared) {
        try (NativeHeap heap = heap(shared)) {
            LongLongMap map = LongLongMap.make(heap);
            LongLongMap reader = LongLongMap.at(heap, map.pointer());
            for (List<Runnable> change : List.of(
                    List.<Runnable>of(map::clear, () -> fill(map, 1000)),
                    List.<Runnable>of(() -> map.reserve(100_000)),
                    List.<Runnable>of(map::shrink))) {
                fill(map, 1000);
                assertThat(reader.get(999)).isEqualTo(999);
                change.forEach(Runnable::run);
                for (long key = 0; key < 1000; key++) {
                    assertThat(reader.get(key)).isEqualTo(key);
                }
                map.check();
            }
        }
    }

    /**
     * In a shared heap only writers copy the fields. So threads that only read need no
     * synchronisation.
     */
    @Test
    void manyThreadsMayReadThroughOneHandle() throws Exception {
        try (NativeHeap heap = NativeHeap.ofShared();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            LongLongMap writer = LongLongMap.make(heap);
            LongLongMap reader = LongLongMap.at(heap, writer.pointer());
            for (int round = 1; round <= 20; round++) {
                int entries = round * 1000;
                fill(writer, entries);
                CountDownLatch start = new CountDownLatch(1);
                Callable<Long> sum = () -> {
                    start.await();
                    long all = 0;
                    for (long key = 0; key < entries; key++) {
                        all += reader.get(key);
                    }
                    return all;
                };
                List<Future<Long>> sums = List.of(threads.submit(sum), threads.submit(sum), threads.submit(sum));
                start.countDown();
                for (Future<Long> one : sums) {
                    assertThat(one.get()).isEqualTo((long) entries * (entries - 1) / 2);
                }
            }
        }
    }

    @Test
    void getAllMayWriteItsAnswersToTheArrayOfTheKeys() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            fill(map, 1000);
            long[] keys = new long[300];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = i * 5L; // the last hundred keys are absent
            }
            assertThat(map.getAll(keys, keys)).isEqualTo(200);
            for (int i = 0; i < keys.length; i++) {
                assertThat(keys[i]).isEqualTo(i < 200 ? i * 5L : 0);
            }
        }
    }

    private static void fill(LongLongMap map, long entries) {
        for (long key = 0; key < entries; key++) {
            map.put(key, key);
        }
    }
}
