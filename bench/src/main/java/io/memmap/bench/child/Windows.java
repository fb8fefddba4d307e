package io.memmap.bench.child;

import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.UsageException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * All 8-byte windows of the beginning of a file: one at every offset, read little-endian from the
 * mapped file.
 */
public final class Windows {
    private static final ValueLayout.OfLong WINDOW = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;

    private Windows(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /** Maps at most the first {@code limit} bytes of a file, 8 or more. */
    static Windows map(Path file, long limit, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Windows(channel.map(MapMode.READ_ONLY, 0, Math.min(channel.size(), limit), arena));
        }
    }

    /** Throws a BenchException for the user if these windows cannot be read. */
    public static void check(Path file, long limit) {
        if (limit < Long.BYTES) {
            throw new UsageException("--limit must be 8 bytes or more: " + limit);
        }
        if (!Files.exists(file)) {
            throw new BenchException("there is no file and no command " + file);
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new BenchException("this is not a readable file: " + file);
        }
        try {
            long fileBytes = Files.size(file);
            if (fileBytes < Long.BYTES) {
                throw new BenchException(
                        "the file is shorter than one window of 8 bytes: " + file + " has " + fileBytes);
            }
        } catch (IOException failed) {
            throw new BenchException("cannot read " + file, failed);
        }
    }

    /** Returns the number of windows. */
    long count() {
        return bytes.byteSize() - (Long.BYTES - 1);
    }

    /** Returns the window at a file offset below {@link #count}. */
    long at(long offset) {
        return bytes.get(WINDOW, offset);
    }
}
