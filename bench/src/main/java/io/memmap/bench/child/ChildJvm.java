package io.memmap.bench.child;

import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.Contender;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A new JVM for one contender, with this JVM's own Java and class path. It ends when this JVM ends.
 */
public final class ChildJvm {
    private final List<String> command = new ArrayList<>();
    private final long heapBytes;

    /**
     * Makes a JVM with a garbage collector and a maximal Java heap. The JVM ends when its Java heap
     * is full.
     */
    public ChildJvm(Gc gc, long heapBytes) {
        this.heapBytes = heapBytes;
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(gc.option());
        command.add("-Xmx" + heapBytes);
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("--enable-native-access=ALL-UNNAMED");
    }

    /** Adds an option of the JVM. */
    public ChildJvm option(String option) {
        command.add(option);
        return this;
    }

    /** Adds the options that a contender needs on this JDK. */
    public ChildJvm optionsOf(Contender contender) {
        command.addAll(JvmArguments.of(contender));
        return this;
    }

    /**
     * Runs a main class to its end and returns its figures. The first argument is the name of the
     * contender. Throws a BenchException if it fails.
     */
    public Figures figures(Class<?> main, Contender contender, Object... arguments) {
        List<String> all = new ArrayList<>(List.of(contender.name()));
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return optionsOf(contender).run(main, all, progress -> {}).figuresOf(contender.title());
    }

    /** Runs a main class to its end. Passes its progress on. */
    public ChildOutcome run(Class<?> main, List<String> arguments, Consumer<Message.Progress> progress) {
        List<String> whole = new ArrayList<>(command);
        whole.add("-cp");
        whole.add(System.getProperty("java.class.path"));
        whole.add(main.getName());
        whole.addAll(arguments);
        return ChildProcess.run(new ProcessBuilder(whole), heapBytes, progress);
    }
}
