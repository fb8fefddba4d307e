package io.memmap.bench.result;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Where results of full runs are kept: a file of JSON for each, named by when it began. */
public final class Results {
    /** What the launcher script says of where the project is. */
    private static final String ROOT = "memmap.root";

    private Results() {}

    /** The project's directory: where it is run from, if the launcher does not say. */
    public static Path root() {
        return Path.of(System.getProperty(ROOT, ""));
    }

    public static Path directory() {
        return root().resolve("bench").resolve("results");
    }

    /** The file in which the result of a run that began then is kept: a second one of a day has the time in its name, too. */
    public static Path fileIn(Path directory, String start) {
        Path file = directory.resolve(start.substring(0, "2026-01-01".length()) + ".json");
        return !Files.exists(file) || ResultFile.read(file).date().equals(start)
                ? file
                : directory.resolve(
                        start.substring(0, "2026-01-01T00:00".length()).replace(":", "") + ".json");
    }

    /** The file of the latest result that is kept. */
    public static Optional<Path> latest() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(), "*.json")) {
            return StreamSupport.stream(files.spliterator(), false)
                    .max(Comparator.comparing(file -> file.toAbsolutePath().toString()));
        } catch (IOException absent) {
            return Optional.empty();
        }
    }
}
