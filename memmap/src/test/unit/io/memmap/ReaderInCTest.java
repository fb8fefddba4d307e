package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code memmap/docs/format.md} is enough to read a map. {@code read_map.c} was written from it
 * alone and lists the entries of a dumped map as Java does.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"GO", "LINE"})
class ReaderInCTest {
    private static final long HEAP_BYTES = 1 << 20;
    private static final List<String> ODD_KEYS =
            List.of("", "\0", "zwölf", "日本語", "\uD83D\uDE00", "tab\t, line\n, back\\slash, ~", "long ".repeat(99));

    @TempDir
    static Path directory;

    private static ReaderInC reader;

    @Parameter
    private Geometry geometry;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open();

    @BeforeAll
    static void compileTheReader() throws IOException, InterruptedException {
        reader = ReaderInC.compile(directory);
    }

    @AfterEach
    void end() {
        heap.close();
    }

    private MapBuilder<MemMap<String, Integer>> builder() {
        return MemMap.builder(heap, Type.UTF8, Type.INT).geometry(geometry);
    }

    private MemMap<String, Integer> make() {
        return builder().make();
    }

    // --------------------------------------------------------------------------------------- tests

    @Test
    void theReaderReadsAnEmptyMap() throws Exception {
        assertIsReadAsItIs(make());
    }

    @Test
    void theReaderReadsAMapWithRemovedEntries() throws Exception {
        MemMap<String, Integer> map = fill(make(), 40);
        for (int i = 0; i < 40; i += 3) {
            map.delete(key(i));
        }
        map.delete("");
        assertIsReadAsItIs(map);
    }

    @ParameterizedTest
    @EnumSource(names = {"GO", "LINE"})
    void theReaderReadsAMapWhileItDoublesAndAfterwards(Geometry geometry) throws Exception {
        MemMap<String, Integer> map = fill(builder().geometry(geometry).make(), 200);
        int next = 200;
        while (!hasMovedInPart(map)) {
            map.set(key(next), -next++);
        }
        assertIsReadAsItIs(map);
        while (map.isGrowing()) {
            map.set(key(next), -next++);
        }
        assertIsReadAsItIs(map);
    }

    @ParameterizedTest
    @EnumSource(names = {"GO", "LINE"})
    void theReaderReadsAMapWhileItHalvesAndAfterwards(Geometry geometry) throws Exception {
        MemMap<String, Integer> map = fill(builder().geometry(geometry).make(), 1000);
        int next = 0;
        while (!hasMovedInPart(map) || (map.state() & HmapLayout.SHRINKING) == 0) {
            map.delete(key(next++));
        }
        assertIsReadAsItIs(map);
        while (map.isGrowing()) {
            map.delete(key(next++));
        }
        assertIsReadAsItIs(map);
    }

    @ParameterizedTest
    @EnumSource(names = {"GO", "LINE"})
    void theReaderReadsAMapThatGrowsInTheSameSize(Geometry geometry) throws Exception {
        MemMap<String, Integer> map =
                fill(builder().geometry(geometry).hint(104).autoShrink(false).make(), 90);
        int next = 90;
        while (!hasMovedInPart(map) || (map.state() & HmapLayout.SAME_SIZE) == 0) {
            map.set(key(next), next);
            map.delete(key(next++ - 90));
        }
        assertIsReadAsItIs(map);
    }

    @ParameterizedTest
    @EnumSource
    void theReaderReadsAMapOfStructs(Orders orders) throws Exception {
        LongStructMap map =
                LongStructMap.builder(heap, orders.layout).geometry(geometry).make();
        List<String> expected = new ArrayList<>();
        for (long key = -60; key < 60; key++) {
            map.put(key, orders.of(key));
        }
        map.remove(7);
        map.forEach((key, order) -> {
            byte[] bytes = new byte[orders.bytes()];
            order.copyTo(MemorySegment.ofArray(bytes));
            expected.add(key + "\t" + HexFormat.of().withUpperCase().formatHex(bytes));
        });
        assertThat(expected).hasSize(119);
        reader.assertReads(heap, map.pointer(), expected);
    }

    @Test
    void theReaderReadsEnumsDatesAndOptionals() throws Exception {
        Map<TypeUnderTest.Level, LocalDate> dates = new HashMap<>();
        for (TypeUnderTest.Level level : TypeUnderTest.Level.values()) {
            dates.put(level, LocalDate.EPOCH.plusDays(1000L * dates.size() - 1000));
        }
        assertAreRead(
                Type.enumOf(TypeUnderTest.Level.class),
                Type.LOCAL_DATE,
                dates,
                Enum::name,
                date -> "" + date.toEpochDay());

        Map<LocalDateTime, Duration> times = new HashMap<>();
        for (int i = -20; i < 20; i++) {
            times.put(
                    LocalDateTime.of(1970, 1, 1, 0, 0).plusNanos(i * 1_234_567_890L),
                    Duration.ofNanos(i * 999_999_999L));
        }
        assertAreRead(
                Type.LOCAL_DATE_TIME,
                Type.DURATION,
                times,
                time -> secondsAndNanos(time.toInstant(ZoneOffset.UTC)),
                time -> time.getSeconds() + "s" + time.getNano());

        Map<Optional<Integer>, Optional<Month>> months = new HashMap<>();
        months.put(Optional.empty(), Optional.of(Month.DECEMBER));
        months.put(Optional.of(0), Optional.empty());
        months.put(Optional.of(-7), Optional.of(Month.JANUARY));
        assertAreRead(
                Type.optional(Type.INT),
                Type.optional(Type.enumOf(Month.class)),
                months,
                number -> number.map(Object::toString).orElse("empty"),
                month -> month.map(Month::name).orElse("empty"));
    }

    private static String secondsAndNanos(Instant instant) {
        return instant.getEpochSecond() + "s" + instant.getNano();
    }

    private <K, V> void assertAreRead(
            Type<K> keyType,
            Type<V> valueType,
            Map<K, V> entries,
            Function<K, String> keyText,
            Function<V, String> valueText)
            throws IOException, InterruptedException {
        MemMap<K, V> map =
                MemMap.builder(heap, keyType, valueType).geometry(geometry).make();
        map.asMap().putAll(entries);
        List<String> expected = new ArrayList<>();
        entries.forEach((key, value) -> expected.add(keyText.apply(key) + "\t" + valueText.apply(value)));
        reader.assertReads(heap, map.pointer(), expected);
    }

    @Test
    void theReaderRefusesWhatIsNoSuchMap() throws Exception {
        MemMap<String, Integer> freed = make();
        long other = MemMap.builder(heap, Type.UTF8, Type.list(Type.INT))
                .geometry(geometry)
                .make()
                .pointer();
        freed.free();
        for (long pointer : new long[] {0, other, freed.pointer(), HEAP_BYTES - 1, -1}) {
            ReaderInC.Run run = reader.read(heap, pointer);
            assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
            assertThat(run.err()).startsWith("read_map: ");
        }
    }

    @Test
    void theReaderNoticesAMissingEntry() throws Exception {
        MemMap<String, Integer> map = fill(make(), 10);
        map.setField(HmapLayout.COUNT, map.size() + 1);
        assertThat(reader.read(heap, map.pointer()).err()).contains("not as many entries");
    }

    // ------------------------------------------------------------------------------ helper methods

    private static String key(int i) {
        return "Schlüssel " + i;
    }

    /** Puts the unusual keys, and then this many ordinary keys. */
    private static MemMap<String, Integer> fill(MemMap<String, Integer> map, int keys) {
        for (String key : ODD_KEYS) {
            map.set(key, key.isEmpty() ? Integer.MIN_VALUE : -key.length());
        }
        for (int i = 0; i < keys; i++) {
            map.set(key(i), i);
        }
        return map;
    }

    /**
     * Returns whether some units have moved. In a map of Go's geometry, some must have moved out of
     * order.
     */
    private static boolean hasMovedInPart(MemMap<?, ?> map) {
        long units = map.isGrowing() ? 1L << HashTable.unitsB(map.state()) : 0;
        long moved = 0;
        for (long unit = 0; unit < units; unit++) {
            moved += map.isEvacuated(unit) ? 1 : 0;
        }
        long mark = map.field(HmapLayout.NEVACUATE);
        return mark > 2 && moved < units && (moved > mark || map.bucketLayout.geometry() != BucketLayout.GO);
    }

    private void assertIsReadAsItIs(MemMap<String, Integer> map) throws IOException, InterruptedException {
        map.check();
        var expected = new ArrayList<String>();
        map.forEach((key, value) -> expected.add(escape(key) + "\t" + value));
        reader.assertReads(heap, map.pointer(), expected);
    }

    private static String escape(String key) {
        var escaped = new StringBuilder();
        for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
            escaped.append(b >= ' ' && b <= '~' && b != '\\' ? "" + (char) b : String.format("\\x%02X", b));
        }
        return escaped.toString();
    }
}
