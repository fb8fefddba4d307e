package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
        map.forEach((key, order) -> expected.add(key + "\t" + orders.text(order)));
        assertThat(expected).hasSize(119);
        reader.assertReads(heap, map.pointer(), expected);
    }

    private static String bits(double number) {
        return String.format("%016X", Double.doubleToLongBits(number));
    }

    private static String bits(float number) {
        return String.format("%08X", Float.floatToIntBits(number));
    }

    record Point(double x, float y) {}

    /** A record of fixed size, with each primitive type and a record. */
    record Fixed(long a, int b, short c, byte d, char e, boolean f, Point at) {
        static Fixed of(int i) {
            return new Fixed(-i, i * 1_000_003, (short) -i, (byte) i, (char) -i, i % 2 == 0, new Point(i / 4.0, -i));
        }

        String text() {
            return "{%d, %d, %d, %d, %d, %d, {%s, %s}}"
                    .formatted(a, b, c, d, (int) e, f ? 1 : 0, bits(at.x), bits(at.y));
        }
    }

    /** A record of fixed size that lies in a block of its own. */
    record Wide(Fixed a, Fixed b, Fixed c, Fixed d, Fixed e) {
        static Wide of(int i) {
            return new Wide(Fixed.of(i), Fixed.of(i + 1), Fixed.of(i + 2), Fixed.of(i + 3), Fixed.of(i + 4));
        }

        String text() {
            return "{%s, %s, %s, %s, %s}".formatted(a.text(), b.text(), c.text(), d.text(), e.text());
        }
    }

    /** A record whose components have fixed sizes and no names of primitives. */
    record Dated(LocalDate date, Instant time, UUID id, Month month, Optional<Point> at) {
        static Dated of(int i) {
            return new Dated(
                    LocalDate.ofEpochDay(i),
                    Instant.ofEpochSecond(-i, i),
                    new UUID(i, -i),
                    Month.of(1 + i % 12),
                    i % 3 == 0 ? Optional.empty() : Optional.of(new Point(i, i)));
        }

        String text() {
            return "{%d, %s, %016X%016X, %s, %s}"
                    .formatted(
                            date.toEpochDay(),
                            secondsAndNanos(time),
                            id.getMostSignificantBits(),
                            id.getLeastSignificantBits(),
                            month,
                            at.map(point -> "{" + bits(point.x) + ", " + bits(point.y) + "}")
                                    .orElse("empty"));
        }
    }

    /** A record that varies in size. */
    @SuppressWarnings("ArrayRecordComponent") // arrays of a record are what the reader is to read
    record Varied(String name, int[] numbers, List<Fixed> parts, Map<String, Integer> counts) {
        static Varied of(int i) {
            return new Varied(
                    key(i).repeat(i % 9),
                    IntStream.range(-i, 0).toArray(),
                    IntStream.range(0, i % 5).mapToObj(Fixed::of).toList(),
                    i % 2 == 0 ? Map.of() : Map.of(key(i), i));
        }

        String text() {
            String counted = counts.entrySet().stream()
                    .map(each -> escape(each.getKey()) + ": " + each.getValue())
                    .collect(Collectors.joining(", ", "{", "}"));
            return "{%s, %s, %s, %s}"
                    .formatted(
                            escape(name),
                            Arrays.toString(numbers),
                            parts.stream().map(Fixed::text).toList(),
                            counted);
        }
    }

    private static <T> Map<Integer, T> fifty(IntFunction<T> maker) {
        return IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> i, maker::apply));
    }

    @Test
    void theReaderReadsRecordsOfFixedFields() throws Exception {
        Map<Fixed, Wide> wide = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            wide.put(Fixed.of(i), Wide.of(i));
        }
        assertAreRead(Type.record(Fixed.class), Type.record(Wide.class), wide, Fixed::text, Wide::text);
        assertAreRead(
                Type.INT, Type.record(Dated.class).withVersion(3), fifty(Dated::of), key -> "" + key, Dated::text);
    }

    @Test
    void theReaderReadsRecordsThatVaryInSize() throws Exception {
        assertAreRead(Type.INT, Type.record(Varied.class), fifty(Varied::of), key -> "" + key, Varied::text);
        assertAreRead(
                Type.list(Type.INT),
                Type.nullable(Type.list(Type.record(Fixed.class))),
                Map.of(List.of(), List.of(), List.of(1), List.of(Fixed.of(7)), List.of(1, 2), List.of()),
                List::toString,
                list -> list.stream().map(Fixed::text).toList().toString());
        assertAreRead(
                Type.optional(Type.UTF8),
                Type.set(Type.LONG),
                Map.of(Optional.empty(), Set.of(), Optional.of(""), Set.of(-1L), Optional.of("a"), Set.of(7L)),
                text -> text.map(ReaderInCTest::escape).orElse("empty"),
                Set::toString);
    }

    @Test
    void theReaderReadsArraysOfPrimitives() throws Exception {
        assertAreRead(Type.INT, Type.INTS, fifty(i -> new int[] {i, -i}), key -> "" + key, Arrays::toString);
        assertAreRead(Type.INT, Type.LONGS, fifty(i -> new long[i]), key -> "" + key, Arrays::toString);
        assertAreRead(Type.INT, Type.SHORTS, fifty(i -> new short[] {(short) -i}), key -> "" + key, Arrays::toString);
        assertAreRead(
                Type.INT,
                Type.BOOLEANS,
                fifty(i -> new boolean[] {i % 2 == 0, true}),
                key -> "" + key,
                each -> each[0] ? "[1, 1]" : "[0, 1]");
        assertAreRead(
                Type.INT,
                Type.CHARS,
                fifty(i -> new char[] {(char) -i}),
                key -> "" + key,
                each -> "[" + (int) each[0] + "]");
        assertAreRead(
                Type.INT,
                Type.FLOATS,
                fifty(i -> new float[] {i, -0f}),
                key -> "" + key,
                each -> "[" + bits(each[0]) + ", 80000000]");
        assertAreRead(
                Type.INT,
                Type.DOUBLES,
                fifty(i -> new double[] {i / 4.0}),
                key -> "" + key,
                each -> "[" + bits(each[0]) + "]");
        assertAreRead(
                Type.INT,
                Type.BYTES,
                fifty(i -> new byte[] {(byte) i, -1}),
                key -> "" + key,
                each -> String.format("[%02X, FF]", each[0]));
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
        long other = MemMap.builder(heap, Type.UTF8, Type.BIG_INTEGER)
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
    void theReaderReadsTheDirectory() throws Exception {
        LongLongMap hits = LongLongMap.open(heap, "hits");
        LongLongMap seen = LongLongMap.open(heap, "zwölf");
        ReaderInC.Run run = reader.readDirectory(heap);
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .containsExactlyInAnyOrder("hits\t" + hits.pointer(), escape("zwölf") + "\t" + seen.pointer());
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
