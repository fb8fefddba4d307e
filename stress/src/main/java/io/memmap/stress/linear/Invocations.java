package io.memmap.stress.linear;

/** How many invocations this JVM has seen the end of. They end one at a time, so this orders nothing within any. */
public final class Invocations {
    /** Keys that make every shard grow. */
    static final int CHURNED = 200;

    private static volatile long ended;

    private Invocations() {}

    /** Counts the end of one. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public static void count() {
        ended++;
    }

    public static long ended() {
        return ended;
    }
}
