package io.memmap.bench.child;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.RestartContender;
import io.memmap.bench.maps.RestartStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The program that makes a map in a file, opens it, or leaves it open, or writes snapshots of one. */
public final class RestartChild {
    /** What one process does. */
    public enum Phase {
        /** Fills a new map and closes it. */
        FILL,
        /** Opens the map and gets entries, and then opens and closes it some more times. */
        OPEN,
        /** Opens the map, writes to it, and ends without closing it. */
        LEAVE,
        /** Measures operations on a map of memmap, in a file or in memory. */
        SPEED,
        /** Writes snapshots of a map of memmap in memory, while a thread puts. */
        SNAPSHOT
    }

    /** The figures that it reports, in nanoseconds. */
    public enum RestartMetric {
        FILL,
        CLOSE,
        /** From before the opening until behind the first get, in a JVM that has just started. */
        FIRST_GET,
        /** All of the next 1,000 gets. */
        NEXT_GETS,
        /** What memmap's heap reports. */
        OPENING,
        /** Until the first get, in a JVM that has opened the file before. */
        WARM_FIRST_GET,
        /** One operation of a map of longs. */
        FILL_ONE,
        OVERWRITE_ONE,
        GET_ONE,
        FIRST_SNAPSHOT,
        /** The median of the snapshots behind the first. */
        LATER_SNAPSHOT,
        /** The time to write a file of as many bytes after the first snapshot. */
        FIRST_PLAIN_FILE,
        /** The median of such times after the later snapshots. */
        LATER_PLAIN_FILE,
        /** The bytes of the file of a snapshot. */
        SNAPSHOT_BYTES,
        /** The distribution of the puts before the snapshots. */
        PUT_ALONE,
        /** The distribution of the puts beside the snapshots. */
        PUT_BESIDE;

        /** Returns the name of the figure of a percentile of this distribution. */
        public String figure(Latencies.Point point) {
            return point.figure(name());
        }
    }

    private static final int NEXT_GETS = 1_000;
    private static final int WARM_OPENINGS = 5;
    private static final int WRITTEN = 1_000;
    private static final int PASSES = 5;
    private static final long BYTES_AN_ENTRY = 98;
    private static final long LEAST_BYTES = 16 << 20;
    private static final long BYTES_OF_NEW_KEYS = 64 << 20;
    private static final String MAP = "bench";
    private static final int SHARDS = 16;
    private static final int SNAPSHOTS = 4;
    private static final int PLAIN_BYTES = 1 << 20;
    private static final int CHECKED = 10_000;
    private static final int PUT_INTERVAL_NANOS = 20_000;
    /** Before the snapshots there is one put for so many entries, and at least the least number. */
    private static final int ENTRIES_A_PUT = 80;

    private static final int LEAST_PUTS = 5_000;

    private final Reporter report;
    private final RestartContender contender;
    private final boolean ofTexts;
    private final int entries;
    private final Path file;

    private RestartChild(Reporter report, RestartContender contender, boolean ofTexts, int entries, Path file) {
        this.report = report;
        this.contender = contender;
        this.ofTexts = ofTexts;
        this.entries = entries;
        this.file = file;
    }

    /** Arguments: contender, whether of strings, entries, file or an empty text, phase. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        RestartContender contender = RestartContender.valueOf(arguments[0]);
        int entries = Integer.parseInt(arguments[2]);
        Path file = Path.of(arguments[3]);
        RestartChild child = new RestartChild(report, contender, Boolean.parseBoolean(arguments[1]), entries, file);
        try {
            switch (Phase.valueOf(arguments[4])) {
                case FILL -> child.fill();
                case OPEN -> child.open();
                case LEAVE -> child.leave();
                case SPEED -> child.speed(arguments[3].isEmpty() ? null : file);
                case SNAPSHOT -> child.snapshots();
            }
        } catch (RuntimeException | IOException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
        System.exit(0); // some contenders leave threads
    }

    private RestartStore store() {
        return contender.open(file, ofTexts, entries);
    }

    private void figure(RestartMetric metric, long value) {
        report.figure(metric.name(), value);
    }

    private void fill() {
        long start = System.nanoTime();
        RestartStore store = store();
        store.put(0, entries);
        long filled = System.nanoTime();
        figure(RestartMetric.FILL, filled - start);
        store.close();
        figure(RestartMetric.CLOSE, System.nanoTime() - filled);
    }

    private void open() {
        long start = System.nanoTime();
        RestartStore store = store();
        require(store, entries / 2);
        long first = System.nanoTime();
        SplittableRandom random = new SplittableRandom(entries);
        for (int i = 0; i < NEXT_GETS; i++) {
            require(store, random.nextInt(entries));
        }
        figure(RestartMetric.FIRST_GET, first - start);
        figure(RestartMetric.NEXT_GETS, System.nanoTime() - first);
        if (store.openingNanos() != 0) {
            figure(RestartMetric.OPENING, store.openingNanos());
        }
        if (store.size() != entries) {
            throw new IllegalStateException("the file has " + store.size() + " entries, not " + entries);
        }
        store.close();
        long[] warm = new long[WARM_OPENINGS];
        for (int i = 0; i < WARM_OPENINGS; i++) {
            long again = System.nanoTime();
            store = store();
            require(store, i % entries);
            warm[i] = System.nanoTime() - again;
            store.close();
        }
        Arrays.sort(warm);
        figure(RestartMetric.WARM_FIRST_GET, warm[WARM_OPENINGS / 2]);
    }

    private static void require(RestartStore store, int number) {
        if (!store.has(number)) {
            throw new IllegalStateException("the file does not have the entry " + number);
        }
    }

    private void leave() {
        RestartStore store = store();
        store.put(0, Math.min(entries, WRITTEN));
        Runtime.getRuntime().halt(0);
    }

    // ------------------------------------------------------------------------------- speed in a file

    private void speed(@Nullable Path path) {
        long bytes = Math.max(LEAST_BYTES, entries * BYTES_AN_ENTRY);
        long[] keys = Keys.range(0, entries);
        long[] shuffled = Keys.rounds(keys, 1);
        long fill = Long.MAX_VALUE;
        long overwrite = Long.MAX_VALUE;
        long get = Long.MAX_VALUE;
        for (int pass = 0; pass < PASSES; pass++) {
            NativeHeap.Builder builder = NativeHeap.builder().maxBytes(bytes);
            try (NativeHeap heap =
                    path == null ? builder.open() : builder.file(path).open()) {
                LongLongMap map = LongLongMap.open(heap, MAP);
                fill = Math.min(fill, nanosOf(() -> putAll(map, keys)));
                for (int i = 0; i < 2; i++) {
                    overwrite = Math.min(overwrite, nanosOf(() -> putAll(map, shuffled)));
                    get = Math.min(get, nanosOf(() -> getAll(map, shuffled)));
                }
                heap.remove(MAP);
            }
        }
        figure(RestartMetric.FILL_ONE, fill / entries);
        figure(RestartMetric.OVERWRITE_ONE, overwrite / entries);
        figure(RestartMetric.GET_ONE, get / entries);
    }

    private static long nanosOf(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    private static void putAll(LongLongMap map, long[] keys) {
        for (long key : keys) {
            map.put(key, key);
        }
    }

    private static void getAll(LongLongMap map, long[] keys) {
        long sum = 0;
        long expected = 0;
        for (long key : keys) {
            sum += map.getOrDefault(key, 0);
            expected += key;
        }
        if (sum != expected) {
            throw new IllegalStateException("the map has other values than those put");
        }
    }

    // ------------------------------------------------------------------------------- snapshots

    private void snapshots() throws IOException {
        long bytes = BYTES_OF_NEW_KEYS + entries * BYTES_AN_ENTRY;
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(bytes).open();
                ExecutorService writer = Executors.newSingleThreadExecutor()) {
            SyncLongLongMap map = SyncLongLongMap.open(heap, MAP, 0, SHARDS);
            for (int i = 0; i < entries; i++) {
                map.put(Keys.at(i), i);
            }
            int putsAlone = Math.max(LEAST_PUTS, entries / ENTRIES_A_PUT);
            Latencies alone = CompletableFuture.supplyAsync(() -> puts(map, i -> i < putsAlone, () -> true), writer)
                    .join();
            AtomicBoolean isWriting = new AtomicBoolean();
            AtomicBoolean isTaking = new AtomicBoolean();
            AtomicBoolean isDone = new AtomicBoolean();
            CompletableFuture<Latencies> beside = CompletableFuture.supplyAsync(
                    () -> {
                        isWriting.set(true);
                        return puts(map, i -> !isDone.get(), isTaking::get);
                    },
                    writer);
            while (!isWriting.get()) {
                Thread.onSpinWait();
            }
            long least = 0;
            long[] times = new long[SNAPSHOTS];
            long[] plain = new long[SNAPSHOTS];
            Path plainFile = file.resolveSibling("plain");
            try {
                for (int i = 0; i < SNAPSHOTS; i++) {
                    Files.deleteIfExists(file);
                    least = map.size();
                    isTaking.set(true);
                    long start = System.nanoTime();
                    heap.snapshot(file);
                    times[i] = System.nanoTime() - start;
                    isTaking.set(false);
                    plain[i] = plainFileNanos(plainFile, Files.size(file));
                    Files.delete(plainFile);
                }
            } finally {
                isDone.set(true);
            }
            figure(RestartMetric.FIRST_SNAPSHOT, times[0]);
            figure(RestartMetric.LATER_SNAPSHOT, medianOfLater(times));
            figure(RestartMetric.FIRST_PLAIN_FILE, plain[0]);
            figure(RestartMetric.LATER_PLAIN_FILE, medianOfLater(plain));
            figure(RestartMetric.SNAPSHOT_BYTES, Files.size(file));
            alone.report(report, RestartMetric.PUT_ALONE.name());
            beside.join().report(report, RestartMetric.PUT_BESIDE.name());
            requireSnapshot(least, map.size());
        }
    }

    private static long medianOfLater(long[] times) {
        Arrays.sort(times, 1, times.length);
        return times[(1 + times.length) / 2];
    }

    /** Returns how long it takes to write a file of so many bytes, and to wait until the disk has it. */
    private static long plainFileNanos(Path file, long bytes) throws IOException {
        byte[] random = new byte[PLAIN_BYTES];
        new SplittableRandom(bytes).nextBytes(random);
        ByteBuffer buffer = ByteBuffer.allocateDirect(PLAIN_BYTES).put(random);
        long start = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; ) {
                left -= channel.write(buffer.position(0).limit((int) Math.min(left, PLAIN_BYTES)));
            }
            channel.force(true);
        }
        return System.nanoTime() - start;
    }

    /** Puts at a steady rate: three old keys and a new one, in turn. Returns the times of those that count. */
    private Latencies puts(SyncLongLongMap map, IntPredicate goesOn, BooleanSupplier counts) {
        Latencies times = new Latencies();
        long added = map.size();
        long due = System.nanoTime();
        for (int i = 0; goesOn.test(i); i++) {
            boolean isNew = i % 4 == 3;
            long index = isNew ? added++ : i * 7919L % entries;
            while (System.nanoTime() < due) {
                Thread.onSpinWait();
            }
            boolean isCounted = counts.getAsBoolean();
            long begun = System.nanoTime();
            map.put(Keys.at(index), isNew ? index : ~index);
            if (isCounted) {
                times.record(System.nanoTime() - begun);
            }
            due += PUT_INTERVAL_NANOS;
        }
        return times;
    }

    /** Requires that the file has the entries that were there before the snapshot, and maybe more. */
    private void requireSnapshot(long least, long most) {
        try (NativeHeap heap = NativeHeap.builder().shared().file(file).open()) {
            SyncLongLongMap map = SyncLongLongMap.open(heap, MAP);
            if (map.size() < least || map.size() > most) {
                throw new IllegalStateException(
                        "the snapshot has " + map.size() + " entries, not " + least + " to " + most);
            }
            SplittableRandom random = new SplittableRandom(entries);
            for (int i = 0; i < CHECKED; i++) {
                long index = random.nextLong(least);
                long value = map.getOrDefault(Keys.at(index), Long.MIN_VALUE);
                if (value != index && (index >= entries || value != ~index)) {
                    throw new IllegalStateException("the snapshot has the value " + value + " at the entry " + index);
                }
            }
        }
    }
}
