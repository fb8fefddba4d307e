package io.memmap.bench.job;

import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.text.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One fork of JMH: an operation on the map of a contender from long to long.
 *
 * @param keys the order of the keys
 * @param polluted whether the JVM has used maps of every kind before
 */
public record LongTask(LongOperation operation, Contender contender, int size, KeyOrder keys, boolean polluted)
        implements ForkTask {
    private static final int IN_CACHE = 20_000;
    /** Below this size the size of pages makes no difference. */
    static final int HUGE_PAGES_FROM = 1_000_000;

    private static final long LEAST_STREAM = 1_000_000;
    /** The bytes that a JVM and the system need in addition to the map. */
    private static final long OTHER_BYTES = 1L << 30;

    static Map<String, String> parameters(Contender contender, int size, KeyOrder keys, boolean polluted) {
        return Map.of(
                "contender", contender.name(),
                "size", Integer.toString(size),
                "keys", keys.name(),
                "polluted", Boolean.toString(polluted));
    }

    /**
     * Returns the tasks of a full report: random keys at all sizes, other orders and a polluted JVM
     * at some.
     */
    static List<LongTask> full() {
        List<LongTask> tasks = new ArrayList<>();
        List<Contender> all = List.of(Contender.values());
        for (int size : new int[] {IN_CACHE, 100_000, 1_000_000, 10_000_000}) {
            for (LongOperation operation : LongOperation.values()) {
                add(tasks, operation, all, size, KeyOrder.UNIFORM, false);
            }
        }
        add(tasks, LongOperation.HIT, all, 50_000_000, KeyOrder.UNIFORM, false);
        for (LongOperation operation : List.of(LongOperation.HIT, LongOperation.OVERWRITE)) {
            add(tasks, operation, all, 1_000_000, KeyOrder.ZIPF, false);
            add(tasks, operation, all, 1_000_000, KeyOrder.SEQUENTIAL, false);
        }
        add(tasks, LongOperation.FILL, all, 1_000_000, KeyOrder.SEQUENTIAL, false);
        for (LongOperation operation : List.of(LongOperation.HIT, LongOperation.OVERWRITE)) {
            add(tasks, operation, all, IN_CACHE, KeyOrder.UNIFORM, true);
        }
        return tasks;
    }

    /** Returns the tasks of a quick report. */
    static List<LongTask> quick() {
        List<Contender> few = List.of(
                Contender.MEMMAP_PAGE,
                Contender.MEMMAP_SYNC,
                Contender.FASTUTIL,
                Contender.HPPC,
                Contender.JDK_HASHMAP,
                Contender.CHRONICLE);
        int size = 1_000_000;
        List<LongTask> tasks = new ArrayList<>();
        add(tasks, LongOperation.HIT, List.of(Contender.values()), size, KeyOrder.UNIFORM, false);
        for (LongOperation operation : LongOperation.values()) {
            if (operation != LongOperation.HIT && operation != LongOperation.FILL_PRESIZED) {
                add(tasks, operation, few, size, KeyOrder.UNIFORM, false);
            }
        }
        add(tasks, LongOperation.HIT, few, size, KeyOrder.ZIPF, false);
        List<Contender> fewest = List.of(Contender.MEMMAP_PAGE, Contender.UNSAFE_PAGE, Contender.FASTUTIL);
        add(tasks, LongOperation.HIT, fewest, IN_CACHE, KeyOrder.UNIFORM, false);
        add(tasks, LongOperation.HIT, fewest, IN_CACHE, KeyOrder.UNIFORM, true);
        return tasks;
    }

    private static void add(
            List<LongTask> tasks,
            LongOperation operation,
            List<Contender> contenders,
            int size,
            KeyOrder keys,
            boolean polluted) {
        for (Contender contender : contenders) {
            if (operation.isOf(contender) && (!contender.isHuge() || size >= HUGE_PAGES_FROM)) {
                tasks.add(new LongTask(operation, contender, size, keys, polluted));
            }
        }
    }

    /**
     * Returns the reason why the task does not fit into this much memory, by an estimate; empty if
     * it fits.
     */
    Optional<String> tooLarge(long heapBytes, long machineBytes) {
        return tooLarge(contender, size, heapBytes, machineBytes);
    }

    /**
     * Returns the reason why a map of this size, with its keys and a stream of lookups, does not fit
     * into this much memory, by an estimate; empty if it fits.
     */
    static Optional<String> tooLarge(Contender contender, long size, long heapBytes, long machineBytes) {
        long keysAndStream = Long.BYTES * (size + Math.max(size, LEAST_STREAM));
        long heapNeed = (contender.heapBytes(size) + keysAndStream) * 5 / 4;
        if (heapNeed > heapBytes) {
            return Optional.of(
                    "needs about " + Bytes.format(heapNeed) + " of Java heap, has " + Bytes.format(heapBytes));
        }
        long need = heapBytes + contender.nativeBytes(size) + OTHER_BYTES;
        return need > machineBytes
                ? Optional.of("needs about " + Bytes.format(need) + ", the machine has " + Bytes.format(machineBytes))
                : Optional.empty();
    }

    /**
     * Returns the variant of the subject: the order of the keys and whether the JVM is polluted.
     */
    String variant() {
        return keys.name().toLowerCase(Locale.ROOT) + " keys" + (polluted ? ", polluted" : "");
    }

    @Override
    public double weight() {
        double jvmAndIterations = polluted ? 4 : 2.2;
        double nanosAnEntry = contender == Contender.MAPDB // a fill of 50 million takes minutes
                ? 4000
                : contender.isOffHeapPeer() ? 1500 : contender.isPrimitivePeer() ? 200 : 600;
        return jvmAndIterations + size * (nanosAnEntry + 50) * 1e-9 * (operation.isFill() ? 3 : 1);
    }

    @Override
    public List<String> jvmArguments() {
        return JvmArguments.of(contender);
    }

    @Override
    public Map<String, String> parameters() {
        return parameters(contender, size, keys, polluted);
    }

    @Override
    public boolean isYardstick() {
        return contender.isPrimitivePeer();
    }

    @Override
    public String title() {
        return ForkTask.super.title() + ", " + variant();
    }
}
