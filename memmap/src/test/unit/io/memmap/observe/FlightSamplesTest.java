package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.LeakDetection;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.MemStats.Detail;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;

/**
 * The flight recorder events of the profile and of leaks, as a stream reports them while the
 * program runs.
 */
class FlightSamplesTest {
    private static final int MOST_COLLECTIONS = 1000;
    private static final long BYTES = 102_400; // 25 pages

    private final BlockingQueue<RecordedEvent> events = new LinkedBlockingQueue<>();

    private RecordingStream stream(String event) {
        RecordingStream stream = new RecordingStream();
        stream.setReuse(false);
        stream.onEvent(event, events::add);
        stream.startAsync();
        return stream;
    }

    /** Waits for the next event of a heap; fails if there is none. */
    private RecordedEvent next(long heap) throws InterruptedException {
        while (true) {
            RecordedEvent event = events.poll(1, TimeUnit.MINUTES);
            assertThat(event).as("the next event of heap " + heap).isNotNull();
            if (event.getLong("heap") == heap) {
                return event;
            }
        }
    }

    private static long lastHeap() {
        return MemStats.read(Detail.HEAPS).heaps().getLast().id();
    }

    private static void allocate(NativeHeap heap) {
        assertThat(heap.allocate(100_000)).isPositive();
    }

    @Test
    void anAllocationSampleHasItsBlockItsMapAndItsStack() throws InterruptedException {
        try (RecordingStream stream = stream("io.memmap.AllocationSample");
                NativeHeap unseen = NativeHeap.builder().profileEvery(0).open();
                NativeHeap heap = NativeHeap.builder().profileEvery(1).open()) {
            long id = lastHeap();
            allocate(unseen);
            allocate(heap);
            LongLongMap.builder(heap).name("orders").make();
            RecordedEvent sample = next(id);
            assertThat(sample.getLong("bytes")).isEqualTo(BYTES);
            assertThat(sample.getLong("weight"))
                    .as("weight when every allocation is sampled")
                    .isEqualTo(BYTES);
            assertThat(sample.getString("map")).isEmpty();
            assertThat(sample.getStackTrace().getFrames())
                    .anyMatch(frame -> frame.getMethod().getName().equals("allocate")
                            && frame.getMethod().getType().getName().equals(FlightSamplesTest.class.getName()));
            assertThat(next(id).getString("map")).isEqualTo("orders");
            assertThat(events.stream().map(event -> event.getLong("heap"))).doesNotContain(id - 1);
            assertThat(stream).isNotNull();
        }
    }

    private static long dropHeap() {
        NativeHeap heap = NativeHeap.builder()
                .maxBytes(1 << 20)
                .profileEvery(1)
                .leakDetection(LeakDetection.ADVANCED)
                .open();
        allocate(heap);
        return lastHeap();
    }

    private static boolean isFound() {
        List<LeakReport> reports = LeakReport.find();
        return reports.stream()
                .anyMatch(report -> report.openedAt().getFirst().getMethodName().equals("dropHeap")
                        && report.openedAt().getFirst().getClassName().equals(FlightSamplesTest.class.getName()));
    }

    @Test
    void aLeakStatesItsBytesAndWhereItsHeapWasOpenedAndLastUsed() throws InterruptedException {
        try (RecordingStream stream = stream("io.memmap.Leak")) {
            long id = dropHeap();
            for (int collections = 0; !isFound(); collections++) {
                assertThat(collections)
                        .as("collections without an event of the leak")
                        .isLessThan(MOST_COLLECTIONS);
                System.gc();
            }
            RecordedEvent leak = next(id);
            assertThat(leak.getString("resource")).isEqualTo("heap");
            assertThat(leak.getString("map")).isEmpty();
            assertThat(leak.getLong("bytes")).isEqualTo(BYTES);
            assertThat(leak.getDuration("age")).isPositive();
            assertThat(leak.getString("openedAt")).startsWith(FlightSamplesTest.class.getName() + ".dropHeap(");
            assertThat(leak.getString("lastUsedAt")).startsWith(FlightSamplesTest.class.getName() + ".allocate(");
            assertThat(stream).isNotNull();
        }
    }
}
