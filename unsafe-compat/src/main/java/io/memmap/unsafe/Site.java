package io.memmap.unsafe;

import java.util.Arrays;
import java.util.List;

/**
 * A place in the program where a block was allocated or freed: a stack and a thread. Exceptions
 * show it as their cause. It is never thrown.
 */
final class Site extends Throwable {
    private static final long serialVersionUID = 1L;

    private static final int MOST_CALLERS = 16;

    private final String event;
    private final String thread;

    /** Records the current thread and its stack. */
    Site(String event) {
        this.event = event;
        this.thread = Thread.currentThread().getName();
    }

    String thread() {
        return thread;
    }

    /** Returns up to 16 frames of the code that called this package's classes, the caller first. */
    List<StackTraceElement> callers() {
        return Arrays.stream(getStackTrace())
                .dropWhile(Site::isOurs)
                .limit(MOST_CALLERS)
                .toList();
    }

    private static boolean isOurs(StackTraceElement frame) {
        String name = frame.getClassName();
        return name.equals(Block.class.getName())
                || name.equals(CheckedMemory.class.getName())
                || name.equals(UnsafeMemory.class.getName());
    }

    /** Returns what happened, where, and in which thread. */
    @Override
    public String getMessage() {
        List<StackTraceElement> callers = callers();
        return event + (callers.isEmpty() ? "" : " at " + callers.getFirst()) + " by thread " + thread;
    }
}
