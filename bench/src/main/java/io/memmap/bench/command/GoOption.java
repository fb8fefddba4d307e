package io.memmap.bench.command;

import io.memmap.bench.job.NativeContenders;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Which Go's are measured. */
final class GoOption {
    @Option(
            names = "--go",
            paramLabel = "GO",
            split = ",",
            description = "Also measure the map of these: go programs, or the directories that they are installed in."
                    + " Those on the PATH, in /usr/lib, /usr/local and ~/sdk are found; each version is measured once.")
    private List<Path> goes = List.of();

    /** Builds the contenders of other languages. */
    NativeContenders build(Consumer<String> progress) {
        return NativeContenders.build(goes, progress);
    }
}
