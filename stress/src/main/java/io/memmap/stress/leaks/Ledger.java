package io.memmap.stress.leaks;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is true of an accident: the lines that it was planted at, and the bytes that it has taken and not given back, to the byte.
 * Nobody who searches for it sees this.
 */
final class Ledger {
    private static final StackWalker WALKER = StackWalker.getInstance();

    private final Set<String> lines = new TreeSet<>();
    private long bytes;

    /** Notes the line of the caller; returns the argument, so that it can stand within a statement. */
    <T> T planted(T argument) {
        lines.add(WALKER.walk(
                frames -> Frames.text(frames.skip(1).findFirst().orElseThrow().toStackTraceElement())));
        return argument;
    }

    /** Adds bytes that are kept from now on; subtracts them if negative. */
    void add(long more) {
        bytes += more;
        if (bytes < 0) {
            throw new IllegalStateException("more bytes given back than taken: " + -bytes);
        }
    }

    long bytes() {
        return bytes;
    }

    /** Returns the planted lines that have been passed so far, in order. */
    Set<String> lines() {
        return Collections.unmodifiableSet(lines);
    }
}
