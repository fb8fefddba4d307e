package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The layout of the words that a user has by name. The directory of a heap has the pointer of this
 * block, which is of the kind {@link BlockKind#ENTRY}, in the place of a map's. The words follow
 * it.
 */
public final class WordsLayout {
    public static final StructLayout LAYOUT = MemoryLayout.structLayout(
                    Mem.INT.withName("tag"),
                    MemoryLayout.paddingLayout(4),
                    Mem.LONG.withName("identity"),
                    Mem.LONG.withName("size"))
            .withName("words");

    /** 0: no list of shards begins like this, as it has a shard at least. */
    public static final long TAG = offset("tag");
    /** A random number other than 0 while the words are in the directory. */
    public static final long IDENTITY = offset("identity");
    /** The number of words. */
    public static final long SIZE = offset("size");
    /** The first word. */
    public static final long WORDS = LAYOUT.byteSize();

    private WordsLayout() {}

    /** Returns the size in bytes of a block with so many words. */
    public static long bytes(int size) {
        return WORDS + (long) size * Long.BYTES;
    }

    private static long offset(String field) {
        return LAYOUT.byteOffset(PathElement.groupElement(field));
    }
}
