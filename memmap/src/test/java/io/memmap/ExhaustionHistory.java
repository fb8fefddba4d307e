package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.memory.BlockKind;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;

/** A history of every operation that allocates, played on a heap that fails, and its model. */
final class ExhaustionHistory {
    private static final long HEAP_BYTES = 2L << 20;

    private final NativeHeap heap;
    private final Function<NativeHeap, AnyMap> maker;
    private final Map<Long, Long> model = new HashMap<>();
    private AnyMap map;
    private int failuresLeft;

    private ExhaustionHistory(NativeHeap heap, Function<NativeHeap, AnyMap> maker, int failures) {
        this.heap = heap;
        this.maker = maker;
        failuresLeft = failures;
    }

    /**
     * Plays the history with its first allocation failing, with its second, and so on until none does, and after each
     * failure that the map reports as many more as {@code failures} says. Returns the number of allocations.
     */
    static long playWithEachAllocationFailing(Function<NativeHeap, AnyMap> maker, int failures) {
        long failing = 0;
        boolean failed;
        do {
            failing++;
            try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
                ExhaustionHistory history = new ExhaustionHistory(heap, maker, failures);
                heap.failAllocation(failing);
                history.play();
                failed = hasFailed(heap, failing);
                history.end();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("with allocation " + failing + " failing: " + e.getMessage(), e);
            }
        } while (failed);
        return failing - 1;
    }

    /** Returns whether the failure asked for before the {@code n}-th allocation has come; frees what it takes to know. */
    private static boolean hasFailed(NativeHeap heap, long n) {
        for (long i = 0; i < n; i++) {
            long pointer = heap.tryAllocate(1, BlockKind.BLOB);
            if (pointer == 0) {
                return false;
            }
            heap.free(pointer);
        }
        return true;
    }

    private void play() {
        while (map == null) {
            try {
                map = maker.apply(heap);
            } catch (HeapExhaustedException injected) {
                assertThat(heap.stats().inUse())
                        .as("left by a map that was not made")
                        .isZero();
            }
        }
        putEach(0, 700);
        for (long key = 700; key < 1000; key++) {
            putEach(key, key + 1);
            removeEach(key - 700, key - 699);
        }
        removeEach(300, 970);
        attempt(() -> map.table().reserve(600), () -> {});
        putMany(2000, 2200);
        attempt(() -> map.table().shrink(), () -> {});
        for (long key = 2100; key < 2300; key++) {
            long k = key;
            attempt(() -> map.add(k, 3), () -> model.merge(k, 3L, Long::sum));
        }
        for (AnyMap.Cursor cursor = map.cursor(); model.size() > 150 && cursor.next(); ) {
            model.remove(cursor.key());
            cursor.remove();
        }
        assertSound();
        map.table().clear();
        model.clear();
        putEach(0, 200);
    }

    private void end() {
        assertSound();
        map.table().free();
        assertThat(heap.stats().inUse()).as("bytes leaked").isZero();
        heap.checkZeroes();
    }

    /** An operation that fails changes nothing. The failures asked for come one after the other. */
    private void attempt(Runnable operation, Runnable onModel) {
        try {
            operation.run();
        } catch (HeapExhaustedException injected) {
            failed();
            return;
        }
        onModel.run();
    }

    private void failed() {
        assertSound();
        heap.checkZeroes();
        if (--failuresLeft > 0) {
            heap.failAllocation(1);
        }
    }

    private void putEach(long from, long to) {
        for (long key = from; key < to; key++) {
            long k = key;
            attempt(() -> map.put(k, 10 * k), () -> model.put(k, 10 * k));
        }
    }

    /** Puts new keys at once; those before the one that failed are there then. */
    private void putMany(long from, long to) {
        long[] keys = LongStream.range(from, to).toArray();
        long before = map.size();
        boolean all = true;
        try {
            map.putAll(keys, keys);
        } catch (HeapExhaustedException injected) {
            all = false;
        }
        long put = map.size() - before;
        assertThat(put == keys.length).isEqualTo(all);
        for (int i = 0; i < put; i++) {
            model.put(keys[i], keys[i]);
        }
        assertSound();
    }

    private void removeEach(long from, long to) {
        for (long key = from; key < to; key++) {
            assertThat(map.remove(key)).isEqualTo(model.remove(key) != null);
        }
    }

    private void assertSound() {
        map.check();
        heap.check();
        assertThat(map.size()).isEqualTo(model.size());
        model.forEach((key, value) -> {
            if (map.get(key) != value || !map.containsKey(key)) {
                throw new AssertionError("key " + key + " is lost");
            }
        });
    }
}
