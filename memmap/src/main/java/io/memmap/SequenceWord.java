package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.HeapFile;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sequence word of a table, as a heap sees it that only reads the table's file. The process that
 * writes the table makes the word odd before the first store of a write, and even again, by another
 * number, behind the last. So what was read is right if the word was even before, and is the same
 * behind it. The table must also be the same one: its identity is 0 from the moment it is freed.
 *
 * <p>Nothing else orders a read and the writes of the other process. So a read may see anything, as
 * beside a writer of this process. And it may touch a page that the writer has given
 * back, for which a full file system has no room: then it throws an {@link InternalError}.
 */
final class SequenceWord {
    /** Objects up to this many bytes are copied before their length has been validated. */
    static final int TRUSTED_BYTES = 4096;

    /** How often a read looks at a word that is odd before it lets other threads run. */
    private static final int SPINS = 512;
    /** How long it lets other threads run before it asks whether the writer lives. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
    /** The read asks whether the file is whole when it has failed this often. */
    private static final int TRIES_BETWEEN_CHECKS = 1 << 10;

    private final NativeHeap heap;
    private final MemorySegment mem;
    private final long hmap;
    private final long identity;
    /** The table in words. */
    private final String name;

    /** The word of the table whose header is at {@code hmap}, which had this identity. */
    SequenceWord(NativeHeap heap, long hmap, long identity, String name) {
        this.heap = heap;
        this.mem = heap.memory;
        this.hmap = hmap;
        this.identity = identity;
        this.name = name;
    }

    /** Makes the word of a table odd, before its first store of a write. */
    static void beginWrite(MemorySegment mem, long hmap) {
        Mem.setLong(mem, hmap + HmapLayout.SEQUENCE, Mem.getLong(mem, hmap + HmapLayout.SEQUENCE) | 1);
        VarHandle.fullFence();
    }

    /** Makes the word of a table even, behind its last store of a write. */
    static void endWrite(MemorySegment mem, long hmap) {
        VarHandle.releaseFence();
        Mem.setLong(mem, hmap + HmapLayout.SEQUENCE, (Mem.getLong(mem, hmap + HmapLayout.SEQUENCE) | 1) + 1);
    }

    /** Returns the word. What is read later is not older than it. */
    private long load() {
        long sequence = Mem.getLong(mem, hmap + HmapLayout.SEQUENCE);
        VarHandle.acquireFence();
        return sequence;
    }

    private static boolean isOdd(long sequence) {
        return (sequence & 1) != 0;
    }

    /**
     * Returns the version to read under, which is never 0. Waits while the table is being written.
     *
     * @throws HeapFileException if the process that writes died in a write, or if the file has lost bytes
     * @throws IllegalStateException if the table has been freed
     */
    long version() {
        long sequence = load();
        for (int spins = 0; isOdd(sequence) && spins < SPINS; spins++) {
            Thread.onSpinWait();
            sequence = load();
        }
        if (isOdd(sequence)) {
            sequence = awaitEven();
        }
        requireLive();
        return sequence + 1;
    }

    private long awaitEven() {
        long begun = System.nanoTime();
        while (true) {
            long sequence = load();
            if (!isOdd(sequence)) {
                return sequence;
            }
            requireLive();
            if (System.nanoTime() - begun < PATIENCE_NANOS) {
                callSystem();
            } else {
                requireWriter(sequence);
                LockSupport.parkNanos(PAUSE_NANOS); // the writer may be a virtual thread of this process
            }
        }
    }

    private void requireLive() {
        if (Mem.getLong(mem, hmap + HmapLayout.IDENTITY) != identity) {
            requireWholeFile();
            throw new IllegalStateException(
                    "Already closed: " + name + " was freed by the process that writes to " + path());
        }
    }

    /** Throws if no process can make this word even. */
    private void requireWriter(long sequence) {
        requireWholeFile();
        if (!heap.file().isWritten() && load() == sequence) {
            throw new HeapFileException(
                    HeapFileException.Reason.WRITER_DIED,
                    path(),
                    "the process that wrote to " + path() + " died while it changed " + name
                            + ". Open the file to write: that repairs it, and this heap goes on",
                    null);
        }
    }

    private void requireWholeFile() {
        HeapFile file = heap.file();
        if (file.isShorter()) {
            throw new HeapFileException(
                    HeapFileException.Reason.TRUNCATED,
                    path(),
                    path() + " has been truncated while it was open: restore a copy, and open that",
                    null);
        }
    }

    private Path path() {
        return heap.file().path();
    }

    /**
     * Returns whether what was read under this version is right. If not, also ensures that an error
     * about a page without room is thrown here, if there is one, and not later.
     */
    boolean isUnchanged(long version) {
        VarHandle.acquireFence(); // the reads before this one are done
        if (Mem.getLong(mem, hmap + HmapLayout.SEQUENCE) + 1 == version
                && Mem.getLong(mem, hmap + HmapLayout.IDENTITY) == identity) {
            return true;
        }
        callSystem();
        return false;
    }

    /** Waits before the next read if these many have failed. */
    void pause(int tries) {
        Thread.onSpinWait();
        if (tries % TRIES_BETWEEN_CHECKS == TRIES_BETWEEN_CHECKS - 1) {
            requireWholeFile();
            callSystem();
        }
    }

    /**
     * Returns what a reading of the table returns that no write has disturbed.
     *
     * @param reading takes the version under which it reads, and may run many times
     */
    <R extends @Nullable Object> R read(LongFunction<R> reading) {
        for (int tries = 0; ; tries++) {
            long version = version();
            try {
                R result = reading.apply(version);
                if (isUnchanged(version)) {
                    return result;
                }
            } catch (RuntimeException | InternalError met) {
                if (isUnchanged(version)) {
                    throw failure(met);
                }
            }
            pause(tries);
        }
    }

    /**
     * Lets other threads run. The writer is a thread of another process, so none of this one can wait for
     * the caller. A call into the system also throws the error of a page without room that is pending.
     */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void callSystem() {
        Thread.yield();
    }

    /** Returns what to throw for something that a reading has thrown which no write has disturbed. */
    RuntimeException failure(Throwable met) {
        if (!heap.isAlive()) {
            return heap.alreadyClosed();
        }
        requireWholeFile();
        if (met instanceof IndexOutOfBoundsException || met instanceof InternalError) {
            return new HeapFileException(
                    HeapFileException.Reason.DAMAGED,
                    path(),
                    name + " in " + path() + " is damaged: " + met.getMessage(),
                    met);
        }
        return (RuntimeException) met;
    }
}
