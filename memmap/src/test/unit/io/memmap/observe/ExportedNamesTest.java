package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.pprof.ProtoWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.management.JMException;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Maps with different names stay different in every export format, whatever characters the names
 * contain.
 */
class ExportedNamesTest {
    private static final List<String> NAMES = List.of(
            "",
            " ",
            "a b",
            "a\nb",
            "a\r\nb",
            "a\tb",
            "a\0b",
            "a\u0085b",
            "a\u2028b",
            "a,b",
            "a=b",
            "a\"b",
            "a'b",
            "a\\b",
            "a\\nb",
            "a\\",
            "a/",
            "a\\ b",
            "a\\,b",
            "a%0Ab",
            "a%b",
            "a}b",
            "#a",
            "<a&b>",
            "\ud83d\ude00",
            "a ");

    private final NativeHeap heap = NativeHeap.builder().profileEvery(1).open();
    private String id;

    @BeforeEach
    void makeMaps() {
        for (String name : NAMES) {
            LongLongMap.builder(heap).name(name).make().put(1, 2);
        }
        id = Long.toString(MemStats.read().heaps().getLast().id());
    }

    @AfterEach
    void close() {
        heap.close();
    }

    @Test
    void influxHasALineForEachName() throws IOException {
        StringBuilder out = new StringBuilder();
        InfluxLines.write(MemStats.read(), out);
        String written = new String(out.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        assertThat(List.of(written.split("\n")))
                .filteredOn(line -> line.startsWith("memmap_map,heap=" + id + ","))
                .extracting(line -> line.substring(0, line.indexOf(" tables=1i,size=1i,")))
                .doesNotHaveDuplicates()
                .hasSize(NAMES.size());
    }

    @Test
    void jmxHasEachName() throws JMException {
        try {
            CompositeData stats = (CompositeData)
                    ManagementFactory.getPlatformMBeanServer().getAttribute(MemStatsMXBean.register(), "Stats");
            CompositeData[] heaps = (CompositeData[]) stats.get("heaps");
            assertThat((CompositeData[]) heaps[heaps.length - 1].get("maps"))
                    .extracting(map -> map.get("name"))
                    .containsExactlyInAnyOrderElementsOf(NAMES);
        } finally {
            MemStatsMXBean.unregister();
        }
    }

    @Test
    void pprofHasEachNameAsAString() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        HeapProfile.take().writePprof(out);
        byte[] profile = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray())).readAllBytes();
        String bytes = new String(profile, StandardCharsets.ISO_8859_1);
        for (String name : NAMES) {
            byte[] field = new ProtoWriter().text(6, name).toByteArray();
            assertThat(bytes).contains(new String(field, StandardCharsets.ISO_8859_1));
        }
    }
}
