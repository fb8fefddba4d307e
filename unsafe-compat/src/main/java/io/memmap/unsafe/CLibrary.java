package io.memmap.unsafe;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The C library's malloc, realloc and free, by address; and the page size. */
@SuppressWarnings("restricted")
final class CLibrary {
    static final int PAGE_BYTES;

    private static final MethodHandle MALLOC;
    private static final MethodHandle REALLOC;
    private static final MethodHandle FREE;

    /** Pages of the systems whose C library has no getpagesize. */
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

    /** Returns the address of {@code bytes} bytes, 1 or more. */
    static long malloc(long bytes) {
        try {
            return found((long) MALLOC.invokeExact(bytes), bytes);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Returns the address of {@code bytes} bytes, 1 or more, that begin with those at {@code address}, which is freed. */
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

    /** The functions throw nothing; what does is the JVM. */
    private static RuntimeException unexpected(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(thrown);
    }
}
