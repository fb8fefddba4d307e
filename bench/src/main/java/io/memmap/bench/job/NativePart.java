package io.memmap.bench.job;

/** The parts of a measurement of maps of other languages. */
public enum NativePart {
    /** The time of operations. */
    TIME("operations"),
    /** The latency of puts while the map grows. */
    LATENCY("latency, puts"),
    /** The memory of the process. */
    MEMORY("memory"),
    /** The garbage collector of Go under a load. */
    GC("gc");

    private final String title;

    NativePart(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Returns the command that measures this part alone. */
    String command(int size) {
        return "bench/run native --part " + this + " --size " + size;
    }
}
