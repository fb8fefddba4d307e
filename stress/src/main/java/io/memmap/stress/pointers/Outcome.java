package io.memmap.stress.pointers;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** What came of a misuse. */
record Outcome(Kind kind, String text) {
    /** From good to bad. */
    enum Kind {
        /** The answer is right. */
        VALUE("value"),
        /** The misuse was refused. */
        EXCEPTION("exception"),
        /** The answer is wrong, and nothing says so. */
        GARBAGE("silent garbage"),
        /** The JVM has ended, or does not end. */
        DEATH("death");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private static final String MARK = "@outcome ";

    static Outcome value(long value) {
        return new Outcome(Kind.VALUE, Long.toString(value));
    }

    /** An exception, or what another thread has thrown. */
    static Outcome exception(Throwable thrown) {
        Throwable cause = thrown.getCause();
        Throwable shown = thrown instanceof ExecutionException && cause != null ? cause : thrown;
        String message = String.valueOf(shown.getMessage()).lines().findFirst().orElse("");
        return new Outcome(Kind.EXCEPTION, shown.getClass().getSimpleName() + ": " + message);
    }

    static Outcome garbage(String text) {
        return new Outcome(Kind.GARBAGE, text);
    }

    /** Returns whether a misuse of memmap may have it. */
    boolean isSafe() {
        return kind == Kind.VALUE || kind == Kind.EXCEPTION;
    }

    /** The line by which a child tells it. */
    String line() {
        return MARK + kind + " " + text;
    }

    /**
     * Judges a child that has ended.
     *
     * @param exitCode of a process that a signal has ended, 128 and the signal
     * @param lines what it printed
     * @param signal what the JVM's report names, if it has written one; without it the first line is quoted
     */
    static Outcome of(int exitCode, List<String> lines, Optional<String> signal) {
        List<Outcome> told = lines.stream()
                .filter(line -> line.startsWith(MARK))
                .map(line -> line.substring(MARK.length()).split(" ", 2))
                .map(words -> new Outcome(Kind.valueOf(words[0]), words[1]))
                .toList();
        if (exitCode == 0 && told.size() == 1) {
            return told.getFirst();
        }
        String text = "exit code " + exitCode
                + (exitCode > 128 ? ", signal " + (exitCode - 128) : "")
                + signal.map(found -> ", " + found)
                        .orElseGet(() -> lines.stream()
                                .findFirst()
                                .map(line -> ": " + line)
                                .orElse(""));
        return new Outcome(Kind.DEATH, text);
    }
}
