package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.SharedContender;
import java.util.ArrayList;
import java.util.List;

/** One fork of JMH: several threads use one map. */
public record SharedTask(Operation operation, SharedContender contender, int size) implements ForkTask {
    /**
     * The operations and their benchmarks. The time of an operation is that of each of its threads.
     */
    enum Operation implements JmhMethod {
        GET_1("get, 1 thread", "Shared.get", 1),
        GET_2("get, 2 threads", "Shared.get", 2),
        MIXED90_1("90% get, 10% put, 1 thread", "Shared.mixed90", 1),
        MIXED90_2("90% get, 10% put, 2 threads", "Shared.mixed90", 2),
        MIXED50_1("50% get, 50% put, 1 thread", "Shared.mixed50", 1),
        MIXED50_2("50% get, 50% put, 2 threads", "Shared.mixed50", 2);

        private final String title;
        private final String benchmark;
        private final int threads;

        Operation(String title, String benchmark, int threads) {
            this.title = title;
            this.benchmark = benchmark;
            this.threads = threads;
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
    }

    /**
     * Returns the tasks at a small size and at a large one. Contenders of one operation follow each
     * other.
     */
    public static List<SharedTask> tasks(int small, int large) {
        List<SharedTask> tasks = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            for (SharedContender contender : SharedContender.values()) {
                if (contender != SharedContender.PLAIN || operation == Operation.GET_1) {
                    tasks.add(new SharedTask(operation, contender, small));
                }
            }
            tasks.add(new SharedTask(operation, SharedContender.SYNC_LONG_LONG, large));
            tasks.add(new SharedTask(operation, SharedContender.JDK_CONCURRENT, large));
        }
        return tasks;
    }

    @Override
    public double weight() {
        double jvmAndIterations = 2.5;
        return jvmAndIterations + size * 500e-9;
    }

    @Override
    public int threads() {
        return operation.threads;
    }

    @Override
    public List<String> jvmArguments() {
        return JvmArguments.OF_OBJECTS;
    }

    /** Returns 3: Chronicle Map's get is much code to compile. */
    @Override
    public int warmUpIterations() {
        return 3;
    }

    @Override
    public boolean isYardstick() {
        return contender == SharedContender.JDK_CONCURRENT;
    }
}
