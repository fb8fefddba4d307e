package io.memmap.bench.result;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import io.memmap.bench.console.BenchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What the runs of a report gave so far, a line of JSON each, in a file that only grows: what has ended is kept when the
 * program is interrupted. A last line that was cut short is dropped.
 */
public final class Journal {
    private final Gson gson = new Gson();
    private final Path file;
    private final List<Measured> runs = new ArrayList<>();

    /** Reads what is there; throws a BenchException if a line but the last is none of a journal. */
    public Journal(Path file) {
        this.file = file;
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            for (int i = 0; i < lines.size(); i++) {
                try {
                    runs.add(gson.fromJson(lines.get(i), Measured.class));
                } catch (JsonParseException broken) {
                    if (i < lines.size() - 1) {
                        throw new BenchException(file + ", line " + (i + 1) + ", is none of a journal of results");
                    }
                    Files.writeString(file, String.join("\n", lines.subList(0, i)) + (i == 0 ? "" : "\n"));
                }
            }
        } catch (IOException failed) {
            throw new BenchException("cannot read " + file, failed);
        }
    }

    public void add(Measured run) {
        try {
            Files.writeString(
                    file,
                    gson.toJson(run) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException failed) {
            throw new BenchException("cannot write " + file, failed);
        }
        runs.add(run);
    }

    /** All runs in the order in which they ended. */
    public List<Measured> runs() {
        return List.copyOf(runs);
    }

    /** The seconds that all runs took. */
    public double seconds() {
        return runs.stream().mapToDouble(Measured::seconds).sum();
    }

    /** The mean seconds of a step's runs; 0 if none has ended. */
    public double secondsOf(String step) {
        return runs.stream()
                .filter(run -> run.step().equals(step))
                .mapToDouble(Measured::seconds)
                .average()
                .orElse(0);
    }

    /** How often a step has ended. */
    public int runsOf(String step) {
        return (int) runs.stream().filter(run -> run.step().equals(step)).count();
    }
}
