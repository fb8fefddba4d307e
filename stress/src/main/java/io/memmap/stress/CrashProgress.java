package io.memmap.stress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Words in a file of its own that outlive a process: the completed operations, and the state of an opener. */
final class CrashProgress implements AutoCloseable {
    static final long OPENING = 1;
    static final long OPENED = 2;

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment words;

    CrashProgress(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, 2 * Long.BYTES, arena);
        }
    }

    long completed() {
        return (long) WORD.getAcquire(words, 0L);
    }

    void complete(long number) {
        WORD.setRelease(words, 0L, number);
    }

    long state() {
        return (long) WORD.getAcquire(words, (long) Long.BYTES);
    }

    void state(long state) {
        WORD.setRelease(words, (long) Long.BYTES, state);
    }

    @Override
    public void close() {
        arena.close();
    }
}
