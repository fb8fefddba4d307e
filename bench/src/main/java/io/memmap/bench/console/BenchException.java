package io.memmap.bench.console;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** A failure that the user can read: its message is one line without a stack trace. */
public class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String line;

    public BenchException(String line) {
        super(line);
        this.line = line;
    }

    /**
     * Makes a failure of an operation on a file.
     *
     * @param what the operation that failed
     * @param why the cause
     */
    public BenchException(String what, IOException why) {
        this(what + ": " + reason(why));
    }

    /**
     * Returns the reason in words. The message of some of these exceptions is only the name of a
     * file.
     */
    private static String reason(IOException why) {
        return switch (why) {
            case NoSuchFileException absent -> "no such file or directory";
            case FileAlreadyExistsException file -> "it is a file and not a directory";
            case AccessDeniedException denied -> "access is not permitted";
            case CharacterCodingException binary -> "it is not a text file";
            default -> String.valueOf(why.getMessage());
        };
    }

    public final String line() {
        return line;
    }
}
