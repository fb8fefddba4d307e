package io.memmap.unsafe;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a call of {@link CheckedMemory} would read, write or free memory that does not belong
 * to the caller. The call has read, written and freed nothing.
 *
 * <p>The message names the address, the nearest block, its size, the distance to it, and the code
 * that allocated it. The {@linkplain #getCause() cause} has the stack of that allocation. If the
 * block had been freed, a {@linkplain #getSuppressed() suppressed} exception has the stack of the
 * free.
 */
public final class MemoryMisuseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kind of misuse. */
    public enum Kind {
        /** An access to bytes that do not all lie within one live block. */
        STRAY_ACCESS,
        /** An access to a block that has been freed. */
        USE_AFTER_FREE,
        /** A free or reallocation of a block that has been freed. */
        DOUBLE_FREE,
        /** A free or reallocation at an address where no block of this memory begins. */
        STRAY_FREE
    }

    /** The kind of misuse. */
    private final Kind kind;

    /** The address of the access or the free. */
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
     * Returns the kind of misuse.
     *
     * @return the kind of misuse
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns the address that the call was given.
     *
     * @return the address, which may be any number
     */
    public long address() {
        return address;
    }
}
