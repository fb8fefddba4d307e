package io.memmap;

import java.lang.foreign.StructLayout;

/**
 * The memory layouts of a map. Read an offset by its name, with {@code byteOffset}.
 *
 * @param header the layout of the header, "hmap"; a map's pointer is the header's offset in the
 *     heap's segment
 * @param bucket the layout of a bucket, "bmap", or of a line of slots, "line", if the map has {@link
 *     Geometry#PAGE}; a slot of a line has the stored key, which is not the key itself
 */
public record MapLayout(StructLayout header, StructLayout bucket) {}
