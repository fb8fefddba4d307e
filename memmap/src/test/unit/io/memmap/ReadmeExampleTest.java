package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.observe.MemStats;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The README's program is compiled and run as it is written. The examples of the guide are the
 * bodies of methods here, to the letter. All print what their comments say.
 */
class ReadmeExampleTest {
    private static final Path TESTS = Path.of("src/test");
    private static final Path README = Path.of("../README.md");
    private static final Path GUIDE = Path.of("docs/guide.md");
    private static final int MOST_LINES = 150;
    private static final Pattern PROGRAM = Pattern.compile("```java\n(package .*?)```", Pattern.DOTALL);
    private static final Pattern PRINTED = Pattern.compile("println\\(.*\\); // (.*)");
    private static final Pattern VERSION = Pattern.compile("<version>([^<]*)</version>");

    @Test
    void theReadmesProgramRunsOnTheClassPath(@TempDir Path directory) throws Exception {
        Path classes = compile(directory, "-cp", library());
        String path = library() + File.pathSeparator + classes;
        run("--enable-native-access=ALL-UNNAMED", "-cp", path, "com.example.Hello");
    }

    @Test
    void theReadmesProgramRunsInAModule(@TempDir Path directory) throws Exception {
        assertThat(Files.readString(README)).contains("`requires io.memmap;`");
        Path module = Files.writeString(directory.resolve("module-info.java"), "module hello { requires io.memmap; }");
        Path classes = compile(directory, "-p", library(), module.toString());
        String path = library() + File.pathSeparator + classes;
        run("--enable-native-access=io.memmap", "-p", path, "-m", "hello/com.example.Hello");
    }

    /** Compiles the README's program with these arguments; returns where the classes are. */
    private static Path compile(Path directory, String... arguments) throws IOException {
        Path source = Files.createDirectories(directory.resolve("com/example")).resolve("Hello.java");
        Files.writeString(source, program());
        Path classes = directory.resolve("classes");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-Xlint:all", "-Werror", "-d", classes.toString(), source.toString()));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.run(null, null, null, all.toArray(String[]::new))).isZero();
        return classes;
    }

    /** Runs the compiled program with a flag that the README names, and checks what it prints. */
    private static void run(String flag, String... arguments) throws IOException, InterruptedException {
        assertThat(Files.readString(README)).contains("`java " + flag + "`");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(flag);
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        List<String> expected = PRINTED.matcher(program())
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(output.lines()).hasSize(3).containsExactlyElementsOf(expected);
    }

    private static String program() throws IOException {
        Matcher program = PROGRAM.matcher(Files.readString(README));
        assertThat(program.find()).isTrue();
        return program.group(1);
    }

    private static String library() {
        URI location = URI.create(NativeHeap.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString());
        return Path.of(location).toString();
    }

    @Test
    void theReadmeIsShortAndNamesTheVersion() throws IOException {
        Matcher version = VERSION.matcher(Files.readString(Path.of("../pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(Files.readString(README))
                .contains("<artifactId>memmap</artifactId>" + version.group(), "io.memmap:memmap:" + version.group(1));
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void printWhatTheirCommentsSay() {
        assertThat(linesOf(ReadmeExampleTest::example)).containsExactly("2 0", "false", "{404=20}", "true 0");
        assertThat(linesOf(ReadmeExampleTest::exampleOfObjects)).containsExactly("54.3 null", "{bus=2}", "true", "0");
        assertThat(linesOf(ReadmeExampleTest::exampleOfStatistics)).containsExactly("orders 1, grows at 3", "true");
    }

    private static Stream<String> linesOf(Consumer<PrintStream> example) {
        var bytes = new ByteArrayOutputStream();
        example.accept(new PrintStream(bytes, true, UTF_8));
        return bytes.toString(UTF_8).lines();
    }

    @ParameterizedTest
    @ValueSource(strings = {"example", "exampleOfObjects", "exampleOfStatistics"})
    void standInTheGuide(String method) throws IOException {
        String source = Files.readString(ownSource());
        int start = source.indexOf("        try (NativeHeap", source.indexOf("void " + method + "("));
        int end = source.indexOf("\n        }\n", start);
        String example = source.substring(start, end).stripIndent() + "\n}\n";
        assertThat(Files.readString(GUIDE)).contains("```java\n" + example + "```");
    }

    private static Path ownSource() throws IOException {
        try (Stream<Path> found =
                Files.find(TESTS, 10, (path, _) -> path.endsWith("io/memmap/ReadmeExampleTest.java"))) {
            return found.findFirst().orElseThrow();
        }
    }

    private static void example(PrintStream out) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap hits = LongLongMap.make(heap);
            hits.put(200, 7);
            hits.add(404, 1); // as hits[404]++ does in Go
            hits.add(404, 1);
            out.println(hits.get(404) + " " + hits.get(500)); // 2 0: an absent key has the value 0

            LongLongMap same = LongLongMap.at(heap, hits.pointer()); // another handle, the same map
            same.remove(200);
            out.println(hits.containsKey(200)); // false

            for (LongLongCursor c = hits.cursor(); c.next(); ) { // in random order; may change the map
                c.setValue(c.value() * 10);
            }
            out.println(hits.asMap()); // {404=20}, a java.util.Map

            hits.free(); // gives all memory back to the heap; now every handle is nil
            out.println(same.isNil() + " " + heap.stats().inUse()); // true 0
        }
    }

    private static void exampleOfObjects(PrintStream out) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            record Fix(long time, double x, double y) {}
            var fixes = MemMap.make(heap, Type.UTF8, Type.record(Fix.class));
            fixes.put("ferry", new Fix(1, 54.3, 10.1)); // 24 bytes in a bucket, as in a struct of C
            out.println(fixes.get("ferry").x() + " " + fixes.get("bus")); // 54.3 null: an absent key

            var stops = MemMap.make(heap, Type.UTF8, Type.map(Type.UTF8, Type.INT)); // maps in a map
            var inKiel = stops.computeIfAbsent("kiel", city -> MemMap.make(heap, Type.UTF8, Type.INT));
            inKiel.merge("bus", 1, Integer::sum);
            inKiel.merge("bus", 1, Integer::sum);
            out.println(stops.get("kiel").asMap()); // {bus=2}

            byte[] line = "kiel;bus".getBytes(UTF_8);
            out.println(stops.containsKey(line, 0, 4)); // true: finds a range of bytes without a String

            stops.freeDeep(); // and the maps in it
            fixes.free();
            out.println(heap.stats().inUse()); // 0
        }
    }

    private static void exampleOfStatistics(PrintStream out) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("orders").make().put(1, 2);
            MemStats now = MemStats.read(); // all live heaps of the process, from any thread
            MemStats.Heap last = now.heaps().getLast();
            MemStats.Map map = last.maps().getFirst();
            out.println(map.name() + " " + map.size() + ", grows at " + map.nextGrowthAt()); // orders 1, grows at 3
            out.println(last.inUse() == heap.stats().inUse()); // true
        }
    }
}
