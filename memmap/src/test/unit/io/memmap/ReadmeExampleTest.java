package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.observe.MemStats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The examples in the README are copies of method bodies in this class, and they print what their
 * comments say.
 */
class ReadmeExampleTest {
    private static final Path TESTS = Path.of("src/test");
    private static final Path README = Path.of("../README.md");

    @Test
    void examplesPrintWhatTheirCommentsSay() {
        assertThat(linesOf(ReadmeExampleTest::example)).containsExactly("2 0", "false", "{404=20}", "true 0");
        assertThat(linesOf(ReadmeExampleTest::exampleOfObjects)).containsExactly("54.3 null", "{bus=2}", "true", "0");
        assertThat(linesOf(ReadmeExampleTest::exampleOfStatistics)).containsExactly("orders 1, grows at 8", "true");
    }

    private static Stream<String> linesOf(Consumer<PrintStream> example) {
        var bytes = new ByteArrayOutputStream();
        example.accept(new PrintStream(bytes, true, UTF_8));
        return bytes.toString(UTF_8).lines();
    }

    @ParameterizedTest
    @ValueSource(strings = {"example", "exampleOfObjects", "exampleOfStatistics"})
    void theReadmeContainsTheExamples(String method) throws IOException {
        String source = Files.readString(ownSource());
        int start = source.indexOf("        try (NativeHeap", source.indexOf("void " + method + "("));
        int end = source.indexOf("\n        }\n", start);
        String example = source.substring(start, end).stripIndent() + "\n}\n";
        assertThat(Files.readString(README)).contains("```java\n" + example + "```");
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
            hits.add(404, 1); // Go's hits[404]++
            hits.add(404, 1);
            out.println(hits.get(404) + " " + hits.get(500)); // 2 0: an absent key has the zero value

            LongLongMap same = LongLongMap.at(heap, hits.pointer()); // another handle, the same map
            same.remove(200);
            out.println(hits.containsKey(200)); // false

            for (LongLongCursor c = hits.cursor(); c.next(); ) { // in random order; may change the map
                c.setValue(c.value() * 10);
            }
            out.println(hits.asMap()); // {404=20}, a java.util.Map

            hits.free(); // everything back to the heap; every handle is nil now
            out.println(same.isNil() + " " + heap.stats().inUse()); // true 0
        }
    }

    private static void exampleOfObjects(PrintStream out) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            record Fix(long time, double x, double y) {}
            var fixes = MemMap.make(heap, Type.UTF8, Type.record(Fix.class));
            fixes.put("ferry", new Fix(1, 54.3, 10.1)); // 24 bytes in a bucket, as a struct of C has them
            out.println(fixes.get("ferry").x() + " " + fixes.get("bus")); // 54.3 null: an absent key has no object

            var stops = MemMap.make(heap, Type.UTF8, Type.map(Type.UTF8, Type.INT)); // Go's map[string]map[string]int
            var inKiel = stops.computeIfAbsent("kiel", city -> MemMap.make(heap, Type.UTF8, Type.INT));
            inKiel.merge("bus", 1, Integer::sum);
            inKiel.merge("bus", 1, Integer::sum);
            out.println(stops.get("kiel").asMap()); // {bus=2}

            byte[] line = "kiel;bus".getBytes(UTF_8);
            out.println(stops.containsKey(line, 0, 4)); // true: a part of an array is a key too, and no String is made

            stops.freeDeep(); // and the maps in it
            fixes.free();
            out.println(heap.stats().inUse()); // 0
        }
    }

    private static void exampleOfStatistics(PrintStream out) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("orders").make().put(1, 2);
            MemStats now = MemStats.read(); // all live heaps of the process, as Go's runtime.MemStats
            MemStats.Heap last = now.heaps().getLast();
            MemStats.Map map = last.maps().getFirst();
            out.println(map.name() + " " + map.size() + ", grows at " + map.nextGrowthAt()); // orders 1, grows at 8
            out.println(last.inUse() == heap.stats().inUse()); // true
        }
    }
}
