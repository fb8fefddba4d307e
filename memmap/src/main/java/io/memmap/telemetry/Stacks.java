package io.memmap.telemetry;

import java.util.Arrays;
import java.util.List;

/** The stacks of callers. */
final class Stacks {
    /** Frames that are kept of a stack: the leaf and what called it; roots beyond are cut off. */
    private static final int MAX_FRAMES = 128;

    /** The packages of the library. Their classes are left out of a caller's stack; those of packages below them are not. */
    private static final List<String> INTERNAL = List.of(
            "io.memmap.",
            "io.memmap.cache.",
            "io.memmap.codec.",
            "io.memmap.format.",
            "io.memmap.memory.",
            "io.memmap.unsafe.",
            "io.memmap.unsafe.codec.",
            "io.memmap.unsafe.format.",
            "io.memmap.unsafe.memory.",
            Stacks.class.getPackageName() + ".");

    private Stacks() {}

    /**
     * Returns this thread's stack from the caller of the library on, the leaf first. An exception is the cheapest way to it:
     * about 1 us at a depth of 10, where a {@link StackWalker} takes 4 to 13; and 20 to 90 us where it is rare and nothing of it
     * is in the caches.
     */
    @SuppressWarnings("ThrowableNotThrown")
    static List<StackTraceElement> ofCaller() {
        StackTraceElement[] frames = new Throwable().getStackTrace();
        int leaf = 0;
        while (leaf < frames.length && isInternal(frames[leaf].getClassName())) {
            leaf++;
        }
        int end = Math.min(frames.length, leaf + MAX_FRAMES);
        return List.of(Arrays.copyOfRange(frames, leaf, end));
    }

    private static boolean isInternal(String className) {
        int name = className.lastIndexOf('.') + 1;
        for (int i = 0; i < INTERNAL.size(); i++) {
            if (INTERNAL.get(i).length() == name && className.startsWith(INTERNAL.get(i))) {
                return true;
            }
        }
        return false;
    }
}
