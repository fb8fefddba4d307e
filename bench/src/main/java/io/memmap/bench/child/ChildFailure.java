package io.memmap.bench.child;

import io.memmap.bench.text.Bytes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a contender's JVM failed, in words that go behind the contender's name. */
public record ChildFailure(String reason) {
    /** The JVM's exit code with ExitOnOutOfMemoryError. */
    private static final int OUT_OF_JAVA_HEAP = 3;

    /** 128 and SIGKILL, which the kernel sends when memory runs out. */
    private static final int KILLED = 137;

    /** Reads the signs: none if the exit code is 0 and nothing was reported. */
    static Optional<ChildFailure> of(int exitCode, @Nullable String reported, List<String> otherLines, long heapBytes) {
        if (exitCode == 0 && reported == null) {
            return Optional.empty();
        }
        if (exitCode == OUT_OF_JAVA_HEAP || contains(otherLines, "java.lang.OutOfMemoryError")) {
            return Optional.of(new ChildFailure("ran out of memory: its Java heap of " + Bytes.format(heapBytes)
                    + " is full (--heap gives it more)"));
        }
        if (contains(otherLines, "Could not reserve enough space") || contains(otherLines, "insufficient memory")) {
            return Optional.of(new ChildFailure("did not get its memory from the machine"));
        }
        if (reported != null) {
            return Optional.of(new ChildFailure("failed: " + reported));
        }
        if (exitCode == KILLED) {
            return Optional.of(new ChildFailure("was killed, as the system does when memory runs out"));
        }
        String last = otherLines.isEmpty() ? "" : ": " + firstTelling(otherLines);
        return Optional.of(new ChildFailure("failed with exit code " + exitCode + last));
    }

    private static boolean contains(List<String> lines, String text) {
        return lines.stream().anyMatch(line -> line.contains(text));
    }

    /** The JVM's first complaint says more than what follows from it. */
    private static String firstTelling(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.isBlank() && !line.startsWith("Picked up") && !line.startsWith("Error occurred"))
                .findFirst()
                .orElse(lines.getFirst());
    }
}
