package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.Pages;
import io.memmap.unsafe.UnsafeGeometry;

/** The maps that are measured. */
public enum Contender implements Titled {
    MEMMAP_LINE("memmap LINE, 4K pages"),
    MEMMAP_LINE_HUGE("memmap LINE, huge pages"),
    MEMMAP_GO("memmap GO, 4K pages"),
    MEMMAP_GO_HUGE("memmap GO, huge pages"),
    /** The same engine on sun.misc.Unsafe, unchecked: what the checks of a MemorySegment cost. */
    UNSAFE_LINE("Unsafe twin of LINE, 4K pages"),
    UNSAFE_GO("Unsafe twin of GO, 4K pages"),
    FASTUTIL("fastutil"),
    AGRONA("Agrona"),
    HPPC("HPPC"),
    ECLIPSE("Eclipse Collections"),
    JDK_HASHMAP("HashMap<Long, Long>");

    private final String title;

    Contender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /** Whether it is a map of this project. */
    public boolean isMemmap() {
        return switch (this) {
            case MEMMAP_LINE, MEMMAP_LINE_HUGE, MEMMAP_GO, MEMMAP_GO_HUGE -> true;
            default -> false;
        };
    }

    /** Whether it is somebody else's map of primitive longs in the Java heap. */
    public boolean isPrimitivePeer() {
        return switch (this) {
            case FASTUTIL, AGRONA, HPPC, ECLIPSE -> true;
            default -> false;
        };
    }

    /** Opens what this contender's maps live in. Loads the classes of no other. */
    public LongMaps open() {
        return switch (this) {
            case MEMMAP_LINE -> new MemmapMaps(Geometry.LINE, Pages.SMALL);
            case MEMMAP_LINE_HUGE -> new MemmapMaps(Geometry.LINE, Pages.HUGE);
            case MEMMAP_GO -> new MemmapMaps(Geometry.GO, Pages.SMALL);
            case MEMMAP_GO_HUGE -> new MemmapMaps(Geometry.GO, Pages.HUGE);
            case UNSAFE_LINE -> new UnsafeTwinMaps(UnsafeGeometry.LINE);
            case UNSAFE_GO -> new UnsafeTwinMaps(UnsafeGeometry.GO);
            case FASTUTIL -> (LongMaps.OnHeap) FastutilMap::new;
            case AGRONA -> (LongMaps.OnHeap) AgronaMap::new;
            case HPPC -> (LongMaps.OnHeap) HppcMap::new;
            case ECLIPSE -> (LongMaps.OnHeap) EclipseMap::new;
            case JDK_HASHMAP -> (LongMaps.OnHeap) BoxedMap::new;
        };
    }
}
