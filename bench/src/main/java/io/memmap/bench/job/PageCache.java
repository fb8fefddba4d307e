package io.memmap.bench.job;

import io.memmap.bench.console.BenchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** The kernel's pages of a file, by the programs {@code dd} and {@code fincore}. */
final class PageCache {
    private PageCache() {}

    /** Writes the file to the disk, and asks the kernel to drop its pages. */
    static void drop(Path file) {
        output(List.of("sync", file.toString()));
        output(List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"));
    }

    /** Returns the bytes of the file that are in memory; empty if that cannot be found out. */
    static OptionalLong bytes(Path file) {
        String text = output(List.of("fincore", "--bytes", "--noheadings", "--output", "RES", file.toString()));
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException unknown) {
            return OptionalLong.empty();
        }
    }

    /** Returns what a program prints; nothing if it fails or does not exist. */
    private static String output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? text : "";
        } catch (IOException absent) {
            return "";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }
}
