package io.memmap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keys with a regular structure spread as random keys do, whatever the heap's secrets are. In a map
 * with buckets both ends of the hash matter: the low bits name the chain, and the top byte is the
 * tophash. In a map with pages the bits from 4 to 27 name the home slot and the page. The bits from
 * 32 on name the shard.
 */
@Tag("slow")
class HashQualityTest {
    private static final int KEYS = 100_000;
    /** The heaps, each with its own secrets. */
    private static final int HEAPS = 2;

    /**
     * Distinct keys. {@code key} returns the {@code i}-th of them, for {@code i} from 0 to {@link
     * #KEYS}.
     */
    record Pattern(String name, boolean isLong, LongUnaryOperator key) {
        @Override
        public String toString() {
            return (isLong ? "long " : "int ") + name;
        }
    }

    static List<Pattern> patterns() {
        List<Pattern> patterns = new ArrayList<>();
        for (int shift = 0; shift < Long.SIZE; shift++) {
            int by = shift;
            patterns.add(new Pattern("sequential, rotated by " + by, true, i -> Long.rotateLeft(i, by)));
        }
        for (int shift = 0; shift < Integer.SIZE; shift++) {
            int by = shift;
            patterns.add(new Pattern("sequential, rotated by " + by, false, i -> Integer.rotateLeft((int) i, by)));
        }
        long[] strides = {
            3,
            5,
            7,
            10,
            100,
            1000,
            1023,
            65_537,
            1_000_000,
            86_400_000,
            1_000_000_000,
            0x9E37_79B9,
            0x9E37_79B9_7F4A_7C15L
        };
        for (long stride : strides) {
            patterns.add(new Pattern("stride " + stride, true, i -> i * stride));
            patterns.add(new Pattern("stride " + stride, false, i -> (int) (i * (stride | 1))));
        }
        for (long unit : new long[] {16, 64, 4096}) {
            patterns.add(new Pattern("pointers of " + unit, true, i -> 0x7F12_3456_0000L + i * unit));
            patterns.add(new Pattern("pointers of " + unit, false, i -> (int) (i * unit)));
        }
        long[] fewBitsOfLong = withFewBits(Long.SIZE);
        long[] fewBitsOfInt = withFewBits(Integer.SIZE);
        patterns.add(new Pattern("few bits set", true, i -> fewBitsOfLong[(int) i]));
        patterns.add(new Pattern("few bits set", false, i -> fewBitsOfInt[(int) i]));
        patterns.add(new Pattern("few bits clear", true, i -> ~fewBitsOfLong[(int) i]));
        patterns.add(new Pattern("few bits clear", false, i -> ~fewBitsOfInt[(int) i]));
        patterns.add(new Pattern("bytes reversed", true, Long::reverseBytes));
        patterns.add(new Pattern("bytes reversed", false, i -> Integer.reverseBytes((int) i)));
        patterns.add(new Pattern("bits reversed", true, Long::reverse));
        patterns.add(new Pattern("bits reversed", false, i -> Integer.reverse((int) i)));
        patterns.add(new Pattern("negative", true, i -> -i));
        patterns.add(new Pattern("negative", false, i -> -i));
        patterns.add(new Pattern("doubles", true, Double::doubleToLongBits));
        patterns.add(new Pattern("doubles in steps of 0.1", true, i -> Double.doubleToLongBits(i * 0.1)));
        patterns.add(new Pattern("floats", false, Float::floatToIntBits));
        patterns.add(new Pattern("halves alike", true, i -> (i << 32) | i));
        patterns.add(new Pattern("square grid", true, i -> ((i / 317) << 32) | (i % 317)));
        for (int shift = 12; shift < 56; shift += 4) {
            int by = shift;
            patterns.add(new Pattern("square grid at bit " + by, true, i -> ((i / 317) << by) ^ (i % 317)));
            patterns.add(new Pattern(
                    "cubic grid at bit " + by,
                    true,
                    i -> ((i / 47 / 47) << by) ^ ((i / 47 % 47) << (by / 2)) ^ (i % 47)));
        }
        for (int shift = 1; shift < 32; shift += 3) {
            int by = shift;
            patterns.add(new Pattern("bits spread by " + by, true, i -> spread(i, by)));
        }
        for (int shift = 0; shift < Integer.SIZE; shift++) {
            int by = shift;
            patterns.add(new Pattern("signed ints, rotated by " + by, true, i -> Integer.rotateLeft((int) i, by)));
            patterns.add(new Pattern(
                    "unsigned ints, rotated by " + by,
                    true,
                    i -> Integer.toUnsignedLong(Integer.rotateLeft((int) i, by))));
            patterns.add(new Pattern("halves alike at bit " + (by + 18), true, i -> i | (i << (by + 18))));
        }
        return patterns;
    }

    /** Moves bit j of a number to bit j * by, and adds the number itself at bit 47. */
    private static long spread(long number, int by) {
        long spread = number << 47;
        for (int j = 0; j < 17; j++) {
            spread += ((number >>> j) & 1) << ((j * by) & (Long.SIZE - 1));
        }
        return spread;
    }

    /** Returns the numbers that have the fewest bits set, of this many bits. */
    private static long[] withFewBits(int bits) {
        long[] keys = new long[KEYS];
        int count = 0;
        for (int ones = 0; count < KEYS; ones++) {
            long key = ones == 0 ? 0 : -1L >>> (Long.SIZE - ones);
            while (count < KEYS) {
                keys[count++] = key;
                // HAKMEM, item 175 (R. W. Gosper): the next number with the same count of ones
                long lowest = key & -key;
                long carried = key + lowest;
                long next = key == 0 ? 0 : carried | ((key ^ carried) >>> 2) >>> Long.numberOfTrailingZeros(key);
                if (Long.compareUnsigned(next, key) <= 0 || (bits < Long.SIZE && next >>> bits != 0)) {
                    break;
                }
                key = next;
            }
        }
        return keys;
    }

    /** A heap, and the distribution of random keys in maps on it, with buckets and with pages. */
    private record Baseline(
            NativeHeap heap,
            KeyDistribution longs,
            KeyDistribution ints,
            PageDistribution pagedLongs,
            PageDistribution pagedInts) {}

    private static final List<Baseline> BASELINES = new ArrayList<>();

    @BeforeAll
    static void measureRandomKeys() {
        long[] random = new Random(7).longs(2 * KEYS).toArray();
        for (int i = 0; i < HEAPS; i++) {
            NativeHeap heap = NativeHeap.builder().maxBytes(32L << 20).open();
            BASELINES.add(new Baseline(
                    heap,
                    distributionOf(heap, true, random),
                    distributionOf(heap, false, random),
                    inPages(heap, true, random),
                    inPages(heap, false, random)));
        }
    }

    @AfterAll
    static void close() {
        BASELINES.forEach(baseline -> baseline.heap.close());
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void keysWithAStructureSpreadAsRandomKeysDo(Pattern pattern) {
        long[] keys = LongStream.range(0, KEYS).map(pattern.key).toArray();
        for (Baseline baseline : BASELINES) {
            KeyDistribution expected = pattern.isLong ? baseline.longs : baseline.ints;
            distributionOf(baseline.heap, pattern.isLong, keys).assertNoWorseThan(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void keysWithAStructureSpreadInPagesAsRandomKeysDo(Pattern pattern) {
        long[] keys = LongStream.range(0, KEYS).map(pattern.key).toArray();
        for (Baseline baseline : BASELINES) {
            PageDistribution expected = pattern.isLong ? baseline.pagedLongs : baseline.pagedInts;
            inPages(baseline.heap, pattern.isLong, keys).assertNoWorseThan(expected);
        }
    }

    private static KeyDistribution distributionOf(NativeHeap heap, boolean isLong, long[] keys) {
        AnyMap map = (isLong ? MapVariant.LONG_LINE : MapVariant.INT_LINE).make(heap, KEYS);
        KeyDistribution spread = KeyDistribution.of(map.table(), hashesOf(map, keys));
        map.table().free();
        return spread;
    }

    private static PageDistribution inPages(NativeHeap heap, boolean isLong, long[] keys) {
        AnyMap map = (isLong ? MapVariant.LONG_PAGE : MapVariant.INT_PAGE).make(heap, KEYS);
        long[] hashes = hashesOf(map, keys);
        PageDistribution spread = PageDistribution.of(map.table(), Objects.requireNonNull(map.table().pages), hashes);
        map.table().free();
        return spread;
    }

    /** Puts the keys, and returns their hashes. */
    private static long[] hashesOf(AnyMap map, long[] keys) {
        long[] hashes = new long[keys.length];
        int count = 0;
        for (; map.size() < KEYS; count++) { // random ints may repeat
            map.put(keys[count], 1);
            hashes[count] = map.hash(keys[count]);
        }
        return Arrays.copyOf(hashes, count);
    }
}
