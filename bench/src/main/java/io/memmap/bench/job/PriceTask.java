package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.PriceContender;
import java.util.ArrayList;
import java.util.List;

/** One fork of JMH: an operation of the same engine on one sort of memory. */
public record PriceTask(Operation operation, PriceContender contender, int size) implements ForkTask {
    /** The operations and their benchmarks. */
    enum Operation implements JmhMethod {
        HIT("hit", "Prices.hit"),
        MISS("miss", "Prices.miss"),
        PUT("put of a key that is there", "Prices.put"),
        ITERATE("iterate, an entry", "Prices.iterate"),
        TEXT("string key, get by byte range", "Prices.text");

        private final String title;
        private final String benchmark;

        Operation(String title, String benchmark) {
            this.title = title;
            this.benchmark = benchmark;
        }

        @Override
        public String title() {
            return title;
        }

        @Override
        public String benchmark() {
            return benchmark;
        }

        @Override
        public boolean isFill() {
            return false;
        }

        @Override
        public boolean isOfAll() {
            return this == ITERATE;
        }
    }

    private static final List<Integer> SIZES = List.of(20_000, 1_000_000, 10_000_000);
    private static final int QUICK_SIZE = 20_000;

    /** Returns the tasks of a full run. Contenders of one operation and size follow each other. */
    public static List<PriceTask> full() {
        return tasks(SIZES);
    }

    /** Returns the tasks that fit into the CPU caches. */
    public static List<PriceTask> quick() {
        return tasks(List.of(QUICK_SIZE));
    }

    private static List<PriceTask> tasks(List<Integer> sizes) {
        List<PriceTask> tasks = new ArrayList<>();
        for (int size : sizes) {
            for (Operation operation : Operation.values()) {
                for (PriceContender contender : PriceContender.values()) {
                    tasks.add(new PriceTask(operation, contender, size));
                }
            }
        }
        return tasks;
    }

    @Override
    public double weight() {
        double jvmAndIterations = 2.5;
        return jvmAndIterations + size * (operation == Operation.TEXT ? 1.5e-6 : 250e-9);
    }

    @Override
    public List<String> jvmArguments() {
        return List.of(JvmArguments.UNSAFE);
    }

    /** Returns 3: maps of strings are more code to compile. */
    @Override
    public int warmUpIterations() {
        return 3;
    }

    @Override
    public boolean isYardstick() {
        return contender == PriceContender.UNSAFE;
    }
}
