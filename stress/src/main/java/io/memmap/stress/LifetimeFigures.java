package io.memmap.stress;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What the rounds of one JVM came to.
 *
 * @param wrong wrong values and exceptions that have no place
 * @param undetected exceptions that misuse of plain maps has met instead of the one that detects it: no promise, but worth
 *     knowing
 * @param leakedBytes bytes in use of heaps in which all was freed
 * @param residentBefore the process's resident bytes when it had warmed up
 * @param residentAfter those at the end
 */
record LifetimeFigures(
        long rounds, long wrong, long undetected, long leakedBytes, long residentBefore, long residentAfter) {
    private static final String MARK = "@figures ";
    /** What the JVM may take for itself in the course of a run. */
    private static final long SLACK_BYTES = 48L << 20;

    String line() {
        return LongStream.of(rounds, wrong, undetected, leakedBytes, residentBefore, residentAfter)
                .mapToObj(Long::toString)
                .collect(Collectors.joining(" ", MARK, ""));
    }

    /** Returns the figures that a line has, if it is one of {@link #line}. */
    static Optional<LifetimeFigures> parse(String line) {
        if (!line.startsWith(MARK)) {
            return Optional.empty();
        }
        long[] numbers = Stream.of(line.substring(MARK.length()).split(" ", -1))
                .mapToLong(Long::parseLong)
                .toArray();
        return Optional.of(new LifetimeFigures(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]));
    }

    /** Returns whether the process has kept its size. */
    boolean isFlat() {
        return residentAfter - residentBefore <= SLACK_BYTES;
    }

    boolean isGood() {
        return rounds > 0 && wrong == 0 && leakedBytes == 0 && isFlat();
    }
}
