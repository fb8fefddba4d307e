package io.memmap.format;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** The checksums of a heap's header and of lists of shards. They are CRC-32C, with the bytes in the order of their offsets. */
public final class HeaderSums {
    /** The bytes from the magic to the secrets. They stay as they are for the heap's whole life. */
    private static final int CONSTANT_BYTES = (int) HeapLayout.COMMITTED_GRANULES_OFFSET;

    private HeaderSums() {}

    /** Returns the sum over the fields that stay the same from the creation of the heap on. */
    public static int ofConstants(MemorySegment memory) {
        CRC32C sum = new CRC32C();
        add(memory, 0, CONSTANT_BYTES, sum);
        add(memory, HeapLayout.FEATURES_OFFSET, Integer.BYTES, sum);
        add(memory, HeapLayout.HASH_VERSION_OFFSET, Integer.BYTES, sum);
        add(memory, HeapLayout.UUID_OFFSET, HeapLayout.UUID_WORDS * Long.BYTES, sum);
        return (int) sum.getValue();
    }

    /** Returns the sum over all fields but the file's state and this sum. */
    public static int ofAll(MemorySegment memory) {
        CRC32C sum = new CRC32C();
        int afterState = (int) HeapLayout.FILE_STATE_OFFSET + Integer.BYTES;
        add(memory, 0, (int) HeapLayout.FILE_STATE_OFFSET, sum);
        add(memory, afterState, (int) HeapLayout.CLOSE_CHECK_OFFSET - afterState, sum);
        return (int) sum.getValue();
    }

    /** Returns the sum over a {@linkplain ShardsLayout list of shards}, except this sum. */
    public static int ofShards(MemorySegment memory, long list, int count) {
        CRC32C sum = new CRC32C();
        add(memory, list, (int) ShardsLayout.CHECK, sum);
        add(memory, list + ShardsLayout.HEADERS, count * Long.BYTES, sum);
        return (int) sum.getValue();
    }

    private static void add(MemorySegment memory, long offset, int bytes, CRC32C sum) {
        byte[] part = new byte[bytes];
        Mem.copyOut(memory, offset, part, bytes);
        sum.update(part);
    }
}
