package io.memmap.bench.result;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.memmap.bench.console.BenchException;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All results of a report, as a file keeps them: the machine, the date, the command, every figure
 * with the values of all its runs, and the curves of its first run.
 *
 * @param format the version of the format: 1
 * @param date the start, in UTC
 * @param commit the {@link Commit} that was measured
 * @param load the load average of the machine at the start
 * @param jvm the options of all JVMs
 * @param leftOut what was not measured, with the reason
 */
public record ResultFile(
        int format,
        String date,
        MachineDescription machine,
        String commit,
        double load,
        String command,
        String jvm,
        List<Figure> figures,
        List<Curve> curves,
        List<String> leftOut,
        List<String> failures) {
    private static final int FORMAT = 1;

    /** The part of figures about the machine itself. */
    static final String NOISE = "noise";

    /**
     * The clock part of the {@link Noise} before each run. Its curve is over the seconds of all
     * runs before.
     */
    public static final Subject CLOCK = noise("clock");

    public static final Subject GAP = noise("gap");

    /** Makes a result. The commit is null in files from before results named it. */
    public ResultFile {
        commit = Commit.orNotRecorded(commit);
    }

    private static Subject noise(String figure) {
        return new Subject(NOISE, "before each run", FigureNames.NO_OP_LOOP, 0, "", figure, "ns");
    }

    /** A figure and the values of its runs. */
    public record Figure(Subject subject, String command, List<Double> values) {
        public Samples samples() {
            Samples samples = new Samples();
            values.forEach(samples::add);
            return samples;
        }
    }

    /** The start of a report. */
    public record Start(
            String date, MachineDescription machine, String commit, double load, String command, String jvm) {
        public Start {
            commit = Commit.orNotRecorded(commit);
        }

        /** Returns the start of a report that begins now. */
        public static Start now(String command, String jvm) {
            return new Start(
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                    MachineDescription.here(),
                    Commit.here(),
                    MachineDescription.load(),
                    command,
                    jvm);
        }
    }

    public static ResultFile of(Start start, List<Measured> runs, List<String> leftOut, List<String> failures) {
        Map<Subject, List<Double>> values = new LinkedHashMap<>();
        Map<Subject, String> commands = new LinkedHashMap<>();
        Map<Subject, Curve> curves = new LinkedHashMap<>();
        List<Double> at = new ArrayList<>();
        double seconds = 0;
        for (Measured run : runs) {
            for (Measured.Value value : run.values()) {
                add(values, value.subject(), value.value());
                commands.putIfAbsent(value.subject(), run.command());
            }
            Noise noise = run.noise();
            if (noise != null) {
                add(values, CLOCK, noise.clock());
                add(values, GAP, noise.gap());
                at.add(seconds);
            }
            seconds += run.seconds();
            run.curves().forEach(curve -> curves.putIfAbsent(curve.subject(), curve));
        }
        for (Subject noise : List.of(CLOCK, GAP)) {
            if (!at.isEmpty()) {
                curves.put(noise, new Curve(noise, at, values.getOrDefault(noise, List.of())));
            }
        }
        List<Figure> figures = new ArrayList<>();
        values.forEach((subject, all) -> figures.add(new Figure(subject, commands.getOrDefault(subject, ""), all)));
        return new ResultFile(
                FORMAT,
                start.date(),
                start.machine(),
                start.commit(),
                start.load(),
                start.command(),
                start.jvm(),
                figures,
                List.copyOf(curves.values()),
                leftOut,
                failures);
    }

    private static void add(Map<Subject, List<Double>> values, Subject subject, double value) {
        values.computeIfAbsent(subject, absent -> new ArrayList<>()).add(value);
    }

    /** Reads a file. Throws a BenchException if it is not a result. */
    public static ResultFile read(Path file) {
        try {
            ResultFile read = new Gson().fromJson(Files.readString(file), ResultFile.class);
            if (read == null || read.format() != FORMAT) {
                throw new BenchException(file + " is not a result of bench/run report: its format is "
                        + (read == null ? "none" : read.format()) + ", not " + FORMAT);
            }
            lackingOf("result", read).ifPresent(name -> {
                throw new BenchException(file + " is not a result of bench/run report: it has no " + name);
            });
            read.fault().ifPresent(fault -> {
                throw new BenchException(file + " is not a result of bench/run report: " + fault);
            });
            return read;
        } catch (IOException failed) {
            throw new BenchException("cannot read " + file, failed);
        } catch (JsonParseException wrong) {
            throw new BenchException(
                    file + " is not a result of bench/run report: its JSON is broken or has another form");
        }
    }

    /** Returns what contradicts itself in this result. */
    private Optional<String> fault() {
        try {
            Instant.parse(date);
        } catch (DateTimeException wrong) {
            return Optional.of("its date is " + date);
        }
        if (figures.stream().anyMatch(figure -> figure.values().isEmpty())) {
            return Optional.of("a figure has no value");
        }
        return curves.stream()
                .filter(curve -> curve.x().size() != curve.y().size())
                .findFirst()
                .map(curve -> "a curve has " + curve.x().size() + " values of x and "
                        + curve.y().size() + " of y");
    }

    /** Returns the name of the first part that is missing. Gson leaves missing parts null. */
    private static Optional<String> lackingOf(String name, @Nullable Object part) {
        return switch (part) {
            case null -> Optional.of(name);
            case List<?> list ->
                list.stream()
                        .flatMap(each -> lackingOf("value in " + name, each).stream())
                        .findFirst();
            case Record parts ->
                Arrays.stream(parts.getClass().getRecordComponents())
                        .flatMap(each -> lackingOf(each.getName(), valueOf(each, parts)).stream())
                        .findFirst();
            default -> Optional.empty();
        };
    }

    private static @Nullable Object valueOf(RecordComponent component, Record of) {
        try {
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public String toJson() {
        return new GsonBuilder().disableHtmlEscaping().create().toJson(this).replace("},{", "},\n{") + "\n";
    }

    public Optional<Figure> figure(Subject subject) {
        return figures.stream()
                .filter(figure -> figure.subject().equals(subject))
                .findFirst();
    }

    public List<Figure> figures(Predicate<Subject> which) {
        return figures.stream().filter(figure -> which.test(figure.subject())).toList();
    }
}
