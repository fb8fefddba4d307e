package io.memmap.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process that writes a file, as the header names it: the lower half of the word is the process id,
 * and the upper half is the lower half of the time when the process started, in clock ticks. Where
 * another process has this id, as in another container, the time differs.
 *
 * <p>When a process is killed, the kernel takes its memory back before it releases its locks, which takes
 * 0.2 s for each GiB. This class sees from the first moment that the process will not go on.
 */
final class WriterProcess {
    private static final Path PROCESSES = Path.of("/proc");

    // The numbers of fields in /proc/N/stat, counted from the one behind the name.
    private static final int STATE = 0;
    private static final int FLAGS = 6;
    private static final int START = 19;
    /** The flag of a thread that has begun to end. */
    private static final long EXITING = 4;
    /** The bit of SIGKILL. The kernel sets it in each thread of a process that is to end. */
    private static final long KILLED = 1 << 8;

    private static final String PENDING = "SigPnd:";

    private WriterProcess() {}

    /** Returns the word of this process. */
    static long self() throws IOException {
        long pid = ProcessHandle.current().pid();
        return start(stat(PROCESSES.resolve(Long.toString(pid)))) << Integer.SIZE | pid;
    }

    static long pid(long word) {
        return word & 0xFFFF_FFFFL;
    }

    /**
     * Returns whether the process has not ended yet, but none of its threads comes back to its program. The
     * answer is false if that is not known.
     */
    static boolean isEnding(long word) {
        return isEnding(PROCESSES, word);
    }

    static boolean isEnding(Path processes, long word) {
        Path process = processes.resolve(Long.toString(pid(word)));
        try {
            String[] stat = stat(process);
            if ((int) start(stat) != (int) (word >>> Integer.SIZE) || !isThreadEnding(process)) {
                return false;
            }
            String[] threads = process.resolve("task").toFile().list();
            if (threads == null || (threads.length == 1 && stat[STATE].equals("Z"))) {
                return false; // it has ended
            }
            for (String thread : threads) {
                Path task = process.resolve("task").resolve(thread);
                if (Files.exists(task) && !isThreadEnding(task)) {
                    return false;
                }
            }
            return true;
        } catch (IOException | RuntimeException unknown) {
            return false;
        }
    }

    private static boolean isThreadEnding(Path thread) throws IOException {
        if ((Long.parseLong(stat(thread)[FLAGS]) & EXITING) != 0) {
            return true;
        }
        String status = read(thread.resolve("status"));
        int start = status.indexOf(PENDING) + PENDING.length();
        String signals = status.substring(start, status.indexOf('\n', start)).strip();
        return (Long.parseUnsignedLong(signals, 16) & KILLED) != 0;
    }

    private static long start(String[] stat) {
        return Long.parseLong(stat[START]);
    }

    /** Returns the fields behind the name, which may contain anything. */
    private static String[] stat(Path process) throws IOException {
        String stat = read(process.resolve("stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }
}
