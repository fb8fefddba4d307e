package io.memmap;

/**
 * Thrown when a {@link NativeHeap} has no room for a block, or when no memory can be reserved for a
 * new heap. The message names the map, the bytes asked for, the bytes that there are, and the
 * setting to change. The heap and all maps in it are as before: a map keeps its entries and goes on
 * to serve reads, removals and overwrites. All sizes are in bytes.
 *
 * <p>A heap in a file also throws this exception when the file system is full. The message says so.
 *
 * @see NativeHeap.Builder#maxBytes
 */
public final class HeapExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the memory was for. */
    private final String map;
    /** The bytes that were asked for. */
    private final long asked;
    /** The state of the heap at that time. */
    private final HeapStats stats;
    /** The bound with which the operation would have succeeded. */
    private final long sufficientMaxBytes;

    private HeapExhaustedException(String map, long asked, HeapStats stats, long sufficientMaxBytes, String message) {
        super(message);
        this.map = map;
        this.asked = asked;
        this.stats = stats;
        this.sufficientMaxBytes = sufficientMaxBytes;
    }

    /**
     * Makes the exception of a heap without room.
     *
     * @param map the map in words; empty if the memory was not for a map
     * @param sufficientMaxBytes a bound with which there would be room; more than the greatest
     *     {@code maxBytes} if no heap has the room
     * @param lack what the operating system lacked, in words; empty if the bound does not suffice
     */
    static HeapExhaustedException of(String map, long asked, HeapStats stats, long sufficientMaxBytes, String lack) {
        String what = "no room for " + asked + " bytes" + (map.isEmpty() ? "" : " of " + map) + ": ";
        if (!lack.isEmpty()) {
            return new HeapExhaustedException(
                    map,
                    asked,
                    stats,
                    sufficientMaxBytes,
                    what + lack + ". Make room in it, or free maps and blocks that are no longer needed");
        }
        String remedy = sufficientMaxBytes > NativeHeap.MAX_BYTES
                ? "No heap can hold that: maxBytes is at most " + NativeHeap.MAX_BYTES + ". Ask for less"
                : "Open the heap with maxBytes of at least " + sufficientMaxBytes
                        + ", or free maps and blocks that are no longer needed";
        return new HeapExhaustedException(
                map,
                asked,
                stats,
                sufficientMaxBytes,
                what + stats.inUse() + " bytes are in use, "
                        + stats.committed() + " are committed, maxBytes is " + stats.maxBytes()
                        + ", the longest free range has " + stats.longestFree() + " bytes. " + remedy);
    }

    /**
     * Makes the exception of a heap that cannot be opened, as no memory could be reserved.
     * {@code bytes} is 0 if the caller named no size.
     */
    static HeapExhaustedException ofReservation(long bytes, OutOfMemoryError cause) {
        HeapExhaustedException exception = new HeapExhaustedException(
                "",
                bytes,
                new HeapStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                bytes,
                "no room for a heap" + (bytes == 0 ? "" : " of " + bytes + " bytes") + ": " + cause.getMessage());
        exception.initCause(cause);
        return exception;
    }

    /**
     * Returns the map that the memory was for.
     *
     * @return the map's type and name in words; empty if the memory was not for a map
     */
    public String map() {
        return map;
    }

    /**
     * Returns the size of the block that did not fit.
     *
     * @return the size in bytes; {@link Long#MAX_VALUE} also stands for more
     */
    public long asked() {
        return asked;
    }

    /**
     * Returns the figures of the heap at the moment when it had no room.
     *
     * @return the figures; all 0 if the heap could not be opened
     */
    public HeapStats stats() {
        return stats;
    }

    /**
     * Returns a {@link NativeHeap.Builder#maxBytes} with which there would be room. For a map, that
     * is room for twice its entries.
     *
     * @return the bound in bytes; more than the greatest {@code maxBytes} if no heap has the room
     */
    public long sufficientMaxBytes() {
        return sufficientMaxBytes;
    }
}
