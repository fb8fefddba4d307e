package io.memmap;

import java.time.Duration;

/**
 * What the opening of a heap has found and done.
 *
 * @param how whether the heap was made, or was found in a file
 * @param time the time that the opening took
 * @param generation how often the file has been opened, counted from 1; 0 for a heap in no file
 * @param maps the number of maps in the directory
 * @param undone the number of maps with an operation that had to be finished or undone by its journal
 * @param freedBlocks the number of blocks that no map referred to, and that were freed
 * @see NativeHeap#opening
 */
public record Opening(How how, Duration time, long generation, long maps, long undone, long freedBlocks) {
    /** How a heap came about. */
    public enum How {
        /** The heap was made. */
        CREATED,
        /** The heap was in a file that had been closed. */
        CLEAN,
        /** The heap was in a file that a process had open when it ended. The heap was repaired. */
        RECOVERED,
        /** The heap was in a file, and is {@linkplain NativeHeap.Builder#readOnly() read only}. */
        READ_ONLY
    }
}
