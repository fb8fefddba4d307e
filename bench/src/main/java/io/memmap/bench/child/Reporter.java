package io.memmap.bench.child;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Sends {@link Message}s to the launcher. Each message is one whole line, whichever thread sends
 * it.
 */
final class Reporter {
    private final PrintStream out;

    Reporter(PrintStream out) {
        this.out = out;
    }

    /** Returns a reporter on standard output. This JVM ends when the launcher ends. */
    static Reporter toLauncher() {
        Thread.ofPlatform().name("launcher watch").daemon().start(Reporter::endWithLauncher);
        return new Reporter(System.out);
    }

    /**
     * Waits for the end of standard input and ends this JVM then. The launcher never writes: its
     * pipe closes when the launcher ends, even if it was killed.
     */
    private static void endWithLauncher() {
        try {
            while (System.in.read() >= 0) {
                // Nobody writes to this pipe.
            }
        } catch (IOException broken) {
            // A broken pipe also means that the launcher has ended.
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
