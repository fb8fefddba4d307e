package io.memmap.bench.job;

import io.memmap.bench.child.ChildJvm;
import io.memmap.bench.child.Gc;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.text.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings of the JVMs in which contenders run. All contenders get the same.
 *
 * @param heapBytes the size of the Java heap, from start to end
 * @param hugePages whether the Java heap asks the kernel for huge pages
 */
public record JvmSettings(Gc gc, long heapBytes, boolean hugePages) {
    /**
     * Touches the whole Java heap before the program runs, so that the resident memory does not
     * grow later.
     */
    static final String PRE_TOUCH = "-XX:+AlwaysPreTouch";

    private static final String HUGE_PAGES = "-XX:+UseTransparentHugePages";

    ChildJvm newJvm() {
        return newJvm(heapBytes);
    }

    /** Returns a JVM whose Java heap is no larger than this. */
    ChildJvm newJvm(long mostHeap) {
        long bytes = Math.min(heapBytes, mostHeap);
        ChildJvm jvm = new ChildJvm(gc, bytes).option("-Xms" + bytes);
        return hugePages ? jvm.option(HUGE_PAGES) : jvm;
    }

    /**
     * Returns a JVM with another collector. Its whole Java heap is touched before the program runs.
     */
    ChildJvm newJvm(Gc other) {
        // Otherwise the kernel would look for pages while a load at a steady rate runs,
        // until the heap has been full once.
        return new ChildJvm(other, heapBytes).option("-Xms" + heapBytes).option(PRE_TOUCH);
    }

    /** Returns a JVM whose Java heap starts small. */
    ChildJvm growingJvm() {
        return new ChildJvm(gc, heapBytes);
    }

    /** Returns these settings with a Java heap that is no larger than this. */
    JvmSettings withAtMost(long mostHeap) {
        return new JvmSettings(gc, Math.min(heapBytes, mostHeap), hugePages);
    }

    /** Returns the settings in one line. */
    public String describe() {
        return gc + ", -Xms and -Xmx " + Bytes.format(heapBytes) + (hugePages ? ", " + HUGE_PAGES : "");
    }

    /** Returns the settings as options of a command. */
    String asOptions() {
        return " --gc " + gc + asOptionsOfAnyCollector();
    }

    /** Returns the settings as options of a command, without the collector. */
    String asOptionsOfAnyCollector() {
        return " --heap " + heapBytes + (hugePages ? " --thp" : "");
    }

    /** Returns the settings as arguments of the forks of JMH. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                gc.option(),
                "-Xms" + heapBytes,
                "-Xmx" + heapBytes,
                "-Xmn" + Math.min(JvmArguments.YOUNG_BYTES, heapBytes / 4),
                "--enable-native-access=ALL-UNNAMED"));
        if (hugePages) {
            arguments.add(HUGE_PAGES);
        }
        return arguments;
    }
}
