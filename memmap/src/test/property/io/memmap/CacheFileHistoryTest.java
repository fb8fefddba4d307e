package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random histories of a map with limits in a file, in which the process ends again and again. The
 * map has the entries of the model, but for those that its bound has evicted, and all invariants
 * hold.
 */
class CacheFileHistoryTest {
    private static final int KEYS = 120;
    private static final int LIFE = 40;

    enum Action {
        PUT,
        GET,
        REMOVE,
        PUT_MANY,
        REMOVE_MANY,
        WAIT,
        CLEAR,
        CLOSE,
        /** Goes on with a copy of the open file, which is as a killed process leaves it. */
        KILL
    }

    record Step(Action action, int key, int value) {}

    /** An entry of the model. */
    private record Entry(String value, long written) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Action> actions = Arbitraries.frequencyOf(
                Tuple.of(30, Arbitraries.just(Action.PUT)),
                Tuple.of(15, Arbitraries.just(Action.GET)),
                Tuple.of(15, Arbitraries.just(Action.REMOVE)),
                Tuple.of(6, Arbitraries.just(Action.PUT_MANY)),
                Tuple.of(6, Arbitraries.just(Action.REMOVE_MANY)),
                Tuple.of(10, Arbitraries.just(Action.WAIT)),
                Tuple.of(1, Arbitraries.just(Action.CLEAR)),
                Tuple.of(4, Arbitraries.just(Action.CLOSE)),
                Tuple.of(4, Arbitraries.just(Action.KILL)));
        return Combinators.combine(
                        actions,
                        Arbitraries.integers().between(0, KEYS - 1),
                        Arbitraries.integers().between(0, 60))
                .as(Step::new)
                .list()
                .ofMinSize(20)
                .ofMaxSize(60);
    }

    @Property(tries = 40)
    void aMapWithLimitsIsAsItsModelOverRestarts(
            @ForAll("histories") List<Step> steps, @ForAll boolean evicts, @ForAll boolean expires) throws IOException {
        try (TestDirectory directory = TestDirectory.onDisk();
                Run run = new Run(directory.path(), evicts, expires)) {
            for (Step step : steps) {
                run.play(step);
                run.check();
            }
        }
    }

    private static final class Run implements AutoCloseable {
        private final Path directory;
        private final boolean evicts;
        private final boolean expires;
        private final AtomicLong clock = new AtomicLong(1000);
        private final Map<Long, Entry> model = new HashMap<>();
        private Path file;
        private int kills;
        private NativeHeap heap;
        private SyncMap<Long, String> map;

        Run(Path directory, boolean evicts, boolean expires) {
            this.directory = directory;
            this.evicts = evicts;
            this.expires = expires;
            file = directory.resolve("heap");
            heap = openHeap();
            map = openMap();
        }

        private NativeHeap openHeap() {
            return NativeHeap.builder().shared().maxBytes(4 << 20).file(file).open();
        }

        private SyncMap<Long, String> openMap() {
            SyncMapBuilder<Long, String> builder = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .name("cache")
                    .shards(2)
                    .maxEntries(evicts ? 40 : 100_000)
                    .ticker(clock::get);
            return (expires ? builder.expireAfterWrite(Duration.ofNanos(LIFE)) : builder).open();
        }

        void play(Step step) {
            long key = step.key();
            switch (step.action()) {
                case PUT -> put(key, step.value());
                case GET -> assertThat(map.get(key)).isIn(expected(key), evicts ? null : expected(key));
                case REMOVE -> {
                    map.remove(key);
                    model.remove(key);
                }
                case PUT_MANY -> {
                    for (long k = key; k < KEYS; k++) {
                        put(k, step.value());
                    }
                }
                case REMOVE_MANY -> {
                    for (long k = key; k < KEYS; k++) {
                        map.remove(k);
                        model.remove(k);
                    }
                }
                case WAIT -> clock.addAndGet(step.value());
                case CLEAR -> {
                    map.clear();
                    model.clear();
                }
                case CLOSE -> {
                    heap.close();
                    clock.addAndGet(step.value() / 4);
                    reopen(Opening.How.CLEAN);
                }
                case KILL -> kill();
            }
        }

        private void put(long key, int value) {
            String text = key + " " + "v".repeat(value);
            map.put(key, text);
            model.put(key, new Entry(text, clock.get()));
            assertThat(map.get(key)).isEqualTo(text);
        }

        private void kill() {
            Path copy = directory.resolve("killed " + kills++);
            try {
                Files.copy(file, copy);
                heap.close();
                Files.delete(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            file = copy;
            reopen(Opening.How.RECOVERED);
        }

        private void reopen(Opening.How how) {
            heap = openHeap();
            assertThat(heap.opening().how()).isEqualTo(how);
            map = openMap();
        }

        /** Returns the value that a key must have; null if it is absent or has expired. */
        private String expected(long key) {
            Entry entry = model.get(key);
            boolean isOver = entry == null || (expires && clock.get() - entry.written() >= LIFE);
            return isOver ? null : entry.value();
        }

        void check() {
            heap.check();
            map.shards.check();
            int present = 0;
            for (long key = 0; key < KEYS; key++) {
                if (map.containsKey(key)) {
                    present++;
                    assertThat(expected(key))
                            .as("the model's value of key %d", key)
                            .isNotNull();
                } else if (!evicts) {
                    assertThat(expected(key))
                            .as("the model's value of key %d", key)
                            .isNull();
                }
            }
            if (evicts) {
                assertThat(map.mappingCount()).isLessThanOrEqualTo(40);
            }
            int produced = 0;
            for (long ignored : map.keySet()) {
                produced++;
            }
            assertThat(produced).isEqualTo(present);
        }

        @Override
        public void close() {
            heap.close();
        }
    }
}
