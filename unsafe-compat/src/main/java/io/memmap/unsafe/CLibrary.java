package io.memmap.unsafe;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The C library's malloc, realloc and free, with addresses as {@code long}, and the page size. */
@SuppressWarnings("restricted")
final class CLibrary {
    static final int PAGE_BYTES;

    private static final MethodHandle MALLOC;
    private static final MethodHandle REALLOC;
    private static final MethodHandle FREE;

    /** The page size on a system whose C library has no getpagesize. */
    private static final int USUAL_PAGE_BYTES = 4096;

    static {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        MALLOC = linker.downcallHandle(library.findOrThrow("malloc"), FunctionDescriptor.of(word, word));
        REALLOC = linker.downcallHandle(library.findOrThrow("realloc"), FunctionDescriptor.of(word, word, word));
        FREE = linker.downcallHandle(library.findOrThrow("free"), FunctionDescriptor.ofVoid(word));
        PAGE_BYTES = library.find("getpagesize")
                .map(found -> pageBytes(linker.downcallHandle(found, FunctionDescriptor.of(ValueLayout.JAVA_INT))))
                .orElse(USUAL_PAGE_BYTES);
    }

    private CLibrary() {}

    /** Allocates {@code bytes} bytes, 1 or more, and returns their address. */
    static long malloc(long bytes) {
        try {
            return found((long) MALLOC.invokeExact(bytes), bytes);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * Gives the block at {@code address} a size of {@code bytes} bytes, 1 or more. Returns its new
     * address; the bytes move there and the old block is freed.
     */
    static long realloc(long address, long bytes) {
        try {
            return found((long) REALLOC.invokeExact(address, bytes), bytes);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void free(MemorySegment memory) {
        free(memory.address());
    }

    private static int pageBytes(MethodHandle getpagesize) {
        try {
            return (int) getpagesize.invokeExact();
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    private static long found(long address, long bytes) {
        if (address == 0) {
            throw new OutOfMemoryError("Unable to allocate " + bytes + " bytes");
        }
        return address;
    }

    /** Wraps an exception. C functions throw none, so it comes from the JVM. */
    private static RuntimeException unexpected(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(thrown);
    }
}
