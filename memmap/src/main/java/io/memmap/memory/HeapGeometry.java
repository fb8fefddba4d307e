package io.memmap.memory;

/**
 * Where a heap's tables are, as its header tells too.
 *
 * @param granuleShift the granule's bytes are {@code 1 << granuleShift}
 * @param capacity the segment's bytes
 * @param bitmapOffset where the commit map begins
 * @param tableOffset where the page table begins, with the entry of {@code firstPage}
 * @param firstPage the first page that is not the heap's own, at the beginning of a granule
 * @param endPage the segment's pages
 */
record HeapGeometry(int granuleShift, long capacity, long bitmapOffset, long tableOffset, int firstPage, int endPage) {
    /** The tables of a heap of this capacity, which is a multiple of the granule. */
    static HeapGeometry of(long capacity, int granuleShift) {
        long pages = capacity >>> HeapLayout.PAGE_SHIFT;
        long bitmapBytes = roundUp(capacity >>> granuleShift, Long.SIZE) / Byte.SIZE;
        long bitmapOffset = roundUp(HeapLayout.HEADER.byteSize(), HeapLayout.PAGE_BYTES);
        long tableOffset = roundUp(bitmapOffset + bitmapBytes, HeapLayout.PAGE_BYTES);
        long dataOffset = roundUp(tableOffset + (pages << HeapLayout.ENTRY_SHIFT), 1L << granuleShift);
        return new HeapGeometry(
                granuleShift, capacity, bitmapOffset, tableOffset, (int) (dataOffset >>> HeapLayout.PAGE_SHIFT), (int)
                        pages);
    }

    private static long roundUp(long bytes, long unit) {
        return (bytes + unit - 1) / unit * unit;
    }
}
