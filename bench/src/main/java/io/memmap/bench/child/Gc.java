package io.memmap.bench.child;

/** The garbage collectors that a contender's JVM may run with. */
public enum Gc {
    G1("-XX:+UseG1GC"),
    ZGC("-XX:+UseZGC"),
    Parallel("-XX:+UseParallelGC");

    private final String option;

    Gc(String option) {
        this.option = option;
    }

    /** Returns the option of the JVM that selects this collector. */
    public String option() {
        return option;
    }
}
