package io.memmap.bench;

/** A failure that the user is told in the one line of its message. */
final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String line;

    BenchException(String line) {
        super(line);
        this.line = line;
    }

    String line() {
        return line;
    }
}
