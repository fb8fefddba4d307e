package io.memmap.stress;

import io.memmap.HeapExhaustedException;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The processes that {@code stress/run crash} starts, and most of which it kills. */
final class CrashChild {
    static final String HEAP = "heap";
    static final String PROGRESS = "progress";

    private CrashChild() {}

    /** Returns the file of a writer. */
    static Path file(Path directory, int writer) {
        return directory.resolve(HEAP + writer);
    }

    /** Returns the seed of a writer's operations. */
    static long seed(long seed, int writer) {
        return CrashStep.mix(seed + writer);
    }

    /**
     * Runs one process. The arguments are what it does, its directory, and a seed with the number of
     * writers, the number of one writer, or a number of rounds.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Path.of(args[1]);
        switch (args[0]) {
            case "write" -> write(directory, Long.parseLong(args[2]), Integer.parseInt(args[3]));
            case "open" -> open(directory, Integer.parseInt(args[2]));
            case "fill" -> fill(directory, Integer.parseInt(args[2]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** Writes to several files at once until it is killed. */
    private static void write(Path directory, long seed, int writers) throws IOException, InterruptedException {
        try (CrashProgress progress = new CrashProgress(directory.resolve(PROGRESS))) {
            for (int writer = 1; writer < writers; writer++) {
                int other = writer;
                Thread.ofPlatform().daemon().start(() -> write(directory, other, seed, progress));
            }
            write(directory, 0, seed, progress);
        }
    }

    private static void write(Path directory, int writer, long seed, CrashProgress progress) {
        try (NativeHeap heap = CrashMaps.open(file(directory, writer), seed(seed, writer))) {
            CrashMaps maps = new CrashMaps(heap, seed(seed, writer));
            for (long number = progress.completed(writer) + 1; number > 0; number++) {
                maps.apply(seed(seed, writer), number);
                progress.complete(writer, number);
            }
        } catch (Throwable thrown) {
            thrown.printStackTrace(System.out);
            Runtime.getRuntime().halt(1);
        }
    }

    /** Opens and repairs the heap, and waits to be killed. */
    private static void open(Path directory, int writer) throws IOException, InterruptedException {
        try (CrashProgress progress = new CrashProgress(directory.resolve(PROGRESS))) {
            progress.state(CrashProgress.OPENING);
            try (NativeHeap heap = CrashMaps.open(file(directory, writer), 0)) {
                progress.state(CrashProgress.OPENED);
                TimeUnit.DAYS.sleep(heap.maps().size() + 1);
            }
        }
    }

    /** Fills a disk many times, and checks the maps each time. Prints how often the disk was full. */
    private static void fill(Path directory, int rounds) {
        long full = 0;
        Map<Long, Long> model = new HashMap<>();
        Path file = directory.resolve(HEAP);
        for (int round = 0; round < rounds; round++) {
            try (NativeHeap heap = CrashMaps.open(file, 0)) {
                LongLongMap longs = LongLongMap.open(heap, "longs");
                MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
                for (long key = 0; ; key++) {
                    try {
                        longs.put(key, key + round);
                        model.put(key, key + round);
                    } catch (HeapExhaustedException exhausted) {
                        full++;
                        break;
                    }
                }
                try {
                    for (long key = 0; ; key++) {
                        texts.put("key " + key, "v".repeat((int) (key % 5_000)));
                    }
                } catch (HeapExhaustedException exhausted) {
                    full++;
                }
                require(longs.asMap().equals(model), "a full disk has changed the map");
                heap.check();
                longs.check();
                texts.check();
                for (long key = round % 2; key < model.size() * 2L; key += 2) {
                    require(longs.remove(key) == (model.remove(key) != null), "a removal failed on a full disk");
                }
                require(longs.asMap().equals(model), "the map is wrong after removals on a full disk");
                if (round % 3 == 0) {
                    texts.clear();
                }
                if (round % 5 == 4) {
                    heap.remove("texts");
                    heap.remove("longs");
                    model.clear();
                }
            }
        }
        System.out.println(full);
    }

    private static void require(boolean holds, String complaint) {
        if (!holds) {
            throw new IllegalStateException(complaint);
        }
    }
}
