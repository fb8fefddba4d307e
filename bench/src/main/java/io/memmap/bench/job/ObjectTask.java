package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.maps.RecordContender;
import io.memmap.bench.maps.TextContender;
import io.memmap.bench.maps.Titled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One fork of JMH: an operation on a map of objects, or on LongLongMap for comparison. */
public record ObjectTask(Operation operation, Titled contender, int size) implements ForkTask {
    /** The operations and their benchmarks. */
    enum Operation implements JmhMethod {
        BY_RANGE("string key, get by byte range", "TextGet.byRange"),
        BY_STRING("string key, get by String", "TextGet.byString"),
        UPDATE("string key, update of 8 bytes", "TextGet.update"),
        FILL("string key, fill from empty, an entry", "TextFill.fill"),
        RECORD("long key, get of a record of three longs", "RecordGet.get"),
        STRUCT("long key, three fields of a struct of three longs", "RecordGet.get"),
        HIT("long key, hit of LongLongMap", "Operations.hit");

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
            return this == FILL;
        }

        /** Returns the contenders of the operation. */
        List<Titled> contenders() {
            return switch (this) {
                case BY_RANGE, BY_STRING, UPDATE, FILL -> List.of(TextContender.values());
                case RECORD ->
                    Stream.of(RecordContender.values())
                            .<Titled>map(contender -> contender)
                            .filter(contender -> contender != RecordContender.LONG_MAP)
                            .toList();
                case STRUCT ->
                    List.of(
                            RecordContender.LONG_MAP,
                            RecordContender.MEMMAP_STRUCT,
                            RecordContender.MEMMAP_RECORD,
                            RecordContender.MEMMAP_SYNC_STRUCT,
                            RecordContender.JDK_HASHMAP);
                case HIT -> List.of(Jvm.values());
            };
        }
    }

    /** The maps that a JVM has used before {@link Operation#HIT} is measured in it. */
    enum Jvm implements Titled {
        FRESH("no other map used"),
        POLLUTED("after long, int, UTF8 and struct maps");

        private final String title;

        Jvm(String title) {
            this.title = title;
        }

        @Override
        public String title() {
            return title;
        }
    }

    private static final int IN_CACHE = 20_000;
    private static final int MILLION = 1_000_000;
    private static final int TEN_MILLION = 10_000_000;
    private static final int QUICK_SIZE = 200_000;

    /** Returns the tasks of a full run. Contenders of one operation and size follow each other. */
    public static List<ObjectTask> full() {
        return tasks(MILLION);
    }

    /** Returns the same tasks with fewer entries. */
    public static List<ObjectTask> quick() {
        return tasks(QUICK_SIZE);
    }

    /** Returns the tasks of structs. */
    public static List<ObjectTask> structs() {
        List<ObjectTask> tasks = new ArrayList<>();
        add(tasks, Operation.STRUCT, MILLION);
        add(tasks, Operation.STRUCT, TEN_MILLION);
        return tasks;
    }

    /** Returns the same tasks with a million entries only. */
    public static List<ObjectTask> quickStructs() {
        List<ObjectTask> tasks = new ArrayList<>();
        add(tasks, Operation.STRUCT, MILLION);
        return tasks;
    }

    private static List<ObjectTask> tasks(int size) {
        List<ObjectTask> tasks = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            if (operation == Operation.STRUCT) {
                continue; // a run of its own
            }
            if (operation == Operation.RECORD || operation == Operation.HIT) {
                add(tasks, operation, IN_CACHE);
            }
            if (operation != Operation.HIT) {
                add(tasks, operation, size);
            }
        }
        return tasks;
    }

    private static void add(List<ObjectTask> tasks, Operation operation, int size) {
        operation.contenders().forEach(contender -> tasks.add(new ObjectTask(operation, contender, size)));
    }

    @Override
    public double weight() {
        double perEntry = operation.isFill() ? 4e-6 : 1.5e-6;
        double jvmAndIterations = 2.5;
        return jvmAndIterations + size * perEntry;
    }

    @Override
    public List<String> jvmArguments() {
        return JvmArguments.OF_OBJECTS;
    }

    @Override
    public Map<String, String> parameters() {
        return contender instanceof Jvm
                ? LongTask.parameters(Contender.MEMMAP_PAGE, size, KeyOrder.UNIFORM, contender == Jvm.POLLUTED)
                : ForkTask.super.parameters();
    }

    /** Returns 3: Chronicle Map's get is much code to compile. */
    @Override
    public int warmUpIterations() {
        return 3;
    }

    /** Returns false for a fill, because its count would include the keys that it makes. */
    @Override
    public boolean countsAllocation() {
        return !operation.isFill();
    }

    @Override
    public boolean isYardstick() {
        return contender == TextContender.JDK_HASHMAP
                || contender == RecordContender.LONG_MAP_AND_ARRAY
                || contender == RecordContender.LONG_MAP
                || contender == Jvm.FRESH;
    }
}
