package io.memmap.bench;

import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.Contender;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A fresh JVM for one contender: this JVM's own Java and class path, a main class, and options. It dies with this JVM. */
final class ChildJvm {
    /** How many lines that are no messages are kept, to explain a failure. */
    private static final int KEPT_LINES = 40;

    private final List<String> command = new ArrayList<>();
    private final long heapBytes;

    /** A JVM with the given collector and maximal Java heap that ends when its Java heap is full. */
    ChildJvm(Gc gc, long heapBytes) {
        this.heapBytes = heapBytes;
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(gc.option());
        command.add("-Xmx" + heapBytes);
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("--enable-native-access=ALL-UNNAMED");
    }

    /** Adds an option of the JVM. */
    ChildJvm option(String option) {
        command.add(option);
        return this;
    }

    /** Adds what a contender needs on this JDK. */
    ChildJvm optionsOf(Contender contender) {
        command.addAll(JvmArguments.of(contender));
        return this;
    }

    /** Runs a contender, whose name is the first argument, to its end; it must not fail. */
    Figures figures(Class<?> main, Contender contender, Object... arguments) {
        List<String> all = new ArrayList<>(List.of(contender.name()));
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return optionsOf(contender).run(main, all, progress -> {}).figuresOf(contender.title());
    }

    /** How it went: the figures, and the failure if there was one. */
    record Outcome(Figures figures, Optional<ChildFailure> failure) {
        /** Returns the figures of a contender that must not have failed. */
        Figures figuresOf(String contender) {
            if (failure.isPresent()) {
                throw new BenchException(contender + " " + failure.get().reason());
            }
            return figures;
        }
    }

    /** Runs the main class to its end and passes its progress on. */
    Outcome run(Class<?> main, List<String> arguments, Consumer<Message.Progress> progress) {
        List<String> whole = new ArrayList<>(command);
        whole.add("-cp");
        whole.add(System.getProperty("java.class.path"));
        whole.add(main.getName());
        whole.addAll(arguments);
        Figures figures = new Figures();
        Deque<String> otherLines = new ArrayDeque<>();
        @Nullable String failure = null;
        Process process;
        try {
            process = new ProcessBuilder(whole).redirectErrorStream(true).start();
        } catch (IOException failed) {
            throw new BenchException("cannot start a JVM: " + failed.getMessage());
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
            return new Outcome(figures, ChildFailure.of(exitCode, failure, List.copyOf(otherLines), heapBytes));
        } catch (IOException failed) {
            throw new BenchException("lost the JVM of a contender: " + failed.getMessage());
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
