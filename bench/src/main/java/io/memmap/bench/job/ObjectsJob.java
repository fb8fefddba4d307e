package io.memmap.bench.job;

import io.memmap.bench.console.Console;
import io.memmap.bench.maps.TextContender;
import io.memmap.bench.text.Markdown;
import java.util.List;

/** Measures maps with keys and values of every kind: a round is one fork of every task. */
public final class ObjectsJob extends RoundsJob {
    /** What is measured, and for how long. */
    public record Options(
            List<ObjectTask> tasks, List<TextContender> memoryContenders, int memorySize, TimeBudget budget) {}

    private final Options options;
    private final TextMemoryJob memory;
    private final ForkResults nanos = ForkResults.ofNanos();
    private final ForkResults bytes = ForkResults.ofBytes();

    public ObjectsJob(Options options, JvmSettings jvm, Console console) {
        super(options.budget(), jvm, console);
        this.options = options;
        memory = new TextMemoryJob(jvm, options.memorySize());
    }

    @Override
    List<Step> once() {
        return options.memoryContenders().stream()
                .map(contender -> new Step(
                        "memory, " + contender.title(), 3 + options.memorySize() * 2e-6, () -> memory.run(contender)))
                .toList();
    }

    @Override
    List<Step> round() {
        return forksOf(options.tasks(), nanos, bytes);
    }

    @Override
    String forks() {
        return nanos.forks();
    }

    @Override
    String yardstick() {
        return "that of HashMap; of LongLongMap and three loads; of LongLongMap in a JVM that used no other map";
    }

    @Override
    String tables() {
        return """

                Keys are 16 to 32 random ASCII characters, values 100 bytes. By byte range: the key is a part of an array, the \
                value is copied into an array that is used again. memmap: copyValue; HashMap: get(new String(...)) and \
                arraycopy; Chronicle Map: getUsing(ByteBuffer on the range, byte[]); OHC: get with serializers that copy from \
                the range and into the array. By String: get(key), which returns an object; Chronicle Map and OHC are asked \
                for its getBytes. Update: of memmap, update in place; of HashMap, a change of the array; of Chronicle Map and \
                OHC, get by range and put.
                """
                + nanos.render()
                + "\n## Allocated in the Java heap, an operation\n"
                + bytes.render()
                + """

                ## Memory

                After a fill from empty (Chronicle Map: sized exactly), in a Java heap of 1 GiB at most. Java heap: what a full \
                GC leaves. Used, committed: as the map tells of its memory outside the Java heap; of OHC without its hash \
                tables. Resident: growth of the process but for its Java heap.

                """
                + Markdown.table(TextMemoryJob.header(), memory.rows());
    }
}
