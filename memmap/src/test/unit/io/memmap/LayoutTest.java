package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BoundsLayout;
import io.memmap.format.BucketLayout;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.OrderLayout;
import io.memmap.format.ShardsLayout;
import io.memmap.format.Tophash;
import io.memmap.format.WordsLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bytes of a header and of a bucket. In the geometry GO they are Go's, with Go's names and
 * sizes.
 */
class LayoutTest {
    private static final int CACHE_LINE_BYTES = 64;
    private static final String[] KINDS = {"CODE", "KIND", "SLOT BYTES", "MEANING"};
    /** Sizes of keys and values, up to the largest size that is stored in a bucket. */
    private static final int[] SIZES = {0, 1, 2, 3, 4, 8, 12, 16, 24, 32, 48, 100, 127, 128};

    // ---------------------------------------------------------------------------------------- hmap

    @ParameterizedTest
    @CsvSource({
        "count, 0, 8",
        "flags, 8, 1",
        "B, 9, 1",
        "noverflow, 10, 2",
        "hash0, 12, 4",
        "buckets, 16, 8",
        "oldbuckets, 24, 8",
        "nevacuate, 32, 8",
        "extra, 40, 8"
    })
    void theFirst48BytesOfTheHeaderAreGosHmap(String field, long offset, long bytes) {
        PathElement path = PathElement.groupElement(field);
        assertThat(HmapLayout.LAYOUT.byteOffset(path)).isEqualTo(offset);
        assertThat(HmapLayout.LAYOUT.select(path).byteSize()).isEqualTo(bytes);
    }

    @Test
    void theDocsStateTheHeader() {
        assertThat(docs("## Map header", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(HmapLayout.LAYOUT));
        assertThat(HmapLayout.BYTES).isEqualTo(256);
    }

    @Test
    void theDocsStateTheJournal() {
        List<String> members = new ArrayList<>();
        for (MemoryLayout member : HmapLayout.JOURNAL_LAYOUT.memberLayouts()) {
            member.name()
                    .ifPresent(name -> members.add(
                            HmapLayout.BYTES + HmapLayout.JOURNAL_LAYOUT.byteOffset(PathElement.groupElement(name))
                                    + " " + member.byteSize() + " " + name));
        }
        assertThat(docs("### Journal", 3, "OFFSET", "SIZE", "NAME", "MEANING")).containsExactlyElementsOf(members);
        assertThat(HmapLayout.bytes(true)).isEqualTo(256 + 384);
    }

    @Test
    void theDocsStateTheListOfShards() {
        assertThat(docs("### Shards", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(ShardsLayout.LAYOUT));
        assertThat(ShardsLayout.bytes(2)).isEqualTo(16 + 2 * 8);
    }

    @Test
    void theDocsStateTheWords() {
        assertThat(docs("### Words", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(WordsLayout.LAYOUT));
        assertThat(WordsLayout.bytes(2)).isEqualTo(24 + 2 * 8);
    }

    @Test
    void theDocsStateTheFlagsAndOptions() {
        assertThat(docs("### Map flags", 2, "VALUE", "NAME", "MEANING"))
                .containsExactly(
                        HmapLayout.WRITING + " writing",
                        HmapLayout.SAME_SIZE + " sameSize",
                        HmapLayout.SHRINKING + " shrinking",
                        HmapLayout.CRAMPED + " cramped");
        assertThat(docs("### Map options", 2, "VALUE", "NAME", "MEANING"))
                .containsExactly(
                        HmapLayout.AUTO_SHRINK + " autoShrink",
                        HmapLayout.SHARD + " shard",
                        HmapLayout.BOUNDED + " bounded",
                        HmapLayout.JOURNALED + " journaled",
                        HmapLayout.KEYS_OUTSIDE + " keysOutside",
                        HmapLayout.VALUES_OUTSIDE + " valuesOutside",
                        HmapLayout.NAMED + " named");
        assertThat(Geometry.of(1)).isEqualTo(Geometry.GO);
        assertThat(Geometry.of(2)).isEqualTo(Geometry.LINE);
        assertThat(Geometry.of(3)).isEqualTo(Geometry.PAGE);
    }

    @Test
    void theDocsStateTheTophashCodes() {
        assertThat(docs("### Tophash codes", 2, "CODE", "NAME", "MEANING"))
                .containsExactly(
                        Tophash.EMPTY_REST + " emptyRest",
                        Tophash.EMPTY_ONE + " emptyOne",
                        Tophash.EVACUATED_X + " evacuatedX",
                        Tophash.EVACUATED_Y + " evacuatedY",
                        Tophash.EVACUATED_EMPTY + " evacuatedEmpty",
                        Tophash.MIN_TOPHASH + " minTopHash");
    }

    @Test
    void theDocsStateTheKindsOfKeysAndValues() {
        List<String> codes = new ArrayList<>();
        for (ElementKind kind : ElementKind.values()) {
            codes.add(kind.code() + " " + kind);
        }
        assertThat(docs("## Keys and values", 2, KINDS)).containsExactlyElementsOf(codes);
    }

    @Test
    void theDocsStateTheBytesOfKeysAndValues() {
        List<Type<?>> types = List.of(
                Type.LONG,
                Type.INT,
                Type.SHORT,
                Type.BYTE,
                Type.CHAR,
                Type.BOOLEAN,
                Type.FLOAT,
                Type.DOUBLE,
                Type.UUID,
                Type.INSTANT,
                Type.UTF8,
                Type.BYTES,
                Type.map(Type.INT, Type.INT),
                Type.pointer(),
                Type.of("text", String.class, (text, to) -> to.putUtf8(text), ByteReader::getUtf8),
                Type.LOCAL_DATE,
                Type.LOCAL_DATE_TIME,
                Type.DURATION,
                Type.BIG_INTEGER,
                Type.BIG_DECIMAL,
                Type.BOOLEANS,
                Type.SHORTS,
                Type.CHARS,
                Type.INTS,
                Type.LONGS,
                Type.FLOATS,
                Type.DOUBLES,
                Type.list(Type.INT),
                Type.set(Type.INT),
                Type.mapOf(Type.INT, Type.INT),
                Type.record(Text.class),
                Type.sealed(Sealed.class));
        List<String> bytes = types.stream().map(LayoutTest::kindAndBytes).toList();
        assertThat(DocTable.rows("format.md", "## Keys and values", KINDS).stream()
                        .map(row -> row.get(1) + " " + row.get(2)))
                .filteredOn(row -> !row.endsWith(" by its type"))
                .containsExactlyElementsOf(bytes);
    }

    /** The one record of a sealed interface. */
    record Text(String text) implements Sealed {}

    sealed interface Sealed permits Text {}

    private static String kindAndBytes(Type<?> type) {
        return type.kind() + " " + type.slotBytes();
    }

    @Test
    void theDocsStateTheExamplesOfBucketsAndLines() {
        String[] head = {"GEOMETRY", "KEY", "VALUE", "SLOTS", "OVERFLOW", "KEY i", "VALUE i", "BYTES"};
        List<List<String>> rows = new ArrayList<>(DocTable.rows("format.md", "## Buckets", head));
        rows.addAll(DocTable.rows("format.md", "## Pages", head));
        for (List<String> row : rows) {
            Geometry geometry = Geometry.valueOf(row.get(0));
            BucketLayout layout = BucketLayout.of(geometry.code(), slotBytes(row.get(1)), slotBytes(row.get(2)));
            assertThat(row.subList(3, 8))
                    .as("the bytes of the example %s", row)
                    .containsExactly(
                            "" + layout.slots(),
                            "" + layout.overflowOffset(),
                            layout.keysOffset() + " + " + layout.keyStride() + "i",
                            layout.valuesOffset() + " + " + layout.valueStride() + "i",
                            "" + layout.bytes());
        }
    }

    private static int slotBytes(String kind) {
        return switch (kind) {
            case "long" -> Type.LONG.slotBytes();
            case "int" -> Type.INT.slotBytes();
            case "utf8" -> Type.UTF8.slotBytes();
            default -> throw new IllegalArgumentException(kind);
        };
    }

    @Test
    void theDocsStateTheBounds() {
        assertThat(docs("## Bounds", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(BoundsLayout.LAYOUT));
        assertThat(docs("## The node of a bounded map", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(BoundsLayout.NODE));
        assertThat(BoundsLayout.BYTES).isEqualTo(320);
        assertThat(BoundsLayout.nodeBytes(true)).isEqualTo(40);
        assertThat(BoundsLayout.nodeBytes(false)).isEqualTo(24);
    }

    /**
     * The bounds of a shard and the nodes of two entries in the heap are as the document states.
     */
    @Test
    void aBoundedMapHasTheBoundsAndNodesOfTheDocs() {
        Map<String, Long> at = new HashMap<>();
        for (List<String> row :
                DocTable.rows("format.md", "## The node of a bounded map", "OFFSET", "SIZE", "NAME", "MEANING")) {
            at.put(row.get(2), Long.parseLong(row.get(0)));
        }
        Map<String, Long> bounds = new HashMap<>();
        for (List<String> row : DocTable.rows("format.md", "## Bounds", "OFFSET", "SIZE", "NAME", "MEANING")) {
            bounds.put(row.get(2), Long.parseLong(row.get(0)));
        }
        AtomicLong clock = new AtomicLong(0x1234_5678_9ABC_DEF0L);
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = SyncMap.builder(heap, Type.INT, Type.INT)
                    .shards(1)
                    .maxEntries(1000)
                    .expireAfterAccess(Duration.ofDays(1))
                    .ticker(clock::get)
                    .make();
            long firstTime = clock.get();
            map.put(1, 1);
            long secondTime = clock.addAndGet(5);
            map.put(2, 2);
            MemorySegment memory = heap.segment();
            long behindHeader = map.shards.get(0).table.hmap + HmapLayout.BYTES;
            long chunk = longAt(memory, behindHeader + bounds.get("chunk"));
            long first = chunk + 40;
            long second = first + 40;

            assertThat(intAt(memory, behindHeader + bounds.get("end"))).isEqualTo(3);
            assertThat(intAt(memory, behindHeader + bounds.get("oldest") + 4)).isEqualTo(1);
            assertThat(intAt(memory, behindHeader + bounds.get("newest") + 4)).isEqualTo(2);
            assertThat(intAt(memory, behindHeader + bounds.get("sizes") + 4)).isEqualTo(2);
            assertThat(longAt(memory, behindHeader + bounds.get("uses"))).isEqualTo(2);
            assertThat(longAt(memory, first + at.get("written"))).isEqualTo(firstTime);
            assertThat(longAt(memory, second + at.get("written"))).isEqualTo(secondTime);
            assertThat(intAt(memory, chunk + at.get("link"))).isZero();
            assertThat(longAt(memory, first + at.get("read"))).isEqualTo(firstTime);
            assertThat(longAt(memory, second + at.get("read"))).isEqualTo(secondTime);
            assertThat(longAt(memory, first + at.get("hash")))
                    .isNotZero()
                    .isNotEqualTo(longAt(memory, second + at.get("hash")));
            // both entries fit in the window of a map of 1,000 entries
            assertThat(intAt(memory, first + at.get("list"))).isEqualTo(1);
            assertThat(intAt(memory, second + at.get("list"))).isEqualTo(1);
            assertThat(intAt(memory, first + at.get("previous"))).isZero();
            assertThat(intAt(memory, first + at.get("next"))).isEqualTo(2);
            assertThat(intAt(memory, second + at.get("previous"))).isEqualTo(1);
            assertThat(intAt(memory, second + at.get("next"))).isZero();
        }
    }

    @Test
    void theDocsStateTheOrderedIndex() {
        assertThat(docs("### The header of the ordered index", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(OrderLayout.HEADER));
        assertThat(docs("### A node of the ordered index", 3, "OFFSET", "SIZE", "NAME", "MEANING"))
                .containsExactlyElementsOf(members(OrderLayout.NODE));
        assertThat(OrderLayout.HEADER_BYTES).isEqualTo(64);
        assertThat(OrderLayout.NODE_BYTES).isEqualTo(1024);
    }

    private static List<String> members(StructLayout layout) {
        List<String> members = new ArrayList<>();
        for (MemoryLayout member : layout.memberLayouts()) {
            member.name()
                    .ifPresent(name -> members.add(
                            layout.byteOffset(PathElement.groupElement(name)) + " " + member.byteSize() + " " + name));
        }
        return members;
    }

    private static long longAt(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    private static int intAt(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    private static List<String> docs(String heading, int cells, String... columns) {
        return DocTable.firstCells(DocTable.rows("format.md", heading, columns), cells);
    }

    @Test
    void theFieldExtraPointsToGosMapextra() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            assertThat(map.field(HmapLayout.EXTRA)).isEqualTo(map.pointer() + offset("overflow"));
            assertThat(offset("oldoverflow")).isEqualTo(offset("overflow") + 8);
            assertThat(offset("nextOverflow")).isEqualTo(offset("overflow") + 16);
        }
    }

    /** The engine reads the flags, B, noverflow and hash0 as one word. */
    @Test
    void theStateWordHasTheFieldsAtTheirOffsets() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            long state = HmapLayout.withHash0(HmapLayout.withB(0x1234_0008L, 0x29), 0x89AB_CDEF);
            map.setState(state);
            MemorySegment header = heap.segment().asSlice(map.pointer(), HmapLayout.BYTES);

            assertThat(bytes(header, "flags", 1)).containsExactly(0x08);
            assertThat(bytes(header, "B", 1)).containsExactly(0x29);
            assertThat(bytes(header, "noverflow", 2)).containsExactly(0x34, 0x12);
            assertThat(bytes(header, "hash0", 4)).containsExactly(0xEF, 0xCD, 0xAB, 0x89);
            assertThat(HmapLayout.b(state)).isEqualTo(0x29);
            assertThat(HmapLayout.noverflow(state)).isEqualTo(0x1234);
        }
    }

    @Test
    void aMapReturnsItsLayouts() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap go = LongLongMap.builder(heap).geometry(Geometry.GO).make();
            assertThat(go.layout().header().byteSize()).isEqualTo(HmapLayout.BYTES);
            assertThat(go.layout().bucket().byteSize()).isEqualTo(144);
            assertThat(IntIntMap.builder(heap)
                            .geometry(Geometry.GO)
                            .make()
                            .layout()
                            .bucket()
                            .byteSize())
                    .isEqualTo(80);
        }
    }

    // ---------------------------------------------------------------------------------------- bmap

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "int64 to int64, 8, 8, 72, 136, 144",
        "string to int64, 16, 8, 136, 200, 208",
        "int32 to int32, 4, 4, 40, 72, 80",
        "int32 to int64, 4, 8, 40, 104, 112",
        "int64 to int32, 8, 4, 72, 104, 112",
        "uint8 to uint8, 1, 1, 16, 24, 32",
        "int64 to int8, 8, 1, 72, 80, 88",
        "int16 to int16, 2, 2, 24, 40, 48",
        "int64 to struct{}, 8, 0, 72, 72, 80",
        "struct{} to struct{}, 0, 0, 8, 8, 16",
        "string to string, 16, 16, 136, 264, 272",
        "string to []byte, 16, 24, 136, 328, 336",
        "[3]int32 to int64, 12, 8, 104, 168, 176",
        "[128]byte to [128]byte, 128, 128, 1032, 2056, 2064"
    })
    void goBucketsAreThoseOfTheRealRuntime(
            String type, int keyBytes, int valueBytes, int values, int overflow, int bucket) {
        BucketLayout layout = BucketLayout.of(BucketLayout.GO, keyBytes, valueBytes);
        assertThat(layout.slots()).isEqualTo(8);
        assertThat(layout.keysOffset()).isEqualTo(8);
        assertThat(layout.valuesOffset()).isEqualTo(values);
        assertThat(layout.overflowOffset()).isEqualTo(overflow);
        assertThat(layout.bytes()).isEqualTo(bucket);
    }

    @Test
    void goBucketsFollowGosFormulaForEverySize() {
        for (int keyBytes = 0; keyBytes <= 128; keyBytes++) {
            for (int valueBytes = 0; valueBytes <= 128; valueBytes++) {
                BucketLayout layout = BucketLayout.of(BucketLayout.GO, keyBytes, valueBytes);
                assertThat(layout.keyStride()).isEqualTo(keyBytes);
                assertThat(layout.valueStride()).isEqualTo(valueBytes);
                assertThat(layout.valuesOffset()).isEqualTo(8 + 8 * keyBytes);
                assertThat(layout.overflowOffset()).isEqualTo(8 + 8 * keyBytes + 8 * valueBytes);
                assertThat(layout.bytes()).isEqualTo(16 + 8 * (keyBytes + valueBytes));
            }
        }
    }

    // ---------------------------------------------------------------------------------------- LINE

    @ParameterizedTest
    @CsvSource({"8, 8, 7, 128", "4, 4, 6, 64"})
    void lineBucketsOfPrimitivesFillWholeCacheLines(int keyBytes, int valueBytes, int slots, int bucket) {
        BucketLayout layout = BucketLayout.of(BucketLayout.LINE, keyBytes, valueBytes);
        assertThat(layout.slots()).isEqualTo(slots);
        assertThat(layout.bytes()).isEqualTo(bucket);
        assertThat(layout.keysOffset()).isEqualTo(16);
        assertThat(layout.keysOffset() + slots * layout.keyStride()).isEqualTo(bucket);
    }

    @Test
    void lineBucketsAreWholeCacheLinesOfEverySize() {
        forEachSize((keyBytes, valueBytes) -> {
            BucketLayout layout = BucketLayout.of(BucketLayout.LINE, keyBytes, valueBytes);
            assertThat(layout.bytes() % CACHE_LINE_BYTES).isZero();
            assertThat(layout.slots()).isBetween(4, 8);
        });
    }

    /**
     * A bucket starts at a cache line. So a place in the bucket has the alignment of its offset.
     */
    @Test
    void lineKeysAndValuesAreAlignedToTheirSize() {
        for (int keyBytes : new int[] {1, 2, 4, 8}) {
            for (int valueBytes : new int[] {1, 2, 4, 8}) {
                BucketLayout layout = BucketLayout.of(BucketLayout.LINE, keyBytes, valueBytes);
                for (int slot = 0; slot < layout.slots(); slot++) {
                    assertThat((layout.keysOffset() + slot * layout.keyStride()) % keyBytes)
                            .isZero();
                    assertThat((layout.valuesOffset() + slot * layout.valueStride()) % valueBytes)
                            .isZero();
                }
            }
        }
    }

    // ---------------------------------------------------------------------------------------- PAGE

    @ParameterizedTest
    @CsvSource({"8, 4", "4, 8"})
    void aLineOfAPageIsACacheLineOfPairsWithoutGaps(int bytes, int slots) {
        BucketLayout layout = BucketLayout.of(BucketLayout.PAGE, bytes, bytes);
        assertThat(layout.slots()).isEqualTo(slots);
        assertThat(layout.bytes()).isEqualTo(CACHE_LINE_BYTES);
        assertThat(layout.keyStride()).isEqualTo(2 * bytes);
        StructLayout struct = layout.toStructLayout();
        assertThat(struct.byteSize()).isEqualTo(CACHE_LINE_BYTES);
        for (int slot = 0; slot < slots; slot++) {
            assertThat(offset(struct, "key" + slot)).isEqualTo(layout.keysOffset() + slot * layout.keyStride());
            assertThat(offset(struct, "value" + slot)).isEqualTo(layout.valuesOffset() + slot * layout.valueStride());
        }
        MemorySegment memory = MemorySegment.ofArray(new long[(int) HmapLayout.BYTES / 8]);
        layout.write(memory, 0);
        assertThat(BucketLayout.read(memory, 0)).isEqualTo(layout);
    }

    // --------------------------------------------------------------------------------- GO and LINE

    @ParameterizedTest
    @EnumSource(names = {"GO", "LINE"})
    void noTwoPartsOfABucketOverlap(Geometry geometry) {
        forEachSize((keyBytes, valueBytes) -> {
            BucketLayout layout = BucketLayout.of(geometry.code(), keyBytes, valueBytes);
            List<int[]> ranges = new ArrayList<>();
            ranges.add(new int[] {0, BucketLayout.TOPHASH_BYTES});
            ranges.add(new int[] {layout.overflowOffset(), layout.overflowOffset() + 8});
            for (int slot = 0; slot < layout.slots(); slot++) {
                int key = layout.keysOffset() + slot * layout.keyStride();
                int value = layout.valuesOffset() + slot * layout.valueStride();
                ranges.add(new int[] {key, key + keyBytes});
                ranges.add(new int[] {value, value + valueBytes});
            }
            boolean[] taken = new boolean[layout.bytes()];
            for (int[] range : ranges) {
                for (int offset = range[0]; offset < range[1]; offset++) {
                    assertThat(taken[offset])
                            .as("parts of the bucket that use byte %d of %s", offset, layout)
                            .isFalse();
                    taken[offset] = true;
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"GO", "LINE"})
    void theStructLayoutHasTheOffsetsOfTheRecord(Geometry geometry) {
        forEachSize((keyBytes, valueBytes) -> {
            BucketLayout layout = BucketLayout.of(geometry.code(), keyBytes, valueBytes);
            StructLayout struct = layout.toStructLayout();
            assertThat(struct.byteSize()).isEqualTo(layout.bytes());
            assertThat(offset(struct, "tophash")).isZero();
            assertThat(offset(struct, "overflow")).isEqualTo(layout.overflowOffset());
            for (int slot = 0; slot < layout.slots(); slot++) {
                assertThat(offset(struct, "key" + slot)).isEqualTo(layout.keysOffset() + slot * layout.keyStride());
                assertThat(offset(struct, "value" + slot))
                        .isEqualTo(layout.valuesOffset() + slot * layout.valueStride());
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"GO", "LINE"})
    void aHeaderStoresTheLayoutOfItsBuckets(Geometry geometry) {
        MemorySegment memory = MemorySegment.ofArray(new long[(int) HmapLayout.BYTES / 8 + 1]);
        forEachSize((keyBytes, valueBytes) -> {
            BucketLayout layout = BucketLayout.of(geometry.code(), keyBytes, valueBytes);
            layout.write(memory, 0);
            assertThat(BucketLayout.read(memory, 0)).isEqualTo(layout);
        });
    }

    // ---------------------------------------------------------------------------------------------

    private interface Sizes {
        void accept(int keyBytes, int valueBytes);
    }

    private static void forEachSize(Sizes action) {
        for (int keyBytes : SIZES) {
            for (int valueBytes : SIZES) {
                action.accept(keyBytes, valueBytes);
            }
        }
    }

    private static long offset(String field) {
        return offset(HmapLayout.LAYOUT, field);
    }

    private static long offset(StructLayout struct, String member) {
        return struct.byteOffset(PathElement.groupElement(member));
    }

    private static int[] bytes(MemorySegment header, String field, int count) {
        int[] bytes = new int[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = header.get(ValueLayout.JAVA_BYTE, offset(field) + i) & 0xFF;
        }
        return bytes;
    }
}
