package io.memmap.bench.console;

import java.io.PrintWriter;

/**
 * Shows progress on standard error. A terminal shows one line that changes; other outputs get a new
 * line every few seconds.
 */
public final class ProgressLine {
    private static final long LIVE_NANOS = 200_000_000L;
    private static final long PLAIN_NANOS = 5_000_000_000L;
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean terminal;
    private long nextNanos = System.nanoTime();

    public ProgressLine(Console console) {
        this.err = console.err();
        this.terminal = console.terminal();
    }

    /** Shows progress, unless the line has changed a moment ago. */
    public void show(String text) {
        long now = System.nanoTime();
        if (now - nextNanos < 0) {
            return;
        }
        nextNanos = now + (terminal ? LIVE_NANOS : PLAIN_NANOS);
        if (terminal) {
            err.print(ERASE_LINE + text);
        } else {
            err.println(text);
        }
        err.flush();
    }

    /** Ends the progress with a line that stays. */
    public void end(String text) {
        err.println(terminal ? ERASE_LINE + text : text);
        err.flush();
        nextNanos = System.nanoTime();
    }
}
