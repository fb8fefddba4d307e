package io.memmap.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What Linux says of this process; nothing elsewhere. */
final class ProcSelf {
    private ProcSelf() {}

    /** The most memory that this process ever had resident, in bytes. */
    static OptionalLong peakResidentBytes() {
        return peakResident(lines("status"));
    }

    /** The memory that this process has resident now, in bytes. */
    static OptionalLong residentBytes() {
        return property(lines("status"), "VmRSS:");
    }

    /** The resident bytes of all mappings that touch an address range. */
    static OptionalLong residentBytes(long from, long to) {
        List<String> lines = lines("smaps");
        return lines.isEmpty() ? OptionalLong.empty() : OptionalLong.of(resident(lines, from, to));
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

    /** A mapping's first line begins with its addresses, a property's with its name and a colon. */
    private static boolean isMapping(String line) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ');
        return dash > 0 && dash < space && !line.substring(0, space).endsWith(":");
    }

    private static long kilobytes(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of("/proc/self", file), StandardCharsets.ISO_8859_1);
        } catch (IOException notLinux) {
            return List.of();
        }
    }
}
