package io.memmap;

import io.memmap.memory.HeapFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a file cannot be opened or read as a heap, or when it could not be closed cleanly. A file that
 * cannot be opened is left as it was. A full disk is no such case: see {@link HeapExhaustedException}.
 *
 * @see NativeHeap.Builder#file
 */
public final class HeapFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why a file cannot be opened or read as a heap. */
    public enum Reason {
        /** The file does not begin as a heap does. It may be empty, or have been written by others. */
        NOT_A_HEAP,
        /** The file is shorter than its heap. */
        TRUNCATED,
        /**
         * The header contradicts itself or its checksum, or the file was not closed and its tables hold
         * what no interrupted operation leaves.
         */
        DAMAGED,
        /** A newer version of memmap has written the file in a way that this version does not know. */
        NEWER_VERSION,
        /** The maps of the file have another hash function than this version of memmap. */
        OTHER_HASH,
        /** Another heap, of this process or another one, has the file open. */
        IN_USE,
        /**
         * The process that wrote the file ended without closing it, and this heap is read only. A map
         * for many threads throws this only for a key in a shard that was being changed at that moment.
         * The next heap that opens the file to write repairs it, and this heap goes on.
         */
        WRITER_DIED,
        /**
         * The file was open when the machine went down. The disk may have some pages from before a
         * change and some from after it.
         */
        LOST_POWER,
        /** This machine, file system or process cannot have a heap in this file. The message says why. */
        NOT_SUPPORTED,
        /** The operating system has refused to open, make or write the file. */
        IO_ERROR
    }

    /** Why the file cannot be opened as a heap. */
    private final Reason reason;

    /** The path, which is not serializable. */
    private final String path;

    HeapFileException(Reason reason, Path path, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.path = path.toString();
    }

    static HeapFileException of(Path path, HeapFile.Refused refused) {
        return new HeapFileException(
                Reason.valueOf(refused.fault.name()), path, String.valueOf(refused.getMessage()), refused);
    }

    /**
     * Returns why the file cannot be opened.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Returns the file.
     *
     * @return the path that was given to {@link NativeHeap.Builder#file}
     */
    public Path path() {
        return Path.of(path);
    }
}
