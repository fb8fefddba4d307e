package io.memmap;

import java.lang.foreign.StructLayout;

/**
 * The layouts of a map's memory. Offsets are to be read by name through {@code byteOffset}.
 *
 * @param header the header, "hmap"; a map's pointer is its offset in the heap's segment
 * @param bucket a bucket, "bmap"
 */
public record MapLayout(StructLayout header, StructLayout bucket) {}
