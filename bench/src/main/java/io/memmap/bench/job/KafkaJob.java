package io.memmap.bench.job;

import io.memmap.bench.child.Figures;
import io.memmap.bench.child.GcLog;
import io.memmap.bench.child.KafkaChild;
import io.memmap.bench.child.KafkaChild.KafkaMetric;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.KafkaContender;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Runs {@link KafkaChild} and names its figures. */
public final class KafkaJob {
    /** The part of the subjects of the figures. */
    public static final String PART = "kafka";

    private static final int OPERATIONS = 50_000;

    private KafkaJob() {}

    /** Measures the stores of one contender in a new JVM. Its files are deleted at the end. */
    public static void run(Measured measured, JvmSettings jvm, KafkaContender contender, int size) {
        try {
            Path directory = Files.createTempDirectory("bench");
            try {
                Path log = directory.resolve("gc.log");
                List<String> arguments = List.of(
                        contender.name(),
                        Integer.toString(size),
                        Integer.toString(Math.min(OPERATIONS, size)),
                        directory.toString(),
                        log.toString());
                name(
                        measured,
                        jvm.newJvm(jvm.gc())
                                .option(GcLog.option(log.toString()))
                                .option(JvmArguments.NO_LOG)
                                .run(KafkaChild.class, arguments, progress -> {})
                                .figuresOf(contender.title()),
                        contender,
                        size,
                        Bytes.format(jvm.heapBytes()) + " of Java heap");
            } finally {
                delete(directory);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void name(Measured measured, Figures figures, KafkaContender contender, int size, String variant) {
        for (KafkaMetric metric : KafkaMetric.values()) {
            measured.add(
                    new Subject(PART, metric.title(), contender.title(), size, variant, metric.title(), metric.unit()),
                    figures.number(metric.name()));
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
