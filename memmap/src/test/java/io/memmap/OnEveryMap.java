package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs a class's tests on every {@link Variant}, each on a heap of its own. After each test the structure of every map is
 * checked, and when they are freed the heap must hold nothing. A test that fails tells the seed of {@link #random}.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
abstract class OnEveryMap {
    static final long HEAP_BYTES = 16L << 20;

    @Parameter
    Variant variant;

    final NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open();
    final long seed = Long.getLong("memmap.seed", System.nanoTime());
    final RandomGenerator random = new Random(seed);
    private final List<AnyMap> maps = new ArrayList<>();

    @RegisterExtension
    final TestExecutionExceptionHandler tellSeed = (context, failure) -> {
        failure.addSuppressed(new AssertionError("to see this again: -Dmemmap.seed=" + seed));
        throw failure;
    };

    final AnyMap make() {
        return make(0);
    }

    final AnyMap make(long hint) {
        return keep(variant.make(heap, hint));
    }

    /** Has the map checked and freed after the test. */
    final AnyMap keep(AnyMap map) {
        maps.add(map);
        return map;
    }

    @AfterEach
    final void everyMapIsSoundAndGivesEverythingBack() {
        try (heap) {
            if (heap.isAlive()) {
                for (AnyMap map : maps) {
                    map.check();
                    map.table().free();
                }
                heap.checkZeroes();
                assertThat(heap.stats().inUse()).as("bytes leaked").isZero();
            }
        }
    }
}
