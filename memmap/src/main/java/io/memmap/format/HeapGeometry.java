package io.memmap.format;

import java.lang.foreign.MemorySegment;

/**
 * The places of a heap's tables. The heap's header stores the same numbers. A granule is the unit
 * that the operating system backs with memory and takes back.
 *
 * @param granuleShift a granule has {@code 1 << granuleShift} bytes
 * @param capacity the bytes of the segment
 * @param bitmapOffset the offset of the commit map, which has a bit for each granule
 * @param tableOffset the offset of the page table, which begins with the entry of {@code firstPage}
 * @param firstPage the first page after the heap's own tables, at the beginning of a granule
 * @param endPage the number of pages of the segment
 */
public record HeapGeometry(
        int granuleShift, long capacity, long bitmapOffset, long tableOffset, int firstPage, int endPage) {
    /**
     * Returns the places of the tables of a heap of this capacity, which is a multiple of the
     * granule.
     */
    public static HeapGeometry of(long capacity, int granuleShift) {
        long pages = capacity >>> HeapLayout.PAGE_SHIFT;
        long bitmapBytes = roundUp(capacity >>> granuleShift, Long.SIZE) / Byte.SIZE;
        long bitmapOffset = roundUp(HeapLayout.HEADER.byteSize(), HeapLayout.PAGE_BYTES);
        long tableOffset = roundUp(bitmapOffset + bitmapBytes, HeapLayout.PAGE_BYTES);
        long dataOffset = roundUp(tableOffset + (pages << HeapLayout.ENTRY_SHIFT), 1L << granuleShift);
        return new HeapGeometry(
                granuleShift, capacity, bitmapOffset, tableOffset, (int) (dataOffset >>> HeapLayout.PAGE_SHIFT), (int)
                        pages);
    }

    /**
     * Returns the places of the tables of the heap that lies in these bytes.
     *
     * @throws IllegalArgumentException if the bytes do not hold a heap that fills them; the message
     *     says what was found
     */
    public static HeapGeometry read(MemorySegment memory, long bytes) {
        if (bytes < HeapLayout.HEADER.byteSize()) {
            throw new IllegalArgumentException("the segment holds no heap: its size must be at least that of a header, "
                    + HeapLayout.HEADER.byteSize() + ": " + bytes);
        }
        require("magic", Mem.getLong(memory, HeapLayout.MAGIC_OFFSET), HeapLayout.MAGIC);
        require("version", Mem.getInt(memory, HeapLayout.VERSION_OFFSET), HeapLayout.VERSION);
        require("capacity", Mem.getLong(memory, HeapLayout.CAPACITY_OFFSET), bytes);
        int granuleShift = Mem.getInt(memory, HeapLayout.GRANULE_SHIFT_OFFSET);
        if (granuleShift < HeapLayout.PAGE_SHIFT || granuleShift > HeapLayout.HUGE_PAGE_SHIFT) {
            throw new IllegalArgumentException("the segment holds no heap: the granule shift must be "
                    + HeapLayout.PAGE_SHIFT + ".." + HeapLayout.HUGE_PAGE_SHIFT + ": " + granuleShift);
        }
        HeapGeometry geometry = of(bytes, granuleShift);
        require("bitmap offset", Mem.getLong(memory, HeapLayout.BITMAP_OFFSET_OFFSET), geometry.bitmapOffset);
        require("table offset", Mem.getLong(memory, HeapLayout.TABLE_OFFSET_OFFSET), geometry.tableOffset);
        require("first page", Mem.getInt(memory, HeapLayout.FIRST_PAGE_OFFSET), geometry.firstPage);
        require("end page", Mem.getInt(memory, HeapLayout.END_PAGE_OFFSET), geometry.endPage);
        long maxBytes = Mem.getLong(memory, HeapLayout.MAX_BYTES_OFFSET);
        if (maxBytes <= 0 || maxBytes > bytes) {
            throw new IllegalArgumentException(
                    "the segment holds no heap: the maxBytes must be 1.." + bytes + ": " + maxBytes);
        }
        require("header check", Mem.getInt(memory, HeapLayout.HEADER_CHECK_OFFSET), HeaderSums.ofConstants(memory));
        return geometry;
    }

    private static void require(String field, long found, long expected) {
        if (found != expected) {
            throw new IllegalArgumentException(
                    "the segment holds no heap: the " + field + " must be " + expected + ": " + found);
        }
    }

    private static long roundUp(long bytes, long unit) {
        return (bytes + unit - 1) / unit * unit;
    }
}
