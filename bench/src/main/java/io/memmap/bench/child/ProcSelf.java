package io.memmap.bench.child;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** The figures that Linux has about this process and its machine. Other systems have none. */
final class ProcSelf {
    /**
     * The names of the threads of garbage collectors, as the kernel shortens them. The VM thread is
     * among them, because it runs the pauses.
     */
    private static final Pattern GC_THREAD = Pattern.compile(
            "^(GC Thread|G1 |ZWorker|ZDriver|ZDirector|ZStat|ZUncommitter|VM Thread|ParallelGC|RuntimeWorker)");

    /** The unit of the times in /proc/stat. */
    private static final long TICK_NANOS = 10_000_000;

    /** The place of the time that the host has taken, behind the name of the line. */
    private static final int STOLEN = 8;

    private ProcSelf() {}

    /** Returns the most bytes that this process ever had resident. */
    static OptionalLong peakResidentBytes() {
        return peakResident(lines("status"));
    }

    /** Returns the bytes that this process has resident now. */
    static OptionalLong residentBytes() {
        return property(lines("status"), "VmRSS:");
    }

    /** Returns the resident bytes of all mappings that overlap an address range. */
    static OptionalLong residentBytes(long from, long to) {
        List<String> lines = lines("smaps");
        return lines.isEmpty() ? OptionalLong.empty() : OptionalLong.of(resident(lines, from, to));
    }

    /**
     * Returns the CPU time, in nanoseconds, that the threads of the garbage collector have used so
     * far.
     */
    static long gcCpuNanos() {
        File[] tasks = new File("/proc/self/task").listFiles();
        long nanos = 0;
        for (File task : tasks == null ? new File[0] : tasks) {
            String thread = "task/" + task.getName();
            List<String> name = lines(thread + "/comm");
            List<String> times = lines(thread + "/schedstat"); // a thread may have ended meanwhile
            if (!name.isEmpty()
                    && !times.isEmpty()
                    && GC_THREAD.matcher(name.getFirst()).find()) {
                nanos += Long.parseLong(times.getFirst().split(" ", -1)[0]);
            }
        }
        return nanos;
    }

    /**
     * Returns the time, in nanoseconds, for which the CPUs of a virtual machine had work since its start
     * and its host did not run them. The times of all CPUs are added.
     */
    static OptionalLong stolenNanos() {
        return stolen(lines("/proc/stat"));
    }

    static OptionalLong stolen(List<String> stat) {
        return stat.stream()
                .map(line -> line.split(" +", -1))
                .filter(fields -> fields[0].equals("cpu") && fields.length > STOLEN)
                .mapToLong(fields -> Long.parseLong(fields[STOLEN]) * TICK_NANOS)
                .findFirst();
    }

    static OptionalLong peakResident(List<String> status) {
        return property(status, "VmHWM:");
    }

    private static OptionalLong property(List<String> status, String name) {
        return status.stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(ProcSelf::kilobytes)
                .findFirst();
    }

    static long resident(List<String> smaps, long from, long to) {
        long bytes = 0;
        boolean within = false;
        for (String line : smaps) {
            if (isMapping(line)) {
                long start = Long.parseUnsignedLong(line, 0, line.indexOf('-'), 16);
                long end = Long.parseUnsignedLong(line, line.indexOf('-') + 1, line.indexOf(' '), 16);
                within = start < to && end > from;
            } else if (within && line.startsWith("Rss:")) {
                bytes += kilobytes(line);
            }
        }
        return bytes;
    }

    /**
     * Whether this line is the first of a mapping: it begins with addresses. A line of a property
     * begins with a name and a colon.
     */
    private static boolean isMapping(String line) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ');
        return dash > 0 && dash < space && !line.substring(0, space).endsWith(":");
    }

    private static long kilobytes(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
    }

    /** Returns the lines of a file of this process, or of another one if the path is absolute. */
    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of("/proc/self").resolve(file), StandardCharsets.ISO_8859_1);
        } catch (IOException notLinux) {
            return List.of();
        }
    }
}
