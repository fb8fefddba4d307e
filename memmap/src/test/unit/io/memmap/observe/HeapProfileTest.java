package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heap profile of known allocations. */
@Tag("slow")
class HeapProfileTest {
    private static final long MAX_BYTES = 1L << 30;

    private static NativeHeap open(long meanBytes) {
        return NativeHeap.builder().maxBytes(MAX_BYTES).profileEvery(meanBytes).open();
    }

    /** Returns the sites whose leaf is the method with this name in this class. */
    private static List<HeapProfile.Site> sitesOf(String method) {
        return HeapProfile.take().sites().stream()
                .filter(site -> !site.stack().isEmpty())
                .filter(site -> site.stack().getFirst().getClassName().equals(HeapProfileTest.class.getName()))
                .filter(site -> site.stack().getFirst().getMethodName().equals(method))
                .toList();
    }

    private static HeapProfile.Site siteOf(String method) {
        List<HeapProfile.Site> sites = sitesOf(method);
        assertThat(sites).hasSize(1);
        return sites.getFirst();
    }

    // ----------------------------------------------------------------------------------- estimates

    private static long plantForEstimate(NativeHeap heap, long bytes) {
        return heap.allocate(bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 64, 256}) // with these sizes, 5% is at least seven standard deviations
    void estimatesAreWithinFivePercentOfTheAllocations(long mean) {
        Random random = new Random(mean);
        long inUseBefore = sum("plantForEstimate", HeapProfile.Site::inUseBytes);
        long bytesBefore = sum("plantForEstimate", HeapProfile.Site::allocatedBytes);
        long objectsBefore = sum("plantForEstimate", HeapProfile.Site::allocatedObjects);
        assertThat(inUseBefore).isZero();
        try (NativeHeap heap = open(mean)) {
            long objects = 0;
            List<Long> blocks = new ArrayList<>();
            for (int i = 0; i < 120_000; i++) {
                // The sizes are from 16 bytes to 2 KiB, equally many in each power of two, and some
                // are whole pages.
                long size = i % 1000 == 0 ? 100_000 : random.nextLong(16, 16L << random.nextInt(1, 8));
                long pointer = plantForEstimate(heap, size);
                blocks.add(pointer);
                objects++;
            }
            long bytes = heap.stats().inUse();
            assertThat(sum("plantForEstimate", HeapProfile.Site::inUseBytes)).isCloseTo(bytes, withinPercentage(5));
            assertThat(sum("plantForEstimate", HeapProfile.Site::inUseObjects)).isCloseTo(objects, withinPercentage(5));
            for (int i = 0; i < blocks.size(); i += 2) {
                heap.free(blocks.get(i));
            }
            long left = heap.stats().inUse();
            assertThat(sum("plantForEstimate", HeapProfile.Site::inUseBytes)).isCloseTo(left, withinPercentage(5));
            assertThat(sum("plantForEstimate", HeapProfile.Site::inUseObjects))
                    .isCloseTo(objects / 2, withinPercentage(5));
            assertThat(sum("plantForEstimate", HeapProfile.Site::allocatedBytes) - bytesBefore)
                    .isCloseTo(bytes, withinPercentage(5));
            assertThat(sum("plantForEstimate", HeapProfile.Site::allocatedObjects) - objectsBefore)
                    .isCloseTo(objects, withinPercentage(5));
        }
    }

    private static long sum(String method, ToLongFunction<HeapProfile.Site> value) {
        return sitesOf(method).stream().mapToLong(value).sum();
    }

    private static long plantForRates(NativeHeap heap, long bytes) {
        return heap.allocate(bytes);
    }

    @Test
    void estimatesStayRightWhenTheProcessWideRateChanges() {
        long before = HeapProfile.take().meanBytes();
        try (NativeHeap heap = NativeHeap.builder().maxBytes(MAX_BYTES).open()) {
            for (long mean : new long[] {500, 5000}) {
                HeapProfile.setMeanBytes(mean);
                assertThat(HeapProfile.take().meanBytes()).isEqualTo(mean);
                for (int i = 0; i < 20_000; i++) {
                    plantForRates(heap, 1024);
                }
            }
            assertThat(sum("plantForRates", HeapProfile.Site::inUseBytes))
                    .isCloseTo(40_000L * 1024, withinPercentage(5));
            HeapProfile.setMeanBytes(0);
            long estimate = sum("plantForRates", HeapProfile.Site::inUseBytes);
            for (int i = 0; i < 20_000; i++) {
                plantForRates(heap, 1024);
            }
            assertThat(sum("plantForRates", HeapProfile.Site::inUseBytes)).isEqualTo(estimate);
        } finally {
            HeapProfile.setMeanBytes(before);
        }
    }

    private static long plantUnseen(NativeHeap heap, long bytes) {
        return heap.allocate(bytes);
    }

    @Test
    void aRateOfZeroSamplesNothing() {
        try (NativeHeap heap = open(0)) {
            heap.free(plantUnseen(heap, 100 << 20));
            plantUnseen(heap, 100 << 20);
            assertThat(sitesOf("plantUnseen")).isEmpty();
        }
    }

    @Test
    void aSampleWithADeepStackKeepsTheLeaves() {
        try (NativeHeap heap = open(1)) {
            plantDeep(heap, 500);
            HeapProfile.Site site = siteOf("plantDeep");
            assertThat(site.stack())
                    .hasSize(128)
                    .allMatch(frame -> frame.getMethodName().equals("plantDeep"));
            assertThat(HeapProfile.lostSamples()).isZero();
        }
    }

    private static void plantDeep(NativeHeap heap, int depth) {
        if (depth > 0) {
            plantDeep(heap, depth - 1);
        } else {
            heap.allocate(100);
        }
    }

    @Test
    void aRateOutOfRangeIsRefused() {
        assertThatThrownBy(() -> HeapProfile.setMeanBytes(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mean bytes between samples must be 0.." + (1L << 40) + ": -1");
        assertThatThrownBy(() -> NativeHeap.builder().profileEvery((1L << 40) + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(": " + ((1L << 40) + 1));
    }

    // --------------------------------------------------------------------------------------- sites

    private static long plantForLine(NativeHeap heap, long[] line) {
        line[0] = 1L + new Throwable().getStackTrace()[0].getLineNumber();
        return heap.allocate(1000);
    }

    @Test
    void theLeafOfAStackIsTheCallersLine() {
        long[] line = new long[1];
        try (NativeHeap heap = open(1)) {
            plantForLine(heap, line);
            HeapProfile.Site site = siteOf("plantForLine");
            assertThat((long) site.stack().getFirst().getLineNumber()).isEqualTo(line[0]);
            assertThat(site.stack().get(1).getMethodName()).isEqualTo("theLeafOfAStackIsTheCallersLine");
            assertThat(site.inUseBytes()).isEqualTo(heap.stats().inUse());
            assertThat(site.inUseObjects()).isOne();
            assertThat(site.oldest()).isEqualTo(site.last()).isNotNull();
        }
    }

    private static void plantInMap(LongLongMap map, int entries) {
        for (int i = 0; i < entries; i++) {
            map.put(i, i);
        }
    }

    @Test
    void aSiteHasItsHeapItsMapAndItsThread() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().shared().profileEvery(1).open();
                NativeHeap other = NativeHeap.builder().shared().profileEvery(1).open()) {
            LongLongMap orders = LongLongMap.builder(heap).name("orders").make();
            LongLongMap trades = LongLongMap.builder(other).name("trades").make();
            Thread thread = Thread.ofPlatform().name("a clerk").start(() -> plantInMap(trades, 100));
            thread.join();
            plantInMap(orders, 100);
            List<HeapProfile.Site> sites = sitesOf("plantInMap");
            assertThat(sites.stream().map(site -> site.map() + " by " + site.thread()))
                    .containsOnly("orders by " + Thread.currentThread().getName(), "trades by a clerk");
            assertThat(sites.stream().map(HeapProfile.Site::heap).distinct()).hasSize(2);
        }
    }

    private static MemMap<String, String> plantMap(NativeHeap heap) {
        return MemMap.builder(heap, Type.UTF8, Type.UTF8).name("named").make();
    }

    @Test
    void aMapsHeaderCountsForTheMap() {
        try (NativeHeap heap = open(1)) {
            plantMap(heap);
            assertThat(sitesOf("plantMap")).extracting(HeapProfile.Site::map).containsOnly("named");
            assertThat(sum("plantMap", HeapProfile.Site::inUseBytes))
                    .isEqualTo(heap.stats().inUse());
        }
    }

    @Test
    void samplingEveryAllocationAgreesWithTheHeapWhateverAMapDoes() {
        Random random = new Random(5);
        try (NativeHeap heap = open(1)) {
            Set<String> before = labels();
            MemMap<String, byte[]> map = MemMap.make(heap, Type.UTF8, Type.BYTES);
            String label = labels().stream()
                    .filter(name -> !before.contains(name))
                    .findFirst()
                    .orElseThrow();
            for (int i = 0; i < 20_000; i++) {
                String key = "key " + random.nextInt(3000);
                switch (random.nextInt(i % 8000 < 4000 ? 6 : 3)) {
                    case 0, 1 -> map.remove(key);
                    case 2 -> map.get(key);
                    default -> map.put(key, new byte[random.nextInt(random.nextInt(1, 3000))]);
                }
                if (i % 500 == 0) {
                    assertThat(inUse(label)).isEqualTo(heap.stats().inUse());
                }
            }
            map.clear();
            assertThat(inUse(label)).isEqualTo(heap.stats().inUse());
            map.free();
            assertThat(inUse(label)).isZero();
        }
    }

    private static Set<String> labels() {
        return HeapProfile.take().sites().stream().map(HeapProfile.Site::heap).collect(Collectors.toSet());
    }

    private static long inUse(String heap) {
        return HeapProfile.take().sites().stream()
                .filter(site -> site.heap().equals(heap))
                .mapToLong(HeapProfile.Site::inUseBytes)
                .sum();
    }

    // ------------------------------------------------------------------------------------ lifetime

    private static long plantInClosed(NativeHeap heap) {
        return heap.allocate(1 << 20);
    }

    @Test
    void closingAHeapLowersTheBytesInUseButNotTheTotal() {
        try (NativeHeap heap = open(1)) {
            plantInClosed(heap);
            assertThat(siteOf("plantInClosed").inUseBytes()).isEqualTo(1 << 20);
        }
        try (Arena arena = Arena.ofConfined()) {
            plantInClosed(NativeHeap.builder().arena(arena).profileEvery(1).open());
            assertThat(sum("plantInClosed", HeapProfile.Site::inUseBytes)).isEqualTo(1 << 20);
        }
        for (HeapProfile.Site site : sitesOf("plantInClosed")) {
            assertThat(site.inUseBytes()).isZero();
            assertThat(site.inUseObjects()).isZero();
            assertThat(site.oldest()).isNull();
            assertThat(site.heap()).isEqualTo("(ended)");
        }
        assertThat(sum("plantInClosed", HeapProfile.Site::allocatedBytes)).isEqualTo(2 << 20);
        assertThat(sum("plantInClosed", HeapProfile.Site::allocatedObjects)).isEqualTo(2);
    }

    @Test
    void aDetachedHeapCountsAsInUseUntilItsArenaCloses() {
        try (Arena arena = Arena.ofConfined()) {
            NativeHeap heap = NativeHeap.builder().arena(arena).profileEvery(1).open();
            plantInDetached(heap);
            heap.close();
            assertThat(siteOf("plantInDetached").inUseBytes()).isEqualTo(1 << 20);
        }
        assertThat(siteOf("plantInDetached").inUseBytes()).isZero();
    }

    private static long plantInDetached(NativeHeap heap) {
        return heap.allocate(1 << 20);
    }

    // ------------------------------------------------------------------------------------- threads

    private static long plantShared(NativeHeap heap, int bytes) {
        return heap.allocate(bytes);
    }

    @Test
    void threadsAreCountedWhileAnotherThreadReadsTheProfile() throws Exception {
        int threads = 3;
        int rounds = 3000;
        try (NativeHeap heap = NativeHeap.builder().shared().profileEvery(1).open();
                ExecutorService executor = Executors.newFixedThreadPool(threads + 1)) {
            List<Callable<Long>> tasks = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                tasks.add(() -> {
                    for (int i = 0; i < rounds; i++) {
                        heap.free(plantShared(heap, 64));
                    }
                    return plantShared(heap, 4096);
                });
            }
            tasks.add(() -> {
                long most = 0;
                for (int i = 0; i < 200; i++) {
                    most = Math.max(most, sum("plantShared", HeapProfile.Site::inUseBytes));
                }
                return most;
            });
            List<Future<Long>> results = executor.invokeAll(tasks);
            for (Future<Long> result : results) {
                result.get();
            }
            assertThat(results.getLast().get()).isLessThanOrEqualTo(threads * 4096L);
            assertThat(sum("plantShared", HeapProfile.Site::inUseBytes)).isEqualTo(threads * 4096L);
            assertThat(sum("plantShared", HeapProfile.Site::allocatedObjects)).isEqualTo(threads * (rounds + 1L));
        }
    }

    // --------------------------------------------------------------------------------------- texts

    private static void plantForText(NativeHeap heap) {
        heap.allocate(4096);
        heap.allocate(8192);
    }

    @Test
    void collapsedStacksStartWithTheRootAndEndWithTheValue() {
        try (NativeHeap heap = open(1)) {
            plantForText(heap);
            String collapsed = HeapProfile.take().collapsed(HeapProfile.Site::inUseBytes);
            String test = HeapProfileTest.class.getName();
            assertThat(collapsed.lines().filter(line -> line.contains("plantForText")))
                    .singleElement()
                    .asString()
                    .endsWith(";" + test + ".collapsedStacksStartWithTheRootAndEndWithTheValue;" + test
                            + ".plantForText 12288");
        }
    }
}
