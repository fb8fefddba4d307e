package io.memmap.stress;

import io.memmap.NativeHeap;
import io.memmap.Opening;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Kills processes that write to maps in a file, and checks the maps after each kill. Opens damaged
 * files. Fills a small disk.
 */
@Command(
        name = "crash",
        mixinStandardHelpOptions = true,
        description = "Kills processes that write to the maps of a file, or that repair the file, and checks that no"
                + " completed operation is lost. Opens damaged files in processes of their own, which may not crash"
                + " or hang. Fills a small disk.")
final class CrashCommand implements Callable<Integer> {
    private static final int MOST_SECONDS = 1_000_000;
    /** The most threads of a process that is killed; each has a file of its own. */
    static final int MOST_WRITERS = 64;

    private static final int WRITERS = 4;

    /** A round is this many kills with the same files, each in another mode of the JVM, and damaged copies. */
    private static final int KILLS_OF_A_ROUND = 4;

    private static final int COPIES = 60;
    private static final int MOST_COPIES = 1_000_000;
    private static final int MOST_FILLS = 1_000_000;
    private static final int SECONDS_OF_A_FILL = 10;
    private static final int MOST_COMPLAINTS = 5;
    /** The most operations before a kill, as a power of two. */
    private static final int LONGEST_RUN = 17;

    private static final long LONGEST_RUN_SECONDS = 2;
    private static final int KILLED = 128 + 9;
    private static final List<List<String>> MODES = List.of(
            List.of("-XX:+UseSerialGC", "-XX:-TieredCompilation"),
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            List.of("-XX:+UseSerialGC", "-Xint"),
            List.of("-XX:+UseZGC"));
    private static final List<String> JVM =
            List.of("-Xmx256m", "-XX:ErrorFile=hs_err_%p.log", "-XX:-CreateCoredumpOnCrash");

    private final Complaints complaints = new Complaints();
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, Long> outcomes = new TreeMap<>();

    /** The child that runs now, which ends when this process ends. */
    private volatile @Nullable Process running;

    private long repairNanos = TimeUnit.MILLISECONDS.toNanos(150);

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Run for about this many seconds, at least 1. Default: 60.")
    private @Nullable Integer seconds;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            description = "Run for about this many minutes instead of --seconds.")
    private @Nullable Integer minutes;

    @Option(
            names = "--kills",
            paramLabel = "N",
            description = "End after this many killed processes with writers if the time is not over before."
                    + " Default: no bound.")
    private @Nullable Integer kills;

    @Option(
            names = "--writers",
            paramLabel = "N",
            description = "Threads of each killed process, from 1 to " + MOST_WRITERS
                    + ". Each writes to a file of its own. Default: " + WRITERS + ".")
    private @Nullable Integer writers;

    @Option(
            names = "--copies",
            paramLabel = "N",
            description = "Damaged copies of each of the two files of a round, at least 1. Default: 60.")
    private @Nullable Integer copies;

    @Option(
            names = "--fills",
            paramLabel = "N",
            description = "How often to fill the small disk, at least 1. Default: once for every 10 s of the time.")
    private @Nullable Integer fills;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "Directory for the files. Default: /dev/shm if there is one, or else the directory for"
                    + " temporary files.")
    private @Nullable Path directory;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the operations and of the damage. The moments of the kills vary. Default: random.")
    private @Nullable Long seed;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(duration());
        long most = bounded("--kills", kills, Integer.MAX_VALUE, Integer.MAX_VALUE);
        bounded("--writers", writers, MOST_WRITERS, WRITERS);
        bounded("--copies", copies, MOST_COPIES, COPIES);
        bounded("--fills", fills, MOST_FILLS, 1);
        long seedNow = seed == null ? ThreadLocalRandom.current().nextLong() : seed;
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Path work = Files.createTempDirectory(place(), "memmap-crash");
        out.printf("seed %d, files in %s%n", seedNow, work);
        Progress progress = new Progress(err);
        Thread hook = new Thread(() -> end(running));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            int byTime = Math.clamp(duration() / SECONDS_OF_A_FILL, 1, MOST_FILLS);
            fillDisk(work, bounded("--fills", fills, MOST_FILLS, byTime), out);
            long killed = 0;
            for (long round = 0; killed < most && complaints.count() == 0; round++) {
                long start = System.nanoTime();
                killed += round(work, CrashStep.mix(seedNow + round), most - killed, end, progress);
                long now = System.nanoTime();
                if (now + (now - start) - end >= 0) { // no time for one more round
                    break;
                }
            }
        } finally {
            end(running);
            Runtime.getRuntime().removeShutdownHook(hook);
            progress.end();
        }
        counts.forEach((what, count) -> out.printf("%-44s %,12d%n", what, count));
        out.printf("damaged copies%n");
        outcomes.forEach((what, count) -> out.printf("  %-42s %,12d%n", what, count));
        out.printf("%-44s %,12d%n", "errors", complaints.count());
        if (complaints.count() == 0) {
            delete(work);
            return 0;
        }
        complaints.first().forEach(complaint -> err.println("stress/run: " + complaint));
        err.println("stress/run: the files of the last round are in " + work + "; to repeat it: --seed " + seedNow);
        return 1;
    }

    private long duration() {
        if (minutes != null && seconds != null) {
            throw new ParameterException(spec.commandLine(), "--minutes and --seconds exclude each other: give one");
        }
        return minutes == null
                ? bounded("--seconds", seconds, MOST_SECONDS, 60)
                : 60L * bounded("--minutes", minutes, MOST_SECONDS / 60, 1);
    }

    private int bounded(String name, @Nullable Integer wanted, int most, int otherwise) {
        if (wanted != null && (wanted < 1 || wanted > most)) {
            throw new ParameterException(spec.commandLine(), name + " must be 1.." + most + ": " + wanted);
        }
        return wanted == null ? otherwise : wanted;
    }

    private Path place() {
        if (directory != null) {
            return directory;
        }
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private void count(String what, long more) {
        counts.merge(what, more, Long::sum);
    }

    /** A file that one writer of each process writes to, and what must be in it. */
    private static final class Written {
        final int writer;
        final Path file;
        final long seed;
        final List<Map<Long, Long>> models = new ArrayList<>();
        long modelled;

        Written(Path work, int writer, long seed) {
            this.writer = writer;
            file = CrashChild.file(work, writer);
            this.seed = CrashChild.seed(seed, writer);
            for (int map = 0; map < CrashMaps.COUNT; map++) {
                models.add(new HashMap<>());
            }
        }

        void model(long number) {
            while (modelled < number) {
                CrashStep step = CrashStep.of(seed, ++modelled);
                step.apply(models.get(step.map()), modelled);
            }
        }
    }

    /** Kills processes that write to new files, and opens damaged copies of them. Returns the number of kills. */
    private int round(Path work, long seed, long most, long end, Progress progress)
            throws IOException, InterruptedException {
        Path unclosed = work.resolve("unclosed");
        Files.deleteIfExists(unclosed);
        Files.deleteIfExists(work.resolve(CrashChild.PROGRESS));
        List<Written> files = new ArrayList<>();
        int count = writers == null ? WRITERS : writers;
        for (int writer = 0; writer < count; writer++) {
            Written written = new Written(work, writer, seed);
            Files.deleteIfExists(written.file);
            files.add(written);
        }
        SplittableRandom random = new SplittableRandom(seed);
        int killed = 0;
        try (CrashProgress completed = new CrashProgress(work.resolve(CrashChild.PROGRESS))) {
            boolean last = false;
            while (!last && complaints.count() == 0) {
                kill(work, seed, count, MODES.get(killed++ % MODES.size()), completed, random);
                last = killed == Math.min(KILLS_OF_A_ROUND, most) || System.nanoTime() - end >= 0;
                Written copied = files.get(random.nextInt(count));
                long number = completed.completed(copied.writer);
                if (last && Files.exists(copied.file)) {
                    copy(copied.file, unclosed);
                }
                if (random.nextBoolean()) {
                    killOpener(work, random.nextInt(count), completed, random);
                }
                for (Written written : files) {
                    if (Files.exists(written.file)) { // else killed before the file had its name
                        verify(written, completed);
                    }
                }
                progress.show(String.format(
                        "%,d kills, %,d damaged copies, %d s left",
                        counts.getOrDefault("kills of processes", 0L),
                        outcomes.values().stream().mapToLong(it -> it).sum(),
                        Math.max(0, TimeUnit.NANOSECONDS.toSeconds(end - System.nanoTime()))));
                if (last && complaints.count() == 0 && Files.exists(unclosed)) {
                    Written whole = files.get((copied.writer + 1) % count);
                    if (Files.exists(whole.file)) {
                        damage(work, whole.file, true, whole.seed, completed.completed(whole.writer), progress);
                    }
                    damage(work, unclosed, false, copied.seed, number, progress);
                }
            }
        }
        return killed;
    }

    /** Starts a process that writes, and kills it after a random number of operations. */
    private void kill(
            Path work, long seed, int count, List<String> mode, CrashProgress completed, SplittableRandom random)
            throws IOException, InterruptedException {
        long first = completed.completed();
        long target = first + random.nextLong(1L << (2 + random.nextInt(LONGEST_RUN - 1)));
        Process writer = start(work, mode, "write", Long.toString(seed), Integer.toString(count));
        long latest = System.nanoTime() + TimeUnit.SECONDS.toNanos(30 * LONGEST_RUN_SECONDS);
        boolean began = false;
        while (completed.completed() <= target && writer.isAlive() && System.nanoTime() - latest < 0) {
            if (!began && completed.completed() > first) {
                began = true;
                latest = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_RUN_SECONDS);
            }
            LockSupport.parkNanos(50_000);
        }
        assertKilled(writer, work, "the writer with " + mode);
        count("kills of processes", 1);
        count("completed operations", completed.completed() - first);
    }

    /** Starts a process that repairs the file, and kills it meanwhile. */
    private void killOpener(Path work, int writer, CrashProgress progress, SplittableRandom random)
            throws IOException, InterruptedException {
        progress.state(0);
        Process opener = start(work, List.of("-XX:+UseSerialGC"), "open", Integer.toString(writer));
        while (progress.state() == 0 && opener.isAlive()) {
            LockSupport.parkNanos(50_000);
        }
        long start = System.nanoTime();
        long wait = random.nextLong(repairNanos);
        while (progress.state() == CrashProgress.OPENING && opener.isAlive() && System.nanoTime() - start < wait) {
            Thread.onSpinWait();
        }
        boolean done = progress.state() == CrashProgress.OPENED;
        repairNanos = done ? System.nanoTime() - start + 1 : repairNanos + repairNanos / 16;
        assertKilled(opener, work, "the process that repairs the file");
        count(progress.state() == CrashProgress.OPENED ? "kills behind a repair" : "kills in a repair", 1);
    }

    private void assertKilled(Process process, Path work, String what) throws IOException, InterruptedException {
        process.destroyForcibly();
        int exitCode = process.waitFor();
        if (exitCode != KILLED) {
            complaints.add(what + " has ended with exit code " + exitCode + ": "
                    + Files.readString(work.resolve("output")).strip());
        }
    }

    private Process start(Path work, List<String> mode, String what, String... more) throws IOException {
        List<String> options = Stream.concat(JVM.stream(), mode.stream()).toList();
        List<String> arguments = new ArrayList<>(List.of(what, work.toString()));
        arguments.addAll(List.of(more));
        Process process = Child.builder(work, options, CrashChild.class.getName(), arguments)
                .redirectOutput(work.resolve("output").toFile())
                .start();
        running = process;
        return process;
    }

    private static void end(@Nullable Process process) {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** Checks all maps of a file, and finishes the operation that was running. */
    private void verify(Written written, CrashProgress progress) {
        long number = progress.completed(written.writer);
        String when = "after operation " + number + " of the operations with seed " + written.seed;
        CrashStep step = CrashStep.of(written.seed, number + 1);
        written.model(number);
        count("files of killed writers", 1);
        try (NativeHeap heap = CrashMaps.open(written.file, written.seed)) {
            count("openings: " + heap.opening().how(), 1);
            count("repairs with maps undone", heap.opening().undone() > 0 ? 1 : 0);
            count("blocks freed by repairs", heap.opening().freedBlocks());
            if (heap.opening().how() == Opening.How.CLEAN) {
                complaints.add(when + ": a killed process has left a closed file");
            }
            heap.check();
            CrashMaps maps = new CrashMaps(heap, written.seed);
            maps.check();
            for (int map = 0; map < CrashMaps.COUNT; map++) {
                Map<Long, Long> content = maps.content(map);
                Map<Long, Long> before = written.models.get(map);
                if (!content.equals(maps.expected(map, before, content))) {
                    Map<Long, Long> after = new HashMap<>(before);
                    if (step.map() == map) {
                        step.apply(after, number + 1);
                    }
                    if (!content.equals(maps.expected(map, after, content))) {
                        complaints.add(when + ": the map " + CrashMaps.name(map) + " has " + content.size()
                                + " entries, not the " + before.size() + " written; the running operation was "
                                + step);
                    }
                    count("running operations found done", 1);
                }
                if (!maps.isOrdered(map)) {
                    complaints.add(when + ": the index of the map " + CrashMaps.name(map) + " differs from its keys");
                }
            }
            maps.apply(written.seed, number + 1);
            written.model(number + 1);
            progress.complete(written.writer, number + 1);
        } catch (RuntimeException thrown) {
            complaints.add(when, thrown);
        }
    }

    /** Opens damaged copies of a file in other processes, and goes on behind a copy that ends its process. */
    private void damage(Path work, Path original, boolean closed, long seed, long completed, Progress progress) {
        int[] copy = {0};
        int end = copies == null ? COPIES : copies;
        while (copy[0] < end && complaints.count() < MOST_COMPLAINTS) {
            List<String> others = new ArrayList<>();
            List<String> arguments = List.of(
                    original.toString(),
                    work.resolve("copy").toString(),
                    Boolean.toString(closed),
                    Long.toString(seed),
                    Long.toString(completed),
                    Integer.toString(copy[0]),
                    Integer.toString(end));
            List<String> options =
                    Stream.concat(JVM.stream(), Stream.of("-XX:+UseSerialGC")).toList();
            int exitCode = Child.run(work, options, DamageChild.class.getName(), arguments, line -> {
                if (line.startsWith(DamageChild.BEGIN)) {
                    copy[0] = Integer.parseInt(line.substring(DamageChild.BEGIN.length()));
                    progress.show(String.format("damaged copy %,d of %,d", copy[0], end));
                } else if (line.startsWith(DamageChild.OUTCOME)) {
                    String outcome = line.substring(DamageChild.OUTCOME.length());
                    outcomes.merge((closed ? "closed: " : "unclosed: ") + outcome, 1L, Long::sum);
                } else if (line.startsWith(DamageChild.WRONG)) {
                    complaints.add(line.substring(DamageChild.WRONG.length()));
                } else {
                    others.add(line);
                }
            });
            if (exitCode != 0) {
                complaints.add("copy " + copy[0] + " of " + (closed ? "a closed" : "an unclosed")
                        + " file has ended its process with exit code " + exitCode + ": "
                        + String.join(System.lineSeparator(), others.subList(0, Math.min(40, others.size()))));
            }
            copy[0]++;
        }
    }

    /** Fills a file system of 8 MiB, which needs the permission to mount one. */
    private void fillDisk(Path work, int rounds, PrintWriter out) throws IOException, InterruptedException {
        Path disk = Files.createDirectory(work.resolve("disk"));
        String refused = command("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", disk.toString());
        if (!refused.isEmpty()) {
            out.printf("full disk: skipped, as this user cannot mount a tmpfs: %s%n", refused);
            return;
        }
        try {
            List<String> lines = new ArrayList<>();
            int exitCode = Child.run(
                    work,
                    JVM,
                    CrashChild.class.getName(),
                    List.of("fill", disk.toString(), Integer.toString(rounds)),
                    lines::add);
            if (exitCode == 0) {
                count("full disks", Long.parseLong(lines.getLast()));
            } else {
                complaints.add("full disk: exit code " + exitCode + ": "
                        + String.join(System.lineSeparator(), lines.subList(0, Math.min(20, lines.size()))));
            }
        } finally {
            String left = command("umount", disk.toString());
            if (!left.isEmpty()) {
                complaints.add("umount " + disk + ": " + left);
            }
        }
    }

    /** Runs a program. Returns nothing if it has succeeded, or else why not. */
    private static String command(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int exitCode = process.waitFor();
            return exitCode == 0 ? "" : "exit code " + exitCode + ", " + output;
        } catch (IOException absent) {
            return String.valueOf(absent.getMessage());
        }
    }

    /** Copies a file with its holes. */
    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        if (!command("cp", "--sparse=always", from.toString(), to.toString()).isEmpty()) {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
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
