package io.memmap.bench.command;

import io.memmap.bench.job.NativeContenders;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The option for the versions of Go that are measured. */
final class GoOption {
    @Option(
            names = "--go",
            paramLabel = "GO",
            split = ",",
            description =
                    "Also measure the maps of these: go programs or their installation directories. Go is found by"
                        + " itself on the PATH and in /usr/lib, /usr/local and ~/sdk. Each version is measured once.")
    private List<Path> goes = List.of();

    /** Builds the contenders of other languages. */
    NativeContenders build(Consumer<String> progress) {
        return NativeContenders.build(goes, progress);
    }
}
