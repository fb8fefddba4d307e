package io.memmap.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs another JVM with the Java and the class path of this one. It ends when this JVM ends. */
public final class Child {
    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    private Child() {}

    /**
     * Runs the main method of a class in a new JVM and waits until that JVM ends.
     *
     * @param directory the directory where it runs
     * @param options the options of the JVM
     * @param lines takes each line that it prints
     * @return its exit code; 128 plus the signal if a signal ended it
     */
    public static int run(
            Path directory, List<String> options, String mainClass, List<String> arguments, Consumer<String> lines) {
        try {
            Process process = builder(directory, options, mainClass, arguments).start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
            try (BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                output.lines().forEach(lines);
                return process.waitFor();
            } finally {
                end(process);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns what starts the main method of a class in a new JVM, with one stream for its output. */
    public static ProcessBuilder builder(
            Path directory, List<String> options, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(NATIVE_ACCESS);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        return new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
