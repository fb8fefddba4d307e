package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables whose hash is as bad as can be: chains of any length, and keys that no tophash tells apart. */
@ParameterizedClass(name = "{0}, shrinking by itself: {1}")
@CsvSource({"GO, false", "GO, true", "LINE, false", "LINE, true"})
class LongChainTest {
    @Parameter(0)
    Geometry geometry;

    @Parameter(1)
    boolean autoShrink;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(16L << 20).open();

    private AnyMap make(LongUnaryOperator hash) {
        return PinnedTable.make(heap, geometry, autoShrink, hash);
    }

    private static long ofEightChains(long key) {
        return (key * 0x9E3779B97F4A7C15L) & 0xFF00_0000_0000_0047L;
    }

    @AfterEach
    void theHeapIsSound() {
        try (heap) {
            heap.checkZeroes();
        }
    }

    /** The hop counter that finds cycles is read at every 64th bucket: see that no length of chain looks like one. */
    @Test
    void aKeyIsFoundAndMissedInAChainOfAnyLength() {
        AnyMap map = make(key -> 0x5A00_0000_0000_0000L);
        for (long key = 0; key < 1200; key++) {
            assertThat(map.containsKey(key)).as("%d before it is put", key).isFalse();
            map.put(key, 10 * key);
            assertThat(map.get(key)).isEqualTo(10 * key);
            assertThat(map.get(key / 2)).isEqualTo(10 * (key / 2));
        }
        assertThat(map.stats().longestChain()).isGreaterThan(128);
        map.check();
    }

    @Test
    void aChainIsEmptiedFromEitherEndAndFromTheMiddle() {
        for (long step : new long[] {1, 999, 7, 501}) {
            AnyMap map = make(key -> 0x5A00_0000_0000_0000L).fill(0, 1000);
            for (long i = 0; i < 1000; i++) {
                long key = step * i % 1000;
                assertThat(map.remove(key)).as("%d by steps of %d", key, step).isTrue();
                if (i % 16 == 0) {
                    map.check();
                }
            }
            assertThat(map.size()).isZero();
        }
    }

    @Test
    void keysOfOneTophashAreToldApart() {
        AnyMap map = make(key -> key & 0xFFFF).fill(0, 5000);

        map.removeAll(0, 2500);

        for (long key = 0; key < 5000; key++) {
            assertThat(map.get(key)).isEqualTo(key < 2500 ? 0 : 10 * key);
        }
        map.check();
    }

    @ParameterizedTest(name = "{0} failures in a row")
    @ValueSource(ints = {1, 20})
    void whicheverAllocationFailsNoEntryOfALongChainIsLost(int failures) {
        long allocations = ExhaustionHistory.playWithEachAllocationFailing(
                own -> PinnedTable.make(own, geometry, autoShrink, LongChainTest::ofEightChains), failures);
        assertThat(allocations).as("allocations of the history").isGreaterThan(150);
    }
}
