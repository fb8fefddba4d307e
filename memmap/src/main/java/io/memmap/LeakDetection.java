package io.memmap;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How closely dropped heaps and maps are looked for, at what cost. The levels are named as Netty's are; each has all that the
 * one before it has.
 *
 * <p><b>A heap</b> is a leak if neither it nor its arena can be reached any more and the arena has not been closed: then nobody
 * can close it, and its memory stays for ever. Slices and {@link NativeHeap#segment()} keep the arena reachable. So a heap in
 * an automatic arena never is one, for its memory goes with it, nor one in the global arena.
 *
 * <p><b>A map</b> is one if no handle of it can be reached while its heap can, and it has not been freed; its memory is stuck
 * until the heap ends. A map whose {@link LongLongMap#pointer() pointer} was asked for, or that was stored as a value of another,
 * is never reported, for it can be found again. Who lets maps go with their heap on purpose stays below {@link #ADVANCED}.
 *
 * <p>The collector finds what cannot be reached, so a leak is reported some time after it happened, or never if nothing is
 * collected: when the next heap is opened, or by {@code io.memmap.observe.LeakReport#find}. The first of each site goes to the log
 * of {@code io.memmap}.
 */
public enum LeakDetection {
    /** Looks for nothing. */
    DISABLED,
    /** Looks at every heap, and tells where it was opened; the default. Opening a heap costs a stack more, some microseconds. */
    SIMPLE,
    /**
     * Looks at one of 128 maps too, and tells where things were last seen to allocate: at the last sample of the allocation
     * profile.
     */
    ADVANCED,
    /** Looks at every map, and at every allocation, each of which costs a stack: for tests. */
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
                            "Property {0} must be disabled, simple, advanced or paranoid: {1}; taken as simple",
                            PROPERTY,
                            text);
        }
        return SIMPLE;
    }

    /**
     * Returns the level of heaps that are opened without one: at first what the system property {@code io.memmap.leakDetection}
     * says, else {@link #SIMPLE}.
     *
     * @return the level
     */
    public static LeakDetection processWide() {
        return processWide;
    }

    /**
     * Sets the level of heaps that are opened without one from now on.
     *
     * @param level the level
     */
    public static void setProcessWide(LeakDetection level) {
        processWide = Objects.requireNonNull(level, "level");
    }
}
