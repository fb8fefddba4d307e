package io.memmap.bench.maps;

/** The maps that are measured under several threads, and the plain one beside them. */
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
     * Makes an empty map. Loads the classes of no other contender.
     *
     * @param hint entries that it is sized for; 0 for the size that it has by default
     * @param limit the most entries that it will ever hold, for those that must be told
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
