package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes to the maps of a file is killed at any instruction. The next process finds
 * each completed operation in the maps, and the operation that was running done or not done.
 */
@Tag("slow")
class KilledProcessTest {
    private static final int KEYS = 3_000;
    private static final int KILLS = 6;
    /** The operations between two kills, so that each kill meets growths and removals. */
    private static final int MOST_OPERATIONS = 100_000;

    @TempDir
    private Path directory;

    /** What both processes do with maps, one after the other, for each number of an operation. */
    private static final class Maps {
        final LongLongMap longs;
        final MemMap<String, String> texts;
        /** A cache that has room for all entries. */
        final SyncMap<Long, String> cache;
        /** A cache that evicts entries. */
        final SyncMap<String, Long> evicting;

        Maps(NativeHeap heap) {
            longs = LongLongMap.builder(heap)
                    .geometry(Geometry.LINE)
                    .name("longs")
                    .open();
            texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
            cache = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .name("cache")
                    .shards(1)
                    .maxEntries(KEYS)
                    .expireAfterAccess(Duration.ofDays(1))
                    .open();
            evicting = SyncMap.builder(heap, Type.UTF8, Type.LONG)
                    .name("evicting")
                    .maxBytes(60_000)
                    .open();
        }

        void apply(long operation) {
            long key = key(operation);
            if (removes(operation)) {
                longs.remove(key);
                texts.remove("key " + key);
                cache.remove(key);
                evicting.remove("key " + key);
            } else {
                longs.put(key, operation);
                texts.put("key " + key, text(operation));
                cache.put(key, text(operation));
                evicting.put("key " + key, operation);
            }
        }
    }

    /** The ebb and flow of the keys make the maps grow and shrink. */
    private static boolean removes(long operation) {
        return operation % 3 == 0 || operation / 20_000 % 2 == 1;
    }

    private static long key(long operation) {
        return ((operation * 0x9E3779B97F4A7C15L) >>> 40) % KEYS;
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

    /** Returns the number that says how many operations are complete. */
    private static Progress progress(Path directory, Arena arena) throws IOException {
        return Progress.of(directory, 1, arena);
    }

    /** Writes until it is killed. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[0]);
            try (Arena arena = Arena.ofConfined()) {
                Progress progress = progress(directory, arena);
                Maps maps = new Maps(open(directory));
                for (long operation = progress.get(0) + 1; ; operation++) {
                    maps.apply(operation);
                    progress.set(0, operation);
                }
            }
        }
    }

    @Test
    void eachCompletedOperationOutlivesAKill() throws Exception {
        Random random = new Random(24);
        try (Arena arena = Arena.ofConfined()) {
            Progress progress = progress(directory, arena);
            Map<Long, Long> model = new HashMap<>();
            long modelled = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                killAfter(progress, progress.get(0) + 1 + random.nextInt(MOST_OPERATIONS));
                long completed = progress.get(0);
                for (; modelled < completed; modelled++) {
                    apply(model, modelled + 1);
                }
                verify(model, completed, progress);
                apply(model, ++modelled); // the writer goes on behind the operation that was running
            }
        }
    }

    private void killAfter(Progress progress, long operations) throws IOException, InterruptedException {
        KilledWriter.run(Program.class, directory, () -> progress.get(0) < operations);
    }

    private static void apply(Map<Long, Long> model, long operation) {
        if (removes(operation)) {
            model.remove(key(operation));
        } else {
            model.put(key(operation), operation);
        }
    }

    /** Checks the maps, and finishes the operation that was running. */
    private void verify(Map<Long, Long> model, long completed, Progress progress) {
        try (NativeHeap heap = open(directory)) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
            assertThat(heap.opening().maps()).isEqualTo(4);
            heap.check();
            Maps maps = new Maps(heap);
            maps.longs.check();
            maps.texts.check();
            maps.cache.check();
            maps.evicting.check();
            long running = completed + 1;
            Map<Long, Long> after = new HashMap<>(model);
            apply(after, running);
            Map<Long, Long> longs = new HashMap<>(maps.longs.asMap());
            assertThat(longs).isIn(model, after);
            assertThat(new HashMap<>(maps.texts.asMap())).isIn(texts(model), texts(after));
            Map<Long, String> cached = new HashMap<>();
            maps.cache.forEach(cached::put);
            assertThat(cached).isIn(cache(model), cache(after));
            maps.evicting.forEach((key, value) ->
                    assertThat(value).as("the value of " + key).isIn(model.get(number(key)), after.get(number(key))));
            maps.apply(running);
            progress.set(0, running);
        }
    }

    private static long number(String key) {
        return Long.parseLong(key.substring(4));
    }

    private static Map<Long, String> cache(Map<Long, Long> model) {
        Map<Long, String> cache = new HashMap<>();
        model.forEach((key, operation) -> cache.put(key, text(operation)));
        return cache;
    }

    private static Map<String, String> texts(Map<Long, Long> model) {
        Map<String, String> texts = new HashMap<>();
        model.forEach((key, operation) -> texts.put("key " + key, text(operation)));
        return texts;
    }
}
