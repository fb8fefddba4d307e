package io.memmap.examples;

import io.memmap.Geometry;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A map of records that a program in C reads. A record lies in the map as a struct of C, and the
 * bytes of a heap are a documented format: the program {@code read_fixes.c} knows only
 * {@code memmap/docs/format.md}. It needs a C compiler with the name {@code cc}.
 */
public final class StructMapInC {
    /** A ship's place; in C it is {@code struct fix { int32_t ship; double north, east; }}. */
    record Fix(int ship, double north, double east) {}

    private StructMapInC() {}

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) throws Exception {
        Path directory = temporary(Files.createTempDirectory("memmap-example-"));
        Path source = temporary(directory.resolve("read_fixes.c"));
        Path dump = temporary(directory.resolve("fixes.heap"));
        Path program = temporary(directory.resolve("read_fixes"));
        try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).open();
                InputStream text = StructMapInC.class.getResourceAsStream("read_fixes.c")) {
            // The program in C reads buckets, and no map that is growing: the hint makes this one large enough.
            MemMap<Long, Fix> fixes = MemMap.builder(heap, Type.LONG, Type.record(Fix.class))
                    .geometry(Geometry.LINE)
                    .hint(100)
                    .make();
            for (long time = 1_000; time < 1_100; time++) {
                fixes.put(time, new Fix((int) time % 7, time / 32.0, 10.5));
            }
            Files.write(dump, heap.segment().toArray(ValueLayout.JAVA_BYTE));
            System.out.println("Java wrote " + fixes.size() + " fixes");

            if (!hasCompiler()) {
                System.out.println("C did not read them: there is no program cc on the PATH. Install a C compiler,"
                        + " for example by apt install gcc");
                return;
            }
            Files.write(source, text.readAllBytes());
            output("cc", "-std=c11", "-O1", "-o", program.toString(), source.toString());
            List<String> lines = output(program.toString(), dump.toString(), Long.toString(fixes.pointer()));
            System.out.println("C read " + lines.size() + " fixes; the first is "
                    + lines.stream().sorted().findFirst().orElse("missing"));
            List<String> own = fixes.asMap().entrySet().stream()
                    .map(entry -> line(entry.getKey(), entry.getValue()))
                    .sorted()
                    .toList();
            System.out.println(
                    "C and Java agree: " + lines.stream().sorted().toList().equals(own));
        }
    }

    private static String line(long time, Fix fix) {
        return String.format(Locale.ROOT, "%d: ship %d at %.5f, %.5f", time, fix.ship, fix.north, fix.east);
    }

    private static boolean hasCompiler() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "cc")));
    }

    private static List<String> output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines = process.inputReader().readAllLines();
        if (process.waitFor() != 0) {
            throw new IOException(command[0] + " has failed");
        }
        return lines;
    }

    private static Path temporary(Path file) {
        file.toFile().deleteOnExit();
        return file;
    }
}
