package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process whose threads write to the maps of a file is killed at any instruction. The next process
 * finds each completed operation of each thread, and the operation that the thread was running done
 * or not done in each map.
 */
@Tag("slow")
class KilledThreadsTest {
    private static final int THREADS = 3;
    private static final int KEYS = 1_000;
    private static final int KILLS = 6;
    /** The operations of all threads between two kills, so that each kill meets growths and removals. */
    private static final int MOST_OPERATIONS = 150_000;

    private static final StructLayout STRUCT = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_LONG).withName("words"));

    @TempDir
    private Path directory;

    /** What the threads do with maps, one after the other, for each number of an operation. */
    private static final class Maps {
        final SyncLongLongMap longs;
        final SyncMap<String, String> texts;
        final SyncLongStructMap structs;

        Maps(NativeHeap heap) {
            longs = SyncLongLongMap.open(heap, "longs", 0, 4);
            texts = SyncMap.builder(heap, Type.UTF8, Type.UTF8)
                    .name("texts")
                    .shards(4)
                    .open();
            structs = SyncLongStructMap.builder(heap, STRUCT)
                    .geometry(Geometry.GO)
                    .name("structs")
                    .shards(4)
                    .open();
        }

        void apply(int thread, long operation) {
            long key = key(thread, operation);
            if (removes(operation)) {
                longs.remove(key);
                texts.remove("key " + key);
                structs.remove(key);
            } else {
                longs.put(key, operation);
                texts.put("key " + key, text(operation));
                structs.put(key, MemorySegment.ofArray(new long[] {operation, ~operation, operation}));
            }
        }

        void check() {
            longs.check();
            texts.check();
            structs.check();
        }
    }

    /** The ebb and flow of the keys make the maps grow and shrink. */
    private static boolean removes(long operation) {
        return operation % 3 == 0 || operation / 7_000 % 2 == 1;
    }

    private static long key(int thread, long operation) {
        return ((operation * 0x9E3779B97F4A7C15L) >>> 40) % KEYS * THREADS + thread;
    }

    private static String text(long operation) {
        return "v".repeat((int) (operation % 50)) + operation;
    }

    private static NativeHeap open(Path directory) {
        return NativeHeap.builder()
                .shared()
                .maxBytes(64 << 20)
                .file(directory.resolve("heap"))
                .open();
    }

    /** Returns the numbers that say how many operations of each thread are complete. */
    private static Progress progress(Path directory, Arena arena) throws IOException {
        return Progress.of(directory, THREADS, arena);
    }

    private static long sum(Progress progress) {
        long sum = 0;
        for (int thread = 0; thread < THREADS; thread++) {
            sum += progress.get(thread);
        }
        return sum;
    }

    /** Writes until it is killed. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            Progress progress = progress(directory, Arena.global());
            Maps maps = new Maps(open(directory));
            ConcurrentThreads.run(THREADS, thread -> {
                for (long operation = progress.get(thread) + 1; ; operation++) {
                    maps.apply(thread, operation);
                    progress.set(thread, operation);
                }
            });
        }
    }

    @Test
    void eachCompletedOperationOfEachThreadOutlivesAKill() throws Exception {
        Random random = new Random(24);
        try (Arena arena = Arena.ofConfined()) {
            Progress progress = progress(directory, arena);
            List<Map<Long, Long>> models = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                models.add(new HashMap<>());
            }
            long[] modelled = new long[THREADS];
            for (int kill = 0; kill < KILLS; kill++) {
                killAfter(progress, sum(progress) + 1 + random.nextInt(MOST_OPERATIONS));
                try (NativeHeap heap = open(directory)) {
                    assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
                    assertThat(heap.opening().maps()).isEqualTo(3);
                    heap.check();
                    Maps maps = new Maps(heap);
                    maps.check();
                    for (int thread = 0; thread < THREADS; thread++) {
                        long running = progress.get(thread) + 1;
                        Map<Long, Long> model = models.get(thread);
                        while (modelled[thread] < running - 1) {
                            apply(model, thread, ++modelled[thread]);
                        }
                        verify(maps, model, thread, running);
                        // the thread goes on behind the operation that was running
                        apply(model, thread, ++modelled[thread]);
                        maps.apply(thread, running);
                        progress.set(thread, running);
                    }
                }
            }
        }
    }

    private void killAfter(Progress progress, long operations) throws IOException, InterruptedException {
        KilledWriter.run(Program.class, directory, () -> sum(progress) < operations);
    }

    private static void apply(Map<Long, Long> model, int thread, long operation) {
        if (removes(operation)) {
            model.remove(key(thread, operation));
        } else {
            model.put(key(thread, operation), operation);
        }
    }

    /** Checks the keys of a thread, of which the one of the running operation may have changed. */
    private static void verify(Maps maps, Map<Long, Long> model, int thread, long running) {
        Map<Long, Long> after = new HashMap<>(model);
        apply(after, thread, running);
        for (int i = 0; i < KEYS; i++) {
            long key = (long) i * THREADS + thread;
            Long before = model.get(key);
            Long then = after.get(key);
            assertThat(maps.longs.containsKey(key) ? (Long) maps.longs.get(key) : null)
                    .as("longs, key %d", key)
                    .isIn(before, then);
            assertThat(maps.texts.get("key " + key))
                    .as("texts, key %d", key)
                    .isIn(before == null ? null : text(before), then == null ? null : text(then));
            long[] words = new long[3];
            Long found = maps.structs.get(key, MemorySegment.ofArray(words)) ? (Long) words[0] : null;
            assertThat(found).as("structs, key %d", key).isIn(before, then);
            if (found != null) {
                assertThat(words).containsExactly(found, ~found, found);
            }
        }
    }
}
