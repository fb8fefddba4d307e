package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.pprof.Pprof;
import io.memmap.observe.pprof.ProtoWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The profile as {@code go tool pprof} reads it. If Go is not installed, only the wire format is
 * tested.
 */
class PprofTest {
    private static final String CLASS = PprofTest.class.getName();

    @TempDir
    private Path directory;

    // --------------------------------------------------------------------------------- wire format

    @Test
    void numbersAreVarintsAndZeroIsLeftOut() {
        assertThat(new ProtoWriter().number(1, 150).toByteArray()).containsExactly(0x08, 0x96, 0x01);
        assertThat(new ProtoWriter().number(1, 0).toByteArray()).isEmpty();
        assertThat(new ProtoWriter().number(1, -1).toByteArray())
                .containsExactly(0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01);
    }

    @Test
    void stringsMessagesAndPackedNumbersFollowTheirLength() {
        assertThat(new ProtoWriter().text(2, "testing").toByteArray())
                .containsExactly(0x12, 0x07, 't', 'e', 's', 't', 'i', 'n', 'g');
        assertThat(new ProtoWriter()
                        .message(3, new ProtoWriter().number(1, 150))
                        .toByteArray())
                .containsExactly(0x1A, 0x03, 0x08, 0x96, 0x01);
        assertThat(new ProtoWriter().packed(6, List.of(3L, 270L, 86942L)).toByteArray())
                .containsExactly(0x32, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05);
    }

    /** The bytes of a small profile are exactly those that the schema prescribes. */
    @Test
    void aProfileHasTheFieldsOfTheSchema() throws IOException {
        Pprof.ValueType space = new Pprof.ValueType("space", "bytes");
        Pprof pprof = new Pprof(List.of(space), space, 512, Instant.ofEpochSecond(1));
        StackTraceElement frame = new StackTraceElement("a.B", "c", "B.java", 5);
        pprof.add(List.of(frame, frame), Map.of("map", "m", "none", ""), List.of(300L));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        pprof.writeTo(bytes);
        ProtoWriter expected = new ProtoWriter()
                .message(1, new ProtoWriter().number(1, 1).number(2, 2))
                .number(9, 1_000_000_000)
                .message(11, new ProtoWriter().number(1, 1).number(2, 2))
                .number(12, 512)
                .number(14, 1)
                .message(
                        2,
                        new ProtoWriter()
                                .packed(1, List.of(1L, 1L))
                                .packed(2, List.of(300L))
                                .message(3, new ProtoWriter().number(1, 5).number(2, 6)))
                .message(
                        5,
                        new ProtoWriter().number(1, 1).number(2, 3).number(3, 3).number(4, 4))
                .message(
                        4,
                        new ProtoWriter()
                                .number(1, 1)
                                .message(4, new ProtoWriter().number(1, 1).number(2, 5)));
        for (String text : List.of("", "space", "bytes", "a.B.c", "a/B.java", "map", "m")) {
            expected.text(6, text);
        }
        assertThat(new GZIPInputStream(new ByteArrayInputStream(bytes.toByteArray())).readAllBytes())
                .isEqualTo(expected.toByteArray());
    }

    // ------------------------------------------------------------------------------- go tool pprof

    private String pprof(String... arguments) throws IOException, InterruptedException {
        String[] path = System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1);
        assumeTrue(
                Arrays.stream(path).anyMatch(entry -> Files.isExecutable(Path.of(entry, "go"))),
                "no go on the PATH to read the profile with");
        List<String> command = new ArrayList<>(List.of("go", "tool", "pprof"));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("PPROF_TMPDIR", directory.toString());
        int exit = builder.start().waitFor();
        assertThat(exit).as(Files.readString(err)).isZero();
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    private String file(String name) throws IOException {
        Path file = directory.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            HeapProfile.take().writePprof(out);
        }
        return file.toString();
    }

    /**
     * Returns the columns of the report's line that ends in a method of this class. A method
     * without a line has 0.
     */
    private static List<String> line(String report, String method) {
        return report.lines()
                .filter(line -> line.endsWith(CLASS + "." + method))
                .findFirst()
                .map(line -> List.of(line.trim().split(" +")))
                .orElse(List.of("0"));
    }

    private static void plantTwelve(NativeHeap heap) {
        for (int i = 0; i < 12; i++) {
            heap.allocate(1 << 20);
        }
    }

    private static void plantThree(NativeHeap heap) {
        for (int i = 0; i < 3; i++) {
            heap.allocate(1 << 20);
        }
    }

    private static void plantFreed(NativeHeap heap) {
        heap.free(heap.allocate(5 << 20));
    }

    private static void plantInMap(LongLongMap map) {
        for (int i = 0; i < 1000; i++) {
            map.put(i, i);
        }
    }

    @Test
    void topListsTheKnownSitesWithTheirBytes() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().profileEvery(1).open()) {
            plantTwelve(heap);
            plantFreed(heap);
            String file = file("heap.pb.gz");
            String top = pprof("-top", "-nodecount=100000", "-nodefraction=0", "-unit=kb", file);
            assertThat(top).contains("Type: inuse_space");
            assertThat(line(top, "plantTwelve")).startsWith("12288kB");
            assertThat(line(top, "topListsTheKnownSitesWithTheirBytes").get(3)).isEqualTo("12288kB");
            assertThat(line(top, "plantFreed")).startsWith("0");
            assertThat(line(top(file, "alloc_space", "-unit=kb"), "plantFreed")).startsWith("5120kB");
            assertThat(line(top(file, "inuse_objects"), "plantTwelve")).startsWith("12");
            assertThat(line(top(file, "alloc_objects"), "plantFreed")).startsWith("1");
        }
    }

    private String top(String file, String type, String... more) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("-top", "-nodecount=100000", "-nodefraction=0", "-sample_index=" + type));
        arguments.addAll(List.of(more));
        arguments.add(file);
        return pprof(arguments.toArray(String[]::new));
    }

    @Test
    void linesEqualThoseOfTheSource() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().profileEvery(1).open()) {
            heap.allocate(7 << 20);
            int line = new Throwable().getStackTrace()[0].getLineNumber() - 1;
            String top =
                    pprof("-top", "-lines", "-nodecount=100000", "-nodefraction=0", "-unit=kb", file("lines.pb.gz"));
            assertThat(top)
                    .contains("7168kB")
                    .contains(CLASS + ".linesEqualThoseOfTheSource io/memmap/observe/PprofTest.java:" + line);
        }
    }

    @Test
    void aDiffAgainstABaseShowsTheNewAllocations() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().profileEvery(1).open()) {
            plantTwelve(heap);
            String base = file("base.pb.gz");
            plantThree(heap);
            String now = file("now.pb.gz");
            String top = pprof("-top", "-nodecount=100000", "-nodefraction=0", "-unit=kb", "-diff_base=" + base, now);
            assertThat(line(top, "plantThree")).startsWith("3072kB");
            assertThat(line(top, "plantTwelve")).startsWith("0");
        }
    }

    @Test
    void labelsAreTagsAndCanBecomeRoots() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().profileEvery(1).open()) {
            LongLongMap map = LongLongMap.builder(heap).name("orders of today").make();
            plantInMap(map);
            String file = file("labels.pb.gz");
            String tags = pprof("-tags", file);
            assertThat(tags).contains("map: Total", "heap: Total", "thread: Total", "orders of today");
            String focused = pprof(
                    "-top", "-nodecount=100000", "-nodefraction=0", "-unit=b", "-tagfocus=map=orders of today", file);
            assertThat(line(focused, "plantInMap").getFirst())
                    .isEqualTo(heap.stats().bucket() + heap.stats().overflow() + "B");
            String rooted = pprof("-traces", "-tagroot=map", file);
            assertThat(rooted).contains("orders of today");
            assertThat(pprof("-top", "-cum", "-tagroot=map", "-nodecount=100000", "-nodefraction=0", file))
                    .containsPattern("(?m)^ +0 .* orders of today$");
        }
    }

    @Test
    void pprofReadsAContentionProfile() throws Exception {
        StackTraceElement frame = new StackTraceElement("com.example.Waiter", "waits", "Waiter.java", 7);
        ContentionProfile profile = new ContentionProfile(
                Instant.ofEpochSecond(1), 1, List.of(new ContentionProfile.Site(List.of(frame), 3, 42_000_000)));
        Path file = directory.resolve("contention.pb.gz");
        try (OutputStream out = Files.newOutputStream(file)) {
            profile.writePprof(out);
        }
        assertThat(pprof("-top", file.toString()))
                .contains("Type: delay")
                .containsPattern("42ms +100% +100% +42ms +100% +com.example.Waiter.waits");
        assertThat(pprof("-top", "-sample_index=contentions", file.toString()))
                .containsPattern(" 3 +100% +100% +3 +100% +com.example.Waiter.waits");
    }
}
