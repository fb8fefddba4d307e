package io.memmap;

/** A native heap has no room for what was asked. The heap and every map in it are as they were before. */
public final class HeapExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HeapExhaustedException(String message) {
        super(message);
    }
}
