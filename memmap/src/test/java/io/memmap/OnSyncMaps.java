package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs a class's tests on maps for many threads, however their keys spread. After each test every map is sound, and when they are
 * freed the heap holds nothing. The time limits are for threads that wait for each other, which no interrupt ends.
 */
@ParameterizedClass(name = "hash {0}")
@EnumSource
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
abstract class OnSyncMaps {
    private record Kept(Runnable check, Runnable free) {}

    @Parameter
    SyncHash hash;

    private NativeHeap heap;
    private final List<Kept> maps = new ArrayList<>();

    final NativeHeap heap() {
        if (heap == null) {
            heap = hash.open(64L << 20);
        }
        return heap;
    }

    final SyncMap<Long, Long> make() {
        return make(Type.LONG, Type.LONG);
    }

    final <K, V> SyncMap<K, V> make(Type<K> keyType, Type<V> valueType) {
        SyncMap<K, V> map = SyncMap.make(heap(), keyType, valueType);
        maps.add(new Kept(map::check, map::free));
        return map;
    }

    final SyncLongLongMap makeLongs() {
        SyncLongLongMap map = SyncLongLongMap.make(heap());
        maps.add(new Kept(map::check, map::free));
        return map;
    }

    @AfterEach
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    final void everyMapIsSoundAndGivesEverythingBack() {
        try (NativeHeap used = heap()) {
            for (Kept map : maps) {
                map.check.run();
                map.free.run();
            }
            used.checkZeroes();
            assertThat(used.stats().inUse()).as("bytes leaked").isZero();
        }
    }
}
