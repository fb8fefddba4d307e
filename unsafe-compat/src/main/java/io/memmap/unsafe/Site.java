package io.memmap.unsafe;

import java.util.Arrays;
import java.util.List;

/** Where in the program a block was made or freed: a stack and a thread. It is shown as a cause, never thrown. */
final class Site extends Throwable {
    private static final long serialVersionUID = 1L;

    private static final int MOST_CALLERS = 16;

    private final String event;
    private final String thread;

    /** The place that the current thread is at. */
    Site(String event) {
        this.event = event;
        this.thread = Thread.currentThread().getName();
    }

    String thread() {
        return thread;
    }

    /** Returns the frames of the code that called this package's classes, the first few. */
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

    /** What happened, where, in which thread. */
    @Override
    public String getMessage() {
        List<StackTraceElement> callers = callers();
        return event + (callers.isEmpty() ? "" : " at " + callers.getFirst()) + " by thread " + thread;
    }
}
