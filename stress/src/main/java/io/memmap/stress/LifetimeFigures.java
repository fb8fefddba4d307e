package io.memmap.stress;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The results of all rounds of one JVM.
 *
 * @param wrong the number of wrong values and unexpected exceptions
 * @param undetected exceptions that misuse of plain maps caused instead of the one that detects it.
 *     Memmap does not promise to detect it, so this is for information
 * @param leakedBytes bytes in use in heaps where everything was freed
 * @param residentBefore the process's resident bytes after the warm-up
 * @param residentAfter the process's resident bytes at the end
 */
record LifetimeFigures(
        long rounds, long wrong, long undetected, long leakedBytes, long residentBefore, long residentAfter) {
    private static final String MARK = "@figures ";
    /** The number of bytes by which the JVM itself may grow during a run. */
    private static final long SLACK_BYTES = 48L << 20;

    String line() {
        return LongStream.of(rounds, wrong, undetected, leakedBytes, residentBefore, residentAfter)
                .mapToObj(Long::toString)
                .collect(Collectors.joining(" ", MARK, ""));
    }

    /** Returns the figures of a line, if {@link #line} made it. */
    static Optional<LifetimeFigures> parse(String line) {
        if (!line.startsWith(MARK)) {
            return Optional.empty();
        }
        long[] numbers = Stream.of(line.substring(MARK.length()).split(" ", -1))
                .mapToLong(Long::parseLong)
                .toArray();
        return Optional.of(new LifetimeFigures(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]));
    }

    /** Returns whether the process has not grown. */
    boolean isFlat() {
        return residentAfter - residentBefore <= SLACK_BYTES;
    }

    boolean isGood() {
        return rounds > 0 && wrong == 0 && leakedBytes == 0 && isFlat();
    }
}
