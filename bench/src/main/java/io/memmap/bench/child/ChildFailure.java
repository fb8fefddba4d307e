package io.memmap.bench.child;

import io.memmap.bench.text.Bytes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The reason why a contender's JVM failed, in words that follow the contender's name. */
public record ChildFailure(String reason) {
    /** The exit code of a JVM with ExitOnOutOfMemoryError whose Java heap is full. */
    private static final int OUT_OF_JAVA_HEAP = 3;

    /** The exit code of a process that the kernel killed: 128 plus SIGKILL. */
    private static final int KILLED = 137;

    /**
     * Returns the reason for a failure; empty if the exit code is 0 and no failure was reported.
     */
    static Optional<ChildFailure> of(int exitCode, @Nullable String reported, List<String> otherLines, long heapBytes) {
        if (exitCode == 0 && reported == null) {
            return Optional.empty();
        }
        if (exitCode == OUT_OF_JAVA_HEAP || contains(otherLines, "java.lang.OutOfMemoryError")) {
            return Optional.of(new ChildFailure("ran out of memory: its Java heap of " + Bytes.format(heapBytes)
                    + " is full (--heap gives it more)"));
        }
        if (contains(otherLines, "Could not reserve enough space") || contains(otherLines, "insufficient memory")) {
            return Optional.of(new ChildFailure("could not reserve its memory: the machine has too little"));
        }
        if (reported != null) {
            return Optional.of(new ChildFailure("failed: " + reported));
        }
        if (exitCode == KILLED) {
            return Optional.of(new ChildFailure("was killed, which the system does when memory runs out"));
        }
        String last = otherLines.isEmpty() ? "" : ": " + firstTelling(otherLines);
        return Optional.of(new ChildFailure("failed with exit code " + exitCode + last));
    }

    private static boolean contains(List<String> lines, String text) {
        return lines.stream().anyMatch(line -> line.contains(text));
    }

    /**
     * Returns the first complaint of the JVM, which says more than the messages that follow from
     * it.
     */
    private static String firstTelling(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.isBlank() && !line.startsWith("Picked up") && !line.startsWith("Error occurred"))
                .findFirst()
                .orElse(lines.getFirst());
    }
}
