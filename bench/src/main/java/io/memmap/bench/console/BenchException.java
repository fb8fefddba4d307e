package io.memmap.bench.console;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** A failure that the user is told in the one line of its message. */
public class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String line;

    public BenchException(String line) {
        super(line);
        this.line = line;
    }

    /** What could not be done with a file, and why. */
    public BenchException(String what, IOException why) {
        this(what + ": " + reason(why));
    }

    /** The messages of some of these are a file's name only. */
    private static String reason(IOException why) {
        return switch (why) {
            case NoSuchFileException absent -> "no such file or directory";
            case FileAlreadyExistsException file -> "it is a file";
            case AccessDeniedException denied -> "not permitted";
            case CharacterCodingException binary -> "it is no text";
            default -> String.valueOf(why.getMessage());
        };
    }

    public final String line() {
        return line;
    }
}
