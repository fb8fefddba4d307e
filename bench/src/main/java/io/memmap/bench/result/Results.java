package io.memmap.bench.result;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** The directory of kept results: one JSON file for each full run, named by its start. */
public final class Results {
    /** The system property by which the launcher script passes the directory of the project. */
    private static final String ROOT = "memmap.root";

    private Results() {}

    /**
     * Returns the directory of the project: the current directory, if the launcher does not pass
     * it.
     */
    public static Path root() {
        return Path.of(System.getProperty(ROOT, ""));
    }

    public static Path directory() {
        return root().resolve("bench").resolve("results");
    }

    /**
     * Returns the file for the result of a run with this start. The second result of a day also has
     * the time in its name.
     */
    public static Path fileIn(Path directory, String start) {
        Path file = directory.resolve(start.substring(0, "2026-01-01".length()) + ".json");
        return !Files.exists(file) || ResultFile.read(file).date().equals(start)
                ? file
                : directory.resolve(
                        start.substring(0, "2026-01-01T00:00".length()).replace(":", "") + ".json");
    }

    /** Returns the file of the latest kept result. */
    public static Optional<Path> latest() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(), "*.json")) {
            return StreamSupport.stream(files.spliterator(), false)
                    .max(Comparator.comparing(file -> file.toAbsolutePath().toString()));
        } catch (IOException absent) {
            return Optional.empty();
        }
    }
}
