package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pins the format: whoever moves a field must change {@link HeapLayout#VERSION}. */
class HeapLayoutTest {
    @Test
    void headerFieldsAreWhereTheFormatSays() {
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
                        Map.entry("kindBlocks", 128L),
                        Map.entry("binWords", 160L),
                        Map.entry("bins", 216L),
                        Map.entry("keptSlabs", 2008L),
                        Map.entry("keptCount", 2072L),
                        Map.entry("slabLists", 2076L),
                        Map.entry("kindAllocations", 3232L),
                        Map.entry("growths", 3264L),
                        Map.entry("shrinks", 3272L),
                        Map.entry("evacuations", 3280L),
                        Map.entry("maxBytes", 3288L),
                        Map.entry("freePages", 3296L),
                        Map.entry("dirtyPages", 3300L));
        assertThat(HeapLayout.HEADER.byteSize()).isEqualTo(3304);
    }

    @Test
    void entryFieldsAreWhereTheFormatSays() {
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

    @Test
    void aRunWordHoldsItsParts() {
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
    void everyRunHasABinWhoseRunsAreLongEnough() {
        for (int pages = 1; pages < 1 << 20; pages += 1 + pages / 1000) {
            int bin = PageRuns.binOf(pages);
            assertThat(bin).isBetween(PageRuns.binOf(Math.max(1, pages - 1)), HeapLayout.BINS - 1);
            assertThat(PageRuns.binHolding(pages)).isBetween(bin, bin + 1);
            assertThat(PageRuns.binOf(pages - 1)).isLessThan(PageRuns.binHolding(pages));
        }
        assertThat(PageRuns.binOf(Integer.MAX_VALUE)).isEqualTo(HeapLayout.BINS - 1);
    }

    @Test
    void theTablesOfEveryCapacityLieBehindEachOther() {
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
