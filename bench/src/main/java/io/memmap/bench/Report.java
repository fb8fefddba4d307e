package io.memmap.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A contender's side of the {@link Message}s: writes each as one line, whole and at once, whichever thread it comes from. */
final class Report {
    private final PrintStream out;

    Report(PrintStream out) {
        this.out = out;
    }

    /** Reports on the standard output of this JVM. */
    static Report toLauncher() {
        return new Report(System.out);
    }

    void send(Message message) {
        byte[] line = (message.line() + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(line, 0, line.length);
            out.flush();
        }
    }

    void point(String curve, long x, long y) {
        send(new Message.Point(curve, x, y));
    }

    void figure(String name, long value) {
        send(new Message.Figure(name, value));
    }
}
