package io.memmap.bench.child;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The time for which one thread was ready to run and had no CPU, because other threads ran. Linux
 * counts it for each thread. Other systems do not, nor do kernels that were built without the count.
 * A reading takes about a microsecond. Threads read one after the other.
 */
final class CpuWaits implements AutoCloseable {
    /** Three numbers: the nanoseconds on a CPU, those of waiting for one, and how often it got one. */
    private static final Path FILE = Path.of("/proc/thread-self/schedstat");

    private static final int MOST_BYTES = 64;

    private final @Nullable FileChannel file;
    private final ByteBuffer text = ByteBuffer.allocateDirect(MOST_BYTES);

    private CpuWaits(@Nullable FileChannel file) {
        this.file = file;
    }

    /** Opens the count of the calling thread, which another thread may read, too. */
    static CpuWaits ofThisThread() {
        return of(FILE);
    }

    /** Opens the count in this file, which is absent where the system has no count. */
    static CpuWaits of(Path path) {
        try {
            FileChannel file = FileChannel.open(path);
            CpuWaits waits = new CpuWaits(file);
            if (waits.number(2) > 0) {
                return waits;
            }
            file.close();
        } catch (IOException absent) {
            // This is no Linux, or its kernel has no count.
        }
        return new CpuWaits(null);
    }

    boolean isCounted() {
        return file != null;
    }

    /** Returns the nanoseconds since the thread's start; 0 if they are not counted. */
    long nanos() {
        try {
            return number(1);
        } catch (IOException failed) {
            throw new IllegalStateException("cannot read " + FILE, failed);
        }
    }

    /** Returns one of the numbers. Allocates nothing, so that many readings cause no garbage collection. */
    private long number(int index) throws IOException {
        if (file == null) {
            return 0;
        }
        text.clear();
        int length = file.read(text, 0);
        long number = 0;
        for (int i = 0, place = 0; i < length && place <= index; i++) {
            byte character = text.get(i);
            if (Character.isDigit(character)) {
                number = 10 * number + Character.digit(character, 10);
            } else if (place++ < index) {
                number = 0;
            }
        }
        return number;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
