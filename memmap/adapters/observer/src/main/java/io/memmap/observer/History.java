package io.memmap.observer;

import com.sun.management.OperatingSystemMXBean;
import io.memmap.observe.GrowthWatch;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.LatencyHistogram;
import io.memmap.observe.LatencySampler;
import io.memmap.observe.MemStats;
import io.memmap.observe.MemStats.Detail;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.jspecify.annotations.Nullable;

/**
 * The events and figures of the last ten minutes, in a bounded store that one thread fills. Each
 * second the thread adds the sums over all heaps, and the latencies of that second. Every ten
 * seconds it adds the sites of the heap profile. The flight recorder adds growths of maps and
 * pauses of the garbage collector. The store keeps numbers, names and stacks, and keeps no heap and
 * no map alive.
 */
final class History implements AutoCloseable {
    static final Duration WINDOW = Duration.ofMinutes(10);

    private static final int PERIOD_SECONDS = 1;
    private static final int PROFILE_PERIODS = 10;
    private static final int MOST_MOMENTS = (int) WINDOW.toSeconds() / PERIOD_SECONDS;
    private static final int MOST_SPANS = 4096;
    /** A shorter growth gets no span. It is counted with the other growths of its second. */
    private static final Duration SHORTEST_GROWTH = Duration.ofMillis(1);

    private static final long RECORDING_BYTES = 16 << 20;
    private static final List<String> GROWTHS = List.of("io.memmap.MapGrowthEnded", "io.memmap.MapShrunk");
    private static final String PAUSE = "jdk.GCPhasePause";
    /** The other events of the recording. They are not shown on the page but can be downloaded. */
    private static final List<String> RECORDED = List.of(
            "io.memmap.HeapOpened",
            "io.memmap.HeapClosed",
            "io.memmap.HeapExhausted",
            "io.memmap.HeapFileOpened",
            "io.memmap.HeapSnapshot",
            "io.memmap.MapGrowthBegun",
            "io.memmap.AllocationSample",
            "io.memmap.Leak",
            "jdk.GarbageCollection",
            "jdk.GCHeapSummary",
            "jdk.CPULoad",
            "jdk.ResidentSetSize");

    /**
     * One second: the sums over all heaps at its end, and the latencies of the calls in it. Of the
     * bytes in use, at least {@code unwritten} lie in memory that the system does not back yet.
     */
    record Moment(
            long sequence,
            long timeMillis,
            long committed,
            long inUse,
            long unwritten,
            long growths,
            long allocations,
            List<Latency> latencies) {}

    /** The times, in nanoseconds, of the calls of one sampler in one second. */
    record Latency(String name, long count, long p50, long p99, long max) {}

    /** An event with a duration: a growth, a halving or a pause. Times are in milliseconds. */
    record Span(long sequence, String kind, String name, double startMillis, double millis, String detail) {}

    /** The data that the page has not seen yet. */
    record News(
            long sequence,
            long windowMillis,
            boolean isRecording,
            Totals totals,
            List<Rate> rates,
            List<Moment> moments,
            List<Span> spans) {}

    /**
     * The sums over all heaps now. {@code memory} is the memory of the container in bytes; without
     * a container's bound, the memory of the machine.
     */
    record Totals(
            int heaps,
            int unreadableHeaps,
            long heapsOpened,
            long oldestAgeNanos,
            long committed,
            long inUse,
            long unwritten,
            long memory) {
        static Totals of(MemStats stats) {
            return new Totals(
                    stats.heaps().size(),
                    stats.unreadableHeaps(),
                    stats.heapsOpened(),
                    stats.oldestAgeNanos(),
                    stats.committed(),
                    stats.inUse(),
                    History.unwritten(stats),
                    ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                            .getTotalMemorySize());
        }
    }

    /** A sampler of latencies and the share of calls that it times. */
    record Rate(String name, double rate) {}

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("memmap-observer").factory());
    private final GrowthWatch growthWatch = new GrowthWatch(WINDOW);
    private final Map<String, LatencyHistogram> seen = new HashMap<>();
    private int periods;

    // This field and those below are guarded by this.
    private final ArrayDeque<Moment> moments = new ArrayDeque<>();
    private final ArrayDeque<Span> spans = new ArrayDeque<>();
    private long sequence;
    private @Nullable RecordingStream recording;
    private boolean closed;

    /** Starts the thread and the recording that fill the store. */
    History() {
        var _ = thread.scheduleAtFixedRate(guarded(this::sample), 0, PERIOD_SECONDS, TimeUnit.SECONDS);
        thread.execute(guarded(this::record));
    }

    /**
     * Wraps a step so that it logs exceptions. The executor would drop a step that throws, so that
     * one unreadable figure would end all others.
     */
    private static Runnable guarded(Runnable step) {
        return () -> {
            try {
                step.run();
            } catch (RuntimeException | Error e) {
                System.getLogger("io.memmap").log(System.Logger.Level.WARNING, "the observer cannot read a figure", e);
            }
        };
    }

    private void sample() {
        MemStats stats = MemStats.read(Detail.HEAPS);
        List<Latency> latencies = new ArrayList<>();
        for (LatencySampler sampler : LatencySampler.all()) {
            LatencyHistogram fresh =
                    sampler.times().since(seen.computeIfAbsent(sampler.name(), first -> new LatencyHistogram()));
            if (fresh.count() != 0) {
                latencies.add(new Latency(
                        sampler.name(), fresh.count(), fresh.percentile(50), fresh.percentile(99), fresh.max()));
            }
        }
        if (periods++ % PROFILE_PERIODS == 0) {
            growthWatch.observe(HeapProfile.take());
        }
        synchronized (this) {
            moments.add(new Moment(
                    ++sequence,
                    stats.timeMillis(),
                    stats.committed(),
                    stats.inUse(),
                    unwritten(stats),
                    stats.growths(),
                    stats.allocations(),
                    latencies));
            if (moments.size() > MOST_MOMENTS) {
                moments.remove();
            }
        }
    }

    /**
     * Begins a recording. Nothing waits for this, because the first recorder of a process takes a
     * second or so to begin.
     */
    private void record() {
        RecordingStream stream = new RecordingStream();
        stream.setMaxAge(WINDOW);
        stream.setMaxSize(RECORDING_BYTES);
        RECORDED.forEach(stream::enable);
        GROWTHS.forEach(name -> {
            stream.enable(name);
            stream.onEvent(name, this::growth);
        });
        stream.enable(PAUSE).withoutThreshold();
        stream.onEvent(PAUSE, this::pause);
        synchronized (this) {
            if (!closed) {
                stream.startAsync();
                recording = stream;
                return;
            }
        }
        stream.close();
    }

    private void growth(RecordedEvent event) {
        Duration took = event.getDuration("took");
        if (took.compareTo(SHORTEST_GROWTH) >= 0) {
            String name = event.getString("map");
            String detail = "heap %d, %,d to %,d buckets, %,d writes moved it in %.3f ms, longest step %.3f ms"
                    .formatted(
                            event.getLong("heap"),
                            event.getLong("fromBuckets"),
                            event.getLong("toBuckets"),
                            event.getLong("writes"),
                            millis(event.getDuration("inside")),
                            millis(event.getDuration("longestStep")));
            boolean shrinks = event.getLong("toBuckets") < event.getLong("fromBuckets");
            add(
                    shrinks ? "shrink" : "growth",
                    name == null || name.isEmpty() ? "map @" + event.getLong("pointer") : name,
                    event.getEndTime().minus(took),
                    took,
                    detail);
        }
    }

    private void pause(RecordedEvent event) {
        add("pause", event.getString("name"), event.getStartTime(), event.getDuration(), "");
    }

    private synchronized void add(String kind, @Nullable String name, Instant start, Duration took, String detail) {
        double startMillis = start.getEpochSecond() * 1e3 + start.getNano() / 1e6;
        spans.add(new Span(++sequence, kind, name == null ? "" : name, startMillis, millis(took), detail));
        if (spans.size() > MOST_SPANS) {
            spans.remove();
        }
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }

    /**
     * Returns the moments and spans that came after this sequence number, and the current sums.
     */
    News after(long known) {
        Totals totals = Totals.of(MemStats.read(Detail.HEAPS));
        List<Rate> rates = LatencySampler.all().stream()
                .map(sampler -> new Rate(sampler.name(), sampler.rate()))
                .toList();
        synchronized (this) {
            return new News(
                    sequence,
                    WINDOW.toMillis(),
                    recording != null,
                    totals,
                    rates,
                    moments.stream().filter(moment -> moment.sequence > known).toList(),
                    spans.stream().filter(span -> span.sequence > known).toList());
        }
    }

    /**
     * Returns the bytes of live blocks that have no backed memory yet. A map that grows takes its new
     * array at once, and the system backs the array as it is written. The result is a lower bound:
     * free memory that is still backed hides as much of it.
     */
    private static long unwritten(MemStats stats) {
        return stats.heaps().stream()
                .filter(heap -> !heap.isReadOnly())
                .mapToLong(heap -> Math.max(0, heap.inUse() - (heap.committed() - heap.metadata())))
                .sum();
    }

    /** Returns the growth of all sites, in the order of {@link GrowthWatch#growths()}. */
    List<GrowthWatch.Growth> growths() {
        return growthWatch.growths();
    }

    /**
     * Writes the recording of the last minutes to a file. Returns false if there is no recording
     * yet.
     */
    boolean dump(Path file) throws IOException {
        RecordingStream stream;
        synchronized (this) {
            stream = recording;
        }
        if (stream == null) {
            return false;
        }
        stream.dump(file);
        return true;
    }

    /** Ends the thread and the recording. Further calls do nothing. */
    @Override
    public void close() {
        thread.shutdown();
        RecordingStream stream;
        synchronized (this) {
            closed = true;
            stream = recording;
            recording = null;
        }
        if (stream != null) { // outside the monitor: close() waits for handlers, which need it
            stream.close();
        }
    }
}
