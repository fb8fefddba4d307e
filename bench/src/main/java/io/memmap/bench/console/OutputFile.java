package io.memmap.bench.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes the files that a user asked for. A file is null if the user did not ask for it. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Throws a BenchException if the file cannot be written. Commands call this before they
     * measure.
     */
    public static void check(@Nullable Path file) {
        if (file == null) {
            return;
        }
        Path directory = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || directory == null || !Files.isDirectory(directory)) {
            throw new BenchException("cannot write " + file + ": it is a directory, or its directory does not exist");
        }
        if (!Files.isWritable(Files.exists(file) ? file : directory)) {
            throw new BenchException("cannot write " + file + ": access is not permitted");
        }
    }

    /** Makes a directory and its missing parents. */
    public static void makeDirectory(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException failed) {
            throw new BenchException("cannot make the directory " + directory, failed);
        }
    }

    public static void write(@Nullable Path file, String text) {
        if (file == null) {
            return;
        }
        try {
            Files.writeString(file, text);
        } catch (IOException failed) {
            throw new BenchException("cannot write " + file, failed);
        }
    }
}
