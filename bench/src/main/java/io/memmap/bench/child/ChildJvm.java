package io.memmap.bench.child;

import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.Contender;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A fresh JVM for one contender: this JVM's own Java and class path, a main class, and options. It dies with this JVM. */
public final class ChildJvm {
    private final List<String> command = new ArrayList<>();
    private final long heapBytes;

    /** A JVM with the given collector and maximal Java heap that ends when its Java heap is full. */
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

    /** Adds what a contender needs on this JDK. */
    public ChildJvm optionsOf(Contender contender) {
        command.addAll(JvmArguments.of(contender));
        return this;
    }

    /** Runs a contender, whose name is the first argument, to its end; it must not fail. */
    public Figures figures(Class<?> main, Contender contender, Object... arguments) {
        List<String> all = new ArrayList<>(List.of(contender.name()));
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return optionsOf(contender).run(main, all, progress -> {}).figuresOf(contender.title());
    }

    /** Runs the main class to its end and passes its progress on. */
    public ChildOutcome run(Class<?> main, List<String> arguments, Consumer<Message.Progress> progress) {
        List<String> whole = new ArrayList<>(command);
        whole.add("-cp");
        whole.add(System.getProperty("java.class.path"));
        whole.add(main.getName());
        whole.addAll(arguments);
        return ChildProcess.run(new ProcessBuilder(whole), heapBytes, progress);
    }
}
