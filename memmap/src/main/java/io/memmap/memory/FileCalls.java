package io.memmap.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
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

    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int SEEK_END = 2;
    private static final int MS_SYNC = 4;
    private static final int STATFS_BYTES = 120;
    private static final long STATFS_TYPE = 0;
    private static final long STATFS_FREE = 24;

    private static final StructLayout FLOCK = MemoryLayout.structLayout(
            ValueLayout.JAVA_SHORT.withName("type"),
            ValueLayout.JAVA_SHORT.withName("whence"),
            MemoryLayout.paddingLayout(4),
            ValueLayout.JAVA_LONG.withName("start"),
            ValueLayout.JAVA_LONG.withName("length"),
            ValueLayout.JAVA_INT.withName("pid"),
            MemoryLayout.paddingLayout(4));
    private static final long FLOCK_TYPE = FLOCK.byteOffset(MemoryLayout.PathElement.groupElement("type"));
    private static final long FLOCK_START = FLOCK.byteOffset(MemoryLayout.PathElement.groupElement("start"));
    private static final long FLOCK_LENGTH = FLOCK.byteOffset(MemoryLayout.PathElement.groupElement("length"));

    /** A call that the operating system has refused. */
    static final class Failure extends IOException {
        private static final long serialVersionUID = 1L;

        final int errno;

        Failure(String call, int errno) {
            super(call + ": " + Libc.text(errno) + " (errno " + errno + ")");
            this.errno = errno;
        }
    }

    /** The C functions, linked at first use. */
    @SuppressWarnings("restricted")
    private static final class Libc {
        static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
        static final long ERRNO = CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        static final MethodHandle OPEN;
        static final MethodHandle CLOSE;
        static final MethodHandle FCNTL;
        static final MethodHandle FTRUNCATE;
        static final MethodHandle FALLOCATE;
        static final MethodHandle LSEEK;
        static final MethodHandle PREAD;
        static final MethodHandle FSTATFS;
        static final MethodHandle MSYNC;
        static final MethodHandle STRERROR;

        static {
            ValueLayout.OfLong size = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt number = ValueLayout.JAVA_INT;
            ValueLayout pointer = ValueLayout.ADDRESS;
            Linker.Option variadic = Linker.Option.firstVariadicArg(2);
            OPEN = link("open", FunctionDescriptor.of(number, pointer, number, number), variadic);
            CLOSE = link("close", FunctionDescriptor.of(number, number));
            FCNTL = link("fcntl", FunctionDescriptor.of(number, number, number, pointer), variadic);
            FTRUNCATE = link("ftruncate", FunctionDescriptor.of(number, number, size));
            FALLOCATE = link("fallocate", FunctionDescriptor.of(number, number, number, size, size));
            LSEEK = link("lseek", FunctionDescriptor.of(size, number, size, number));
            PREAD = link("pread", FunctionDescriptor.of(size, number, pointer, size, size));
            FSTATFS = link("fstatfs", FunctionDescriptor.of(number, number, pointer));
            MSYNC = link("msync", FunctionDescriptor.of(number, size, size, number));
            STRERROR = Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("strerror"),
                            FunctionDescriptor.of(
                                    ValueLayout.ADDRESS.withTargetLayout(
                                            MemoryLayout.sequenceLayout(Short.MAX_VALUE, ValueLayout.JAVA_BYTE)),
                                    number));
        }

        private static MethodHandle link(String name, FunctionDescriptor function, Linker.Option... more) {
            Linker.Option[] options = new Linker.Option[more.length + 1];
            System.arraycopy(more, 0, options, 0, more.length);
            options[more.length] = Linker.Option.captureCallState("errno");
            SymbolLookup libc = Linker.nativeLinker().defaultLookup();
            return Linker.nativeLinker().downcallHandle(libc.findOrThrow(name), function, options);
        }

        static String text(int errno) {
            try {
                return ((MemorySegment) STRERROR.invokeExact(errno)).getString(0);
            } catch (Throwable impossible) {
                throw new AssertionError(impossible);
            }
        }
    }

    /** A call that returns a number, which is negative on failure. It gets the place for the errno. */
    private interface Call {
        long run(MemorySegment callState) throws Throwable;
    }

    private FileCalls() {}

    private static long call(String name, Call call) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callState = arena.allocate(Libc.CALL_STATE);
            long result = call.run(callState);
            if (result < 0) {
                throw new Failure(name, callState.get(ValueLayout.JAVA_INT, Libc.ERRNO));
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
            return (int) call("open", state -> (int) Libc.OPEN.invokeExact(state, bytes, flags, OWNER_ONLY));
        }
    }

    static void close(int file) {
        if (file == NONE) {
            return;
        }
        try {
            call("close", state -> (int) Libc.CLOSE.invokeExact(state, file));
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
    private static short callLock(int file, int command, short type, long start, long length) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(FLOCK); // start counts from the beginning, and pid is 0
            struct.set(ValueLayout.JAVA_SHORT, FLOCK_TYPE, type);
            struct.set(ValueLayout.JAVA_LONG, FLOCK_START, start);
            struct.set(ValueLayout.JAVA_LONG, FLOCK_LENGTH, length);
            call("fcntl", state -> (int) Libc.FCNTL.invokeExact(state, file, command, struct));
            return struct.get(ValueLayout.JAVA_SHORT, FLOCK_TYPE);
        }
    }

    /** Sets the size of a file. New bytes are a hole: they read zero and take no space. */
    static void setSize(int file, long bytes) throws Failure {
        call("ftruncate", state -> (int) Libc.FTRUNCATE.invokeExact(state, file, bytes));
    }

    static long size(int file) throws Failure {
        return call("lseek", state -> (long) Libc.LSEEK.invokeExact(state, file, 0L, SEEK_END));
    }

    /** Gives a file space for these bytes. */
    static void allocate(int file, long offset, long bytes) throws Failure {
        call("fallocate", state -> (int) Libc.FALLOCATE.invokeExact(state, file, 0, offset, bytes));
    }

    /** Reads the first bytes of a file. Returns how many there were. */
    static long read(int file, MemorySegment segment) throws Failure {
        return call("pread", state -> (long) Libc.PREAD.invokeExact(state, file, segment, segment.byteSize(), 0L));
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
            call("fstatfs", state -> (int) Libc.FSTATFS.invokeExact(state, file, struct));
            return struct.get(ValueLayout.JAVA_LONG, field);
        }
    }

    /** Writes mapped pages of a file to the disk, and waits for it. */
    static void sync(long address, long bytes) throws Failure {
        call("msync", state -> (int) Libc.MSYNC.invokeExact(state, address, bytes, MS_SYNC));
    }
}
