package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README's example is the body of {@link #example}, to the letter, and prints what its comments say. */
class ReadmeExampleTest {
    private static final Path SOURCE = Path.of("src/test/java/io/memmap/ReadmeExampleTest.java");
    private static final Path README = Path.of("../README.md");

    @Test
    void printsWhatItsCommentsSay() {
        var bytes = new ByteArrayOutputStream();
        example(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("2 0", "false", "{404=20}", "true 0");
    }

    @Test
    void standsInTheReadme() throws IOException {
        String source = Files.readString(SOURCE);
        int start = source.indexOf("        try (NativeHeap", source.indexOf("void example("));
        int end = source.indexOf("\n        }\n", start);
        String example = source.substring(start, end).stripIndent() + "\n}\n";
        assertThat(Files.readString(README)).contains("```java\n" + example + "```");
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
}
