package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.NativeHeap;
import io.memmap.unsafe.UnsafeGeometry;
import java.lang.foreign.Arena;

/**
 * The same engine on memory of each sort of arena, and without any check. Their differences are the
 * costs of the checks.
 */
public enum PriceContender implements Titled {
    FFM_CONFINED("FFM, confined"),
    FFM_SHARED("FFM, shared"),
    FFM_GLOBAL("FFM, global"),
    UNSAFE("Unsafe twin");

    private final String title;

    PriceContender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /** Opens the memory of the maps of longs. Loads no classes of other contenders. */
    public LongMaps openLongs() {
        return this == UNSAFE ? new UnsafeTwinMaps(UnsafeGeometry.PAGE) : new MemmapMaps(Geometry.PAGE, openHeap());
    }

    /** Opens the memory of the maps of strings. Loads no classes of other contenders. */
    public TextMaps openTexts() {
        return this == UNSAFE ? new UnsafeTwinTextMaps() : new MemmapTextMaps(openHeap(), MemmapBytesMap::new);
    }

    private NativeHeap openHeap() {
        return switch (this) {
            case FFM_SHARED -> NativeHeap.ofShared();
            case FFM_GLOBAL -> NativeHeap.in(Arena.global());
            default -> NativeHeap.ofConfined();
        };
    }
}
