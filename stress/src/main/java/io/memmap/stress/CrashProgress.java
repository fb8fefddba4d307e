package io.memmap.stress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Words in a file of its own that outlive a process: the completed operations of each writer, and the
 * state of an opener.
 */
final class CrashProgress implements AutoCloseable {
    static final long OPENING = 1;
    static final long OPENED = 2;

    /** Each word has a cache line of its own. */
    private static final long STRIDE = 64;

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment words;

    CrashProgress(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, (1L + CrashCommand.MOST_WRITERS) * STRIDE, arena);
        }
    }

    long completed(int writer) {
        return (long) WORD.getAcquire(words, (1 + writer) * STRIDE);
    }

    void complete(int writer, long number) {
        WORD.setRelease(words, (1 + writer) * STRIDE, number);
    }

    /** Returns the number of completed operations of all writers. */
    long completed() {
        long all = 0;
        for (int writer = 0; writer < CrashCommand.MOST_WRITERS; writer++) {
            all += completed(writer);
        }
        return all;
    }

    long state() {
        return (long) WORD.getAcquire(words, 0L);
    }

    void state(long state) {
        WORD.setRelease(words, 0L, state);
    }

    @Override
    public void close() {
        arena.close();
    }
}
