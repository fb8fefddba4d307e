package io.memmap.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Functions of Linux's C library, linked at first use. They are constants, so that a call through them
 * is direct.
 *
 * <p>Java makes code for each shape of a call, which takes longer than all the calls of an opening. So
 * all functions have the shape of six words that return a word, with or without the errno. On the
 * {@linkplain VirtualMemory#get architectures here} each argument has a register of its own, a function
 * ignores the registers that it has no argument for, and an int is the lower half of one. The upper half
 * of a result is undefined if the function returns an int.
 */
@SuppressWarnings("restricted")
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor SHAPE = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);
    /** What receives the errno. On Linux it has no other field. */
    private static final StructLayout ERRNO = Linker.Option.captureStateLayout();

    /** madvise without the errno. Capturing it creates an object, unless the compiler inlines the whole call. */
    static final MethodHandle MADVISE = linkWithoutErrno("madvise");

    static final MethodHandle MUNMAP = linkWithoutErrno("munmap");
    static final MethodHandle MADVISE_ERRNO = link("madvise");
    static final MethodHandle MMAP = link("mmap");
    static final MethodHandle SYSCONF = link("sysconf");

    /** The functions on files. */
    static final class Files {
        static final MethodHandle OPEN = link("open");
        static final MethodHandle CLOSE = link("close");
        static final MethodHandle FCNTL = link("fcntl");
        static final MethodHandle FTRUNCATE = link("ftruncate");
        static final MethodHandle FALLOCATE = link("fallocate");
        static final MethodHandle LSEEK = link("lseek");
        static final MethodHandle PREAD = link("pread");
        static final MethodHandle FSTATFS = link("fstatfs");
        static final MethodHandle MSYNC = link("msync");

        private Files() {}
    }

    private Libc() {}

    private static MethodHandle linkWithoutErrno(String name) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), SHAPE);
    }

    /** Links a function that takes the place for the errno before its six words. It may be variadic. */
    private static MethodHandle link(String name) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                SHAPE,
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(2)); // open and fcntl are; for the others it changes nothing
    }

    /** Returns what {@link #callState} has received. */
    static int errno(MemorySegment callState) {
        return callState.get(ValueLayout.JAVA_INT, 0);
    }

    /** Returns a place for the errno. */
    static MemorySegment callState(Arena arena) {
        return arena.allocate(ERRNO);
    }

    /** Returns what the C library says of an errno. */
    static String text(int errno) {
        try {
            MethodHandle strerror = link("strerror");
            try (Arena arena = Arena.ofConfined()) {
                long text = (long) strerror.invokeExact(callState(arena), (long) errno, 0L, 0L, 0L, 0L, 0L);
                return MemorySegment.ofAddress(text)
                        .reinterpret(Short.MAX_VALUE)
                        .getString(0);
            }
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
