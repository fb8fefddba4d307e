package io.memmap.bench.job;

/** The parts of a measurement of maps of other languages. */
public enum NativePart {
    /** Operations. */
    TIME("operations"),
    /** Each put while growing. */
    LATENCY("latency, puts"),
    /** The process's memory. */
    MEMORY("memory"),
    /** Go's collector under pressure. */
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
