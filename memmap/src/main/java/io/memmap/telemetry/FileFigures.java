package io.memmap.telemetry;

/**
 * What is known of the file of a heap.
 *
 * @param path the file
 * @param fileSystem the kind of its file system
 * @param readOnly whether the heap only reads it
 * @param generation how often it has been opened to write, as of the opening of this heap
 * @param opening how the heap came about, as the API names it
 * @param openingNanos the time that the opening took
 * @param undone the maps with an operation that the opening has finished or undone
 * @param freedBlocks the blocks that the opening has freed
 * @param syncs how often the file has been written to the disk while it stayed open
 * @param syncedAt when that was last done, as of {@link System#nanoTime}
 * @param syncNanos the time that it took
 */
public record FileFigures(
        String path,
        String fileSystem,
        boolean readOnly,
        long generation,
        String opening,
        long openingNanos,
        long undone,
        long freedBlocks,
        long syncs,
        long syncedAt,
        long syncNanos) {
    /** Returns the figures after the file was written to the disk, just now. */
    public FileFigures synced(long tookNanos) {
        return new FileFigures(
                path,
                fileSystem,
                readOnly,
                generation,
                opening,
                openingNanos,
                undone,
                freedBlocks,
                syncs + 1,
                System.nanoTime(),
                tookNanos);
    }
}
