package io.memmap.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * Calls Linux's functions on files that Java has no method for, or only one that works in another way.
 * A failed call throws an {@link Failure} with the errno. Call {@link VirtualMemory#get} first: it
 * checks the operating system, the architecture and the access to native code.
 */
final class FileCalls {
    /** The descriptor of no file. */
    static final int NONE = -1;

    static final int ENOENT = 2;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EISDIR = 21;
    static final int EINVAL = 22;
    static final int EFBIG = 27;

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_CLOEXEC = 0x80000;
    private static final int OWNER_ONLY = 0600;

    /** Asks for a lock that keeps a lock of this open file from being set. Since Linux 3.15. */
    private static final int F_OFD_GETLK = 36;
    /** Sets or clears a lock that belongs to the open file and not to the process. */
    private static final int F_OFD_SETLK = 37;

    private static final int F_RDLCK = 0;
    private static final int F_WRLCK = 1;
    private static final int F_UNLCK = 2;
    private static final int SEEK_END = 2;
    private static final int MS_SYNC = 4;
    private static final int STATFS_BYTES = 120;
    private static final long STATFS_TYPE = 0;
    private static final long STATFS_FREE = 24;

    /** The fields of struct flock; type and whence are one int. */
    private static final int FLOCK_BYTES = 32;

    private static final long FLOCK_TYPE = 0;
    private static final long FLOCK_START = 8;
    private static final long FLOCK_LENGTH = 16;

    /** A call that the operating system has refused. */
    static final class Failure extends IOException {
        private static final long serialVersionUID = 1L;

        final int errno;

        Failure(String call, int errno) {
            super(call + ": " + Libc.text(errno) + " (errno " + errno + ")");
            this.errno = errno;
        }
    }

    private FileCalls() {}

    /** Calls a function that returns an int, which is negative on failure. */
    private static int call(String name, MethodHandle function, long file, long second, long third, long fourth)
            throws Failure {
        return (int) callOfWord(name, function, file, second, third, fourth, true);
    }

    private static long callOfWord(
            String name, MethodHandle function, long file, long second, long third, long fourth, boolean ofInt)
            throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callState = Libc.callState(arena);
            long result = (long) function.invokeExact(callState, file, second, third, fourth, 0L, 0L);
            if ((ofInt ? (int) result : result) < 0) {
                throw new Failure(name, Libc.errno(callState));
            }
            return result;
        } catch (Failure | RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * Opens a file to read and write; returns its descriptor, which a program that this process starts
     * does not inherit. A file that is created can be read and written by its owner only.
     */
    static int open(Path path, boolean creates) throws Failure {
        return open(path, O_RDWR | O_CLOEXEC | (creates ? O_CREAT : 0));
    }

    /** Opens a file to read. A program that this process starts does not inherit the descriptor. */
    static int openToRead(Path path) throws Failure {
        return open(path, O_RDONLY | O_CLOEXEC);
    }

    private static int open(Path path, int flags) throws Failure {
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(path.toString(), charset);
            return call("open", Libc.Files.OPEN, bytes.address(), flags, OWNER_ONLY, 0);
        }
    }

    static void close(int file) {
        if (file == NONE) {
            return;
        }
        try {
            call("close", Libc.Files.CLOSE, file, 0, 0, 0);
        } catch (Failure written) {
            // the descriptor is closed all the same, and what was to be written has been
        }
    }

    /**
     * Locks a byte of the file for this open file alone. Throws EAGAIN or EACCES if another one has locked
     * it.
     */
    static void lock(int file, long offset) throws Failure {
        callLock(file, F_OFD_SETLK, F_WRLCK, offset, 1);
    }

    /**
     * Locks a byte for this open file, beside others that do the same. Throws EAGAIN or EACCES if one has
     * locked it alone.
     */
    static void lockShared(int file, long offset) throws Failure {
        callLock(file, F_OFD_SETLK, F_RDLCK, offset, 1);
    }

    /** Releases the locks of the bytes before this one. */
    static void unlock(int file, long end) throws Failure {
        callLock(file, F_OFD_SETLK, F_UNLCK, 0, end);
    }

    /** Returns whether another open file has locked a byte for itself alone. */
    static boolean isLocked(int file, long offset) throws Failure {
        return callLock(file, F_OFD_GETLK, F_RDLCK, offset, 1) == F_WRLCK;
    }

    /** Returns the type of lock that the call has stored. */
    private static int callLock(int file, int command, int type, long start, long length) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(FLOCK_BYTES, Long.BYTES);
            struct.set(ValueLayout.JAVA_INT, FLOCK_TYPE, type); // start counts from the beginning, and pid is 0
            struct.set(ValueLayout.JAVA_LONG, FLOCK_START, start);
            struct.set(ValueLayout.JAVA_LONG, FLOCK_LENGTH, length);
            call("fcntl", Libc.Files.FCNTL, file, command, struct.address(), 0);
            return struct.get(ValueLayout.JAVA_INT, FLOCK_TYPE) & 0xFFFF;
        }
    }

    /** Sets the size of a file. New bytes are a hole: they read zero and take no space. */
    static void setSize(int file, long bytes) throws Failure {
        call("ftruncate", Libc.Files.FTRUNCATE, file, bytes, 0, 0);
    }

    static long size(int file) throws Failure {
        return callOfWord("lseek", Libc.Files.LSEEK, file, 0, SEEK_END, 0, false);
    }

    /** Gives a file space for these bytes. */
    static void allocate(int file, long offset, long bytes) throws Failure {
        call("fallocate", Libc.Files.FALLOCATE, file, 0, offset, bytes);
    }

    /** Reads the first bytes of a file. Returns how many there were. */
    static long read(int file, MemorySegment segment) throws Failure {
        return callOfWord("pread", Libc.Files.PREAD, file, segment.address(), segment.byteSize(), 0, false);
    }

    /** Returns the number of the kind of file system that a file is in. */
    static long fileSystem(int file) throws Failure {
        return statfs(file, STATFS_TYPE);
    }

    /** Returns the number of free blocks of the file system that a file is in. */
    static long freeBlocks(int file) throws Failure {
        return statfs(file, STATFS_FREE);
    }

    private static long statfs(int file, long field) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(STATFS_BYTES, Long.BYTES);
            call("fstatfs", Libc.Files.FSTATFS, file, struct.address(), 0, 0);
            return struct.get(ValueLayout.JAVA_LONG, field);
        }
    }

    /** Writes mapped pages of a file to the disk, and waits for it. */
    static void sync(long address, long bytes) throws Failure {
        call("msync", Libc.Files.MSYNC, address, bytes, MS_SYNC, 0);
    }

    /**
     * Does the same for pages that are no longer in use, and takes them out of the mapping first. The kernel
     * makes each page that is mapped read only before it writes the page. For each one it then interrupts all
     * CPUs that run threads of this process, which takes longer than the writing.
     */
    static void syncUnused(long address, long bytes) throws Failure {
        try {
            call("madvise", Libc.MADVISE_ERRNO, address, bytes, VirtualMemory.MADV_DONTNEED, 0);
        } catch (Failure locked) {
            // pages that mlock holds stay mapped, and the call below takes longer
        }
        sync(address, bytes);
    }
}
