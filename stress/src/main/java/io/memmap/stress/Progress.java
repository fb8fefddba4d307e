package io.memmap.stress;

import java.io.PrintWriter;

/**
 * Shows the progress of long work on standard error. On a terminal it rewrites one line; elsewhere
 * it prints a line from time to time.
 */
public final class Progress {
    private static final String NEW_LINE_HERE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean live = Boolean.getBoolean("memmap.terminal");
    private long due = System.nanoTime();

    public Progress(PrintWriter err) {
        this.err = err;
    }

    public void show(String text) {
        if (System.nanoTime() - due >= 0) {
            due = System.nanoTime() + (live ? 200_000_000L : 10_000_000_000L);
            err.print(live ? NEW_LINE_HERE + text : text + System.lineSeparator());
            err.flush();
        }
    }

    /** Clears the line of progress, so that other output can follow. */
    public void end() {
        err.print(live ? NEW_LINE_HERE : "");
        err.flush();
    }
}
