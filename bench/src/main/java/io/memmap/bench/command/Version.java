package io.memmap.bench.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The version of this build. */
public final class Version {
    private Version() {}

    /** Returns the line that {@code --version} prints: this build and the JVM that it runs on. */
    public static String line() {
        try (InputStream in = Version.class.getResourceAsStream("version.txt")) {
            String version =
                    new String(Objects.requireNonNull(in, "version.txt").readAllBytes(), StandardCharsets.UTF_8);
            return "bench/run " + version.strip() + ", Java " + Runtime.version();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
