package io.memmap.bench.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file that a command writes its results to if the user asked for one: null if not. */
public final class OutputFile {
    private OutputFile() {}

    /** Throws the line for the user, before anything is measured, if the file can not be written. */
    public static void check(@Nullable Path file) {
        if (file == null) {
            return;
        }
        Path directory = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || directory == null || !Files.isDirectory(directory)) {
            throw new BenchException("cannot write " + file + ": no such directory, or it is one");
        }
        if (!Files.isWritable(Files.exists(file) ? file : directory)) {
            throw new BenchException("cannot write " + file + ": not permitted");
        }
    }

    /** Makes a directory, and those that it is in, where they are not there. */
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
