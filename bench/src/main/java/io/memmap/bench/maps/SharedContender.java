package io.memmap.bench.maps;

/** The maps that are measured with several threads, and the map for one thread for comparison. */
public enum SharedContender implements Titled {
    SYNC_LONG_LONG("SyncLongLongMap"),
    PLAIN("LongLongMap, one thread only"),
    JDK_CONCURRENT("ConcurrentHashMap<Long, Long>"),
    CHRONICLE("Chronicle Map, sized exactly");

    private final String title;

    SharedContender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /**
     * Makes an empty map. Loads no classes of other contenders.
     *
     * @param hint the number of entries to make room for; 0 for the default size
     * @param limit the largest number of entries, for contenders that must know it
     */
    public SharedMap make(int hint, int limit) {
        return switch (this) {
            case SYNC_LONG_LONG -> new MemmapSharedMap(hint);
            case PLAIN -> new MemmapPlainMap(hint);
            case JDK_CONCURRENT -> new BoxedSharedMap(hint);
            case CHRONICLE -> new ChronicleLongMap(limit);
        };
    }
}
