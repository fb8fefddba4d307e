package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.telemetry.events.AllocationSample;
import io.memmap.telemetry.events.HeapClosed;
import io.memmap.telemetry.events.HeapExhausted;
import io.memmap.telemetry.events.HeapFileOpened;
import io.memmap.telemetry.events.HeapOpened;
import io.memmap.telemetry.events.HeapSnapshot;
import io.memmap.telemetry.events.Leak;
import io.memmap.telemetry.events.MapGrowthBegun;
import io.memmap.telemetry.events.MapGrowthEnded;
import io.memmap.telemetry.events.MapShrunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlightEventsTest {
    @TempDir
    private Path directory;

    /** Returns the events in the order of their ends. A recording does not keep this order. */
    private List<RecordedEvent> recorded(Runnable action) throws IOException {
        try (Recording recording = new Recording()) {
            recording.start();
            action.run();
            recording.stop();
            Path file = directory.resolve("events.jfr");
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().startsWith("io.memmap."))
                    .sorted(Comparator.comparing(RecordedEvent::getEndTime))
                    .toList();
        }
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, Class<? extends Event> type) {
        String name = EventType.getEventType(type).getName();
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    private static void fill(LongLongMap map, long entries) {
        for (long key = 0; key < entries; key++) {
            map.put(key, key);
        }
    }

    @Test
    void openingAndClosingAHeapAreTwoEvents() throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).open()) {
                heap.allocate(1000);
            }
        });
        RecordedEvent opened = of(events, HeapOpened.class).getFirst();
        assertThat(opened.getLong("reserved")).isGreaterThanOrEqualTo(1 << 20);
        assertThat(opened.getBoolean("confined")).isTrue();
        RecordedEvent closed = of(events, HeapClosed.class).getFirst();
        assertThat(closed.getLong("heap")).isEqualTo(opened.getLong("heap"));
        assertThat(closed.getLong("inUse")).isEqualTo(1024);
        assertThat(closed.getLong("committed")).isPositive();
        assertThat(closed.getDuration("age")).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void everyGrowthHasAStartAndAnEndEvent(Geometry geometry) throws IOException {
        MapStats[] stats = new MapStats[1];
        long[] bucketBytes = new long[1];
        List<RecordedEvent> events = recorded(() -> {
            try (NativeHeap heap = NativeHeap.ofConfined()) {
                LongLongMap map = LongLongMap.builder(heap)
                        .geometry(geometry)
                        .name("orders")
                        .make();
                bucketBytes[0] = map.bucketBytes;
                fill(map, 10_000);
                while (map.stats().growing()) {
                    map.put(0, 0);
                }
                stats[0] = map.stats();
            }
        });
        List<RecordedEvent> begun = of(events, MapGrowthBegun.class);
        List<RecordedEvent> ended = of(events, MapGrowthEnded.class);
        assertThat(begun).hasSize((int) (stats[0].doublings() + stats[0].sameSizeGrowths()));
        assertThat(ended).hasSameSizeAs(begun);
        for (int i = 0; i < ended.size(); i++) {
            RecordedEvent event = ended.get(i);
            long from = event.getLong("fromBuckets");
            assertThat(event.getLong("toBuckets")).isIn(from, 2 * from);
            assertThat(begun.get(i).getLong("fromBuckets")).isEqualTo(from);
            assertThat(begun.get(i).getLong("entries")).isPositive();
            assertThat(event.getString("map")).isEqualTo("orders");
            if (geometry == Geometry.PAGE) {
                assertThat(event.getLong("writes"))
                        .as("number of writes, each of which splits a page, or moves all entries")
                        .isEqualTo(Math.max(1, from >> BucketLayout.PAGE_B));
            } else {
                assertThat(event.getLong("writes"))
                        .as("number of writes, each of which moves at most two units")
                        .isBetween((from + 1) / 2, from);
            }
            assertThat(event.getLong("inside")).isBetween(event.getLong("longestStep"), event.getLong("took"));
            assertThat(event.getLong("arrayBytes")).isGreaterThanOrEqualTo(bucketBytes[0] * event.getLong("toBuckets"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aShrinkingMapRecordsAnEvent(Geometry geometry) throws IOException {
        long[] shrinks = new long[1];
        List<RecordedEvent> events = recorded(() -> {
            try (NativeHeap heap = NativeHeap.ofConfined()) {
                LongLongMap map = LongLongMap.builder(heap).geometry(geometry).make();
                fill(map, 10_000);
                for (long key = 0; key < 10_000; key++) {
                    map.remove(key);
                }
                shrinks[0] = map.stats().shrinks() - (map.stats().growing() ? 1 : 0);
            }
        });
        assertThat(shrinks[0]).isPositive();
        assertThat(of(events, MapShrunk.class))
                .hasSize((int) shrinks[0])
                .allSatisfy(
                        event -> assertThat(event.getLong("toBuckets")).isEqualTo(event.getLong("fromBuckets") / 2));
    }

    @ParameterizedTest
    @EnumSource
    void aRebuildIsRecordedAsOneStep(Geometry geometry) throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (NativeHeap heap = NativeHeap.ofConfined()) {
                LongLongMap map =
                        LongLongMap.builder(heap).geometry(geometry).hint(100).make();
                fill(map, 100);
                map.reserve(100_000);
            }
        });
        assertThat(of(events, MapGrowthEnded.class)).singleElement().satisfies(event -> {
            assertThat(event.getLong("writes")).isEqualTo(1);
            assertThat(event.getLong("toBuckets")).isGreaterThan(16 * event.getLong("fromBuckets"));
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAbandonedGrowthHasNoEndEventAndIsForgotten(boolean free) throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (NativeHeap heap = NativeHeap.ofConfined()) {
                LongLongMap map = growing(heap);
                assertThat(heap.growthTraces().of(map.pointer())).isNotNull();
                long pointer = map.pointer();
                if (free) {
                    map.free();
                } else {
                    map.clear();
                }
                assertThat(heap.growthTraces().of(pointer)).isNull();
            }
        });
        assertThat(of(events, MapGrowthEnded.class))
                .hasSize(of(events, MapGrowthBegun.class).size() - 1);
    }

    @Test
    void nothingIsTracedWithoutARecording() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            assertThat(heap.growthTraces().of(growing(heap).pointer())).isNull();
        }
    }

    private static LongLongMap growing(NativeHeap heap) {
        LongLongMap map = LongLongMap.make(heap);
        for (long key = 0; key < 1000 || !map.stats().growing(); key++) {
            map.put(key, key);
        }
        return map;
    }

    @Test
    void anExhaustionEventStatesTheRequest() throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).open()) {
                assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> heap.allocate(5_000_000));
            }
        });
        assertThat(of(events, HeapExhausted.class)).singleElement().satisfies(event -> {
            assertThat(event.getLong("asked")).isEqualTo(5_000_000);
            assertThat(event.getLong("reserved")).isEqualTo(1 << 20);
        });
    }

    private List<RecordedEvent> recordedOpening(Path file) throws IOException {
        return of(recorded(() -> NativeHeap.builder().file(file).open().close()), HeapFileOpened.class);
    }

    @Test
    void anEventStatesHowAFileWasOpenedAndWhatTheRepairHasDone() throws IOException {
        Path file = directory.resolve("heap");
        Path copy = directory.resolve("copy");
        try (NativeHeap heap = NativeHeap.builder().maxBytes(8 << 20).file(file).open()) {
            LongLongMap.open(heap, "hits").put(404, 1);
            heap.tryAllocate(100, BlockKind.ENTRY); // no map refers to it
            Files.copy(file, copy); // as the file of a process that ends here
        }
        assertThat(recordedOpening(file)).singleElement().satisfies(event -> {
            assertThat(event.getString("opening")).isEqualTo("CLEAN");
            assertThat(event.getLong("generation")).isEqualTo(2);
            assertThat(event.getLong("freedBlocks")).isZero();
        });
        assertThat(recordedOpening(copy)).singleElement().satisfies(event -> {
            assertThat(event.getString("path")).isEqualTo(copy.toRealPath().toString());
            assertThat(event.getString("opening")).isEqualTo("RECOVERED");
            assertThat(event.getLong("freedBlocks")).isEqualTo(1);
            assertThat(event.getDuration("took")).isPositive();
            assertThat(event.getStackTrace()).isNotNull();
        });
    }

    @Test
    void anEventStatesASnapshotOrWhyItFailed() throws IOException {
        Path file = directory.resolve("snapshot");
        Path noHeap = Files.writeString(directory.resolve("text"), "a file that is no heap");
        List<RecordedEvent> events = of(
                recorded(() -> {
                    try (NativeHeap heap =
                            NativeHeap.builder().maxBytes(8 << 20).open()) {
                        LongLongMap.open(heap, "hits").put(404, 1);
                        heap.snapshot(file, Snapshot.Consistency.ALL_AT_ONCE);
                        assertThatExceptionOfType(HeapFileException.class).isThrownBy(() -> heap.snapshot(noHeap));
                    }
                }),
                HeapSnapshot.class);
        assertThat(events).hasSize(2);
        assertThat(events.getFirst().getString("path")).isEqualTo(file.toString());
        assertThat(events.getFirst().getString("failure")).isEmpty();
        assertThat(events.getFirst().getBoolean("allAtOnce")).isTrue();
        assertThat(events.getFirst().getInt("maps")).isEqualTo(1);
        assertThat(events.getFirst().getLong("bytes")).isEqualTo(Files.size(file));
        assertThat(events.getLast().getString("path")).isEqualTo(noHeap.toString());
        assertThat(events.getLast().getString("failure")).contains("is not a heap");
    }

    /**
     * Tools show fields with labels and units: every field has a label, and every amount has a
     * unit.
     */
    @ParameterizedTest
    @ValueSource(
            classes = {
                HeapOpened.class,
                HeapClosed.class,
                HeapExhausted.class,
                HeapFileOpened.class,
                HeapSnapshot.class,
                MapGrowthBegun.class,
                MapGrowthEnded.class,
                MapShrunk.class,
                AllocationSample.class,
                Leak.class
            })
    void everyEventFieldHasALabelAndEveryAmountAUnit(Class<? extends Event> type) {
        EventType event = EventType.getEventType(type);
        assertThat(event.getName()).isEqualTo("io.memmap." + type.getSimpleName());
        assertThat(event.getCategoryNames()).containsExactly("memmap");
        assertThat(event.getLabel()).isNotBlank();
        assertThat(event.getDescription()).isNotBlank();
        for (ValueDescriptor field : event.getFields()) {
            assertThat(field.getLabel()).as(field.getName()).isNotBlank();
            if (field.getName().matches("reserved|committed|inUse|asked|bytes|weight|arrayBytes")) {
                assertThat(field.getContentType()).as(field.getName()).isEqualTo("jdk.jfr.DataAmount");
            }
            if (field.getName().matches("age|inside|longestStep|took")) {
                assertThat(field.getContentType()).as(field.getName()).isEqualTo("jdk.jfr.Timespan");
            }
        }
    }
}
