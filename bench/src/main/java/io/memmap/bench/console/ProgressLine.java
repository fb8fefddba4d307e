package io.memmap.bench.console;

import java.io.PrintWriter;

/** Progress on standard error: one line that is written anew on a terminal, elsewhere a line every few seconds. */
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

    /** Shows progress, unless the last was shown just now. */
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

    /** Ends with a line that stays. */
    public void end(String text) {
        err.println(terminal ? ERASE_LINE + text : text);
        err.flush();
        nextNanos = System.nanoTime();
    }
}
