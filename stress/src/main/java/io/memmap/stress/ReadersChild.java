package io.memmap.stress;

import io.memmap.HeapFileException;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The processes of {@code stress/run readers}: one that writes until it is killed, and those that read. */
final class ReadersChild {
    static final String HEAP = "heap";
    static final String READY = "ready";
    static final String COUNTS = "counts ";
    static final String WRONG = "wrong: ";

    private static final int SHARDS = 8;
    private static final int KEYS = 1 << 16;
    /** One key of so many is never removed, so a reader must always find it. */
    private static final int KEYS_A_LASTING_ONE = 8;

    private static final long HEAP_BYTES = 256 << 20;
    /** The writes while the maps grow, and those while they shrink. */
    private static final long TIDE = 200_000;

    static final int SLOW_MILLIS = 5;
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(SLOW_MILLIS);
    /** A report is the first one of a death if the last report was longer ago than this. */
    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int BATCH = 1000;
    private static final int BATCHES_BETWEEN_WALKS = 500;

    private ReadersChild() {}

    /** Runs one process. The arguments are what it does and its directory. */
    public static void main(String[] args) {
        Path file = Path.of(args[1], HEAP);
        switch (args[0]) {
            case "write" -> write(file);
            case "read" -> read(file);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    // The high bits of a value vary, and its low bits are the key. A text repeats its key.

    private static long value(long key, long number) {
        return number * 0x9E3779B97F4A7C15L * KEYS + key;
    }

    private static boolean isLasting(long key) {
        return key < KEYS && key % KEYS_A_LASTING_ONE == 0;
    }

    private static boolean isValueOf(long key, long value) {
        return (value & (KEYS - 1)) == key;
    }

    private static String text(long key, long number) {
        return (key + ",").repeat(1 + (int) (number % 7) * (key % 64 == 0 ? 150 : 1));
    }

    private static boolean isTextOf(long key, String text) {
        String part = key + ",";
        return text.equals(part.repeat(text.length() / part.length()));
    }

    private static SyncLongLongMap longs(NativeHeap heap) {
        return SyncLongLongMap.open(heap, "longs", 0, SHARDS);
    }

    private static SyncMap<Long, String> texts(NativeHeap heap) {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .name("texts")
                .shards(SHARDS)
                .open();
    }

    private static void write(Path file) {
        try (NativeHeap heap =
                NativeHeap.builder().shared().maxBytes(HEAP_BYTES).file(file).open()) {
            SyncLongLongMap longs = longs(heap);
            SyncMap<Long, String> texts = texts(heap);
            longs.check();
            texts.check();
            for (long key = 0; key < KEYS; key += KEYS_A_LASTING_ONE) {
                longs.put(key, value(key, 0));
                texts.put(key, text(key, 0));
            }
            SplittableRandom random = new SplittableRandom();
            for (long number = 0; number >= 0; number++) {
                long key = random.nextInt(KEYS);
                if (number / TIDE % 2 == 1 && random.nextInt(4) != 0 && !isLasting(key)) {
                    longs.remove(key);
                    texts.remove(key);
                } else {
                    longs.put(key, value(key, number));
                    texts.put(key, text(key, number));
                }
                if (number == BATCH) {
                    System.out.println(READY);
                }
            }
        }
    }

    private static void read(Path file) {
        try (NativeHeap heap =
                NativeHeap.builder().shared().file(file).readOnly().open()) {
            Reading reading = new Reading(longs(heap), texts(heap));
            long printed = System.nanoTime();
            for (long batch = 1; batch > 0; batch++) {
                reading.readBatch();
                if (batch % BATCHES_BETWEEN_WALKS == 0) {
                    reading.walk();
                }
                if (System.nanoTime() - printed > TimeUnit.MILLISECONDS.toNanos(200)) {
                    printed = System.nanoTime();
                    System.out.println(reading.counts());
                }
            }
        }
    }

    /** What a reading process reads, and how often. */
    private static final class Reading {
        private final SyncLongLongMap longs;
        private final SyncMap<Long, String> texts;
        private final SplittableRandom random = new SplittableRandom();
        private long reads;
        private long found;
        private long walked;
        private long reports;
        private long firstReports;
        private long slowReports;
        private long lastReport;
        private long slowestReportNanos;

        Reading(SyncLongLongMap longs, SyncMap<Long, String> texts) {
            this.longs = longs;
            this.texts = texts;
        }

        void readBatch() {
            for (int i = 0; i < BATCH; i++) {
                long key = random.nextInt(2 * KEYS); // keys of the second half are never put
                long started = System.nanoTime();
                try {
                    if (i % 4 != 0) {
                        readLong(key);
                    } else {
                        readText(key);
                    }
                    reads++;
                } catch (HeapFileException died) {
                    noteTime(System.nanoTime() - started);
                    note(died);
                }
            }
        }

        private void readLong(long key) {
            long value = longs.getOrDefault(key, -1);
            if (value != -1) {
                found++;
                require(key < KEYS && isValueOf(key, value), key, Long.toHexString(value));
            } else {
                require(!isLasting(key), key, "not found in the map of longs");
            }
        }

        private void readText(long key) {
            String text = texts.get(key);
            if (text != null) {
                found++;
                require(key < KEYS && isTextOf(key, text), key, text);
            } else {
                require(!isLasting(key), key, "not found in the map of texts");
            }
        }

        void walk() {
            try {
                Set<Long> keys = new HashSet<>();
                longs.forEach((key, value) -> {
                    walked++;
                    require(key >= 0 && key < KEYS && isValueOf(key, value), key, Long.toHexString(value));
                    require(keys.add(key), key, "a second time in a walk");
                });
                for (long key = 0; key < KEYS; key += KEYS_A_LASTING_ONE) {
                    require(keys.contains(key), key, "not in a walk");
                }
                texts.forEach((key, text) -> {
                    walked++;
                    require(isTextOf(key, text), key, text);
                });
            } catch (HeapFileException died) {
                note(died);
            }
        }

        private void note(HeapFileException died) {
            require(died.reason() == HeapFileException.Reason.WRITER_DIED, -1, String.valueOf(died.getMessage()));
            reports++;
            lastReport = System.nanoTime();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1)); // the next writer needs the processor
        }

        /** Counts how long a read took that reported a dead writer. */
        private void noteTime(long nanos) {
            slowestReportNanos = Math.max(slowestReportNanos, nanos);
            if (reports == 0 || System.nanoTime() - lastReport > FIRST_NANOS) {
                firstReports++;
                slowReports += nanos > SLOW_NANOS ? 1 : 0;
            }
        }

        private static void require(boolean holds, long key, String what) {
            if (!holds) {
                System.out.println(WRONG + "key " + key + ": " + what);
                System.exit(1);
            }
        }

        String counts() {
            return COUNTS + reads + " " + found + " " + walked + " " + reports + " " + firstReports + " " + slowReports
                    + " " + TimeUnit.NANOSECONDS.toMicros(slowestReportNanos);
        }
    }
}
