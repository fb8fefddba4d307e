package io.memmap;

/**
 * A {@link NativeHeap} has no room for what was asked, or no memory could be reserved for a new one. The message names the
 * map, how much was asked for and how much there is, and what to change. The heap is as it was before, and so is every map in
 * it: it keeps its entries and goes on to serve reads, removals and overwrites. All sizes are in bytes.
 */
public final class HeapExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String map;
    private final long asked;
    private final HeapStats stats;
    private final long sufficientMaxBytes;

    private HeapExhaustedException(String map, long asked, HeapStats stats, long sufficientMaxBytes, String message) {
        super(message);
        this.map = map;
        this.asked = asked;
        this.stats = stats;
        this.sufficientMaxBytes = sufficientMaxBytes;
    }

    /**
     * A heap has no room.
     *
     * @param map the map in words; empty if the memory was for none
     * @param sufficientMaxBytes a bound with which there would be room, if there is one
     */
    static HeapExhaustedException of(String map, long asked, HeapStats stats, long sufficientMaxBytes) {
        String remedy = sufficientMaxBytes > NativeHeap.MAX_BYTES
                ? "No heap holds that: the most is " + NativeHeap.MAX_BYTES + " bytes. Ask for less"
                : "Open the heap with maxBytes of at least " + sufficientMaxBytes
                        + ", or free what is not needed any more";
        return new HeapExhaustedException(
                map,
                asked,
                stats,
                sufficientMaxBytes,
                "no room for " + asked + " bytes" + (map.isEmpty() ? "" : " of " + map) + ": " + stats.inUse()
                        + " in use, "
                        + stats.committed() + " committed, maxBytes is " + stats.maxBytes()
                        + ", the longest free run has " + stats.longestFree() + ". " + remedy);
    }

    /** No memory could be reserved for a heap; {@code bytes} is 0 if nobody said how much. */
    static HeapExhaustedException ofReservation(long bytes, OutOfMemoryError cause) {
        HeapExhaustedException exception = new HeapExhaustedException(
                "",
                bytes,
                new HeapStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                bytes,
                "no room for a heap" + (bytes == 0 ? "" : " of " + bytes + " bytes") + ": " + cause.getMessage());
        exception.initCause(cause);
        return exception;
    }

    /**
     * Returns what the memory was for.
     *
     * @return the map's type and name in words; empty if it was for no map
     */
    public String map() {
        return map;
    }

    /**
     * Returns what there was no room for: the size of one block.
     *
     * @return bytes; {@link Long#MAX_VALUE} also for more
     */
    public long asked() {
        return asked;
    }

    /**
     * Returns what the heap held when it had no room.
     *
     * @return its figures; all 0 if the heap could not be opened
     */
    public HeapStats stats() {
        return stats;
    }

    /**
     * Returns a {@link NativeHeap.Builder#maxBytes} with which there would be room: for a map, room for twice its entries.
     *
     * @return bytes; more than the greatest {@code maxBytes} if no heap has the room
     */
    public long sufficientMaxBytes() {
        return sufficientMaxBytes;
    }
}
