package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.LeakDetection;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Reports about heaps and maps that were dropped without being closed. Each test causes such a
 * leak, and its heap stays mapped.
 */
class LeakReportTest {
    private static final int COLLECTIONS = 200;
    private static final long MAX_BYTES = 4 << 20;

    /** The log messages, which do not go to the console. */
    private static final List<String> LOG = new ArrayList<>();

    private static final Logger LOGGER = Logger.getLogger("io.memmap");
    private static Filter filter;

    @BeforeAll
    static void catchTheLog() {
        filter = LOGGER.getFilter();
        LOGGER.setFilter(entry -> {
            LOG.add(entry.getMessage());
            return false;
        });
    }

    @AfterAll
    static void releaseTheLog() {
        LOGGER.setFilter(filter);
    }

    private static NativeHeap.Builder builder(LeakDetection level) {
        return NativeHeap.builder().maxBytes(MAX_BYTES).leakDetection(level);
    }

    /**
     * Collects garbage until every object that became unreachable before has been queued. A later
     * object shows this: it has been queued, too.
     */
    @SuppressWarnings("UnusedVariable")
    static void collect() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        // the second round is for objects that the cleaners of the first round have released
        for (int i = 0; i < 2; i++) {
            PhantomReference<Object> probe = new PhantomReference<>(new Object(), queue);
            try {
                int collections = 0;
                do {
                    System.gc();
                    assertThat(++collections)
                            .as("garbage collections without the object's reference")
                            .isLessThan(COLLECTIONS);
                } while (queue.remove(50) == null);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static List<LeakReport> reportsOf(String method) {
        return LeakReport.find().stream()
                .filter(report -> isHere(report.openedAt().getFirst(), method))
                .toList();
    }

    private static boolean isHere(StackTraceElement frame, String method) {
        return frame.getClassName().equals(LeakReportTest.class.getName())
                && frame.getMethodName().equals(method);
    }

    /** Collects garbage until there is a report of an object that was opened in this method. */
    private static LeakReport await(String method) {
        for (int i = 0; i < COLLECTIONS; i++) {
            List<LeakReport> reports = reportsOf(method);
            if (!reports.isEmpty()) {
                assertThat(reports).hasSize(1);
                return reports.getFirst();
            }
            collect();
        }
        throw new AssertionError("no report of " + method);
    }

    /**
     * Asserts that no object opened in this method is reported once every dropped object can be
     * found.
     */
    private static void assertNoneOf(String method) {
        collect();
        collect();
        assertThat(reportsOf(method)).isEmpty();
    }

    // --------------------------------------------------------------------------------------- heaps

    private static void dropHeap() {
        NativeHeap heap = builder(LeakDetection.SIMPLE).profileEvery(1).open();
        assertThat(heap.allocate(50_000)).isPositive();
    }

    @Test
    void aDroppedHeapIsReportedWithItsBytesAndWhereItWasOpened() {
        dropHeap();
        LeakReport report = await("dropHeap");
        assertThat(report.kind()).isEqualTo(LeakReport.Kind.HEAP);
        assertThat(report.name()).startsWith("heap-");
        assertThat(report.openedAt().getFirst().getClassName()).isEqualTo(LeakReportTest.class.getName());
        assertThat(report.lastUsedAt()).isEmpty();
        assertThat(report.count()).isOne();
        assertThat(report.bytes()).isEqualTo(53_248); // 13 pages
        assertThat(report.thread()).isEqualTo(Thread.currentThread().getName());
    }

    private static void dropSharedHeap() {
        builder(LeakDetection.SIMPLE).shared().open();
    }

    @Test
    void leaksOfTheSameSiteAreOneReport() {
        for (int i = 0; i < 3; i++) {
            dropSharedHeap();
        }
        LeakReport report = await("dropSharedHeap");
        for (int i = 0; i < COLLECTIONS && report.count() < 3; i++) {
            collect();
            report = await("dropSharedHeap");
        }
        assertThat(report.count()).isEqualTo(3);
        assertThat(LOG.stream().filter(entry -> entry.contains(".dropSharedHeap(")))
                .singleElement()
                .asString()
                .startsWith("LEAK: a heap (heap-")
                .contains("was dropped without close()");
    }

    private static void useHeap(NativeHeap heap) {
        assertThat(heap.allocate(100)).isPositive();
    }

    private static void dropUsedHeap() {
        useHeap(builder(LeakDetection.PARANOID).profileEvery(0).open());
    }

    @Test
    void theParanoidLevelReportsWhereTheHeapWasLastUsed() {
        dropUsedHeap();
        assertThat(await("dropUsedHeap").lastUsedAt().getFirst().getMethodName())
                .isEqualTo("useHeap");
    }

    private static void dropClosedHeap() {
        builder(LeakDetection.PARANOID).open().close();
        builder(LeakDetection.PARANOID).shared().open().close();
    }

    private static void dropDisabledHeap() {
        builder(LeakDetection.DISABLED).open();
    }

    private static void dropHeapOfAutomaticArena() {
        builder(LeakDetection.PARANOID).arena(Arena.ofAuto()).open();
    }

    private static void dropHeapOfGlobalArena() {
        builder(LeakDetection.PARANOID).arena(Arena.global()).open();
    }

    @Test
    void heapsThatAreNotLeakedAreNotReported() {
        dropClosedHeap();
        dropDisabledHeap();
        dropHeapOfAutomaticArena();
        dropHeapOfGlobalArena();
        try (Arena arena = Arena.ofConfined()) {
            dropHeapOf(arena);
            assertNoneOf("dropHeapOf");
        }
        assertNoneOf("dropHeapOf");
        assertNoneOf("dropClosedHeap");
        assertNoneOf("dropDisabledHeap");
        assertNoneOf("dropHeapOfAutomaticArena");
        assertNoneOf("dropHeapOfGlobalArena");
    }

    private static void dropHeapOf(Arena arena) {
        builder(LeakDetection.PARANOID).arena(arena).open();
    }

    private static void dropArenaWithItsHeap() {
        builder(LeakDetection.SIMPLE).arena(Arena.ofShared()).open();
    }

    @Test
    void droppingAnOpenArenaLeaksItsHeap() {
        dropArenaWithItsHeap();
        assertThat(await("dropArenaWithItsHeap").kind()).isEqualTo(LeakReport.Kind.HEAP);
    }

    private static MemorySegment dropHeapButItsSegment() {
        return builder(LeakDetection.SIMPLE).open().segment();
    }

    @Test
    void aHeapWhoseSegmentIsReachableIsNotReportedYet() {
        MemorySegment segment = dropHeapButItsSegment();
        assertNoneOf("dropHeapButItsSegment");
        assertThat(segment.scope().isAlive()).isTrue();
        segment = MemorySegment.NULL;
        assertThat(segment.byteSize()).isZero();
        await("dropHeapButItsSegment");
    }

    // ---------------------------------------------------------------------------------------- maps

    private static void dropMap(NativeHeap heap) {
        LongLongMap.builder(heap).name("dropped").make();
    }

    private static void fillMap(MemMap<String, Integer> map) {
        map.put("key", 1);
    }

    private static void dropFilledMap(NativeHeap heap) {
        fillMap(MemMap.make(heap, Type.UTF8, Type.INT));
    }

    @Test
    void aDroppedMapIsReportedWithThePlacesOfItsCreationAndLastAllocation() {
        try (NativeHeap heap = builder(LeakDetection.PARANOID).open()) {
            dropMap(heap);
            dropFilledMap(heap);
            LeakReport report = await("dropMap");
            assertThat(report.kind()).isEqualTo(LeakReport.Kind.MAP);
            assertThat(report.name()).isEqualTo("dropped");
            assertThat(await("dropFilledMap").lastUsedAt().getFirst().getMethodName())
                    .isEqualTo("fillMap");
            assertThat(heap.isAlive()).isTrue();
        }
    }

    private static void dropMapUnasked(NativeHeap heap) {
        LongLongMap.make(heap);
    }

    @Test
    void makingAMapReportsMapsDroppedBefore() {
        try (NativeHeap heap = builder(LeakDetection.PARANOID).open()) {
            dropMapUnasked(heap);
            for (int i = 0;
                    i < COLLECTIONS && LOG.stream().noneMatch(entry -> entry.contains(".dropMapUnasked("));
                    i++) {
                collect();
                LongLongMap.make(heap).free();
            }
            assertThat(LOG).anyMatch(entry -> entry.contains(".dropMapUnasked("));
        }
    }

    private static void dropSyncMap(NativeHeap heap) {
        SyncMap.make(heap, Type.INT, Type.INT);
    }

    @Test
    void aDroppedMapForManyThreadsGetsOneReport() {
        try (NativeHeap heap = builder(LeakDetection.PARANOID).shared().open()) {
            dropSyncMap(heap);
            assertThat(await("dropSyncMap").count()).isOne();
            assertThat(heap.isAlive()).isTrue();
        }
    }

    private static void dropFreedMaps(NativeHeap heap) {
        LongLongMap.make(heap).free();
        SyncMap.make(heap, Type.INT, Type.INT).free();
    }

    private static long dropButThePointer(NativeHeap heap) {
        return LongLongMap.make(heap).pointer();
    }

    private static MemMap<String, MemMap<String, Integer>> dropButTheOuter(NativeHeap heap) {
        MemMap<String, MemMap<String, Integer>> outer = MemMap.make(heap, Type.UTF8, Type.map(Type.UTF8, Type.INT));
        storeIn(outer, heap);
        return outer;
    }

    private static void storeIn(MemMap<String, MemMap<String, Integer>> outer, NativeHeap heap) {
        outer.put("inner", MemMap.make(heap, Type.UTF8, Type.INT));
    }

    @Test
    void aMapThatIsFreedOrStillReachableIsNotReported() {
        try (NativeHeap heap = builder(LeakDetection.PARANOID).shared().open()) {
            dropFreedMaps(heap);
            long pointer = dropButThePointer(heap);
            MemMap<String, MemMap<String, Integer>> outer = dropButTheOuter(heap);
            assertNoneOf("dropFreedMaps");
            assertNoneOf("dropButThePointer");
            assertNoneOf("storeIn");
            assertNoneOf("dropButTheOuter");
            assertThat(LongLongMap.at(heap, pointer).isNil()).isFalse();
            assertThat(outer.get("inner")).isNotNull();
        }
    }

    private static void dropMapAndHeap(Arena arena) {
        LongLongMap.make(builder(LeakDetection.PARANOID).arena(arena).open());
    }

    @Test
    void aMapDroppedWithItsHeapIsNotReportedSeparately() {
        try (Arena arena = Arena.ofConfined()) {
            dropMapAndHeap(arena);
            assertNoneOf("dropMapAndHeap");
        }
        dropMapAndHeap(Arena.ofAuto());
        assertNoneOf("dropMapAndHeap");
    }

    private static void dropMapUnseen(NativeHeap heap) {
        LongLongMap.make(heap);
    }

    @Test
    void theSimpleLevelReportsNoMaps() {
        try (NativeHeap heap = builder(LeakDetection.SIMPLE).open()) {
            dropMapUnseen(heap);
            assertNoneOf("dropMapUnseen");
            assertThat(heap.isAlive()).isTrue();
        }
    }

    // ------------------------------------------------------------------------------------ settings

    private static void dropHeapOfProcessWideLevel() {
        NativeHeap.builder().maxBytes(MAX_BYTES).open();
    }

    @Test
    void theProcessWideLevelAppliesToHeapsWithoutTheirOwn() {
        assertThat(LeakDetection.processWide()).isEqualTo(LeakDetection.SIMPLE);
        LeakDetection.setProcessWide(LeakDetection.DISABLED);
        try {
            dropHeapOfProcessWideLevel();
            assertNoneOf("dropHeapOfProcessWideLevel");
        } finally {
            LeakDetection.setProcessWide(LeakDetection.SIMPLE);
        }
        dropHeapOfProcessWideLevel();
        await("dropHeapOfProcessWideLevel");
    }

    @Test
    void aNullLevelIsRefused() {
        assertThatThrownBy(() -> NativeHeap.builder().leakDetection(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("level");
    }
}
