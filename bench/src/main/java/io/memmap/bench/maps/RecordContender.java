package io.memmap.bench.maps;

/** The maps from long to {@link Triple} that are measured. */
public enum RecordContender implements Titled {
    MEMMAP_RECORD("MemMap, LONG to a record"),
    MEMMAP_SYNC("SyncMap, LONG to a record"),
    MEMMAP_STRUCT("LongStructMap, three fields"),
    MEMMAP_SYNC_STRUCT("SyncLongStructMap, three fields"),
    /** A get of one long, which is less than the others do. */
    LONG_MAP("LongLongMap, one get"),
    UNSAFE_RECORD("UnsafeMemMap, LONG to a record"),
    /** The lower bound for a get: the same memory accesses without a map of records. */
    LONG_MAP_AND_ARRAY("LongLongMap and three loads"),
    JDK_HASHMAP("HashMap<Long, Triple>"),
    JDK_CONCURRENT("ConcurrentHashMap<Long, Triple>"),
    FASTUTIL("fastutil"),
    AGRONA("Agrona"),
    HPPC("HPPC"),
    ECLIPSE("Eclipse Collections"),
    CHRONICLE("Chronicle Map, sized exactly"),
    OHC("OHC, linked"),
    EHCACHE("Ehcache, off-heap"),
    MAPDB("MapDB, direct buffers"),
    LMDB("lmdbjava");

    private final String title;

    RecordContender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /** Makes a map with the values of these keys. Loads no classes of other contenders. */
    public LongRecords of(long[] keys) {
        return switch (this) {
            case MEMMAP_RECORD -> MapRecords.memmap(keys);
            case MEMMAP_SYNC -> MapRecords.sync(keys);
            case MEMMAP_STRUCT -> new StructRecords(keys);
            case MEMMAP_SYNC_STRUCT -> new SyncStructRecords(keys);
            case LONG_MAP -> new DigestRecords(keys);
            case UNSAFE_RECORD -> MapRecords.unsafe(keys);
            case LONG_MAP_AND_ARRAY -> new ArrayRecords(keys);
            case JDK_HASHMAP -> MapRecords.hashMap(keys);
            case JDK_CONCURRENT -> MapRecords.concurrentHashMap(keys);
            case FASTUTIL -> MapRecords.fastutil(keys);
            case AGRONA -> MapRecords.agrona(keys);
            case HPPC -> MapRecords.hppc(keys);
            case ECLIPSE -> MapRecords.eclipse(keys);
            case CHRONICLE -> ChronicleRecords.of(keys);
            case OHC -> OhcRecords.of(keys);
            case EHCACHE -> EhcacheRecords.of(keys);
            case MAPDB -> MapdbRecords.of(keys);
            case LMDB -> new LmdbRecords(keys);
        };
    }
}
