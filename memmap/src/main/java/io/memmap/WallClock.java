package io.memmap;

import io.memmap.format.BoundsLayout;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The clock by which the entries of a map with a name expire: the nanoseconds since 1970, as the wall
 * clock of the system has them when the map is opened. From then on it advances as
 * {@link System#nanoTime} does, so a step of the wall clock changes nothing while the map is open. A
 * map in memory has it, too, so that its times stay what they are in a snapshot.
 *
 * <p>The clock never begins before the last write of the map ({@link BoundsLayout#LATEST}). If the
 * wall clock has been set back while the map was not open, no time has passed meanwhile.
 */
final class WallClock implements LongSupplier {
    /**
     * What {@link System#nanoTime} lacks to this clock. Changes only while the map is being opened.
     */
    private long offset;

    private WallClock(long offset) {
        this.offset = offset;
    }

    /** Returns a clock that begins at the time of the wall clock. */
    static WallClock atWallTime() {
        return startingAt(Instant.now());
    }

    static WallClock startingAt(Instant wall) {
        long nanos = wall.getEpochSecond() * 1_000_000_000 + wall.getNano();
        return new WallClock(nanos - System.nanoTime());
    }

    /**
     * Ensures that the clock has not begun before this time, if another process has written at it.
     */
    void startAfter(long latest) {
        offset = Math.max(offset, latest - System.nanoTime());
    }

    @Override
    public long getAsLong() {
        return System.nanoTime() + offset;
    }
}
