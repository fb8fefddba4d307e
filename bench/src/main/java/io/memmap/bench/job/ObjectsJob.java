package io.memmap.bench.job;

import io.memmap.bench.console.Console;
import io.memmap.bench.maps.TextContender;
import io.memmap.bench.text.Markdown;
import java.util.List;

/** Measures maps with keys and values of all kinds. A round is one fork of every task. */
public final class ObjectsJob extends RoundsJob {
    /** The tasks, and the time for them. */
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

                Keys are 16 to 32 random ASCII characters, values 100 bytes. By byte range: the key is a part of an array, and \
                the value is copied into an array that is used again. This is copyValue in memmap, get(new String(...)) and \
                arraycopy in HashMap, getUsing(ByteBuffer on the range, byte[]) in Chronicle Map, and a get with serializers \
                that copy from the range and into the array in OHC. By String: get(key), which returns an object; the keys of \
                Chronicle Map and OHC are the bytes of the String. Update: an update in place in memmap, a change of the array \
                in HashMap, a get by range and a put in Chronicle Map and OHC.
                """
                + nanos.render()
                + "\n## Allocated in the Java heap, an operation\n"
                + bytes.render()
                + """

                ## Memory

                Memory after a fill from empty (Chronicle Map: sized exactly), in a Java heap of at most 1 GiB. Java heap: \
                the bytes that a full GC leaves. Used, committed: the bytes that the map reports for its memory outside the \
                Java heap; OHC leaves its hash tables out. Resident: the growth of the process without its Java heap.

                """
                + Markdown.table(TextMemoryJob.header(), memory.rows());
    }
}
