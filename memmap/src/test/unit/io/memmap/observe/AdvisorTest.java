package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.memmap.Geometry;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.MemStats.Detail;
import io.memmap.telemetry.Leaks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each advice has a program that should get it and a corrected program that should not. */
@Tag("slow")
class AdvisorTest {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final long STEP_MILLIS = 10_000;
    private static final int STEPS = 6;

    private final NativeHeap heap =
            NativeHeap.builder().shared().profileEvery(1).open();
    private final Advisor advisor = new Advisor(WINDOW);
    private long heapId = MemStats.read(Detail.HEAPS).heaps().getLast().id();
    private long clock;

    @AfterEach
    void close() {
        heap.close();
    }

    /** Reads the figures of this test's heap. {@code millis} is the time since the last reading. */
    private void observe(long millis) {
        observe(millis, List.of());
    }

    private void observe(long millis, List<Leaks.Open> open) {
        clock += millis;
        MemStats now = MemStats.read(Detail.CHAINS);
        MemStats stats = new MemStats(
                clock,
                now.heapsOpened(),
                now.heapsClosed(),
                now.unreadableHeaps(),
                now.maxBytes(),
                now.reserved(),
                now.committed(),
                now.metadata(),
                now.inUse(),
                now.objects(),
                now.allocations(),
                now.frees(),
                now.growths(),
                now.shrinks(),
                now.evacuations(),
                now.oldestAgeNanos(),
                now.repairs(),
                now.snapshots(),
                now.failedSnapshots(),
                now.kinds(),
                now.heaps().stream().filter(seen -> seen.id() == heapId).toList());
        advisor.observe(stats, HeapProfile.take(), open);
    }

    /** Runs the action between readings. */
    private List<Advice> after(Runnable work) {
        observe(0);
        for (int step = 0; step < STEPS; step++) {
            work.run();
            observe(STEP_MILLIS);
        }
        return advisor.advice();
    }

    private static Advice single(List<Advice> advice, Advisor.Pattern pattern) {
        assertThat(advice).hasSize(1);
        assertThat(advice.getFirst().pattern()).isEqualTo(pattern);
        assertThat(advice.getFirst().remedy()).isNotBlank();
        return advice.getFirst();
    }

    private static void put(LongLongMap map, long from, long to) {
        for (long key = from; key < to; key++) {
            map.put(key, key);
        }
    }

    // ---------------------------------------------------------------------------- short-lived maps

    private void makeMapsInALoop(int maps) {
        for (int i = 0; i < maps; i++) {
            LongLongMap map = LongLongMap.builder(heap).name("scratch").make();
            put(map, 0, 5);
            map.free();
        }
    }

    @Test
    void mapsMadeAndFreedInALoopAreReportedWithTheirNumber() {
        LongLongMap kept = LongLongMap.make(heap);
        observe(0);
        makeMapsInALoop(3000);
        observe(2000);
        Advice advice = single(advisor.advice(), Advisor.Pattern.SHORT_LIVED_MAPS);
        assertThat(advice.subject()).isEqualTo("heap-" + heapId);
        assertThat(advice.evidence())
                .startsWith(
                        "3,000 maps were made in 2.0 s and 3,000 were freed, with 2.0 growths each; 1 were live at a"
                                + " time, so each lived for about 0.667 ms")
                .contains("most bytes that were allocated and freed come from")
                .contains("AdvisorTest.put(AdvisorTest.java:");
        assertThat(advice.remedy()).contains("clear()");
        kept.free();
    }

    @Test
    void aMapThatIsClearedInTheLoopIsNotReported() {
        LongLongMap map = LongLongMap.make(heap);
        observe(0);
        for (int i = 0; i < 3000; i++) {
            put(map, 0, 5);
            map.clear();
        }
        observe(2000);
        assertThat(advisor.advice()).isEmpty();
    }

    @Test
    void mapsThatStayOrAreMadeSeldomAreNotReported() {
        List<LongLongMap> maps = new ArrayList<>();
        observe(0);
        for (int i = 0; i < 3000; i++) {
            maps.add(LongLongMap.make(heap));
        }
        observe(2000);
        assertThat(advisor.advice()).isEmpty();
        makeMapsInALoop(1500);
        observe(50_000);
        assertThat(advisor.advice()).isEmpty();
        assertThat(maps).hasSize(3000);
    }

    // --------------------------------------------------------------------------------------- hints

    @Test
    void aMapFilledFarPastItsHintIsReportedAtOnce() {
        LongLongMap map = LongLongMap.builder(heap).name("orders").hint(100).make();
        put(map, 0, 10_000);
        observe(0);
        Advice advice = single(advisor.advice(), Advisor.Pattern.FILLED_PAST_HINT);
        assertThat(advice.subject()).isEqualTo("map \"orders\" (map[long]long) in heap-" + heapId);
        assertThat(advice.evidence())
                .startsWith("it was sized for 128 entries in 64 lines; it has 10,000 entries in 8,192 lines after 7"
                        + " growths, which moved 127 pages")
                .contains("; allocated by io.memmap.observe.AdvisorTest.put(AdvisorTest.java:");
        assertThat(advice.remedy()).startsWith("call hint(10000)").contains("reserve(10000)");
        assertThat(advice.bytes()).isEqualTo(heap.stats().inUse());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4000, 10_000})
    void aMapWithoutAHintOrWithASuitableOneIsNotReported(long hint) {
        put(LongLongMap.builder(heap).hint(hint).make(), 0, 10_000);
        observe(0);
        assertThat(advisor.advice()).isEmpty();
    }

    @Test
    void mapsWithTheSameNameGetOneAdvice() {
        for (int i = 1; i <= 3; i++) {
            put(LongLongMap.builder(heap).name("orders").hint(100).make(), 0, 5000L << i);
        }
        observe(0);
        Advice advice = single(advisor.advice(), Advisor.Pattern.FILLED_PAST_HINT);
        assertThat(advice.evidence())
                .contains("has 40,000 entries in")
                .endsWith("the same holds for 2 more maps with this name");
        assertThat(advice.bytes()).isEqualTo(heap.stats().inUse());
    }

    // -------------------------------------------------------------------------------------- growth

    @Test
    void aMapThatOnlyGrowsIsReported() {
        LongLongMap map = LongLongMap.builder(heap).name("seen").make();
        Random random = new Random(3);
        Advice advice = single(
                after(() -> {
                    long size = map.size();
                    put(map, size, size + 5000);
                    // these keys are already there, so keys do repeat
                    for (int i = 0; i < 5000; i++) {
                        map.put(random.nextLong(map.size()), i);
                        map.put(map.size(), i);
                    }
                }),
                Advisor.Pattern.ONLY_GROWS);
        assertThat(advice.subject()).startsWith("map \"seen\"");
        assertThat(advice.evidence())
                .startsWith("it grew from 0 to 60,000 entries in 60.0 s, and none was removed; it uses ")
                .contains(" more an hour; allocated by ");
        assertThat(advice.remedy()).contains("remove()", "maxEntries");
    }

    @Test
    void aMapThatGrowsAndIsEmptiedIsNotReported() {
        LongLongMap map = LongLongMap.make(heap);
        assertThat(after(() -> {
                    long size = map.size();
                    put(map, size, size + 5000);
                    map.remove(size);
                }))
                .isEmpty();
    }

    @Test
    void aBoundedMapIsNotReported() {
        SyncMap<Long, Long> map = SyncMap.builder(heap, Type.LONG, Type.LONG)
                .maxEntries(1_000_000)
                .make();
        long[] next = new long[1];
        assertThat(after(() -> {
                    for (int i = 0; i < 5000; i++) {
                        map.put(next[0]++, 1L);
                    }
                }))
                .isEmpty();
    }

    @Test
    void aMapThatHasBeenLoadedIsNotReported() {
        LongLongMap map = LongLongMap.make(heap);
        long[] load = {100_000};
        assertThat(after(
                        () -> { // each round inserts fewer new keys
                            put(map, 0, map.size() + load[0]);
                            load[0] /= 2;
                        }))
                .isEmpty();
    }

    @Test
    void aMapThatHasNotGrownForHalfOfTheWindowIsNotReportedYet() {
        LongLongMap map = LongLongMap.make(heap);
        for (int step = 0; step < 3; step++) {
            put(map, map.size(), map.size() + 5000);
            observe(STEP_MILLIS);
        }
        assertThat(advisor.advice()).isEmpty();
    }

    // ---------------------------------------------------------------------------------------- keys

    private record Request(int tenant, int page) {}

    @Test
    void keysThatNeverRepeatAreReported() {
        MemMap<Integer, Integer> pages =
                MemMap.builder(heap, Type.INT, Type.INT).name("pages").make();
        List<Request> alive = new ArrayList<>();
        Advice advice = single(
                after(() -> {
                    for (int i = 0; i < 3000; i++) {
                        Request request = new Request(7, i % 100);
                        alive.add(request);
                        pages.put(
                                System.identityHashCode(request),
                                // the program hashes the object's identity where it should hash the
                                // content
                                i);
                    }
                }),
                Advisor.Pattern.KEYS_NEVER_REPEAT);
        assertThat(advice.subject()).startsWith("map \"pages\"");
        assertThat(advice.evidence())
                .matches("(?s)of [0-9,]+ counted writes, [0-9] met a key that was present; it grew from .*");
        assertThat(alive).hasSize(3000 * STEPS);
        assertThat(advice.remedy()).contains("Type.record");
    }

    @Test
    void keysWithEqualContentAreNotReported() {
        MemMap<Request, Integer> pages = MemMap.builder(heap, Type.record(Request.class), Type.INT)
                .name("pages")
                .make();
        assertThat(after(() -> {
                    for (int i = 0; i < 3000; i++) {
                        pages.put(new Request(7, i % 100), i);
                    }
                }))
                .isEmpty();
    }

    @Test
    void theCountedWritesAreThoseDuringAGrowth() {
        LongLongMap map = LongLongMap.builder(heap).name("counted").make();
        long writes = 0;
        long changes = 0;
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            long before = map.size();
            long key = random.nextLong(20_000);
            if (i % 7 == 0) {
                map.remove(key);
            } else {
                map.put(key, i);
            }
            if (map.stats().growing()) {
                writes++;
                changes += Math.abs(map.size() - before);
            }
        }
        MemStats.Map seen = seen("counted");
        assertThat(seen.growthWrites()).isGreaterThan(500);
        // Only the state before a write shows that the write begins a growth. This test reads the
        // state after it.
        assertThat(seen.growthWrites()).isCloseTo(writes, within(seen.growths() + seen.shrinks()));
        assertThat(seen.growthChanges()).isCloseTo(changes, within(seen.growths() + seen.shrinks()));
    }

    private MemStats.Map seen(String name) {
        return MemStats.read(Detail.CHAINS).heaps().stream()
                .filter(seen -> seen.id() == heapId)
                .flatMap(seen -> seen.maps().stream())
                .filter(map -> map.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aMapWithOnlyInsertionsHasAsManyGrowthChangesAsGrowthWritesEvenAfterClear() {
        LongLongMap map = LongLongMap.builder(heap).name("inserted").make();
        for (int round = 0; round < 3; round++) {
            long key = 0;
            while (key < 5000 || !map.stats().growing()) {
                map.put(key, key);
                key++;
            }
            assertThat(seen("inserted").growthChanges())
                    .isEqualTo(seen("inserted").growthWrites())
                    .isPositive();
            map.clear();
            assertThat(seen("inserted").growthChanges())
                    .isEqualTo(seen("inserted").growthWrites());
        }
    }

    // ------------------------------------------------------------------------ distribution of keys

    /**
     * The expected values are the sum over the tail of the distribution. Another program has
     * computed them.
     */
    @Test
    void theExpectedOverflowBucketsFollowThePoissonDistribution() {
        assertThat(Advisor.expectedOverflows(0, 1024, 8)).isZero();
        assertThat(Advisor.expectedOverflows(6_500, 1000, 8)).isCloseTo(1000 * 0.208_857, within(0.01));
        assertThat(Advisor.expectedOverflows(4_000, 1000, 7)).isCloseTo(1000 * 0.051_154, within(0.01));
    }

    @Test
    void mapsOfBucketsHaveTheExpectedOverflowBuckets() {
        LongLongMap map = LongLongMap.builder(heap)
                .geometry(Geometry.LINE)
                .name("random")
                .hint(90_000)
                .make();
        put(map, 0, 90_000);
        MemStats.Map seen = seen("random");
        assertThat((double) seen.overflowBuckets())
                .isCloseTo(
                        Advisor.expectedOverflows(seen.size(), seen.buckets(), seen.slots()),
                        within(0.1 * seen.overflowBuckets()));
        assertThat(seen.dispersion()).isCloseTo(1, within(0.1));
    }

    @Test
    void pagedMapsHaveTheExpectedDispersionAndNoExtension() {
        LongLongMap map = LongLongMap.builder(heap).name("random").hint(500_000).make();
        put(map, 0, 500_000);
        MemStats.Map seen = seen("random");
        assertThat(seen.paged()).isTrue();
        assertThat(seen.overflowBuckets()).isZero();
        assertThat(seen.dispersion()).isCloseTo(1, within(0.2));
    }

    // --------------------------------------------------------------------------------------- arena

    private static List<StackTraceElement> place() {
        return List.of(new StackTraceElement("com.example.Handler", "handle", "Handler.java", 7));
    }

    private List<Leaks.Open> open(long age, TimeUnit unit, long ended, long meanMillis) {
        return List.of(new Leaks.Open(heapId, place(), unit.toNanos(age), ended, meanMillis * 1e6));
    }

    @Test
    void aHeapThatHasOutlivedTheOthersOpenedOnItsLineIsReported() {
        heap.allocate(1 << 20);
        observe(0, open(1, TimeUnit.HOURS, 5000, 50));
        Advice advice = single(advisor.advice(), Advisor.Pattern.OLD_ARENA);
        assertThat(advice.subject())
                .isEqualTo("heap-" + heapId + " opened at com.example.Handler.handle(Handler.java:7)");
        assertThat(advice.evidence())
                .isEqualTo("it has been open for 3600 s; 5,000 other heaps opened at that line lived for 0.0500 s on"
                        + " average; it holds 1.0 MiB, 100% of the bytes in use in all heaps");
        assertThat(advice.remedy()).contains("close()");
    }

    @Test
    void aHeapThatIsYoungOrAloneOrSmallOrTypicalIsNotReported() {
        observe(0, open(1, TimeUnit.HOURS, 5000, 50)); // has almost nothing in use
        assertThat(advisor.advice()).isEmpty();
        heap.allocate(1 << 20);
        observe(1, open(9, TimeUnit.SECONDS, 5000, 50));
        assertThat(advisor.advice()).isEmpty();
        observe(1, open(1, TimeUnit.HOURS, 3, 50));
        assertThat(advisor.advice()).isEmpty();
        observe(1, open(1, TimeUnit.HOURS, 5000, 60_000));
        assertThat(advisor.advice()).isEmpty();
    }

    private static NativeHeap openAtOneLine() {
        return NativeHeap.builder().maxBytes(1 << 20).open();
    }

    @Test
    void theLifetimesOfHeapsAreCountedByTheLineThatOpenedThem() {
        try (NativeHeap kept = openAtOneLine()) {
            for (int i = 0; i < 25; i++) {
                openAtOneLine().close();
            }
            assertThat(kept.isAlive()).isTrue();
            Leaks.Open open = Leaks.open().stream()
                    .filter(heap -> heap.openedAt().getFirst().getMethodName().equals("openAtOneLine"))
                    .findFirst()
                    .orElseThrow();
            assertThat(open.openedAt().getFirst().getMethodName()).isEqualTo("openAtOneLine");
            assertThat(open.ageNanos()).isPositive();
        }
        List<NativeHeap> heaps = new ArrayList<>();
        for (int i = 0; i < 26; i++) { // one line of code, so one stack
            heaps.add(openAtOneLine());
            if (i > 0) {
                heaps.get(i).close();
            }
        }
        Leaks.Open first = Leaks.open().stream()
                .filter(heap -> heap.openedAt().getFirst().getMethodName().equals("openAtOneLine"))
                .findFirst()
                .orElseThrow();
        assertThat(first.endedThere()).isEqualTo(25);
        assertThat(first.meanNanosThere()).isPositive().isLessThan((double) first.ageNanos());
        heaps.getFirst().close();
    }

    // ------------------------------------------------------------------------------------- emptied

    private LongLongMap emptied(boolean autoShrink, long hint) {
        LongLongMap map = LongLongMap.builder(heap)
                .name("emptied")
                .autoShrink(autoShrink)
                .hint(hint)
                .make();
        put(map, 0, 50_000);
        for (long key = 100; key < 50_000; key++) {
            map.remove(key);
        }
        return map;
    }

    @Test
    void aMapThatStaysLargeAfterItWasEmptiedIsReported() {
        LongLongMap map = emptied(false, 0);
        Advice advice = single(after(() -> put(map, 0, 100)), Advisor.Pattern.EMPTIED_NOT_SHRUNK);
        assertThat(advice.evidence())
                .startsWith("its 32,768 lines take 2.0 MiB and have room for 65,536 entries; it had at most 100 in the"
                        + " last 60.0 s;")
                .contains("does not shrink by itself");
        assertThat(advice.remedy()).contains("shrink()", "autoShrink(true)");
        map.shrink();
        assertThat(after(() -> put(map, 0, 100))).isEmpty();
    }

    @Test
    void aMapThatStaysLargeBecauseOfItsHintIsReported() {
        LongLongMap map = emptied(true, 50_000);
        assertThat(single(after(() -> put(map, 0, 100)), Advisor.Pattern.EMPTIED_NOT_SHRUNK)
                        .evidence())
                .contains("its hint or reserve keeps it from shrinking");
    }

    @Test
    void aMapThatShrinksOrIsFilledAgainOrWasNeverFilledIsNotReported() {
        LongLongMap shrinks = emptied(true, 0);
        LongLongMap refilled = emptied(false, 0);
        LongLongMap waits = LongLongMap.builder(heap).hint(50_000).make();
        int[] step = new int[1];
        assertThat(after(() -> {
                    put(shrinks, 0, 100);
                    put(waits, 0, 10);
                    if (step[0]++ == 3) {
                        put(refilled, 0, 50_000);
                    } else {
                        refilled.clear();
                    }
                }))
                .isEmpty();
    }

    // ----------------------------------------------------------------------------------- no advice

    @Test
    void aHealthyMixOfMapsGivesNoAdvice() {
        LongLongMap reference =
                LongLongMap.builder(heap).name("reference").hint(50_000).make();
        put(reference, 0, 50_000);
        MemMap<String, Integer> words =
                MemMap.builder(heap, Type.UTF8, Type.INT).name("words").make();
        SyncMap<String, byte[]> cache =
                SyncMap.builder(heap, Type.UTF8, Type.BYTES).maxEntries(2000).make();
        LongLongMap sessions = LongLongMap.builder(heap).name("sessions").make();
        LongLongMap batch =
                LongLongMap.builder(heap).name("batch").autoShrink(false).make();
        Random random = new Random(7);
        long[] session = new long[1];
        assertThat(after(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        words.merge("word " + (int) Math.abs(5000 * random.nextGaussian()), 1, Integer::sum);
                        cache.put("page " + random.nextInt(10_000), new byte[50]);
                        sessions.put(session[0]++, i);
                        sessions.remove(session[0] - 3000);
                        batch.put(i, i);
                    }
                    for (int i = 0; i < 300; i++) {
                        LongLongMap request = LongLongMap.make(heap);
                        put(request, 0, 20);
                        request.free();
                    }
                    observe(1); // the batch while it is full
                    batch.clear();
                }))
                .isEmpty();
    }

    @Test
    void oneReadingCoversAllHeapsOfTheProcess() {
        put(LongLongMap.builder(heap).name("of the process").hint(100).make(), 0, 10_000);
        assertThat(Advisor.advise())
                .filteredOn(advice -> advice.subject().contains("of the process"))
                .singleElement()
                .satisfies(advice -> assertThat(advice.pattern()).hasToString("map filled far beyond its hint"));
    }

    @Test
    void readingsInQuickSuccessionAreThinnedOut() {
        LongLongMap map = LongLongMap.builder(heap).name("fast").make();
        for (int i = 0; i < 1000; i++) {
            put(map, map.size(), map.size() + 50);
            observe(60);
        }
        single(advisor.advice(), Advisor.Pattern.KEYS_NEVER_REPEAT);
    }

    @Test
    void aClockThatIsSetBackStartsANewWindow() {
        LongLongMap map = LongLongMap.make(heap);
        after(() -> put(map, map.size(), map.size() + 5000));
        assertThat(advisor.advice()).hasSize(1);
        put(map, map.size(), map.size() + 5000);
        observe(-100_000);
        assertThat(advisor.advice()).isEmpty();
    }

    @Test
    void aWindowWithoutDurationIsRefused() {
        assertThatThrownBy(() -> new Advisor(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("window must be 1 ms or more: PT0S");
    }
}
