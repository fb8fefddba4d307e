package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs a class's tests on tables whose hash function the test chooses, in both geometries, with and without shrinking. */
@ParameterizedClass(name = "{0}, shrinking by itself: {1}")
@CsvSource({"GO, false", "GO, true", "LINE, false", "LINE, true"})
abstract class OnPinnedTables {
    @Parameter(0)
    Geometry geometry;

    @Parameter(1)
    boolean autoShrink;

    final NativeHeap heap = NativeHeap.builder().maxBytes(16L << 20).open();
    private final List<AnyMap> maps = new ArrayList<>();

    final AnyMap make(LongUnaryOperator hash) {
        AnyMap map = PinnedTable.make(heap, geometry, autoShrink, hash);
        maps.add(map);
        return map;
    }

    /** Makes a table all of whose keys share a chain and a tophash. */
    final AnyMap makeOneChain() {
        return make(key -> 0x5A00_0000_0000_0000L);
    }

    @AfterEach
    final void everyMapIsSoundAndGivesEverythingBack() {
        try (heap) {
            for (AnyMap map : maps) {
                map.check();
                map.table().free();
            }
            heap.checkZeroes();
            assertThat(heap.stats().inUse()).as("bytes leaked").isZero();
        }
    }
}
