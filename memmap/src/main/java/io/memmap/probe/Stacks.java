package io.memmap.probe;

import java.util.List;
import java.util.Set;

/** The stacks of callers. */
final class Stacks {
    /** Frames that are kept of a stack: the leaf and what called it; roots beyond are cut off. */
    private static final int MAX_FRAMES = 128;

    /** What a caller does not want to see of his own stack. */
    private static final Set<String> INTERNAL = Set.of(
            "io.memmap",
            "io.memmap.memory",
            "io.memmap.unsafe",
            "io.memmap.unsafe.memory",
            Stacks.class.getPackageName());

    private Stacks() {}

    /**
     * Returns this thread's stack from the caller of the library on, the leaf first. An exception is the cheapest way to it:
     * about 1 us at a depth of 10, where a {@link StackWalker} takes 4 to 13.
     */
    @SuppressWarnings("ThrowableNotThrown")
    static List<StackTraceElement> ofCaller() {
        StackTraceElement[] frames = new Throwable().getStackTrace();
        int leaf = 0;
        while (leaf < frames.length && isInternal(frames[leaf].getClassName())) {
            leaf++;
        }
        return List.of(frames).subList(leaf, Math.min(frames.length, leaf + MAX_FRAMES)).stream()
                .toList();
    }

    private static boolean isInternal(String className) {
        int end = className.lastIndexOf('.');
        return end > 0 && INTERNAL.contains(className.substring(0, end));
    }
}
