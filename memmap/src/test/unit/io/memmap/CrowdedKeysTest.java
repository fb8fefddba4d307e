package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.observe.Advice;
import io.memmap.observe.Advisor;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The advice of {@link Advisor} on keys with a bad hash. The test chooses the hash function. */
class CrowdedKeysTest {
    private static final long HASH = 0x9E37_79B9_7F4A_7C15L;

    private static List<Advice> adviceOn(Geometry geometry, LongUnaryOperator hash, int entries) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            AnyMap map = ChosenHashTable.make(heap, geometry, true, hash).fill(0, entries);
            map.finishGrowth(0);
            Advisor advisor = new Advisor(Duration.ofMinutes(1));
            advisor.observe();
            long id = heap.id();
            return advisor.advice().stream()
                    .filter(advice -> advice.subject().endsWith("in heap-" + id))
                    .toList();
        }
    }

    private static long spread(long key) {
        long mixed = key * HASH;
        return (mixed ^ mixed >>> 32) * HASH;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void keysThatUseOnlyAFewChainsAreReported(int unusedBits) {
        assertThat(adviceOn(Geometry.LINE, key -> spread(key) << unusedBits, 5000))
                .singleElement()
                .satisfies(advice -> {
                    assertThat(advice.pattern()).isEqualTo(Advisor.Pattern.KEYS_CROWD);
                    assertThat(advice.evidence())
                            .matches("[0-9,]+ overflow buckets for [0-9,]+ buckets, where random keys need [0-9]+;"
                                    + " the entries of a chain have variance over mean [0-9.]+, where random keys"
                                    + " have 1 \\+- 0.0[0-9]; the longest chain has [0-9,]+ buckets.*");
                    assertThat(advice.remedy()).contains("clear()");
                });
    }

    @Test
    void keysThatUseOnlyAFewPagesAreReported() {
        assertThat(adviceOn(Geometry.PAGE, key -> spread(key) & 0x3FFF, 5000))
                .singleElement()
                .satisfies(advice -> {
                    assertThat(advice.pattern()).isEqualTo(Advisor.Pattern.KEYS_CROWD);
                    assertThat(advice.evidence())
                            .matches("an extension of [0-9,]+ lines holds entries of full pages, although the map has"
                                    + " 5,000 entries and grows at 8,193; the longest search visits [0-9,]+ lines.*");
                    assertThat(advice.remedy()).contains("clear()");
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1000, 5000, 20_000, 93_000})
    void randomKeysAreNotReported(int entries) {
        for (Geometry geometry : Geometry.values()) {
            assertThat(adviceOn(geometry, CrowdedKeysTest::spread, entries))
                    .as("%s", geometry)
                    .isEmpty();
        }
    }

    /** The chains were once longer and keep their overflow buckets. */
    @Test
    void keysThatAreAddedAndRemovedForLongAreNotReported() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map =
                    LongLongMap.builder(heap).geometry(Geometry.LINE).hint(5000).make();
            Random random = new Random(1);
            for (int i = 0; i < 500_000; i++) {
                map.put(random.nextLong(10_000), i);
                map.remove(random.nextLong(10_000));
            }
            Advisor advisor = new Advisor(Duration.ofMinutes(1));
            advisor.observe();
            long id = heap.id();
            assertThat(advisor.advice())
                    .filteredOn(advice -> advice.subject().endsWith("in heap-" + id))
                    .isEmpty();
        }
    }
}
