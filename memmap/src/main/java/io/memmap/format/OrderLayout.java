package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The layout of the ordered index of a map: a B+-tree of references to keys. The index consists of a
 * header and of nodes, each a block of {@link BlockKind#ORDER}.
 */
public final class OrderLayout {
    /** The most bytes that the keys of a node share and that the node stores only once. */
    public static final int MAX_PREFIX_BYTES = 56;
    /** The most entries of a node. */
    public static final int CAPACITY = 60;
    /** The number of low bits of a reference that are the key's length. */
    public static final int LENGTH_BITS = 25;

    public static final StructLayout HEADER = MemoryLayout.structLayout(
                    Mem.LONG.withName("root"),
                    Mem.INT.withName("height"),
                    Mem.INT.withName("state"),
                    Mem.LONG.withName("count"),
                    Mem.LONG.withName("nodes"),
                    MemoryLayout.paddingLayout(32))
            .withName("orderHeader");

    public static final StructLayout NODE = MemoryLayout.structLayout(
                    Mem.SHORT.withName("entries"),
                    Mem.BYTE.withName("level"),
                    Mem.BYTE.withName("prefixBytes"),
                    MemoryLayout.paddingLayout(4),
                    MemoryLayout.sequenceLayout(MAX_PREFIX_BYTES, Mem.BYTE).withName("prefix"),
                    MemoryLayout.sequenceLayout(CAPACITY, Mem.LONG).withName("words"),
                    MemoryLayout.sequenceLayout(CAPACITY, Mem.LONG).withName("references"))
            .withName("orderNode");

    public static final long HEADER_BYTES = HEADER.byteSize();
    public static final long NODE_BYTES = NODE.byteSize();

    /** The pointer of the root. */
    public static final long ROOT = offset(HEADER, "root");
    /** The level of the root: 0 if it is a leaf. */
    public static final long HEIGHT = offset(HEADER, "height");
    /** {@link #BUILDING} or {@link #READY}. */
    public static final long STATE = offset(HEADER, "state");
    /** The number of keys. */
    public static final long COUNT = offset(HEADER, "count");
    /** The number of nodes. */
    public static final long NODES = offset(HEADER, "nodes");

    public static final long ENTRIES = offset(NODE, "entries");
    /** The number of levels below this node: 0 for a leaf. */
    public static final long LEVEL = offset(NODE, "level");

    public static final long PREFIX_BYTES = offset(NODE, "prefixBytes");
    public static final long PREFIX = offset(NODE, "prefix");
    public static final long WORDS = offset(NODE, "words");
    public static final long REFERENCES = offset(NODE, "references");

    /** The index has some of the keys. */
    public static final int BUILDING = 1;
    /** The index has all keys. */
    public static final int READY = 2;

    private OrderLayout() {}

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }
}
