package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that takes one snapshot after the other is killed at any instruction. There is always a
 * whole snapshot, the last one that was complete or the one that was being written.
 */
@Tag("slow")
class KilledSnapshotTest {
    private static final int KEYS = 20_000;
    private static final int KILLS = 4;

    @TempDir
    private Path directory;

    /** Returns the number of the last snapshot that is complete. */
    private static Progress progress(Path directory, Arena arena) throws IOException {
        return Progress.of(directory, 1, arena);
    }

    /** Takes snapshots until it is killed. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[0]);
            try (Arena arena = Arena.ofConfined();
                    NativeHeap heap =
                            NativeHeap.builder().shared().maxBytes(64 << 20).open()) {
                Progress progress = progress(directory, arena);
                LongLongMap longs = LongLongMap.open(heap, "longs");
                MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
                SyncMap<Long, Long> cache = openCache(heap);
                HeapWords words = heap.words("number", 1);
                for (long number = progress.get(0) + 1; ; number++) {
                    for (int key = 0; key < KEYS; key++) {
                        longs.put(key, number);
                    }
                    for (int key = 0; key < 500; key++) {
                        texts.set("key " + key, "value ".repeat((int) (number % 7)) + number);
                    }
                    for (long key = 0; key < 2000; key++) {
                        cache.put(key, number);
                    }
                    words.set(0, number);
                    heap.snapshot(directory.resolve("snapshot"));
                    progress.set(0, number);
                }
            }
        }
    }

    @Test
    void thereIsAlwaysAWholeSnapshot() throws Exception {
        Random random = new Random(24);
        try (Arena arena = Arena.ofConfined()) {
            Progress progress = progress(directory, arena);
            for (int kill = 0; kill < KILLS; kill++) {
                killAfter(progress, progress.get(0) + 1 + random.nextInt(5), random.nextInt(5000));
                verify(progress.get(0), progress);
            }
        }
    }

    /** Kills a process when it has taken this number of snapshots, and some time later. */
    private void killAfter(Progress progress, long number, int spins) throws IOException, InterruptedException {
        int[] left = {spins};
        KilledWriter.run(Program.class, directory, () -> progress.get(0) < number || left[0]-- > 0);
    }

    private static SyncMap<Long, Long> openCache(NativeHeap heap) {
        return SyncMap.builder(heap, Type.LONG, Type.LONG)
                .name("cache")
                .maxEntries(1000)
                .open();
    }

    private void verify(long completed, Progress progress) {
        try (NativeHeap heap = NativeHeap.builder()
                .shared()
                .file(directory.resolve("snapshot"))
                .open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            heap.check();
            long number = heap.words("number", 1).get(0);
            assertThat(number).isBetween(completed, completed + 1);
            LongLongMap longs = LongLongMap.open(heap, "longs");
            longs.check();
            assertThat(longs.size()).isEqualTo(KEYS);
            longs.forEach((key, value) -> assertThat(value).isEqualTo(number));
            MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
            texts.check();
            assertThat(texts.get("key 499")).isEqualTo("value ".repeat((int) (number % 7)) + number);
            SyncMap<Long, Long> cache = openCache(heap);
            cache.shards.check();
            assertThat(cache.size()).isEqualTo(1000);
            assertThat(cache.get(1999L)).isEqualTo(number);
            progress.set(0, number);
        }
    }
}
