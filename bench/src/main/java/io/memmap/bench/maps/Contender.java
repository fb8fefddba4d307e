package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.NativeHeap;
import io.memmap.Pages;
import io.memmap.unsafe.UnsafeGeometry;
import java.util.HashMap;
import java.util.concurrent.ConcurrentHashMap;

/** The maps from long to long that are measured. */
public enum Contender implements Titled {
    MEMMAP_PAGE("memmap PAGE, 4K pages", Kind.MEMMAP, 0, 70),
    MEMMAP_PAGE_HUGE("memmap PAGE, huge pages", Kind.MEMMAP, 0, 70),
    MEMMAP_PAGE_SHARED("memmap PAGE, shared arena", Kind.MEMMAP, 0, 70),
    MEMMAP_LINE("memmap LINE, 4K pages", Kind.MEMMAP, 0, 45),
    MEMMAP_LINE_HUGE("memmap LINE, huge pages", Kind.MEMMAP, 0, 45),
    MEMMAP_LINE_SHARED("memmap LINE, shared arena", Kind.MEMMAP, 0, 45),
    MEMMAP_GO("memmap GO, 4K pages", Kind.MEMMAP, 0, 45),
    MEMMAP_GO_HUGE("memmap GO, huge pages", Kind.MEMMAP, 0, 45),
    MEMMAP_SYNC("memmap SyncLongLongMap", Kind.MEMMAP_SHARED, 0, 70),
    /**
     * The same engine on sun.misc.Unsafe, without checks: shows the cost of the checks of a
     * MemorySegment.
     */
    UNSAFE_PAGE("Unsafe twin of PAGE, 4K pages", Kind.TWIN, 0, 70),
    UNSAFE_LINE("Unsafe twin of LINE, 4K pages", Kind.TWIN, 0, 45),
    UNSAFE_GO("Unsafe twin of GO, 4K pages", Kind.TWIN, 0, 45),
    FASTUTIL("fastutil", Kind.PRIMITIVE, 65, 0),
    AGRONA("Agrona", Kind.PRIMITIVE, 65, 0),
    HPPC("HPPC", Kind.PRIMITIVE, 65, 0),
    ECLIPSE("Eclipse Collections", Kind.PRIMITIVE, 100, 0),
    JDK_HASHMAP("HashMap<Long, Long>", Kind.BOXED, 115, 0),
    JDK_CONCURRENT("ConcurrentHashMap<Long, Long>", Kind.BOXED_SHARED, 125, 0),
    CHRONICLE("Chronicle Map, sized exactly", Kind.OFF_HEAP, 0, 45),
    OHC("OHC, linked", Kind.OFF_HEAP, 0, 115),
    EHCACHE("Ehcache, off-heap", Kind.OFF_HEAP, 0, 320),
    MAPDB("MapDB, direct buffers", Kind.OFF_HEAP, 0, 130),
    LMDB("lmdbjava", Kind.OFF_HEAP, 0, 60);

    private enum Kind {
        MEMMAP,
        MEMMAP_SHARED,
        TWIN,
        PRIMITIVE,
        BOXED,
        BOXED_SHARED,
        OFF_HEAP
    }

    private final String title;
    private final Kind kind;
    private final int heapBytesAnEntry;
    private final int nativeBytesAnEntry;

    Contender(String title, Kind kind, int heapBytesAnEntry, int nativeBytesAnEntry) {
        this.title = title;
        this.kind = kind;
        this.heapBytesAnEntry = heapBytesAnEntry;
        this.nativeBytesAnEntry = nativeBytesAnEntry;
    }

    @Override
    public String title() {
        return title;
    }

    /** Whether it is a map of this project. */
    public boolean isMemmap() {
        return kind == Kind.MEMMAP || kind == Kind.MEMMAP_SHARED;
    }

    /** Whether it has lookups of many keys at a time. It is then a {@link MemmapMap}. */
    public boolean isBatched() {
        return kind == Kind.MEMMAP;
    }

    /** Whether it is memmap's engine on sun.misc.Unsafe. */
    public boolean isTwin() {
        return kind == Kind.TWIN;
    }

    /** Whether it is a map of primitive longs in the Java heap, not of this project. */
    public boolean isPrimitivePeer() {
        return kind == Kind.PRIMITIVE;
    }

    /** Whether it is a map outside the Java heap, not of this project. */
    public boolean isOffHeapPeer() {
        return kind == Kind.OFF_HEAP;
    }

    /** Whether its entries are outside the Java heap. */
    public boolean isOffHeap() {
        return nativeBytesAnEntry > 0;
    }

    /** Whether it is a variant with huge pages of another contender. */
    public boolean isHuge() {
        return this == MEMMAP_PAGE_HUGE || this == MEMMAP_LINE_HUGE || this == MEMMAP_GO_HUGE;
    }

    /** Whether many threads may use one map at once. */
    public boolean isShared() {
        return switch (kind) {
            case MEMMAP_SHARED, BOXED_SHARED, OFF_HEAP -> true;
            default -> false;
        };
    }

    /**
     * Returns an estimate of the largest number of bytes in the Java heap that a map needs while it
     * grows to this size.
     */
    public long heapBytes(long entries) {
        return heapBytesAnEntry * entries;
    }

    /** Returns an estimate of the largest number of bytes outside the Java heap. */
    public long nativeBytes(long entries) {
        return nativeBytesAnEntry * entries;
    }

    /**
     * Opens the memory of the maps of this contender. Loads no classes of other contenders.
     *
     * @param limit the largest number of entries of a map, for contenders that must know it
     */
    public LongMaps open(int limit) {
        return switch (this) {
            case MEMMAP_PAGE -> memmap(Geometry.PAGE, Pages.SMALL);
            case MEMMAP_PAGE_HUGE -> memmap(Geometry.PAGE, Pages.HUGE);
            case MEMMAP_PAGE_SHARED -> new MemmapMaps(Geometry.PAGE, NativeHeap.ofShared());
            case MEMMAP_LINE -> memmap(Geometry.LINE, Pages.SMALL);
            case MEMMAP_LINE_HUGE -> memmap(Geometry.LINE, Pages.HUGE);
            case MEMMAP_LINE_SHARED -> new MemmapMaps(Geometry.LINE, NativeHeap.ofShared());
            case MEMMAP_GO -> memmap(Geometry.GO, Pages.SMALL);
            case MEMMAP_GO_HUGE -> memmap(Geometry.GO, Pages.HUGE);
            case MEMMAP_SYNC -> new MemmapSyncMaps();
            case UNSAFE_PAGE -> new UnsafeTwinMaps(UnsafeGeometry.PAGE);
            case UNSAFE_LINE -> new UnsafeTwinMaps(UnsafeGeometry.LINE);
            case UNSAFE_GO -> new UnsafeTwinMaps(UnsafeGeometry.GO);
            case FASTUTIL -> alone(FastutilMap::new);
            case AGRONA -> alone(AgronaMap::new);
            case HPPC -> alone(HppcMap::new);
            case ECLIPSE -> alone(EclipseMap::new);
            case JDK_HASHMAP -> alone(hint -> new BoxedMap(hint == 0 ? new HashMap<>() : HashMap.newHashMap(hint)));
            case JDK_CONCURRENT ->
                alone(hint -> new BoxedMap(hint == 0 ? new ConcurrentHashMap<>() : new ConcurrentHashMap<>(hint)));
            case CHRONICLE -> alone(hint -> new ChronicleMap(limit));
            case OHC -> alone(hint -> new OhcMap(hint, limit));
            case EHCACHE -> alone(hint -> new EhcacheMap(limit));
            case MAPDB -> alone(hint -> new MapdbMap());
            case LMDB -> alone(hint -> new LmdbMap(limit));
        };
    }

    private static LongMaps memmap(Geometry geometry, Pages pages) {
        return new MemmapMaps(geometry, NativeHeap.builder().pages(pages).open());
    }

    private static LongMaps alone(LongMaps.Alone maps) {
        return maps;
    }
}
