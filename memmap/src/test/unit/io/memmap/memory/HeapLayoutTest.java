package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.DocTable;
import io.memmap.format.BlockKind;
import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * Tests that the format stays as it is, and that {@code docs/format.md} agrees with the code. A
 * change of a field needs another {@link HeapLayout#VERSION}; the document has the rules.
 */
class HeapLayoutTest {
    private static final String DOCUMENT = "format.md";
    private static final String RUN_WORD = "### Page table: the run word";

    @Test
    void headerFieldsHaveTheOffsetsOfTheFormat() {
        Map<String, Long> offsets = new LinkedHashMap<>();
        offsets.put("magic", HeapLayout.MAGIC_OFFSET);
        offsets.put("version", HeapLayout.VERSION_OFFSET);
        offsets.put("granuleShift", HeapLayout.GRANULE_SHIFT_OFFSET);
        offsets.put("capacity", HeapLayout.CAPACITY_OFFSET);
        offsets.put("bitmapOffset", HeapLayout.BITMAP_OFFSET_OFFSET);
        offsets.put("tableOffset", HeapLayout.TABLE_OFFSET_OFFSET);
        offsets.put("firstPage", HeapLayout.FIRST_PAGE_OFFSET);
        offsets.put("endPage", HeapLayout.END_PAGE_OFFSET);
        offsets.put("secrets", HeapLayout.SECRETS_OFFSET);
        offsets.put("committedGranules", HeapLayout.COMMITTED_GRANULES_OFFSET);
        offsets.put("metadataGranules", HeapLayout.METADATA_GRANULES_OFFSET);
        offsets.put("kindBytes", HeapLayout.KIND_BYTES_OFFSET);
        offsets.put("kindBlocks", HeapLayout.KIND_BLOCKS_OFFSET);
        offsets.put("binWords", HeapLayout.BIN_WORDS_OFFSET);
        offsets.put("bins", HeapLayout.BINS_OFFSET);
        offsets.put("keptSlabs", HeapLayout.KEPT_SLABS_OFFSET);
        offsets.put("keptCount", HeapLayout.KEPT_COUNT_OFFSET);
        offsets.put("slabLists", HeapLayout.SLAB_LISTS_OFFSET);
        offsets.put("kindAllocations", HeapLayout.KIND_ALLOCATIONS_OFFSET);
        offsets.put("growths", HeapLayout.GROWTHS_OFFSET);
        offsets.put("shrinks", HeapLayout.SHRINKS_OFFSET);
        offsets.put("evacuations", HeapLayout.EVACUATIONS_OFFSET);
        offsets.put("maxBytes", HeapLayout.MAX_BYTES_OFFSET);
        offsets.put("freePages", HeapLayout.FREE_PAGES_OFFSET);
        offsets.put("dirtyPages", HeapLayout.DIRTY_PAGES_OFFSET);
        offsets.put("fileState", HeapLayout.FILE_STATE_OFFSET);
        offsets.put("features", HeapLayout.FEATURES_OFFSET);
        offsets.put("hashVersion", HeapLayout.HASH_VERSION_OFFSET);
        offsets.put("headerCheck", HeapLayout.HEADER_CHECK_OFFSET);
        offsets.put("uuid", HeapLayout.UUID_OFFSET);
        offsets.put("directory", HeapLayout.DIRECTORY_OFFSET);
        offsets.put("generation", HeapLayout.GENERATION_OFFSET);
        offsets.put("bootId", HeapLayout.BOOT_ID_OFFSET);
        offsets.put("writer", HeapLayout.WRITER_OFFSET);
        offsets.put("writerStart", HeapLayout.WRITER_START_OFFSET);
        offsets.put("closeCheck", HeapLayout.CLOSE_CHECK_OFFSET);
        assertThat(offsets)
                .containsExactly(
                        Map.entry("magic", 0L),
                        Map.entry("version", 8L),
                        Map.entry("granuleShift", 12L),
                        Map.entry("capacity", 16L),
                        Map.entry("bitmapOffset", 24L),
                        Map.entry("tableOffset", 32L),
                        Map.entry("firstPage", 40L),
                        Map.entry("endPage", 44L),
                        Map.entry("secrets", 48L),
                        Map.entry("committedGranules", 80L),
                        Map.entry("metadataGranules", 88L),
                        Map.entry("kindBytes", 96L),
                        Map.entry("kindBlocks", 144L),
                        Map.entry("binWords", 192L),
                        Map.entry("bins", 248L),
                        Map.entry("keptSlabs", 2040L),
                        Map.entry("keptCount", 2104L),
                        Map.entry("slabLists", 2108L),
                        Map.entry("kindAllocations", 3864L),
                        Map.entry("growths", 3912L),
                        Map.entry("shrinks", 3920L),
                        Map.entry("evacuations", 3928L),
                        Map.entry("maxBytes", 3936L),
                        Map.entry("freePages", 3944L),
                        Map.entry("dirtyPages", 3948L),
                        Map.entry("fileState", 3952L),
                        Map.entry("features", 3956L),
                        Map.entry("hashVersion", 3960L),
                        Map.entry("headerCheck", 3964L),
                        Map.entry("uuid", 3968L),
                        Map.entry("directory", 3984L),
                        Map.entry("generation", 3992L),
                        Map.entry("bootId", 4000L),
                        Map.entry("writer", 4016L),
                        Map.entry("writerStart", 4024L),
                        Map.entry("closeCheck", 4032L));
        assertThat(HeapLayout.HEADER.byteSize())
                .isEqualTo(4040)
                .isLessThanOrEqualTo(HeapLayout.PAGE_BYTES); // a file's state is written with one page
    }

    @Test
    void entryFieldsHaveTheOffsetsOfTheFormat() {
        assertThat(HeapLayout.FREE_ENTRY.byteSize()).isEqualTo(HeapLayout.ENTRY_BYTES);
        assertThat(HeapLayout.SLAB_ENTRY.byteSize()).isEqualTo(HeapLayout.ENTRY_BYTES);
        assertThat(HeapLayout.ENTRY_BYTES).isEqualTo(64);
        assertThat(HeapLayout.RUN).isZero();
        assertThat(HeapLayout.NEXT).isEqualTo(8);
        assertThat(HeapLayout.PREVIOUS).isEqualTo(12);
        assertThat(HeapLayout.DIRTY_START).isEqualTo(16);
        assertThat(HeapLayout.DIRTY_END).isEqualTo(20);
        assertThat(HeapLayout.WORDS_WITH_FREE).isEqualTo(16);
        assertThat(HeapLayout.LIVE).isEqualTo(24);
        assertThat(HeapLayout.KEPT).isEqualTo(28);
        assertThat(HeapLayout.FREE_BLOCKS).isEqualTo(32);
    }

    // ------------------------------------------------------------------------------ docs/format.md

    @Test
    void theDocsStateTheHeader() {
        assertThat(fieldsInDocs("### Heap header")).containsExactlyElementsOf(fieldsOf(HeapLayout.HEADER));
    }

    @Test
    void theDocsStateTheEntriesOfThePageTable() {
        assertThat(fieldsInDocs("### Page table: the entry of a free run"))
                .containsExactlyElementsOf(fieldsOf(HeapLayout.FREE_ENTRY));
        assertThat(fieldsInDocs("### Page table: the entry of a slab"))
                .containsExactlyElementsOf(fieldsOf(HeapLayout.SLAB_ENTRY));
    }

    private static List<String> fieldsInDocs(String heading) {
        return DocTable.firstCells(DocTable.rows(DOCUMENT, heading, "OFFSET", "SIZE", "NAME", "MEANING"), 3);
    }

    private static List<String> fieldsOf(StructLayout layout) {
        List<String> fields = new ArrayList<>();
        for (MemoryLayout member : layout.memberLayouts()) {
            member.name()
                    .ifPresent(name -> fields.add(
                            layout.byteOffset(PathElement.groupElement(name)) + " " + member.byteSize() + " " + name));
        }
        return fields;
    }

    @Test
    void theDocsStateTheSizes() {
        assertThat(DocTable.firstCells(DocTable.rows(DOCUMENT, "### Heap sizes", "CONSTANT", "VALUE", "MEANING"), 2))
                .containsExactly(
                        "version " + HeapLayout.VERSION,
                        "headerBytes " + HeapLayout.HEADER.byteSize(),
                        "pageBytes " + HeapLayout.PAGE_BYTES,
                        "entryBytes " + HeapLayout.ENTRY_BYTES,
                        "maxCapacity " + HeapLayout.MAX_CAPACITY,
                        "secrets " + HeapLayout.SECRETS,
                        "blockKinds " + BlockKind.COUNT,
                        "bins " + HeapLayout.BINS,
                        "keptSlabs " + HeapLayout.KEPT_SLABS,
                        "slabLists " + HeapLayout.SLAB_LISTS,
                        "sizeClasses " + SizeClasses.COUNT,
                        "maxSmallBytes " + SizeClasses.MAX_SMALL_BYTES,
                        "dirtyPages " + PageRuns.DIRTY_PAGES);
        byte[] magic = {1, 'J', 'm', 'e', 'm', 'm', 'a', 'p'};
        assertThat(ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN).getLong())
                .isEqualTo(HeapLayout.MAGIC);
    }

    @Test
    void theDocsStateTheKindsOfBlocks() {
        List<String> kinds = new ArrayList<>();
        for (BlockKind kind : BlockKind.values()) {
            kinds.add(kind.code + " " + kind.name().toLowerCase(Locale.ROOT));
        }
        assertThat(DocTable.firstCells(DocTable.rows(DOCUMENT, "### Block kinds", "CODE", "KIND", "USE"), 2))
                .containsExactlyElementsOf(kinds);
    }

    @Test
    void theDocsStateTheRunWord() {
        Map<String, ToLongFunction<Long>> parts = new LinkedHashMap<>();
        parts.put("state", run -> PageTable.stateOf(run));
        parts.put("kind", run -> PageTable.kindOf(run));
        parts.put("class", run -> PageTable.classOf(run));
        parts.put("page", run -> PageTable.pageOfSlab(run));
        parts.put("pages", run -> Integer.toUnsignedLong(PageTable.pagesOf(run)));
        List<List<String>> rows = DocTable.rows(DOCUMENT, RUN_WORD, "BITS", "NAME", "MEANING");
        assertThat(rows.stream().map(row -> row.get(1))).containsExactlyElementsOf(parts.keySet());
        for (List<String> row : rows) {
            List<Integer> bits = Arrays.stream(row.get(0).split(" to ", 2))
                    .map(Integer::valueOf)
                    .toList();
            int low = bits.get(0);
            long all = -1L >>> (Long.SIZE - 1 - (bits.get(1) - low));
            parts.forEach((name, part) -> assertThat(part.applyAsLong(all << low))
                    .as("%s of a run word in which %s is set", name, row.get(1))
                    .isEqualTo(name.equals(row.get(1)) ? all : 0));
        }
        assertThat(DocTable.firstCells(DocTable.rows(DOCUMENT, RUN_WORD, "STATE", "NAME", "MEANING"), 2))
                .containsExactly(
                        PageTable.INTERIOR + " interior",
                        PageTable.FREE + " free",
                        PageTable.FREE_END + " freeEnd",
                        PageTable.LARGE + " large",
                        PageTable.SLAB + " slab");
    }

    @Test
    void theDocsStateTheSizeClasses() {
        List<String> rows = new ArrayList<>();
        for (int first = 0; first < SizeClasses.COUNT; first += 8) {
            int last = Math.min(first + 8, SizeClasses.COUNT);
            StringJoiner bytes = new StringJoiner(", ");
            StringJoiner pages = new StringJoiner(", ");
            for (int sizeClass = first; sizeClass < last; sizeClass++) {
                bytes.add("" + SizeClasses.blockBytes(sizeClass));
                pages.add("" + SizeClasses.slabPages(sizeClass));
            }
            rows.add(first + " to " + (last - 1) + " " + bytes + " " + pages);
        }
        assertThat(DocTable.firstCells(
                        DocTable.rows(DOCUMENT, "### Size classes", "CLASSES", "BLOCK BYTES", "SLAB PAGES"), 3))
                .containsExactlyElementsOf(rows);
    }

    @Test
    void theDocsStateTheBinsOfRuns() {
        for (List<String> row : DocTable.rows(DOCUMENT, "### Bins of free runs", "PAGES", "BIN")) {
            assertThat(PageRuns.binOf(Integer.parseInt(row.get(0))))
                    .as("the bin of %s pages", row.get(0))
                    .isEqualTo(Integer.parseInt(row.get(1)));
        }
    }

    // ---------------------------------------------------------------------------------------------

    @Test
    void aRunWordReturnsTheFieldsThatWereStored() {
        long run = PageTable.slabRun(71, 3, 15, 16);
        assertThat(run).isEqualTo(0x00000010_0f_47_03_04L);
        assertThat(PageTable.stateOf(run)).isEqualTo(PageTable.SLAB);
        assertThat(PageTable.kindOf(run)).isEqualTo(3);
        assertThat(PageTable.classOf(run)).isEqualTo(71);
        assertThat(PageTable.pageOfSlab(run)).isEqualTo(15);
        assertThat(PageTable.pagesOf(run)).isEqualTo(16);
        int mostPages = (int) (HeapLayout.MAX_CAPACITY >>> HeapLayout.PAGE_SHIFT);
        assertThat(PageTable.pagesOf(PageTable.largeRun(1, mostPages))).isEqualTo(mostPages);
    }

    @Test
    void theBinForALengthHasOnlyRunsThatAreLongEnough() {
        for (int pages = 1; pages < 1 << 20; pages += 1 + pages / 1000) {
            int bin = PageRuns.binOf(pages);
            assertThat(bin).isBetween(PageRuns.binOf(Math.max(1, pages - 1)), HeapLayout.BINS - 1);
            assertThat(PageRuns.binHolding(pages)).isBetween(bin, bin + 1);
            assertThat(PageRuns.binOf(pages - 1)).isLessThan(PageRuns.binHolding(pages));
        }
        assertThat(PageRuns.binOf(Integer.MAX_VALUE)).isEqualTo(HeapLayout.BINS - 1);
    }

    @Test
    void theTablesFollowEachOtherForEveryCapacity() {
        for (int granuleShift : new int[] {12, 16, 21}) {
            for (long capacity = 4L << 20; capacity <= HeapLayout.MAX_CAPACITY; capacity *= 2) {
                HeapGeometry geometry = HeapGeometry.of(capacity, granuleShift);
                long granules = capacity >>> granuleShift;
                long dataOffset = PageTable.offsetOf(geometry.firstPage());
                long data = geometry.endPage() - (long) geometry.firstPage();
                assertThat(geometry.bitmapOffset()).isGreaterThanOrEqualTo(HeapLayout.HEADER.byteSize());
                assertThat(geometry.tableOffset()).isGreaterThanOrEqualTo(geometry.bitmapOffset() + granules / 8);
                assertThat(dataOffset).isGreaterThanOrEqualTo(geometry.tableOffset() + data * HeapLayout.ENTRY_BYTES);
                assertThat(dataOffset % (1L << granuleShift)).isZero();
                assertThat(PageTable.offsetOf(geometry.endPage())).isEqualTo(capacity);
                assertThat((double) dataOffset / capacity).isLessThanOrEqualTo(granuleShift == 21 ? 0.5 : 0.05);
            }
        }
    }
}
