package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the generator as the build does, on small sources. The tests expect the exact output or the
 * exact message.
 */
class TwinTest {
    private static final Path GENERATOR = Path.of("src/generator/Twin.java");

    @TempDir
    private Path directory;

    private Path sources;
    private Path out;

    /** The result of a run of the generator. */
    private record Run(int exitCode, String said) {}

    @BeforeEach
    void makeDirectories() {
        sources = directory.resolve("sources");
        out = directory.resolve("out");
    }

    private void source(String name, String text) throws IOException {
        Path file = sources.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Run run(String... roots) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                GENERATOR.toString(),
                out.toString(),
                sources.toString()));
        command.addAll(List.of(roots));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), said);
    }

    private List<String> written() throws IOException {
        if (!Files.exists(out)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> out.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theSegmentBecomesAnAddressAndPublicNamesBecomeTheTwins() throws Exception {
        source("io/memmap/Face.java", """
            package io.memmap;

            import io.memmap.memory.Mem;
            import java.lang.foreign.MemorySegment;

            /** A {@link Face} of a {@link NativeHeap} on {@link Pages}; in io.memmap. */
            public final class Face extends Engine {
                private final MemorySegment mem; // MemorySegment of the Face
                private final String text = "MemorySegment of io.memmap.Face, \\" Face";
                private final char quote = '"';

                Face(NativeHeap heap, Pages pages) {
                    mem = heap.memory;
                }

                static long get(MemorySegment mem, MemorySegment   /* a Face */
                        memory) {
                    return Mem.get(mem, 8);
                }
            }
            """);
        source("io/memmap/Engine.java", "package io.memmap;\n\nabstract class Engine {}\n");
        source("io/memmap/NativeHeap.java", "package io.memmap;\n\npublic class NativeHeap {}\n");
        source("io/memmap/Pages.java", "package io.memmap;\n\npublic enum Pages {}\n");
        source("io/memmap/Unnamed.java", "package io.memmap;\n\nfinal class Unnamed {}\n");
        source("io/memmap/memory/Mem.java", """
            package io.memmap.memory;

            import java.lang.foreign.MemorySegment;

            public final class Mem {
                static long get(MemorySegment memory, long offset) {
                    memory.set(BYTE, offset, (byte) 1);
                    return memory.get(LONG, offset + 1) + memory.get(INT, offset);
                }
            }
            """);

        assertThat(run("Face")).isEqualTo(new Run(0, ""));

        assertThat(written())
                .containsExactly(
                        "io/memmap/unsafe/Engine.java",
                        "io/memmap/unsafe/UnsafeFace.java",
                        "io/memmap/unsafe/UnsafeHeap.java",
                        "io/memmap/unsafe/memory/Mem.java");
        assertThat(out.resolve("io/memmap/unsafe/UnsafeFace.java")).hasContent("""
            // Derived from memmap's Face.
            package io.memmap.unsafe;

            import io.memmap.unsafe.memory.Mem;
            import java.lang.foreign.MemorySegment;

            /** A {@link UnsafeFace} of a {@link UnsafeHeap} on {@link io.memmap.Pages}; in io.memmap.unsafe. */
            public final class UnsafeFace extends Engine {
                private final long mem; // MemorySegment of the UnsafeFace
                private final String text = "MemorySegment of io.memmap.Face, \\" Face";
                private final char quote = '"';

                UnsafeFace(UnsafeHeap heap, io.memmap.Pages pages) {
                    mem = heap.memory;
                }

                static long get(long mem, long memory) {
                    return Mem.get(mem, 8);
                }
            }
            """);
        assertThat(out.resolve("io/memmap/unsafe/memory/Mem.java")).hasContent("""
            // Derived from memmap's Mem.
            package io.memmap.unsafe.memory;

            import java.lang.foreign.MemorySegment;

            public final class Mem {
                static long get(long memory, long offset) {
                    Raw.putByte(memory + offset, (byte) 1);
                    return Raw.getLong(memory + offset + 1) + Raw.getInt(memory + offset);
                }
            }
            """);
    }

    @Test
    void aForeignMemoryNameWithoutARuleEndsTheRunAndNothingIsWritten() throws Exception {
        source("io/memmap/Face.java", """
            package io.memmap;

            import java.lang.foreign.SegmentAllocator;

            final class Face {
                void find(Object o) {
                    MemorySegment unheardOf = null;
                    /* two
                       lines */ use(SegmentAllocator.class);
                }
            }
            """);

        String face = sources.resolve("io/memmap/Face.java").toString();
        assertThat(run("Face"))
                .isEqualTo(new Run(
                        1,
                        face
                                + ":7: no rule for MemorySegment of java.lang.foreign: MemorySegment unheardOf"
                                + " = null;\n"
                                + face
                                + ":9: no rule for SegmentAllocator of java.lang.foreign:"
                                + " use(SegmentAllocator.class);\n"));
        assertThat(written()).isEmpty();
    }

    @Test
    void classesOfOneNameInTwoPackagesAreBothWritten() throws Exception {
        source("io/memmap/Face.java", "package io.memmap;\n\npublic final class Face {\n    Table table;\n}\n");
        source("io/memmap/Table.java", "package io.memmap;\n\nfinal class Table {}\n");
        source("io/memmap/memory/Table.java", "package io.memmap.memory;\n\nfinal class Table {}\n");

        assertThat(run("Face")).isEqualTo(new Run(0, ""));

        assertThat(written())
                .containsExactly(
                        "io/memmap/unsafe/Table.java",
                        "io/memmap/unsafe/UnsafeFace.java",
                        "io/memmap/unsafe/memory/Table.java");
    }

    @Test
    void aMissingRootIsReportedByName() throws Exception {
        source("io/memmap/Face.java", "package io.memmap;\n\nfinal class Face {}\n");

        assertThat(run("Face", "Missing")).isEqualTo(new Run(1, sources + ": no source of the class Missing\n"));
        assertThat(written()).isEmpty();
    }

    @Test
    void testsUseTheTwinsNamesOfTheLibrary() throws Exception {
        Path library = directory.resolve("library");
        Path face = library.resolve("io/memmap/Face.java");
        Files.createDirectories(face.getParent());
        Files.writeString(face, "package io.memmap;\n\npublic final class Face {}\n");
        source("io/memmap/FaceTest.java", "package io.memmap;\n\nclass FaceTest {\n    Face face;\n}\n");

        assertThat(run("FaceTest", ":", library.toString(), "Face")).isEqualTo(new Run(0, ""));
        assertThat(written()).containsExactly("io/memmap/unsafe/FaceTest.java");
        assertThat(out.resolve("io/memmap/unsafe/FaceTest.java")).hasContent("""
            // Derived from memmap's FaceTest.
            package io.memmap.unsafe;

            class FaceTest {
                UnsafeFace face;
            }
            """);
    }

    @Test
    void aSecondRunDoesNotTouchUnchangedFiles() throws Exception {
        source("io/memmap/Face.java", "package io.memmap;\n\nfinal class Face {}\n");
        run("Face");
        Path twin = out.resolve("io/memmap/unsafe/Face.java");
        Object before = Files.getLastModifiedTime(twin);
        Object key = Files.readAttributes(twin, "unix:ctime").get("ctime");

        run("Face");

        assertThat(Files.getLastModifiedTime(twin)).isEqualTo(before);
        assertThat(Files.readAttributes(twin, "unix:ctime").get("ctime")).isEqualTo(key);
    }

    @Test
    void wrongArgumentsPrintTheUsage() throws Exception {
        assertThat(run()).isEqualTo(new Run(2, "usage: Twin OUT SOURCES ROOT... [: LIBRARY ROOT...]\n"));
    }
}
