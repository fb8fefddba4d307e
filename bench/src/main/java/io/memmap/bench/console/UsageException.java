package io.memmap.bench.console;

/**
 * The failure of arguments that are wrong by themselves, independent of files and of the machine.
 * It has an exit code of its own.
 */
public final class UsageException extends BenchException {
    private static final long serialVersionUID = 1L;

    public UsageException(String line) {
        super(line);
    }
}
