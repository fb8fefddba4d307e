package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.Hash;
import io.memmap.format.Mem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
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
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The hashes of byte keys with a regular structure spread as well as those of random keys, and do
 * not collide.
 */
@Tag("slow")
class ByteKeyHashQualityTest {
    private static final int KEYS = 50_000;
    private static final long SEED = 42;
    private static final String LONG_TEXT = "https://example.org/orders/2026/".repeat(3);

    /** Distinct keys for the numbers up to {@link #KEYS}. */
    enum Family {
        DECIMAL(i -> text("" + i)),
        PADDED_TO_8(i -> text(String.format(Locale.ROOT, "%08d", i))),
        PADDED_TO_16(i -> text(String.format(Locale.ROOT, "%016d", i))),
        PADDED_TO_20(i -> text(String.format(Locale.ROOT, "%020d", i))),
        PADDED_TO_24(i -> text(String.format(Locale.ROOT, "%024d", i))),
        PADDED_TO_32(i -> text(String.format(Locale.ROOT, "%032d", i))),
        PADDED_TO_33(i -> text(String.format(Locale.ROOT, "%033d", i))),
        USER_IDS(i -> text("user:" + i + ":session")),
        SHORT_PREFIX(i -> text("/orders/2026/" + i)),
        SHORT_SUFFIX(i -> text(i + "@example.org/mail")),
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
        ONE_OF_2_WORDS(i -> words(16, 8 * (i % 2), i / 2 + 1, 1)),
        ONE_OF_3_WORDS(i -> words(24, 8 * (i % 3), i / 3 + 1, 1)),
        ONE_OF_4_WORDS(i -> words(32, 8 * (i % 4), i / 4 + 1, 1)),
        ONE_OF_4_UNALIGNED_WORDS(i -> words(31, 1 + 8 * (i % 3), i / 3 + 1, 1)),
        WORDS_ALIKE(i -> words(32, 0, i, 4)),
        FIRST_AND_LAST_WORD_ALIKE(
                i -> ByteBuffer.allocate(32).putInt(0, i).putInt(24, i).array()),
        TWO_BITS_OF_320_AT_THE_END(i -> reversed(twoBits(i))),
        ONE_TEXT_OF_MANY_LENGTHS(i -> Arrays.copyOf(words(8, 4 * (i % 2), i / 200 + 1, 1), 8 + i % 200 / 2)),
        ONES_OF_MANY_LENGTHS(i -> filled(8 + i % 40, i / 40)),
        ONE_OF_16_WORDS(i -> words(128, 8 * (i % 16), i / 16 + 1, 1)),
        BLOCKS_ALIKE(i -> words(64, 0, i, 8)),
        ZEROS_BEHIND_A_NUMBER(i -> words(8 + i % 40, 0, i / 40, 1));

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        private final IntFunction<byte[]> key;

        Family(IntFunction<byte[]> key) {
            this.key = key;
        }
    }

    /** Heaps with secrets of their own. */
    private static final List<NativeHeap> HEAPS = IntStream.range(0, 5)
            .mapToObj(i -> NativeHeap.builder().maxBytes(64L << 20).open())
            .toList();

    private static final NativeHeap HEAP = HEAPS.get(0);
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

    private static byte[] reversed(byte[] key) {
        byte[] reversed = new byte[key.length];
        for (int i = 0; i < key.length; i++) {
            reversed[key.length - 1 - i] = key[i];
        }
        return reversed;
    }

    /** Returns bytes of -1, behind a number. */
    private static byte[] filled(int bytes, int number) {
        byte[] key = new byte[bytes];
        Arrays.fill(key, (byte) -1);
        return ByteBuffer.wrap(key).putInt(0, number).array();
    }

    @BeforeAll
    static void measureRandomKeys() {
        Random bytes = new Random(7);
        random = distributionOf(HEAP, i -> {
            byte[] key = new byte[16];
            bytes.nextBytes(key);
            return key;
        });
    }

    @AfterAll
    static void close() {
        HEAPS.forEach(NativeHeap::close);
    }

    /**
     * The secrets of one heap in 60 spread keys of many lengths less evenly over the top bytes. So the
     * median of several heaps counts.
     */
    @ParameterizedTest
    @EnumSource
    void keysWithAStructureSpreadAsRandomOnesDo(Family family) {
        List<KeyDistribution> distributions = HEAPS.stream()
                .map(heap -> distributionOf(heap, family.key))
                .sorted(Comparator.comparingDouble(KeyDistribution::chiSquareOfTopBytes))
                .toList();
        distributions.get(HEAPS.size() / 2).assertNoWorseThan(random);
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

    /** The same for the seed, also where a word of the key is such that a factor is 0. */
    @Test
    void flippingABitOfTheSeedChangesHalfTheBitsOfTheHash() {
        Random bytes = new Random(10);
        for (int length = 0; length <= 70; length++) {
            for (byte[] key : List.of(random(bytes, length), cancelling(random(bytes, length)))) {
                long flips = 0;
                for (int bit = 0; bit < Integer.SIZE; bit++) {
                    flips += Long.bitCount(hash(key, 0, length, SEED) ^ hash(key, 0, length, SEED ^ 1L << bit));
                }
                assertThat((double) flips / Integer.SIZE)
                        .as("bits of the hash of %d bytes that flip with a bit of the seed", length)
                        .isBetween(25.0, 39.0);
            }
        }
    }

    private static byte[] random(Random bytes, int length) {
        byte[] key = new byte[length];
        bytes.nextBytes(key);
        return key;
    }

    /**
     * Replaces words of a key by secrets. The first factor of each step is then 0, if the step has a
     * word of its own. Only a program that knows the secrets can make such keys.
     */
    private static byte[] cancelling(byte[] key) {
        ByteBuffer words = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < key.length - 16; at += 16) {
            words.putLong(at, HEAP.secret(0));
        }
        int last = Math.max(0, key.length - 16);
        if (key.length >= 8) {
            words.putLong(last, HEAP.secret(1));
        }
        return key;
    }

    /**
     * A step whose factor is 0 must not drop the other word of its sixteen bytes. Only the last fold
     * mixes such a key, so its hash need not spread well, but differs from the other keys' hashes.
     */
    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32, 33, 48, 64})
    void keysThatCancelAFactorKeepTheOtherWord(int length) {
        byte[] key = cancelling(new byte[length]);
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            ByteBuffer.wrap(key).putInt(Math.min(8, length - 8), i);
            hashes.add(hash(key, 0, length, SEED));
        }
        assertThat(hashes).hasSizeGreaterThan(KEYS * 99 / 100);
    }

    /** Keys that one seed puts into one chain are spread by another seed. */
    @ParameterizedTest
    @ValueSource(ints = {3, 8, 16, 20, 32, 40})
    void keysThatCollideUnderOneSeedDoNotUnderAnother(int length) {
        Random bytes = new Random(11);
        List<byte[]> colliding = new ArrayList<>();
        while (colliding.size() < 1024) {
            byte[] key = random(bytes, length);
            if ((hash(key, 0, length, SEED) & 0xFF) == 0) {
                colliding.add(key);
            }
        }
        int[] chains = new int[256];
        for (byte[] key : colliding) {
            chains[(int) hash(key, 0, length, SEED + 1) & 0xFF]++;
        }
        assertThat(Arrays.stream(chains).max().orElseThrow())
                .as("keys in one of 256 chains, 4 on average")
                .isLessThan(20);
    }

    /** A hash of at most 32 bytes can be computed from words. */
    @Test
    void theHashOfWordsIsThatOfTheBytes() {
        Random bytes = new Random(12);
        for (int length = 0; length <= 32; length++) {
            byte[] key = random(bytes, length);
            long of = length <= 16
                    ? Hash.ofWords(
                            Mem.head(key, 0, length),
                            Mem.tail(key, 0, length),
                            length,
                            SEED,
                            HEAP.secret(1),
                            HEAP.secret(2),
                            HEAP.secret(3))
                    : Hash.ofWords(
                            Mem.getLong(key, 0),
                            Mem.getLong(key, 8),
                            Mem.getLong(key, length - 16),
                            Mem.getLong(key, length - 8),
                            length,
                            SEED,
                            HEAP.secret(0),
                            HEAP.secret(1),
                            HEAP.secret(2),
                            HEAP.secret(3));
            assertThat(of).isEqualTo(hash(key));
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
        return hash(key, from, length, SEED);
    }

    private static long hash(byte[] key, int from, int length, long seed) {
        return Hash.ofRun(key, from, length, seed, HEAP.secret(0), HEAP.secret(1), HEAP.secret(2), HEAP.secret(3));
    }

    private static KeyDistribution distributionOf(NativeHeap heap, IntFunction<byte[]> keys) {
        MemMap<byte[], Byte> map = MemMap.make(heap, Type.BYTES, Type.BYTE, KEYS);
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
