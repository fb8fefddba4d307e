package io.memmap;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The levels of leak detection: how closely the library watches for heaps and maps that the program
 * has dropped without closing or freeing them, and what that costs. The levels are named as in
 * Netty. Each level does all that the level before it does.
 *
 * <p><b>A heap</b> is a leak if the heap and its arena can no longer be reached and the arena has
 * not been closed. Then no code can close it, and its memory stays for ever. Slices and
 * {@link NativeHeap#segment()} keep the arena reachable. A heap in an automatic arena is never a
 * leak, as its memory goes with the arena. A heap in the global arena is never a leak either.
 *
 * <p><b>A map</b> is a leak if no handle to it can be reached while its heap can, and it has not
 * been freed. Its memory stays in use until the heap ends. Two sorts of maps are never reported, as
 * they can be found again: a map whose {@link LongLongMap#pointer() pointer} was asked for, and a
 * map that was stored as a value of another map. A program that lets maps go with their heap on
 * purpose should use a level below {@link #ADVANCED}.
 *
 * <p>The garbage collector finds the unreachable objects. So a leak is reported some time after it
 * happened, or never if the collector does not run. The report comes when the next heap is opened,
 * or by {@code io.memmap.observe.LeakReport#find}. The first leak of each place in the code goes to
 * the log of {@code io.memmap}.
 *
 * @see NativeHeap.Builder#leakDetection
 * @see io.memmap.observe.LeakReport
 */
public enum LeakDetection {
    /** Watches nothing. */
    DISABLED,
    /**
     * Watches every heap, and reports where a leaked heap was opened. This is the default. Opening
     * a heap costs one stack trace more, some microseconds.
     */
    SIMPLE,
    /**
     * Also watches one of 128 maps, and reports where a leaked heap or map was last seen to
     * allocate: at its last sample of the allocation profile.
     */
    ADVANCED,
    /**
     * Watches every map and records every allocation, at the cost of a stack trace each. For tests.
     */
    PARANOID;

    private static final String PROPERTY = "io.memmap.leakDetection";

    private static volatile LeakDetection processWide = propertyOrDefault();

    private static LeakDetection propertyOrDefault() {
        @Nullable String text = System.getProperty(PROPERTY);
        if (text != null) {
            for (LeakDetection level : values()) {
                if (level.name().equals(text.toUpperCase(Locale.ROOT))) {
                    return level;
                }
            }
            System.getLogger("io.memmap")
                    .log(
                            System.Logger.Level.WARNING,
                            "Property {0} must be disabled, simple, advanced or paranoid: {1}. The default, simple,"
                                    + " is used",
                            PROPERTY,
                            text);
        }
        return SIMPLE;
    }

    /**
     * Returns the level of heaps that are opened without a level of their own. At first it is the
     * value of the system property {@code io.memmap.leakDetection}, or {@link #SIMPLE} if that is
     * not set.
     *
     * @return the level
     */
    public static LeakDetection processWide() {
        return processWide;
    }

    /**
     * Sets the level of heaps that are opened from now on without a level of their own.
     *
     * @param level the level
     */
    public static void setProcessWide(LeakDetection level) {
        processWide = Objects.requireNonNull(level, "level");
    }
}
