package io.memmap.bench;

import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One fork of JMH: an operation of a contender's map of a size. */
record TargetTask(Operation operation, Contender contender, int size) implements ForkTask {
    /** The operations and their benchmarks. */
    enum Operation implements JmhMethod {
        HIT("hit", "Operations.hit"),
        GET_ALL("hit, getAll of 64", "GetAll.getAll"),
        MISS("miss", "Miss.miss"),
        OVERWRITE("overwrite", "Operations.overwrite"),
        FILL("fill from empty, an entry", "Fill.fill"),
        FILL_PRESIZED("fill presized, an entry", "Fill.fillPresized");

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
            return this == FILL || this == FILL_PRESIZED;
        }

        /** Who is measured: the twins look up only, {@link PriceTask} has the rest of them; and only memmap has getAll. */
        Set<Contender> contenders() {
            Set<Contender> contenders = EnumSet.allOf(Contender.class);
            contenders.removeIf(contender -> contender.isShared() || contender == Contender.MEMMAP_LINE_SHARED);
            if (this == GET_ALL) {
                contenders.removeIf(contender -> !contender.isBatched());
            } else if (this != HIT) {
                contenders.removeIf(Contender::isTwin);
            }
            return contenders;
        }
    }

    private static final int IN_CACHE = 20_000;
    private static final List<Integer> SIZES = List.of(100_000, 1_000_000, 10_000_000);
    /** Below this size pages are no question. */
    private static final int HUGE_PAGES_FROM = 1_000_000;

    /** All that a full run measures, contenders of one operation and size next to each other. */
    static List<TargetTask> full() {
        List<TargetTask> tasks = new ArrayList<>();
        add(tasks, Operation.HIT, IN_CACHE);
        for (int size : SIZES) {
            for (Operation operation : Operation.values()) {
                add(tasks, operation, size);
            }
        }
        return tasks;
    }

    /** What a few minutes allow. */
    static List<TargetTask> quick() {
        List<TargetTask> tasks = new ArrayList<>();
        add(tasks, Operation.HIT, IN_CACHE);
        for (Operation operation : Operation.values()) {
            add(tasks, operation, 1_000_000);
        }
        add(tasks, Operation.HIT, 10_000_000);
        return tasks;
    }

    private static void add(List<TargetTask> tasks, Operation operation, int size) {
        for (Contender contender : operation.contenders()) {
            if (!contender.isHuge() || size >= HUGE_PAGES_FROM) {
                tasks.add(new TargetTask(operation, contender, size));
            }
        }
    }

    @Override
    public double weight() {
        double perEntry = contender == Contender.JDK_HASHMAP ? 700e-9 : 200e-9;
        double jvmAndIterations = 2.2;
        return jvmAndIterations + size * (perEntry + 50e-9);
    }

    @Override
    public List<String> jvmArguments() {
        return JvmArguments.of(contender);
    }

    @Override
    public Map<String, String> parameters() {
        return LongTask.parameters(contender, size, KeyOrder.UNIFORM, false);
    }

    @Override
    public boolean isYardstick() {
        return contender.isPrimitivePeer();
    }

    /** Batches are compared with single lookups. */
    @Override
    public Operation comparedWith() {
        return operation == Operation.GET_ALL ? Operation.HIT : operation;
    }
}
