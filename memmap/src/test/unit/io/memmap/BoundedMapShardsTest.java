package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The number of shards, and the size of the largest entry, which depends on that number. */
@Tag("slow")
class BoundedMapShardsTest {
    private record Eviction(Object key, Object value, RemovalCause cause) {}

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(256L << 20).open();
    private final AtomicLong nanos = new AtomicLong();
    private final List<Eviction> evictions = new ArrayList<>();

    @AfterEach
    void close() {
        heap.close();
    }

    private SyncMapBuilder<Long, byte[]> bytes() {
        return SyncMap.builder(heap, Type.LONG, Type.BYTES);
    }

    private SyncMapBuilder<Long, String> strings() {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .maxBytes(20_000)
                .ticker(nanos::get)
                .onEviction((key, value, cause) -> evictions.add(new Eviction(key, value, cause)));
    }

    // --------------------------------------------------------------------------- the largest entry

    /** Prints the size of the largest entry for maps with several bounds. */
    static final class Program {
        public static void main(String[] args) {
            try (NativeHeap heap = NativeHeap.ofShared()) {
                StringBuilder answer = new StringBuilder();
                for (long maxBytes : new long[] {20_000, 1 << 20, 64 << 20, 1L << 30}) {
                    SyncMap<Long, byte[]> map = SyncMap.builder(heap, Type.LONG, Type.BYTES)
                            .maxBytes(maxBytes)
                            .make();
                    answer.append(map.maxEntryBytes()).append(' ');
                    map.free();
                }
                System.out.print(answer);
            }
        }
    }

    @Test
    void theLargestEntryIsTheSameOnEveryMachine() throws Exception {
        Set<String> answers = new HashSet<>();
        for (int processors : new int[] {1, 8, 64}) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:ActiveProcessorCount=" + processors,
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Program.class.getName())
                    .redirectErrorStream(true)
                    .start();
            answers.add(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(process.waitFor()).as(answers.toString()).isZero();
        }
        assertThat(answers).singleElement().asString().matches("(\\d+ ){4}");
    }

    @ParameterizedTest
    @CsvSource({"20000,0", "20000,1", "65536,0", "1048576,0", "1048576,4", "9999999,64", "67108864,0", "67108864,1"})
    void theLargestEntryFitsAndOneByteMoreDoesNot(long maxBytes, int shards) {
        SyncMapBuilder<Long, byte[]> builder = bytes().maxBytes(maxBytes);
        SyncMap<Long, byte[]> map = (shards == 0 ? builder : builder.shards(shards)).make();
        int most = (int) map.maxEntryBytes();
        assertThat((long) most).isGreaterThan(maxBytes / map.shards() / 2).isLessThan(maxBytes / map.shards());
        for (long key = 0; key < 100; key++) { // some keys in each shard
            map.put(key, new byte[] {1});
        }
        for (long key = 0; key < 100; key++) {
            map.put(key, new byte[most]);
            assertThat(map.get(key)).hasSize(most);
            assertThat(heap.stats().inUse()).isLessThanOrEqualTo(maxBytes);
        }
        map.check();
        map.clear();
        long refused = 0;
        for (long key = 0; key < 100; key++) {
            try {
                map.put(key, new byte[most + 1]);
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(refused)
                .as("some keys are refused, though some shards have room for a few more bytes")
                .isPositive();
    }

    @Test
    void aKeyInABlockCountsAsPartOfTheEntry() {
        SyncMap<String, byte[]> map =
                SyncMap.builder(heap, Type.UTF8, Type.BYTES).maxBytes(20_000).make();
        int most = (int) map.maxEntryBytes();
        map.put("five5", new byte[most - 8]);
        assertThat(map.get("five5")).hasSize(most - 8);
        assertThatIllegalArgumentException().isThrownBy(() -> map.put("five5", new byte[most - 7]));
    }

    @Test
    void anEntryHasNoLimitIfTheMapHasNoLimitInBytes() {
        assertThat(bytes().maxEntries(10).make().maxEntryBytes()).isEqualTo(Long.MAX_VALUE);
        assertThat(SyncMap.make(heap, Type.LONG, Type.BYTES).maxEntryBytes()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aRefusalStatesTheBytesTheBoundAndTheRemedy() {
        SyncMap<Long, byte[]> map = bytes().maxBytes(1 << 20).make();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.put(1L, new byte[100_000]))
                .withMessageMatching("an entry has 102400 bytes outside the buckets, but a shard has at most \\d{5}"
                        + " for one entry: set a larger maxBytes than 1048576, fewer shards than 16, or"
                        + " dropTooLarge\\(\\)");
        SyncMap<Long, byte[]> inOnePiece = bytes().maxBytes(1 << 20).shards(1).make();
        inOnePiece.put(1L, new byte[100_000]);
        assertThat(inOnePiece.get(1L)).hasSize(100_000);
    }

    // ------------------------------------------------------------------------------------ dropping

    private static final String LARGE = "v".repeat(30_000);

    static List<Consumer<SyncMap<Long, String>>> writes() {
        return List.of(
                map -> assertThat(map.put(1L, LARGE)).isEqualTo("one"),
                map -> assertThat(map.replace(1L, LARGE)).isEqualTo("one"),
                map -> assertThat(map.replace(1L, "one", LARGE)).isTrue(),
                map -> assertThat(map.compute(1L, (key, old) -> LARGE)).isEqualTo(LARGE),
                map -> assertThat(map.computeIfPresent(1L, (key, old) -> LARGE)).isEqualTo(LARGE),
                map -> assertThat(map.merge(1L, "two", (old, added) -> LARGE)).isEqualTo(LARGE));
    }

    @ParameterizedTest
    @MethodSource("writes")
    void aTooLargeValueIsWrittenAndEvictedAtOnce(Consumer<SyncMap<Long, String>> write) {
        SyncMap<Long, String> map = strings().dropTooLarge().make();
        map.put(1L, "one");
        map.put(2L, "two");
        write.accept(map);
        assertThat(map).isEqualTo(Map.of(2L, "two"));
        assertThat(evictions).containsExactly(new Eviction(1L, LARGE, RemovalCause.TOO_LARGE));
        map.check();
        map.free();
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void aTooLargeValueOfAnAbsentKeyIsReportedAndNotStored() {
        SyncMap<Long, String> map = strings().dropTooLarge().make();
        assertThat(map.put(1L, LARGE)).isNull();
        assertThat(map.putIfAbsent(1L, LARGE)).isNull();
        assertThat(map.computeIfAbsent(1L, key -> LARGE)).isEqualTo(LARGE);
        assertThat(map.merge(1L, LARGE, String::concat)).isEqualTo(LARGE);
        assertThat(map).isEmpty();
        assertThat(evictions).hasSize(4).containsOnly(new Eviction(1L, LARGE, RemovalCause.TOO_LARGE));
        map.check();
    }

    @Test
    void aTooLargeValueReplacesAnExpiredOneAndBothAreReported() {
        SyncMap<Long, String> map =
                strings().dropTooLarge().expireAfterWrite(Duration.ofNanos(100)).make();
        map.put(1L, "old");
        nanos.set(100);
        assertThat(map.put(1L, LARGE)).isNull();
        assertThat(map.mappingCount()).isZero();
        assertThat(evictions)
                .containsExactlyInAnyOrder(
                        new Eviction(1L, "old", RemovalCause.EXPIRED), new Eviction(1L, LARGE, RemovalCause.TOO_LARGE));
    }

    @Test
    void droppingNeedsNoListener() {
        SyncMap<Long, byte[]> map = bytes().maxBytes(20_000).dropTooLarge().make();
        map.put(1L, new byte[1]);
        assertThat(map.put(1L, new byte[30_000])).hasSize(1);
        assertThat(map.containsKey(1L)).isFalse();
        map.check();
    }

    // ---------------------------------------------------------------------------------- the shards

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 1024})
    void theMapHasTheNumberOfShardsThatWasSet(int count) {
        SyncMap<Long, byte[]> bounded = bytes().maxEntries(2000).shards(count).make();
        assertThat(bounded.shards()).isEqualTo(count);
        SyncMap<Long, byte[]> unbounded = bytes().shards(count).make();
        assertThat(unbounded.shards()).isEqualTo(count);
        SyncLongLongMap longs = SyncLongLongMap.make(heap, 100, count);
        assertThat(longs.shards()).isEqualTo(count);
        for (long key = 0; key < 5000; key++) {
            bounded.put(key, new byte[1]);
            unbounded.put(key, new byte[1]);
            longs.put(key, key);
        }
        assertThat(bounded.mappingCount()).isBetween(1000L, 2000L);
        assertThat(unbounded.mappingCount()).isEqualTo(5000);
        assertThat(longs.size()).isEqualTo(5000);
        bounded.check();
        unbounded.check();
        longs.check();
    }

    @Test
    void theNumberOfShardsIsSensibleByDefault() {
        assertThat(SyncMap.make(heap, Type.LONG, Type.LONG).shards())
                .isEqualTo(SyncLongLongMap.make(heap).shards())
                .isBetween(16, 1024);
        assertThat(bytes().maxBytes(64 << 20).make().shards()).isEqualTo(16);
        assertThat(bytes().maxBytes(128 << 10).make().shards()).isEqualTo(2);
        assertThat(bytes().maxBytes(64 << 20).maxEntries(600).make().shards()).isEqualTo(2);
        assertThat(bytes().maxEntries(100).make().shards()).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 3, 2048, Integer.MIN_VALUE})
    void anImpossibleNumberOfShardsIsRefused(int count) {
        String message = "shards must be a power of two from 1 to 1024: " + count;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bytes().shards(count))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SyncLongLongMap.make(heap, 0, count))
                .withMessage(message);
    }

    @Test
    void aNumberOfShardsThatIsTooLargeForTheBoundsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bytes().maxEntries(63).shards(64).make())
                .withMessage("maxEntries must be at least the number of shards, 64: 63");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bytes().maxBytes(64_000).shards(64).make())
                .withMessageMatching(
                        "maxBytes must be \\d{6} or more for a map of 64 shards with an entry each: 64000");
        assertThat(heap.stats().inUse()).isZero();
    }
}
