package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs a class's tests on object maps of both geometries, and of a shared heap. After each test the structure of every map is
 * checked, and when they are freed the heap must hold nothing.
 */
@ParameterizedClass(name = "{0}, shared: {1}")
@CsvSource({"GO, false", "LINE, false", "LINE, true"})
abstract class OnMemMaps {
    private static final long HEAP_BYTES = 16L << 20;

    @Parameter(0)
    Geometry geometry;

    @Parameter(1)
    boolean shared;

    NativeHeap heap;
    private final List<MemMap<?, ?>> maps = new ArrayList<>();

    @BeforeEach
    final void open() {
        heap = openHeap();
    }

    /** Returns another heap of the same sort. */
    final NativeHeap openHeap() {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(HEAP_BYTES);
        return (shared ? builder.shared() : builder.confined()).open();
    }

    final <K, V> MemMap<K, V> make(Type<K> keyType, Type<V> valueType) {
        return keep(builder(keyType, valueType).make());
    }

    final <K, V> MapBuilder<MemMap<K, V>> builder(Type<K> keyType, Type<V> valueType) {
        return MemMap.builder(heap, keyType, valueType).geometry(geometry);
    }

    /** Has the map checked and freed after the test. */
    final <K, V> MemMap<K, V> keep(MemMap<K, V> map) {
        maps.add(map);
        return map;
    }

    /** Returns B of a map. */
    static int b(MemMap<?, ?> map) {
        return map.stats().b();
    }

    @AfterEach
    final void everyMapIsSoundAndGivesEverythingBack() {
        try (NativeHeap toClose = heap) {
            for (MemMap<?, ?> map : maps) {
                map.check();
                map.free();
            }
            toClose.checkZeroes();
            assertThat(toClose.stats().inUse()).as("bytes leaked").isZero();
        }
    }
}
