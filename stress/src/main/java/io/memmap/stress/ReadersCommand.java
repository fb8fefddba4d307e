package io.memmap.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads the maps of a file in processes of their own, while another process writes them and is killed. */
@Command(
        name = "readers",
        mixinStandardHelpOptions = true,
        description =
                "Processes read the maps of a file while another process writes to them, so that the maps grow and"
                    + " shrink. The writing process is killed again and again, and has a successor. Each value says to"
                    + " which key it belongs; a value of another key is an error.")
final class ReadersCommand implements Callable<Integer> {
    private static final int MOST_READERS = 64;
    private static final int MOST_COMPLAINTS = 5;
    private static final long LONGEST_LIFE_MILLIS = 4000;
    private static final List<String> JVM =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:ErrorFile=hs_err_%p.log", "-XX:-CreateCoredumpOnCrash");

    private final Complaints complaints = new Complaints();
    private final ConcurrentLinkedQueue<Process> running = new ConcurrentLinkedQueue<>();

    @Mixin
    private Seconds seconds;

    @Option(
            names = "--readers",
            paramLabel = "N",
            description = "Number of processes that read, from 1 to " + MOST_READERS + ". Default: ${DEFAULT-VALUE}.",
            defaultValue = "1")
    private int readers;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Directory for the file. Default: /dev/shm if there is one, or else the directory for"
                    + " temporary files.")
    private @Nullable Path directory;

    @Spec
    private CommandSpec spec;

    /** A process that reads, and what it has counted so far. */
    private static final class Reader {
        private final Process process;
        private volatile long[] counts = new long[7];
        private final Thread listener;

        Reader(Process process, Complaints complaints) {
            this.process = process;
            listener = Thread.ofPlatform().daemon().start(() -> {
                try (BufferedReader lines = process.inputReader()) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.startsWith(ReadersChild.COUNTS)) {
                            counts = Stream.of(line.substring(ReadersChild.COUNTS.length())
                                            .split(" ", -1))
                                    .mapToLong(Long::parseLong)
                                    .toArray();
                        } else {
                            complaints.add("a process that reads: " + line);
                        }
                    }
                } catch (IOException ended) {
                    // the command has killed it
                }
            });
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (readers < 1 || readers > MOST_READERS) {
            throw new ParameterException(spec.commandLine(), "--readers must be 1.." + MOST_READERS + ": " + readers);
        }
        long end = seconds.fromNow();
        PrintWriter out = spec.commandLine().getOut();
        Path work = Files.createTempDirectory(place(), "memmap-readers");
        Progress progress = new Progress(spec.commandLine().getErr());
        Thread hook = new Thread(this::endAll);
        Runtime.getRuntime().addShutdownHook(hook);
        List<Reader> reading = new ArrayList<>();
        long kills = 0;
        try {
            do {
                Process writer = startWriter(work);
                while (reading.size() < readers) {
                    reading.add(new Reader(start(work, "read"), complaints));
                }
                long life = TimeUnit.MILLISECONDS.toNanos(
                        ThreadLocalRandom.current().nextLong(LONGEST_LIFE_MILLIS / 4, LONGEST_LIFE_MILLIS));
                long death = System.nanoTime() + life;
                while ((System.nanoTime() - death < 0 || !haveRead(reading))
                        && complaints.count() == 0
                        && writer.isAlive()) {
                    TimeUnit.MILLISECONDS.sleep(100);
                    progress.show(String.format(
                            "%,d reads, %d writers killed, %d s left", sum(reading, 0), kills, seconds.until(end)));
                    requireAlive(reading);
                }
                if (!writer.isAlive()) {
                    complaints.add("the process that writes has ended with exit code " + writer.exitValue());
                }
                writer.destroyForcibly().waitFor();
                running.remove(writer);
                kills++;
                TimeUnit.MILLISECONDS.sleep(50); // readers meet the file without a writer
            } while (System.nanoTime() - end < 0 && complaints.count() == 0);
        } finally {
            endAll();
            Runtime.getRuntime().removeShutdownHook(hook);
            progress.end();
        }
        for (Reader reader : reading) {
            reader.listener.join();
        }
        out.printf("%-44s %,16d%n", "reads", sum(reading, 0));
        out.printf("%-44s %,16d%n", "reads that found a value", sum(reading, 1));
        out.printf("%-44s %,16d%n", "entries of walks", sum(reading, 2));
        out.printf("%-44s %,16d%n", "killed writers", kills);
        out.printf("%-44s %,16d%n", "reads that reported a dead writer", sum(reading, 3));
        out.printf("%-44s %,16d%n", "first reports of a death", sum(reading, 4));
        out.printf(
                "%-44s %,16d%n", "first reports after more than " + ReadersChild.SLOW_MILLIS + " ms", sum(reading, 5));
        out.printf(
                "%-44s %,13d us%n",
                "the slowest report",
                reading.stream().mapToLong(reader -> reader.counts[6]).max().orElse(0));
        out.printf("%-44s %,16d%n", "errors", complaints.count());
        if (complaints.count() == 0) {
            delete(work);
            return 0;
        }
        complaints.first().forEach(complaint -> spec.commandLine().getErr().println("stress/run: " + complaint));
        spec.commandLine().getErr().println("stress/run: the file is in " + work);
        return 1;
    }

    /** Returns whether each process has read something. */
    private static boolean haveRead(List<Reader> reading) {
        return reading.stream().allMatch(reader -> reader.counts[0] > 0);
    }

    private void requireAlive(List<Reader> reading) {
        for (Reader reader : reading) {
            if (!reader.process.isAlive() && complaints.count() < MOST_COMPLAINTS) {
                complaints.add("a process that reads has ended with exit code " + reader.process.exitValue());
            }
        }
    }

    private static long sum(List<Reader> reading, int count) {
        return reading.stream().mapToLong(reader -> reader.counts[count]).sum();
    }

    /** Starts the process that writes, and waits until it has written something. */
    private Process startWriter(Path work) throws IOException, InterruptedException {
        Process writer = start(work, "write");
        CountDownLatch ready = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            try (BufferedReader lines = writer.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (!line.equals(ReadersChild.READY)) {
                        complaints.add("the process that writes: " + line);
                    }
                    ready.countDown();
                }
            } catch (IOException ended) {
                // the command has killed it
            } finally {
                ready.countDown();
            }
        });
        ready.await();
        return writer;
    }

    private Process start(Path work, String what) throws IOException {
        Process process = Child.builder(work, JVM, ReadersChild.class.getName(), List.of(what, work.toString()))
                .start();
        running.add(process);
        return process;
    }

    private void endAll() {
        running.forEach(Process::destroyForcibly);
    }

    private Path place() {
        if (directory != null) {
            return directory;
        }
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
