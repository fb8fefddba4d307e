package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.Opening;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;

class InfluxLinesTest {
    private static final MemStats.Map MAP = new MemStats.Map(
            7,
            4096,
            "orders, new = a",
            "map[long]long",
            1,
            3,
            2,
            1,
            false,
            9,
            -1,
            1,
            2,
            3,
            4,
            0,
            0,
            0,
            0,
            7,
            13,
            false,
            3,
            0,
            0,
            1,
            true,
            false,
            false,
            -1);

    private static final MemStats.Snapshots NO_SNAPSHOT = new MemStats.Snapshots(0, 0, "", -1, 0, 0, 0, false, "", -1);

    private static MemStats statsOf(MemStats.Map map, MemStats.Cache... caches) {
        return statsOf(null, NO_SNAPSHOT, map, caches);
    }

    private static MemStats statsOf(
            MemStats.File file, MemStats.Snapshots snapshots, MemStats.Map map, MemStats.Cache... caches) {
        var kinds = List.of(new MemStats.Kind("blob", 16, 1, 3, 2));
        var heap = new MemStats.Heap(
                7,
                true,
                1_500_000_000,
                3072,
                4096,
                2048,
                1024,
                16,
                1,
                3,
                2,
                5,
                6,
                8,
                kinds,
                List.of(map),
                true,
                List.of(caches),
                file,
                snapshots);
        return new MemStats(
                1_700_000_000_123L,
                2,
                1,
                0,
                3072,
                4096,
                2048,
                1024,
                16,
                1,
                3,
                2,
                5,
                6,
                8,
                1_500_000_000,
                9,
                10,
                11,
                kinds,
                List.of(heap));
    }

    private static MemStats.Cache cache(String name) {
        return new MemStats.Cache(7, name, "map[utf8]long", 1, 2, 3, 4, 5, 1_500_000_000, 7, 8, 9);
    }

    private static String written(MemStats stats) throws IOException {
        StringBuilder out = new StringBuilder();
        InfluxLines.write(stats, out);
        return out.toString();
    }

    @Test
    void aSnapshotIsALineForEachPart() throws IOException {
        assertThat(written(statsOf(MAP, cache("a"), cache("hot, cold"), cache("a")))
                        .lines())
                .containsExactly(
                        "memmap heaps_opened=2i,heaps_closed=1i,heaps_unreadable=0i,max_bytes=3072i,"
                            + "reserved_bytes=4096i,committed_bytes=2048i,metadata_bytes=1024i,growths=5i,shrinks=6i,evacuations=8i,oldest_age_seconds=1.5,repairs=9i,snapshots_taken=10i,snapshots_failed=11i"
                            + " 1700000000123000000",
                        "memmap_kind,kind=blob used_bytes=16i,objects=1i,allocations=3i,frees=2i 1700000000123000000",
                        "memmap_heap,heap=7 max_bytes=3072i,reserved_bytes=4096i,committed_bytes=2048i,"
                                + "metadata_bytes=1024i,age_seconds=1.5 1700000000123000000",
                        "memmap_heap_kind,heap=7,kind=blob used_bytes=16i,objects=1i,allocations=3i,frees=2i"
                                + " 1700000000123000000",
                        "memmap_map,heap=7,map=orders\\,\\ new\\ \\=\\ a,type=map[long]long tables=1i,size=3i,"
                                + "used_bytes=10i,next_growth=9i,overflow_share=0.3333333333333333"
                                + " 1700000000123000000",
                        "memmap_cache,heap=7,map=a,type=map[utf8]long hits=2i,misses=4i,puts=6i,loads=8i,"
                                + "failed_loads=10i,load_time_seconds=3.0,evictions=14i,expirations=16i,too_large=18i"
                                + " 1700000000123000000",
                        "memmap_cache,heap=7,map=hot\\,\\ cold,type=map[utf8]long hits=1i,misses=2i,puts=3i,loads=4i,"
                                + "failed_loads=5i,load_time_seconds=1.5,evictions=7i,expirations=8i,too_large=9i"
                                + " 1700000000123000000");
    }

    @Test
    void aFileAndASnapshotHaveALine() throws IOException {
        var file = new MemStats.File(
                "/dev/shm/a b", "tmpfs", Opening.How.RECOVERED, 1_500_000_000, 4, 2, 3, 1, 5, 500_000_000);
        var snapshots = new MemStats.Snapshots(2, 1, "/b", 2_500_000_000L, 500_000_000, 4096, 6, true, "full", 1);
        assertThat(written(statsOf(file, snapshots, MAP)).lines())
                .contains(
                        "memmap_file,file=/dev/shm/a\\ b,heap=7 generation=4i,opening_time_seconds=1.5,undone=2i,"
                                + "freed_blocks=3i,sync_time_seconds=0.5 1700000000123000000",
                        "memmap_snapshot,heap=7 age_seconds=2.5,time_seconds=0.5,size_bytes=4096i,maps=6i"
                                + " 1700000000123000000");
        assertThat(written(statsOf(MAP))).doesNotContain("memmap_file", "memmap_snapshot");
    }

    @Test
    void aTagWithoutAValueIsLeftOut() throws IOException {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.make(heap).put(1, 2);
            assertThat(written(MemStats.read()))
                    .contains(",type=map[long]long tables=1i,size=1i")
                    .doesNotContain("map=,");
        }
    }

    private static MemStats.Map named(String name) {
        return new MemStats.Map(
                7,
                4096,
                name,
                "map[utf8]a b",
                1,
                3,
                2,
                1,
                false,
                9,
                -1,
                1,
                2,
                3,
                4,
                0,
                0,
                0,
                0,
                7,
                13,
                false,
                3,
                0,
                0,
                1,
                true,
                false,
                false,
                -1);
    }

    /**
     * The test reads each line back by the rules of the protocol, character by character. It does
     * not use the rules of the writer.
     */
    @Property
    void everyNameCanBeReadBackByTheRulesOfTheProtocol(
            @ForAll
                    @Chars({'\\', ',', ' ', '=', '"', '\n', '\t', '%', '\u00fc', '\ud800', '\udc00'})
                    @CharRange(from = 'a', to = 'c')
                    String name)
            throws IOException {
        String written = written(statsOf(named(name)));
        List<String> lines = written.lines().toList();
        assertThat(lines).hasSize(5);
        assertThat(new String(written.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .isEqualTo(written);
        Map<String, String> tags = tagsOf(lines.getLast());
        assertThat(tags).containsEntry("type", "map[utf8]a b").containsEntry("heap", "7");
        String numbers = Pattern.compile("%(D[89A-F]..|..)")
                .matcher(tags.getOrDefault("map", ""))
                .replaceAll(
                        number -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(number.group(1), 16))));
        assertThat(numbers).isEqualTo(name);
    }

    /**
     * Returns the tags of a line, which are between the first comma and the first space. A
     * backslash escapes the next special character.
     */
    private static Map<String, String> tagsOf(String line) {
        Map<String, String> tags = new HashMap<>();
        StringBuilder part = new StringBuilder();
        String key = null;
        boolean measurement = true;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length() && ",= ".indexOf(line.charAt(i + 1)) >= 0) {
                part.append(line.charAt(++i));
            } else if (c == ',' || c == ' ') {
                if (!measurement) {
                    tags.put(key, part.toString());
                }
                measurement = false;
                part.setLength(0);
                if (c == ' ') {
                    return tags;
                }
            } else if (c == '=') {
                key = part.toString();
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        throw new AssertionError("no fields: " + line);
    }
}
