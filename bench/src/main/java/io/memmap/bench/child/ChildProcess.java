package io.memmap.bench.child;

import io.memmap.bench.console.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs a program that reports by {@link Message}s. The program ends when this JVM ends. */
public final class ChildProcess {
    /**
     * The number of lines that are kept to explain a failure. Lines that are messages are not
     * counted.
     */
    private static final int KEPT_LINES = 40;

    private ChildProcess() {}

    /**
     * Runs a program to its end. Passes its progress on.
     *
     * @param heapBytes the size of the Java heap, if the program is a JVM
     */
    public static ChildOutcome run(ProcessBuilder program, long heapBytes, Consumer<Message.Progress> progress) {
        Figures figures = new Figures();
        Deque<String> otherLines = new ArrayDeque<>();
        @Nullable String failure = null;
        Process process;
        try {
            process = program.redirectErrorStream(true).start();
        } catch (IOException failed) {
            throw new BenchException("cannot start " + program.command().getFirst() + ": " + failed.getMessage());
        }
        Thread killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Optional<Message> message = Message.parse(line);
                if (message.isEmpty()) {
                    keep(otherLines, line);
                    continue;
                }
                switch (message.get()) {
                    case Message.Progress step -> progress.accept(step);
                    case Message.Figure figure -> figures.put(figure.name(), figure.value());
                    case Message.Point point -> figures.point(point);
                    case Message.Failure text -> failure = text.text();
                }
            }
            int exitCode = process.waitFor();
            return new ChildOutcome(figures, ChildFailure.of(exitCode, failure, List.copyOf(otherLines), heapBytes));
        } catch (IOException failed) {
            throw new BenchException("the connection to a contender was lost: " + failed.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        } finally {
            process.destroyForcibly();
            removeHook(killer);
        }
    }

    private static void keep(Deque<String> lines, String line) {
        if (lines.size() == KEPT_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is running: the process ends either way.
        }
    }
}
