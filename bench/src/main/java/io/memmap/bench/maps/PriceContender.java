package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.NativeHeap;
import io.memmap.unsafe.UnsafeGeometry;
import java.lang.foreign.Arena;

/** One engine in memory of each sort of arena, and without any check: what each check costs is between them. */
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

    /** Opens what this contender's maps of longs live in. Loads the classes of no other. */
    public LongMaps openLongs() {
        return this == UNSAFE ? new UnsafeTwinMaps(UnsafeGeometry.LINE) : new MemmapMaps(Geometry.LINE, openHeap());
    }

    /** Opens what this contender's maps of strings live in. Loads the classes of no other. */
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
