package io.memmap;

/** Thrown by a write to a nil map, or to a map that has been freed. Nothing was written. */
public final class NilMapException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    NilMapException(String message) {
        super(message);
    }
}
