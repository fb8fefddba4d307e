package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import it.unimi.dsi.fastutil.objects.Object2ObjectOpenHashMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.agrona.collections.Hashing;
import org.agrona.collections.Object2ObjectHashMap;
import org.eclipse.collections.impl.map.mutable.UnifiedMap;

/** The maps from strings to 100 bytes that are measured. */
public enum TextContender implements Titled {
    MEMMAP_BYTES("MemMap, UTF8 to BYTES"),
    MEMMAP_STRUCT("MemMap, UTF8 to a struct"),
    MEMMAP_SYNC("SyncMap, UTF8 to BYTES"),
    UNSAFE_BYTES("UnsafeMemMap, UTF8 to BYTES"),
    JDK_HASHMAP("HashMap<String, byte[]>"),
    JDK_CONCURRENT("ConcurrentHashMap<String, byte[]>"),
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

    TextContender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /** Opens the memory of the maps of this contender. Loads no classes of other contenders. */
    public TextMaps open() {
        return switch (this) {
            case MEMMAP_BYTES -> new MemmapTextMaps(MemmapBytesMap::new);
            case MEMMAP_STRUCT -> new MemmapTextMaps(MemmapStructMap::new);
            case MEMMAP_SYNC -> new MemmapTextMaps(NativeHeap.ofShared(), MemmapSyncTextMap::new);
            case UNSAFE_BYTES -> new UnsafeTwinTextMaps();
            case JDK_HASHMAP -> boxed(hint -> hint == 0 ? new HashMap<>() : HashMap.newHashMap(hint));
            case JDK_CONCURRENT -> boxed(hint -> hint == 0 ? new ConcurrentHashMap<>() : new ConcurrentHashMap<>(hint));
            case FASTUTIL ->
                boxed(hint -> hint == 0 ? new Object2ObjectOpenHashMap<>() : new Object2ObjectOpenHashMap<>(hint));
            case AGRONA ->
                boxed(hint -> hint == 0
                        ? new Object2ObjectHashMap<>()
                        : new Object2ObjectHashMap<>(
                                (int) (hint / Hashing.DEFAULT_LOAD_FACTOR) + 1, Hashing.DEFAULT_LOAD_FACTOR));
            case HPPC -> (hint, limit) -> new HppcTextMap(hint);
            case ECLIPSE -> boxed(hint -> hint == 0 ? UnifiedMap.newMap() : UnifiedMap.newMap(hint));
            case CHRONICLE -> (hint, limit) -> new ChronicleTextMap(limit);
            case OHC -> OhcTextMap::new;
            case EHCACHE -> (hint, limit) -> new EhcacheTextMap(limit);
            case MAPDB -> (hint, limit) -> new MapdbTextMap();
            case LMDB -> (hint, limit) -> new LmdbTextMap(limit);
        };
    }

    private static TextMaps boxed(IntFunction<Map<String, byte[]>> make) {
        return (hint, limit) -> new BoxedTextMap(make.apply(hint));
    }
}
