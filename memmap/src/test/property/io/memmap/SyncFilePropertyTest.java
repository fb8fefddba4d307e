package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;

/**
 * Random histories of maps for many threads in a file, which is closed and opened, or left open and
 * copied, as if its process had been killed. The maps agree with their models all the time.
 */
@Tag("slow")
class SyncFilePropertyTest {
    private static final StructLayout POINT =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"), ValueLayout.JAVA_LONG.withName("y"));
    private static final int KEYS = 40;

    enum Action {
        PUT,
        REMOVE,
        COMPUTE,
        PUT_MANY,
        REMOVE_MANY,
        CLEAR,
        REMOVE_MAP,
        SORT,
        CLOSE,
        KILL
    }

    record Step(Action action, int key, int value) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(20, Action.PUT),
                Tuple.of(10, Action.REMOVE),
                Tuple.of(10, Action.COMPUTE),
                Tuple.of(2, Action.PUT_MANY),
                Tuple.of(2, Action.REMOVE_MANY),
                Tuple.of(1, Action.CLEAR),
                Tuple.of(1, Action.REMOVE_MAP),
                Tuple.of(1, Action.SORT),
                Tuple.of(2, Action.CLOSE),
                Tuple.of(2, Action.KILL));
        return Combinators.combine(
                        actions,
                        Arbitraries.integers().between(0, KEYS - 1),
                        Arbitraries.integers().between(0, 1_000))
                .as(Step::new)
                .list()
                .ofMinSize(50)
                .ofMaxSize(150);
    }

    @Property(tries = 20)
    void mapsInAFileAgreeWithTheirModels(@ForAll("histories") List<Step> history) throws IOException {
        try (TestDirectory directory = TestDirectory.onDisk();
                Maps maps = new Maps(directory.path())) {
            for (Step step : history) {
                maps.play(step);
            }
            maps.verify();
        }
    }

    /** Three maps with the same entries, and their model. */
    private static final class Maps implements AutoCloseable {
        private final Path file;
        private final Path copy;
        private final Map<Long, Long> model = new HashMap<>();
        private NativeHeap heap;
        private SyncLongLongMap longs;
        private SyncMap<String, String> texts;
        private SyncLongStructMap points;

        Maps(Path directory) {
            file = directory.resolve("heap");
            copy = directory.resolve("copy");
            openHeap();
            openMaps();
        }

        private void openHeap() {
            heap = NativeHeap.builder().shared().maxBytes(2 << 20).file(file).open();
        }

        private void openMaps() {
            longs = SyncLongLongMap.open(heap, "longs", 0, 2);
            texts = SyncMap.builder(heap, Type.UTF8, Type.UTF8)
                    .name("texts")
                    .shards(4)
                    .open();
            points = SyncLongStructMap.builder(heap, POINT)
                    .name("points")
                    .shards(2)
                    .open();
        }

        void play(Step step) throws IOException {
            long key = step.key;
            switch (step.action) {
                case PUT -> put(key, step.value);
                case REMOVE -> remove(key);
                case COMPUTE -> {
                    longs.merge(key, step.value, Long::sum);
                    long value = model.merge(key, (long) step.value, Long::sum);
                    texts.compute(text(key), (k, v) -> text(value));
                    points.ref().updateOrAdd(key, point -> point.copyFrom(point(value)));
                }
                case PUT_MANY -> {
                    for (int i = 0; i < 150; i++) {
                        put(KEYS + i, step.value);
                    }
                }
                case REMOVE_MANY -> {
                    for (int i = 0; i < 150; i++) {
                        remove(KEYS + i);
                    }
                }
                case CLEAR -> {
                    longs.clear();
                    texts.clear();
                    points.clear();
                    model.clear();
                }
                case REMOVE_MAP -> {
                    assertThat(heap.remove("longs")).isTrue();
                    openMaps();
                    assertThat(longs.size()).isZero();
                    model.forEach((k, v) -> longs.put(k, v));
                }
                case SORT -> assertThat(texts.ordered()).hasSize(model.size());
                case CLOSE -> {
                    heap.close();
                    openHeap();
                    assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
                    openMaps();
                    verify();
                }
                case KILL -> {
                    Files.copy(file, copy);
                    heap.close();
                    Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
                    openHeap();
                    assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
                    openMaps();
                    verify();
                }
            }
        }

        private static String text(long number) {
            return "t".repeat((int) (number % 60)) + number;
        }

        private static MemorySegment point(long value) {
            return MemorySegment.ofArray(new long[] {value, -value});
        }

        private void put(long key, long value) {
            longs.put(key, value);
            texts.put(text(key), text(value));
            points.put(key, point(value));
            model.put(key, value);
        }

        private void remove(long key) {
            longs.remove(key);
            texts.remove(text(key));
            points.remove(key);
            model.remove(key);
        }

        void verify() {
            heap.check();
            longs.check();
            texts.check();
            points.check();
            assertThat(longs.asMap()).isEqualTo(model);
            assertThat(texts).hasSize(model.size());
            assertThat(points.size()).isEqualTo(model.size());
            long[] point = new long[2];
            model.forEach((key, value) -> {
                assertThat(texts.get(text(key))).isEqualTo(text(value));
                assertThat(points.get(key, MemorySegment.ofArray(point))).isTrue();
                assertThat(point).containsExactly(value, -value);
            });
            assertThat(heap.maps().values())
                    .allSatisfy(map -> assertThat(map.size()).isEqualTo(model.size()));
        }

        @Override
        public void close() {
            try {
                heap.close();
                Files.deleteIfExists(copy);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
