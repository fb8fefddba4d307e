package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The watch tells growth from noise. */
class GrowthWatchTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static HeapProfile.Site site(String name, String heap, long inUse) {
        StackTraceElement frame = new StackTraceElement("com.example.Work", name, "Work.java", 7);
        Instant last = START.plusSeconds(1);
        return new HeapProfile.Site(List.of(frame), heap, "", false, "main", inUse, 1, inUse, 1, START, last);
    }

    private static HeapProfile at(long second, HeapProfile.Site... sites) {
        return new HeapProfile(START.plusSeconds(second), 1, List.of(sites));
    }

    private static String method(GrowthWatch.Growth growth) {
        return growth.stack().getFirst().getMethodName();
    }

    @Test
    void theSlopeOfAStraightLineIsExactAndHasNoError() {
        GrowthWatch watch = new GrowthWatch(Duration.ofMinutes(1));
        for (int second = 0; second < 10; second += 2) {
            watch.observe(
                    at(second, site("leaks", "heap-1", 100L * second), site("releases", "heap-1", 900 - 50L * second)));
        }
        List<GrowthWatch.Growth> growths = watch.growths();
        assertThat(growths).hasSize(2);
        assertThat(method(growths.get(0))).isEqualTo("leaks");
        assertThat(growths.get(0).bytesPerSecond()).isCloseTo(100, within(1e-6));
        assertThat(growths.get(0).errorBytesPerSecond()).isCloseTo(0, within(1e-6));
        assertThat(growths.get(0).isGrowing()).isTrue();
        assertThat(growths.get(0).inUseBytes()).isEqualTo(800);
        assertThat(growths.get(0).oldest()).isEqualTo(START);
        assertThat(growths.get(0).last()).isEqualTo(START.plusSeconds(1));
        assertThat(growths.get(1).bytesPerSecond()).isCloseTo(-50, within(1e-6));
        assertThat(growths.get(1).isGrowing()).isFalse();
    }

    /**
     * The line through the five points was computed by hand: slope 1.9, residuals 0.2, 0.3, -1.6,
     * 1.5, -0.4.
     */
    @Test
    void theErrorIsTheSlopesStandardError() {
        GrowthWatch watch = new GrowthWatch(Duration.ofMinutes(1));
        long[] bytes = {1, 3, 3, 8, 8};
        for (int second = 0; second < bytes.length; second++) {
            watch.observe(at(second, site("noisy", "heap-1", bytes[second])));
        }
        GrowthWatch.Growth growth = watch.growths().getFirst();
        assertThat(growth.bytesPerSecond()).isCloseTo(1.9, within(1e-9));
        double residues = 0.2 * 0.2 + 0.3 * 0.3 + 1.6 * 1.6 + 1.5 * 1.5 + 0.4 * 0.4;
        assertThat(growth.errorBytesPerSecond()).isCloseTo(Math.sqrt(residues / 3 / 10), within(1e-9));
    }

    @Test
    void noiseIsNotReportedAsGrowthButASlowLeakBelowItIs() {
        Random random = new Random(11);
        GrowthWatch watch = new GrowthWatch(Duration.ofHours(1));
        for (int second = 0; second < 1000; second++) {
            long noise = random.nextInt(1_000_000);
            watch.observe(at(
                    second,
                    site("steady", "heap-1", random.nextInt(10_000_000)),
                    site("leaks", "heap-1", noise + 1000L * second)));
        }
        List<GrowthWatch.Growth> growths = watch.growths();
        assertThat(method(growths.getFirst())).isEqualTo("leaks");
        assertThat(growths.getFirst().isGrowing()).isTrue();
        assertThat(growths.getFirst().bytesPerSecond()).isCloseTo(1000, within(150.0));
        assertThat(growths.getLast().isGrowing()).isFalse();
    }

    /**
     * This is how a full cache behaves. Each second a tenth of its blocks is replaced, and other
     * blocks of the new ones are sampled.
     */
    @Test
    void aRandomWalkIsNotReportedAsGrowth() {
        int growing = 0;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            GrowthWatch watch = new GrowthWatch(Duration.ofHours(1));
            double walk = 0;
            for (int second = 0; second < 60; second++) {
                walk = 0.9 * walk + random.nextGaussian();
                watch.observe(at(second, site("cache", "heap-1", 1_000_000 + Math.round(10_000 * walk))));
            }
            growing += watch.growths().getFirst().isGrowing() ? 1 : 0;
        }
        assertThat(growing).isLessThan(40); // with independent residuals it would be 65
    }

    @Test
    void aMapThatDoublesIsReportedAsGrowing() {
        GrowthWatch watch = new GrowthWatch(Duration.ofHours(1));
        for (int second = 0; second < 60; second++) {
            watch.observe(at(second, site("map", "heap-1", Long.highestOneBit(second + 20))));
        }
        assertThat(watch.growths().getFirst().isGrowing()).isTrue();
    }

    @Test
    void shortLivedHeapsAreOneSiteAndCountAsZeroWhileAbsent() {
        GrowthWatch watch = new GrowthWatch(Duration.ofMinutes(1));
        watch.observe(at(0, site("request", "heap-1", 500)));
        watch.observe(at(1));
        watch.observe(at(2, site("request", "heap-2", 300), site("request", "heap-3", 200)));
        assertThat(watch.growths()).hasSize(1);
        assertThat(watch.growths().getFirst().bytesPerSecond()).isCloseTo(0, within(1e-9));
        assertThat(watch.growths().getFirst().inUseBytes()).isEqualTo(500);
    }

    @Test
    void profilesBeforeTheWindowAreForgotten() {
        GrowthWatch watch = new GrowthWatch(Duration.ofSeconds(10));
        for (int second = 0; second < 50; second++) {
            watch.observe(at(second, site("stopped", "heap-1", Math.min(second, 30) * 100L)));
        }
        assertThat(watch.growths().getFirst().bytesPerSecond()).isCloseTo(0, within(1e-9));
    }

    @Test
    void twoProfilesGiveNoResult() {
        GrowthWatch watch = new GrowthWatch(Duration.ofSeconds(10));
        watch.observe(at(0, site("early", "heap-1", 1)));
        watch.observe(at(1, site("early", "heap-1", 2)));
        assertThat(watch.growths()).isEmpty();
    }

    @Test
    void invalidSettingsOfAWatchAreRefused() {
        assertThatThrownBy(() -> new GrowthWatch(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("window must be more than 0: PT0S");
        GrowthWatch watch = new GrowthWatch(Duration.ofSeconds(10));
        watch.observe(at(1));
        assertThatThrownBy(() -> watch.observe(at(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(START.plusSeconds(1).toString());
    }

    private static void fill(SyncMap<Long, Long> map, long second) {
        for (long key = 0; key < 1000; key++) {
            map.put(1000 * second + key, key);
        }
    }

    @Test
    void aCacheThatIsFilledGrowsButIsNoSuspect() {
        GrowthWatch watch = new GrowthWatch(Duration.ofHours(1));
        try (NativeHeap heap = NativeHeap.builder().shared().profileEvery(1).open()) {
            SyncMap<Long, Long> cache = SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .maxEntries(1 << 20)
                    .name("filled cache")
                    .make();
            SyncMap<Long, Long> endless = SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .name("endless map")
                    .make();
            for (int second = 0; second < 20; second++) {
                fill(cache, second);
                fill(endless, second);
                watch.observe(new HeapProfile(
                        START.plusSeconds(second), 1, HeapProfile.take().sites()));
            }
            List<GrowthWatch.Growth> growing = watch.growths().stream()
                    .filter(GrowthWatch.Growth::isGrowing)
                    .toList();
            assertThat(growing).extracting(GrowthWatch.Growth::map).contains("filled cache", "endless map");
            assertThat(growing.stream().filter(GrowthWatch.Growth::isSuspect))
                    .extracting(GrowthWatch.Growth::map)
                    .contains("endless map")
                    .doesNotContain("filled cache");
        }
    }

    private static long plantLeak(NativeHeap heap) {
        return heap.allocate(1000);
    }

    private static long plantWork(NativeHeap heap) {
        return heap.allocate(100_000);
    }

    @Test
    void aDeliberateLeakIsTheFirstAnswer() {
        GrowthWatch watch = new GrowthWatch(Duration.ofHours(1));
        try (NativeHeap heap =
                NativeHeap.builder().maxBytes(64 << 20).profileEvery(1).open()) {
            List<HeapProfile.Site> sites = new ArrayList<>();
            for (int second = 0; second < 20; second++) {
                long work = plantWork(heap);
                plantLeak(heap);
                sites.clear();
                sites.addAll(HeapProfile.take().sites());
                watch.observe(new HeapProfile(START.plusSeconds(second), 1, sites));
                heap.free(work);
            }
            assertThat(method(watch.growths().getFirst())).isEqualTo("plantLeak");
            assertThat(watch.growths().getFirst().bytesPerSecond()).isCloseTo(1024, within(1e-6));
        }
    }
}
