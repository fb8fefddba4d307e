package io.memmap.bench.child;

import io.memmap.HeapStats;
import io.memmap.LongLongCursor;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts how often each window occurs. A JVM loads one implementation only, so that the call in the
 * counting loop is direct.
 */
interface WindowCounts extends AutoCloseable {
    /** Counts one occurrence. */
    void count(long window);

    /** Returns the number of distinct windows. */
    long distinct();

    /** Returns the {@link Digest} of all windows with their counts. */
    long digest();

    /** Returns the bytes outside the Java heap that the counts use. */
    long nativeBytes();

    @Override
    void close();

    /** {@code java.util.HashMap<Long, Long>}. */
    final class Boxed implements WindowCounts {
        private final Map<Long, Long> counts = new HashMap<>();

        @Override
        public void count(long window) {
            counts.merge(window, 1L, Long::sum);
        }

        @Override
        public long distinct() {
            return counts.size();
        }

        @Override
        public long digest() {
            long digest = 0;
            for (Map.Entry<Long, Long> entry : counts.entrySet()) {
                digest = Digest.add(digest, entry.getKey(), entry.getValue());
            }
            return digest;
        }

        @Override
        public long nativeBytes() {
            return 0;
        }

        @Override
        public void close() {}
    }

    /** {@link LongLongMap} with default options. */
    final class Native implements WindowCounts {
        private final NativeHeap heap = NativeHeap.ofConfined();
        private final LongLongMap counts = LongLongMap.make(heap);

        @Override
        public void count(long window) {
            counts.add(window, 1);
        }

        @Override
        public long distinct() {
            return counts.size();
        }

        @Override
        public long digest() {
            long digest = 0;
            for (LongLongCursor cursor = counts.cursor(); cursor.next(); ) {
                digest = Digest.add(digest, cursor.key(), cursor.value());
            }
            return digest;
        }

        @Override
        public long nativeBytes() {
            HeapStats stats = heap.stats();
            return stats.committed();
        }

        @Override
        public void close() {
            heap.close();
        }
    }

    /** Counts nothing, so that only the loop, the clock and the machine are measured. */
    final class NoOp implements WindowCounts {
        private long windows;

        @Override
        public void count(long window) {
            windows ^= window;
        }

        @Override
        public long distinct() {
            return 0;
        }

        @Override
        public long digest() {
            return windows;
        }

        @Override
        public long nativeBytes() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
