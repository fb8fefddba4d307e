package io.memmap.stress.leaks;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * The truth about an accident: the lines where the leak was planted, and exactly how many bytes it
 * has taken and not given back. The search for the leak does not see the ledger.
 */
final class Ledger {
    private static final StackWalker WALKER = StackWalker.getInstance();

    private final Set<String> lines = new TreeSet<>();
    private long bytes;

    /**
     * Records the line of the caller. Returns the argument, so that a call can stand within a
     * statement.
     */
    <T> T planted(T argument) {
        lines.add(WALKER.walk(
                frames -> Frames.text(frames.skip(1).findFirst().orElseThrow().toStackTraceElement())));
        return argument;
    }

    /** Adds bytes that the leak keeps from now on. A negative number gives bytes back. */
    void add(long more) {
        bytes += more;
        if (bytes < 0) {
            throw new IllegalStateException("more bytes were given back than taken, by " + -bytes);
        }
    }

    long bytes() {
        return bytes;
    }

    /** Returns the planted lines that have run so far, in alphabetical order. */
    Set<String> lines() {
        return Collections.unmodifiableSet(lines);
    }
}
