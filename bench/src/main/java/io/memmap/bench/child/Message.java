package io.memmap.bench.child;

import java.util.Optional;

/**
 * A message from a contender's process to the launcher: one line of standard output, marked by its
 * first character. All other lines come from elsewhere, for example a warning of the JVM or a stack
 * trace. They are shown only if the process fails.
 *
 * <pre>{@code
 * @progress DONE TOTAL ENTRIES
 * @figure NAME VALUE
 * @point CURVE X Y
 * @failure TEXT
 * }</pre>
 */
public sealed interface Message {
    String PROGRESS = "@progress";
    String FIGURE = "@figure";
    String POINT = "@point";
    String FAILURE = "@failure";

    /** Returns the line. */
    String line();

    /** The progress of the measured loop. */
    record Progress(long done, long total, long entries) implements Message {
        @Override
        public String line() {
            return PROGRESS + " " + done + " " + total + " " + entries;
        }
    }

    /** One result. */
    record Figure(String name, long value) implements Message {
        @Override
        public String line() {
            return FIGURE + " " + name + " " + value;
        }
    }

    /** One point of a curve. */
    record Point(String curve, long x, long y) implements Message {
        @Override
        public String line() {
            return POINT + " " + curve + " " + x + " " + y;
        }
    }

    /** The contender failed. Figures that it sent before stay valid. */
    record Failure(String text) implements Message {
        @Override
        public String line() {
            return FAILURE + " " + text.lines().findFirst().orElse("");
        }
    }

    /** Parses a line; returns empty if the line is not a message. */
    static Optional<Message> parse(String line) {
        String[] words = line.split(" ", -1);
        try {
            if (words[0].equals(PROGRESS) && words.length == 4) {
                return Optional.of(new Progress(number(words[1]), number(words[2]), number(words[3])));
            }
            if (words[0].equals(FIGURE) && words.length == 3) {
                return Optional.of(new Figure(words[1], number(words[2])));
            }
            if (words[0].equals(POINT) && words.length == 4) {
                return Optional.of(new Point(words[1], number(words[2]), number(words[3])));
            }
            if (words[0].equals(FAILURE)) {
                return Optional.of(new Failure(line.substring(FAILURE.length()).strip()));
            }
            return Optional.empty();
        } catch (NumberFormatException notOurs) {
            return Optional.empty();
        }
    }

    private static long number(String word) {
        return Long.parseLong(word);
    }
}
