package io.memmap.unsafe;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says that {@link CheckedMemory} was asked for what would have read or broken memory that is not the caller's. Nothing was
 * read, written or freed. The message names the address, the nearest block, its size, the distance, and the code that
 * allocated it; the {@linkplain #getCause() cause} is the stack of that allocation, and, if the block had been freed, the
 * {@linkplain #getSuppressed() suppressed} exception is the stack of that.
 */
public final class MemoryMisuseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What was asked for. */
    public enum Kind {
        /** An access that is not within a live block. */
        STRAY_ACCESS,
        /** An access to a block that has been freed. */
        USE_AFTER_FREE,
        /** A free or reallocation of a block that has been freed. */
        DOUBLE_FREE,
        /** A free or reallocation of what never was the start of a block. */
        STRAY_FREE
    }

    /** What was asked for. */
    private final Kind kind;

    /** Where. */
    private final long address;

    MemoryMisuseException(
            Kind kind, long address, String message, @Nullable Throwable made, @Nullable Throwable freed) {
        super(message, made);
        this.kind = Objects.requireNonNull(kind, "kind");
        this.address = address;
        if (freed != null) {
            addSuppressed(freed);
        }
    }

    /**
     * Returns what was asked for.
     *
     * @return the kind of misuse
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns where it was asked for.
     *
     * @return the address, any number
     */
    public long address() {
        return address;
    }
}
