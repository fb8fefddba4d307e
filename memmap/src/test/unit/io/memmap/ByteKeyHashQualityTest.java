package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.Hash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The hashes of byte keys with a regular structure spread as well as those of random keys, and do
 * not collide.
 */
@Tag("slow")
class ByteKeyHashQualityTest {
    private static final int KEYS = 50_000;
    private static final String LONG_TEXT = "https://example.org/orders/2026/".repeat(3);

    /** Distinct keys for the numbers up to {@link #KEYS}. */
    enum Family {
        DECIMAL(i -> text("" + i)),
        PADDED_TO_8(i -> text(String.format(Locale.ROOT, "%08d", i))),
        PADDED_TO_16(i -> text(String.format(Locale.ROOT, "%016d", i))),
        PADDED_TO_20(i -> text(String.format(Locale.ROOT, "%020d", i))),
        COMMON_PREFIX(i -> text(LONG_TEXT + i)),
        COMMON_SUFFIX(i -> text(i + LONG_TEXT)),
        IN_THE_MIDDLE(i -> text(LONG_TEXT + i + LONG_TEXT)),
        THREE_BYTES(i -> new byte[] {(byte) i, (byte) (i >> 8), (byte) (i >> 16)}),
        INTEGERS(i -> words(4, 0, i, 1)),
        BIG_ENDIAN_INTEGERS(i -> ByteBuffer.allocate(4).putInt(i).array()),
        LONGS_HIGH(i -> words(8, 4, i, 1)),
        TWO_BITS_OF_320(ByteKeyHashQualityTest::twoBits),
        SEQUENTIAL_UUIDS(i -> words(16, 8, i, 1)),
        UUIDS_OF_SEQUENTIAL_TIMES(i -> words(16, 0, i, 1)),
        HALVES_ALIKE(i -> words(16, 0, i, 2)),
        GRID(i -> ByteBuffer.allocate(16).putLong(i / 224).putLong(i % 224).array()),
        ONE_OF_16_WORDS(i -> words(128, 8 * (i % 16), i / 16 + 1, 1)),
        BLOCKS_ALIKE(i -> words(64, 0, i, 8)),
        ZEROS_BEHIND_A_NUMBER(i -> words(8 + i % 40, 0, i / 40, 1));

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        private final IntFunction<byte[]> key;

        Family(IntFunction<byte[]> key) {
            this.key = key;
        }
    }

    private static final NativeHeap HEAP =
            NativeHeap.builder().maxBytes(64L << 20).open();
    private static KeyDistribution random;

    private static byte[] text(String text) {
        return text.getBytes(UTF_8);
    }

    /**
     * Returns zeros, except that a number is written at some places. The first place is given, and
     * the others follow 8 bytes apart.
     */
    private static byte[] words(int bytes, int from, int number, int times) {
        ByteBuffer key = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < times; i++) {
            key.putInt(from + 8 * i, number);
        }
        return key.array();
    }

    /** Returns 320 bits, two of which are set: the {@code i}-th pair. */
    private static byte[] twoBits(int i) {
        int high = (int) ((1 + Math.sqrt(1 + 8.0 * i)) / 2);
        int low = i - high * (high - 1) / 2;
        byte[] key = new byte[40];
        key[high / 8] |= (byte) (1 << high % 8);
        key[low / 8] |= (byte) (1 << low % 8);
        return key;
    }

    @BeforeAll
    static void measureRandomKeys() {
        Random bytes = new Random(7);
        random = distributionOf(i -> {
            byte[] key = new byte[16];
            bytes.nextBytes(key);
            return key;
        });
    }

    @AfterAll
    static void close() {
        HEAP.close();
    }

    @ParameterizedTest
    @EnumSource
    void keysWithAStructureSpreadAsRandomOnesDo(Family family) {
        distributionOf(family.key).assertNoWorseThan(random);
    }

    @ParameterizedTest
    @EnumSource
    void noTwoKeysHaveTheSameHash(Family family) {
        assertThat(IntStream.range(0, KEYS)
                        .mapToLong(i -> hash(family.key.apply(i)))
                        .distinct()
                        .count())
                .isEqualTo(KEYS);
    }

    @Test
    void zerosOfDifferentLengthsHaveDifferentHashes() {
        Set<Long> hashes = new HashSet<>();
        for (int length = 0; length <= 200; length++) {
            assertThat(hashes.add(hash(new byte[length]))).isTrue();
        }
    }

    /**
     * Every bit counts at every length. If a bit of the key flips, each bit of the hash flips with
     * a probability of one half.
     */
    @Test
    void flippingABitOfTheKeyChangesHalfTheBitsOfTheHash() {
        Random bytes = new Random(8);
        for (int length = 1; length <= 70; length++) {
            long flips = 0;
            for (int bit = 0; bit < 8 * length; bit++) {
                byte[] key = new byte[length];
                bytes.nextBytes(key);
                long before = hash(key);
                key[bit / 8] ^= (byte) (1 << bit % 8);
                int flipped = Long.bitCount(before ^ hash(key));
                assertThat(flipped)
                        .as("bits of the hash that flip with bit %d of %d bytes", bit, length)
                        .isBetween(8, 56);
                flips += flipped;
            }
            assertThat((double) flips / (8 * length)).isBetween(25.0, 39.0);
        }
    }

    @Test
    void equalKeysHaveTheSameHashWhereverTheyLie() {
        Random bytes = new Random(9);
        for (int length = 0; length <= 70; length++) {
            byte[] key = new byte[length];
            bytes.nextBytes(key);
            for (int from = 0; from <= 17; from++) {
                byte[] noise = new byte[from + length + 9];
                bytes.nextBytes(noise);
                System.arraycopy(key, 0, noise, from, length);
                assertThat(hash(noise, from, length)).isEqualTo(hash(key));
            }
        }
    }

    private static long hash(byte[] key) {
        return hash(key, 0, key.length);
    }

    private static long hash(byte[] key, int from, int length) {
        return Hash.ofRun(key, from, length, 42, HEAP.secret(0), HEAP.secret(1), HEAP.secret(2), HEAP.secret(3));
    }

    private static KeyDistribution distributionOf(IntFunction<byte[]> keys) {
        MemMap<byte[], Byte> map = MemMap.make(HEAP, Type.BYTES, Type.BYTE, KEYS);
        long[] hashes = new long[KEYS];
        EncodedBytes encoded = new EncodedBytes();
        for (int i = 0; i < KEYS; i++) {
            byte[] key = keys.apply(i);
            map.set(key, (byte) 1);
            encoded.lend(key, 0, key.length);
            hashes[i] = map.hash(encoded, map.seed());
        }
        assertThat(map.size()).isEqualTo(KEYS);
        KeyDistribution spread = KeyDistribution.of(map, hashes);
        map.free();
        return spread;
    }
}
