package io.memmap.bench.result;

import com.sun.management.OperatingSystemMXBean;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.Text;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The machine that the figures were measured on.
 *
 * @param cpu the name, family and model
 * @param hugePages the mode of transparent huge pages of the kernel, "-" if there is none
 */
public record MachineDescription(String cpu, int cores, long memoryBytes, String os, String jdk, String hugePages) {
    /** Returns the description of this machine, or of the container on it. */
    public static MachineDescription here() {
        OperatingSystemMXBean os = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new MachineDescription(
                cpu(lines("/proc/cpuinfo")),
                Runtime.getRuntime().availableProcessors(),
                os.getTotalMemorySize(),
                property("os.name") + " " + property("os.version") + " " + property("os.arch"),
                property("java.vendor") + " " + Runtime.version(),
                hugePages(lines("/sys/kernel/mm/transparent_hugepage/enabled")));
    }

    /** Returns the load average of the last minute; negative if there is none. */
    public static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cpu", cpu);
        json.put("cores", cores);
        json.put("memoryBytes", memoryBytes);
        json.put("os", os);
        json.put("jdk", jdk);
        json.put("transparentHugePages", hugePages);
        return json;
    }

    /** Returns the description in one line. */
    public String describe() {
        return cpu + ", " + cores + " cores, " + Bytes.format(memoryBytes) + ", huge pages " + hugePages + "; " + os
                + "; " + jdk;
    }

    /**
     * Returns the name of the CPU with its family and model. A virtual machine often has a name that
     * many CPUs share; the numbers say which one it is.
     */
    static String cpu(List<String> cpuinfo) {
        String name = value(cpuinfo, "model name").orElse(property("os.arch"));
        return value(cpuinfo, "cpu family")
                .flatMap(family ->
                        value(cpuinfo, "model").map(model -> name + " (family " + family + ", model " + model + ")"))
                .orElse(name);
    }

    /** Returns the first value of a name. Names and values have a colon between them. */
    private static Optional<String> value(List<String> cpuinfo, String name) {
        return cpuinfo.stream()
                .filter(line -> line.contains(":")
                        && line.substring(0, line.indexOf(':')).strip().equals(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst();
    }

    /** Returns the chosen mode. The kernel lists all modes and puts the chosen one in brackets. */
    private static String hugePages(List<String> modes) {
        return modes.stream()
                .filter(line -> line.contains("["))
                .map(line -> line.substring(line.indexOf('[') + 1, line.indexOf(']')))
                .findFirst()
                .orElse(Text.NONE);
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException notLinux) {
            return List.of();
        }
    }

    private static String property(String name) {
        return System.getProperty(name, Text.NONE);
    }
}
