package io.memmap;

import java.lang.foreign.StructLayout;

/**
 * The memory layouts of a map. Read an offset by its name, with {@code byteOffset}.
 *
 * @param header the layout of the header, "hmap"; a map's pointer is the header's offset in the
 *     heap's segment
 * @param bucket the layout of a bucket, "bmap"
 */
public record MapLayout(StructLayout header, StructLayout bucket) {}
