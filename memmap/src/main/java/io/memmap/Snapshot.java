package io.memmap;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a snapshot of a heap has written.
 *
 * @param file the path that was given
 * @param maps the number of maps that have a name in the snapshot
 * @param bytes the size of the file in bytes. The file may have holes, which take no space
 * @param time the time that the snapshot took
 * @see NativeHeap#snapshot(Path, Consistency)
 */
public record Snapshot(Path file, int maps, long bytes, Duration time) {
    /** Of how many moments a snapshot is. */
    public enum Consistency {
        /**
         * Each map is of a moment of its own, and so is each shard of a map for many threads. A
         * writer waits while its shard is copied.
         */
        MAP_BY_MAP,
        /**
         * All maps are of one moment. All writers wait until the last map is copied, but not until
         * the disk has the file.
         */
        ALL_AT_ONCE
    }
}
