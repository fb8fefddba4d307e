package io.memmap.bench.child;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * The program that measures operations of one contender in a loop of one shape. A sample is one
 * call of the loop: its wall time, and the CPU time of its thread, which does not count what other
 * programs take. Each sample has other keys. The result of every sample is compared with the result
 * that a correct map gives.
 */
public final class ShapeTimes {
    /** The options of the JVM that keep each loop a method of its own, as JMH does. */
    public static final List<String> LOOPS = List.of(
            "-XX:CompileCommand=quiet", "-XX:CompileCommand=dontinline,io.memmap.bench.child.ShapeLoops*::*Loop");

    /** The figures of an operation. The name of a figure has the operation before it. */
    public enum TimeMetric {
        /** The figure that maps are compared by: others on the machine disturb it least. */
        CPU_QUARTILE("CPU time, lower quartile"),
        CPU_MEDIAN("CPU time, median"),
        WALL_QUARTILE("wall time, lower quartile"),
        WALL_MEDIAN("wall time, median");

        private final String title;

        TimeMetric(String title) {
            this.title = title;
        }

        /** Returns the name of the figure in results. */
        public String title() {
            return title;
        }

        /** Returns the name of the figure of an operation. Its unit is a picosecond. */
        public String figure(ShapeOperation operation) {
            return operation + "." + this;
        }
    }

    /** What {@link Shape#STATIC} runs first on each other map. */
    private static final int COMPANY_SIZE = 20_000;

    private static final long WARM_UP_NANOS = 300_000_000;
    private static final long LEAST_NANOS = 200_000_000;
    /** Slow maps are measured no longer, even if they have fewer samples. */
    private static final long MOST_NANOS = 2_000_000_000;

    private static final int LEAST_SAMPLES = 5;
    private static final int LEAST_LONG_SAMPLES = 3;
    private static final int MOST_SAMPLES = 2_000;
    private static final double PICOS = 1000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final SplittableRandom random = new SplittableRandom(42);
    private final Shape shape;
    private final LongMap map;
    private final int size;
    private long round;
    private long additions;

    ShapeTimes(Shape shape, LongMap map, int size) {
        this.shape = shape;
        this.map = map;
        this.size = size;
    }

    /** Arguments: contender, entries, shape, operations with commas between them. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        Contender contender = Contender.valueOf(arguments[0]);
        int size = Integer.parseInt(arguments[1]);
        Shape shape = Shape.valueOf(arguments[2]);
        List<ShapeOperation> operations = Stream.of(arguments[3].split(",", -1))
                .map(ShapeOperation::valueOf)
                .sorted()
                .toList();
        try {
            if (shape == Shape.STATIC) {
                company(contender, operations);
            }
            try (LongMaps maps = contender.open(size);
                    LongMap map = filled(maps, shape.hint(size), size)) {
                ShapeTimes times = new ShapeTimes(shape, map, size);
                System.gc();
                for (ShapeOperation operation : operations) {
                    times.measure(operation, report);
                }
                times.checkSize();
            }
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    /** Runs the loops on the other maps that a program may have loaded. */
    private static void company(Contender measured, List<ShapeOperation> operations) {
        for (Contender other : Contender.values()) {
            if (isCompany(other, measured)) {
                try (LongMaps maps = other.open(COMPANY_SIZE);
                        LongMap map = filled(maps, COMPANY_SIZE, COMPANY_SIZE)) {
                    ShapeTimes times = new ShapeTimes(Shape.STATIC, map, COMPANY_SIZE);
                    operations.forEach(operation -> times.sample(operation, LoopCopy.make(), new Times()));
                }
            }
        }
    }

    private static boolean isCompany(Contender other, Contender measured) {
        boolean ours = other == Contender.MEMMAP_LINE && !measured.isMemmap();
        return other != measured && (ours || other.isPrimitivePeer() || other == Contender.JDK_HASHMAP);
    }

    /** Makes a map with the keys of the indices 0 to size - 1. */
    static LongMap filled(LongMaps maps, int hint, int size) {
        LongMap map = maps.make(hint);
        for (int i = 0; i < size; i++) {
            long key = Keys.at(i);
            map.put(key, ShapeInput.value(key, 0));
        }
        return map;
    }

    /** The times of some samples, in nanoseconds. */
    private static final class Times {
        private final long[] cpu = new long[MOST_SAMPLES];
        private final long[] wall = new long[MOST_SAMPLES];
        private int count;
        private long total;

        private void add(long cpuNanos, long wallNanos) {
            cpu[count] = cpuNanos;
            wall[count] = wallNanos;
            count++;
            total += wallNanos;
        }

        private boolean isEnough(int least) {
            return total >= MOST_NANOS || count == MOST_SAMPLES || (total >= LEAST_NANOS && count >= least);
        }

        /** Returns the value below which this share of the samples is. */
        private long at(long[] times, double share) {
            long[] sorted = Arrays.copyOf(times, count);
            Arrays.sort(sorted);
            return sorted[(int) (count * share)];
        }

        private long nanos(TimeMetric metric) {
            return switch (metric) {
                case CPU_QUARTILE -> at(cpu, 0.25);
                case CPU_MEDIAN -> at(cpu, 0.5);
                case WALL_QUARTILE -> at(wall, 0.25);
                case WALL_MEDIAN -> at(wall, 0.5);
            };
        }
    }

    /** Measures an operation and checks what it did to the map. */
    void measure(ShapeOperation operation, Reporter report) {
        LoopCopy loops = LoopCopy.make();
        long sumBefore = operation == ShapeOperation.ADD ? map.sumOfAll() : 0;
        Times warmUp = new Times();
        do {
            sample(operation, loops, warmUp);
        } while (warmUp.total < WARM_UP_NANOS && warmUp.count < MOST_SAMPLES);
        Times times = new Times();
        ShapeInput last;
        do {
            last = sample(operation, loops, times);
        } while (!times.isEnough(shape == Shape.STATIC ? LEAST_LONG_SAMPLES : LEAST_SAMPLES));
        switch (operation) {
            case OVERWRITE -> checkOverwrites(last);
            case ADD -> checkAdditions(sumBefore);
            case HIT, MISS -> {} // the result of each sample says all
        }
        for (TimeMetric metric : TimeMetric.values()) {
            report.figure(metric.figure(operation), Math.round(times.nanos(metric) * PICOS / shape.iterations()));
        }
    }

    /** Takes a sample and returns its input. */
    private ShapeInput sample(ShapeOperation operation, LoopCopy loops, Times times) {
        ShapeInput input = newInput(operation);
        long cpuStart = threads.getCurrentThreadCpuTime();
        long wallStart = System.nanoTime();
        long result = loops.run(operation, map, input);
        long wallNanos = System.nanoTime() - wallStart;
        times.add(threads.getCurrentThreadCpuTime() - cpuStart, wallNanos);
        long expected = replay(operation, input, key -> additions += operation == ShapeOperation.ADD ? 1 : 0);
        if (result != expected) {
            throw new IllegalStateException(
                    "the result of a loop is " + result + ", expected " + expected + ": " + operation);
        }
        return input;
    }

    private ShapeInput newInput(ShapeOperation operation) {
        long first = operation == ShapeOperation.MISS ? size : 0;
        if (operation == ShapeOperation.OVERWRITE) {
            round++;
        }
        long[] words = new long[shape == Shape.STATIC ? 0 : shape.iterations()];
        for (int i = 0; i < words.length; i++) {
            long index = first + random.nextInt(size);
            words[i] = shape == Shape.COMPUTED ? index : Keys.at(index);
        }
        return new ShapeInput(shape, words, first, size, random.nextInt(), round);
    }

    /**
     * Returns the result that a loop has with a correct map.
     *
     * @param written is given each key that the loop writes to
     */
    private long replay(ShapeOperation operation, ShapeInput input, LongConsumer written) {
        boolean found = operation != ShapeOperation.MISS;
        long sum = 0;
        for (int i = 0; i < shape.iterations(); i++) {
            long key = input.key(i);
            if (shape == Shape.DEPENDENT) {
                long mixed = ShapeInput.mixed(key, found ? ShapeInput.value(key, 0) : 0);
                if ((mixed & 7) == 3) {
                    sum ^= Long.rotateLeft(key, 7);
                    continue;
                }
                key = input.words[(int) (mixed % (input.words.length - 1))];
            }
            if (operation.isWrite()) {
                written.accept(key);
                sum++;
            } else if (found) {
                sum += ShapeInput.value(key, 0);
            }
        }
        return sum;
    }

    private void checkOverwrites(ShapeInput last) {
        replay(ShapeOperation.OVERWRITE, last, key -> {
            if (map.get(key) != ShapeInput.value(key, last.round)) {
                throw new IllegalStateException("an overwrite is lost");
            }
        });
    }

    private void checkAdditions(long sumBefore) {
        long added = map.sumOfAll() - sumBefore;
        if (added != additions * ShapeInput.DELTA) {
            throw new IllegalStateException(additions + " additions changed the sum of all values by " + added);
        }
    }

    private void checkSize() {
        if (map.size() != size) {
            throw new IllegalStateException("the map holds " + map.size() + " entries of " + size);
        }
    }
}
