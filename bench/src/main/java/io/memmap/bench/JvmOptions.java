package io.memmap.bench;

import io.memmap.bench.jmh.JvmArguments;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of the JVMs in which contenders run: the same for all of them. */
final class JvmOptions {
    /** The whole Java heap is touched before the program runs, so that it does not grow in the system's eyes later. */
    static final String PRE_TOUCH = "-XX:+AlwaysPreTouch";

    private static final String HUGE_PAGES = "-XX:+UseTransparentHugePages";

    @Option(
            names = "--gc",
            paramLabel = "GC",
            defaultValue = "G1",
            description = "The garbage collector of all: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Gc gc;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            converter = Bytes.class,
            defaultValue = "6g",
            description = "The Java heap of all (-Xms and -Xmx). Default: ${DEFAULT-VALUE}.")
    private long heap;

    @Option(
            names = "--thp",
            description = "Run all with -XX:+UseTransparentHugePages, so that Java heaps have huge pages too.")
    private boolean hugePages;

    /** Throws the line for the user if the machine has not that much memory. */
    void check() {
        long memory = Machine.here().memoryBytes();
        if (heap > memory) {
            throw new BenchException("too little memory: --heap is " + Bytes.format(heap) + ", this machine has "
                    + Bytes.format(memory));
        }
    }

    ChildJvm newJvm() {
        return newJvm(heap);
    }

    /** A JVM whose Java heap is no larger than this. */
    ChildJvm newJvm(long mostHeap) {
        long bytes = Math.min(heap, mostHeap);
        ChildJvm jvm = new ChildJvm(gc, bytes).option("-Xms" + bytes);
        return hugePages ? jvm.option(HUGE_PAGES) : jvm;
    }

    /** A JVM of a collector of its own choice, all of whose Java heap has been touched before it runs. */
    ChildJvm newJvm(Gc other) {
        // Else the kernel would look for pages beside the load of a steady rate, until the heap had been full once.
        return new ChildJvm(other, heap).option("-Xms" + heap).option(PRE_TOUCH);
    }

    /** A JVM whose Java heap starts small. */
    ChildJvm growingJvm() {
        return new ChildJvm(gc, heap);
    }

    Gc gc() {
        return gc;
    }

    long heapBytes() {
        return heap;
    }

    /** What is run with, in one line. */
    String describe() {
        return gc + ", -Xms and -Xmx " + Bytes.format(heap) + (hugePages ? ", " + HUGE_PAGES : "");
    }

    /** The same as the options of a command. */
    String asOptions() {
        return " --gc " + gc + asOptionsOfAnyCollector();
    }

    /** The same but for the collector. */
    String asOptionsOfAnyCollector() {
        return " --heap " + heap + (hugePages ? " --thp" : "");
    }

    /** The same for JMH's forks. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                gc.option(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "-Xmn" + Math.min(JvmArguments.YOUNG_BYTES, heap / 4),
                "--enable-native-access=ALL-UNNAMED"));
        if (hugePages) {
            arguments.add(HUGE_PAGES);
        }
        return arguments;
    }
}
