package io.memmap.stress.linear;

/**
 * Counts the invocations that have ended in this JVM. Invocations end one at a time, so the counter
 * does not order operations within an invocation.
 */
public final class Invocations {
    /**
     * The number of keys that make every shard grow. A shard is a part of a map with its own lock.
     */
    static final int CHURNED = 200;

    private static volatile long ended;

    private Invocations() {}

    /** Counts the end of one invocation. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public static void count() {
        ended++;
    }

    public static long ended() {
        return ended;
    }
}
