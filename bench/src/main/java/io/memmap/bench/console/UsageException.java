package io.memmap.bench.console;

/** Arguments that are wrong by themselves, whatever the files and the machine are; the exit code says so. */
public final class UsageException extends BenchException {
    private static final long serialVersionUID = 1L;

    public UsageException(String line) {
        super(line);
    }
}
