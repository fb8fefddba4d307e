package io.memmap.stress;

import io.memmap.SyncLongLongMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * A thread that reads and writes at random and checks every value that it sees. A value must have
 * been put under its key. It must not be older than a value of the same writer that this thread has
 * seen for the key.
 *
 * <p>For each map the thread keeps two sums: one of the stamps that it has put, and one of the
 * stamps that it has removed or replaced. The difference of these sums over all threads must equal
 * the contents of the map at the end. Then no write was lost, and no write was answered twice.
 */
final class HistoryWorker implements Runnable {
    private static final int STEPS_BETWEEN_LOOKS = 1024;
    /**
     * The map fills for this many steps and then empties for this many, so that it grows and
     * shrinks all the time.
     */
    private static final int TIDE = 1 << 15;

    /** While the map empties, one key in so many is still put, so that it nearly empties. */
    private static final int KEYS_PER_KEPT = 8;

    private static final int STEPS_BETWEEN_LOOPS = 1 << 15;
    private static final int STEPS_BETWEEN_CHECKS = 1 << 18;
    static final int COUNTERS = 1 << 10;

    private final int writer;
    private final int writers;
    private final List<StampMap> maps;
    private final SyncLongLongMap counts;
    private final SplittableRandom random;
    private final BooleanSupplier goesOn;
    private final Runnable check;
    private final Complaints complaints;
    /** The latest number seen, by map and by key and writer. */
    private final long[][] seen;

    private final long[] put;
    private final long[] taken;
    private final long[] added = new long[COUNTERS];
    private long numbers;
    private volatile long steps;
    private volatile long writes;

    HistoryWorker(
            int writer,
            int writers,
            List<StampMap> maps,
            SyncLongLongMap counts,
            long seed,
            BooleanSupplier goesOn,
            Runnable check,
            Complaints complaints) {
        this.writer = writer;
        this.writers = writers;
        this.maps = maps;
        this.counts = counts;
        this.random = new SplittableRandom(seed + writer);
        this.goesOn = goesOn;
        this.check = check;
        this.complaints = complaints;
        seen = new long[maps.size()][Stamp.KEYS * writers];
        put = new long[maps.size()];
        taken = new long[maps.size()];
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // a virtual thread that never yields blocks the others
    public void run() {
        try {
            while (goesOn.getAsBoolean()) {
                long writesNow = writes;
                long stepsNow = steps;
                for (int i = 0; i < STEPS_BETWEEN_LOOKS; i++) {
                    writesNow += step(stepsNow + i);
                }
                writes = writesNow;
                steps = stepsNow + STEPS_BETWEEN_LOOKS;
                if (steps % STEPS_BETWEEN_CHECKS == 0) {
                    check.run();
                }
                Thread.yield();
            }
        } catch (RuntimeException | Error e) {
            complaints.add("writer " + writer, e);
        }
    }

    /** Does one operation; returns the number of writes. */
    private int step(long step) {
        int index = random.nextInt(maps.size());
        StampMap map = maps.get(index);
        int key = random.nextInt(Stamp.KEYS);
        boolean ebb = step / TIDE % 2 == 1;
        if (step % STEPS_BETWEEN_LOOPS == 0) {
            map.forEach((found, stamp) -> look(index, found, stamp));
        }
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> ebb ? remove(index, map, key) : put(index, map, key);
            case 4 -> ebb && key % KEYS_PER_KEPT != 0 ? remove(index, map, key) : putIfAbsent(index, map, key);
            case 5, 6 -> replace(index, map, key);
            case 7 -> remove(index, map, key);
            case 8 -> add();
            default -> {
                look(index, key, map.get(key));
                yield 0;
            }
        };
    }

    private int put(int index, StampMap map, int key) {
        long stamp = stamp(key);
        long before = map.put(key, stamp);
        look(index, key, before);
        account(index, stamp, before);
        return 1;
    }

    private int putIfAbsent(int index, StampMap map, int key) {
        long stamp = stamp(key);
        long there = map.putIfAbsent(key, stamp);
        look(index, key, there);
        account(index, there == 0 ? stamp : 0, 0);
        return there == 0 ? 1 : 0;
    }

    private int replace(int index, StampMap map, int key) {
        long expected = map.get(key);
        look(index, key, expected);
        long stamp = stamp(key);
        boolean replaced = expected > 0 && map.replace(key, expected, stamp);
        account(index, replaced ? stamp : 0, replaced ? expected : 0);
        return replaced ? 1 : 0;
    }

    private int remove(int index, StampMap map, int key) {
        long expected = map.get(key);
        look(index, key, expected);
        boolean removed = expected > 0 && map.remove(key, expected);
        account(index, 0, removed ? expected : 0);
        return removed ? 1 : 0;
    }

    private int add() {
        int counter = random.nextInt(COUNTERS);
        added[counter]++;
        counts.add(counter, 1);
        return 1;
    }

    private long stamp(int key) {
        return Stamp.of(key, writer, ++numbers);
    }

    private void account(int index, long in, long out) {
        put[index] += in == 0 ? 0 : Stamp.digest(in);
        taken[index] += out == 0 ? 0 : Stamp.digest(out);
    }

    private void look(int index, int key, long stamp) {
        if (stamp == 0) {
            return;
        }
        if (stamp == Stamp.TORN || Stamp.key(stamp) != key || Stamp.writer(stamp) >= writers) {
            complain(index, key, stamp, "");
            return;
        }
        int place = key * writers + Stamp.writer(stamp);
        long number = Stamp.number(stamp);
        if (number < seen[index][place]) {
            complain(index, key, stamp, " after number " + seen[index][place]);
        }
        seen[index][place] = number;
    }

    private void complain(int index, int key, long stamp, String then) {
        complaints.add(maps.get(index).name() + ": key " + key + " has " + Stamp.describe(stamp) + then);
    }

    long steps() {
        return steps;
    }

    long writes() {
        return writes;
    }

    /**
     * Returns the digests of all stamps that this thread has put into a map, less those that it has
     * removed or replaced.
     */
    long left(int index) {
        return put[index] - taken[index];
    }

    long added(int counter) {
        return added[counter];
    }
}
