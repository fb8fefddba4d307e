package io.memmap.bench.child;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A contender's side of the {@link Message}s: writes each as one line, whole and at once, whichever thread it comes from.
 */
final class Reporter {
    private final PrintStream out;

    Reporter(PrintStream out) {
        this.out = out;
    }

    /** Reports on the standard output of this JVM, which ends when the launcher does. */
    static Reporter toLauncher() {
        Thread.ofPlatform().name("launcher watch").daemon().start(Reporter::endWithLauncher);
        return new Reporter(System.out);
    }

    /** The launcher never writes; what is read is that it has ended, even where it was killed. */
    private static void endWithLauncher() {
        try {
            while (System.in.read() >= 0) {
                // Nobody is to write.
            }
        } catch (IOException broken) {
            // As good as the end.
        }
        Runtime.getRuntime().halt(1);
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
