package io.memmap.bench.child;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.RestartContender;
import io.memmap.bench.maps.RestartStore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The program that makes a map in a file, opens it, or leaves it open. */
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
        SPEED
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
        GET_ONE
    }

    private static final int NEXT_GETS = 1_000;
    private static final int WARM_OPENINGS = 5;
    private static final int WRITTEN = 1_000;
    private static final int PASSES = 5;
    private static final long BYTES_AN_ENTRY = 98;
    private static final long LEAST_BYTES = 16 << 20;

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
            }
        } catch (RuntimeException | LinkageError failed) {
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
                LongLongMap map = LongLongMap.open(heap, "bench");
                fill = Math.min(fill, nanosOf(() -> putAll(map, keys)));
                for (int i = 0; i < 2; i++) {
                    overwrite = Math.min(overwrite, nanosOf(() -> putAll(map, shuffled)));
                    get = Math.min(get, nanosOf(() -> getAll(map, shuffled)));
                }
                heap.remove("bench");
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
}
