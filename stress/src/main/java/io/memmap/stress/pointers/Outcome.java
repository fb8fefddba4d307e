package io.memmap.stress.pointers;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** The outcome of a misuse. */
record Outcome(Kind kind, String text) {
    /** The kinds of outcome, from good to bad. */
    enum Kind {
        /** The answer is right. */
        VALUE("value"),
        /** The misuse was refused. */
        EXCEPTION("exception"),
        /** The answer is wrong, and there was no error. */
        GARBAGE("silent garbage"),
        /** The JVM crashed, or hung. */
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

    /**
     * Returns the outcome of an exception; of an ExecutionException, that of its cause in the other
     * thread.
     */
    static Outcome exception(Throwable thrown) {
        Throwable cause = thrown.getCause();
        Throwable shown = thrown instanceof ExecutionException && cause != null ? cause : thrown;
        String message = String.valueOf(shown.getMessage()).lines().findFirst().orElse("");
        return new Outcome(Kind.EXCEPTION, shown.getClass().getSimpleName() + ": " + message);
    }

    static Outcome garbage(String text) {
        return new Outcome(Kind.GARBAGE, text);
    }

    /** Returns whether a misuse of memmap may have this outcome. */
    boolean isSafe() {
        return kind == Kind.VALUE || kind == Kind.EXCEPTION;
    }

    /** Returns the line with which a child reports the outcome. */
    String line() {
        return MARK + kind + " " + text;
    }

    /**
     * Returns the outcome of a child process that has ended.
     *
     * @param exitCode its exit code; 128 plus the signal if a signal ended it
     * @param lines the lines that it printed
     * @param signal the signal that the JVM's crash report names, if there is one; if not, the text
     *     quotes the first line
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
