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
 * The runs of a report so far, one line of JSON each. The file only grows, so that an interrupted
 * program keeps what has ended. A last line that is incomplete is dropped.
 */
public final class Journal {
    private final Gson gson = new Gson();
    private final Path file;
    private final List<Measured> runs = new ArrayList<>();

    /** Reads the journal. Throws a BenchException if a line other than the last is not valid. */
    public Journal(Path file) {
        this.file = file;
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            for (int i = 0; i < lines.size(); i++) {
                try {
                    runs.add(gson.fromJson(lines.get(i), Measured.class));
                } catch (JsonParseException broken) {
                    if (i < lines.size() - 1) {
                        throw new BenchException(file + ", line " + (i + 1) + ", is not a valid line of a journal");
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

    /** Returns all runs in the order in which they ended. */
    public List<Measured> runs() {
        return List.copyOf(runs);
    }

    /** Returns the seconds that all runs took. */
    public double seconds() {
        return runs.stream().mapToDouble(Measured::seconds).sum();
    }

    /** Returns the mean seconds of the runs of a step; 0 if none has ended. */
    public double secondsOf(String step) {
        return runs.stream()
                .filter(run -> run.step().equals(step))
                .mapToDouble(Measured::seconds)
                .average()
                .orElse(0);
    }

    /** Returns how many runs of a step have ended. */
    public int runsOf(String step) {
        return (int) runs.stream().filter(run -> run.step().equals(step)).count();
    }
}
