package io.memmap.kafka;

import static io.memmap.kafka.StoreContexts.context;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.test.InternalMockProcessorContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations have the results of a TreeMap, with the record cache of Kafka and without it, while
 * another thread queries. The cache is small, so that it merges its own entries with those of the
 * store. In descending order Kafka's cache produces entries that have been removed, with a null value,
 * so these tests use it in ascending order.
 */
class StoreModelTest {
    private static final int STEPS = 1_000;
    private final Random random = new Random(42);
    private final InternalMockProcessorContext<?, ?> context = context(Map.of());
    private final AtomicBoolean done = new AtomicBoolean();

    private <S extends StateStore> S open(StoreBuilder<S> builder, boolean cached) {
        S store = (cached ? builder.withCachingEnabled() : builder.withCachingDisabled())
                .withLoggingDisabled()
                .build();
        context.setRecordContext(new ProcessorRecordContext(0, 0, 0, "topic", new RecordHeaders()));
        store.init(context, store);
        return store;
    }

    /** Runs the steps, and the queries in another thread until they end. */
    private void beside(Runnable query, Runnable steps) throws Exception {
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<?> queries = other.submit(() -> {
                while (!done.get()) {
                    query.run();
                }
            });
            try {
                steps.run();
            } finally {
                done.set(true);
            }
            queries.get();
        }
    }

    /**
     * Returns a key of a few bytes, of which one is often the beginning of another. Kafka's record cache
     * misses some keys in ranges of keys with bytes of 0.
     */
    private Bytes key(boolean cached) {
        byte[] key = new byte[random.nextInt(4)];
        for (int i = 0; i < key.length; i++) {
            key[i] = new byte[] {1, 'a', -1, 0}[random.nextInt(cached ? 3 : 4)];
        }
        return Bytes.wrap(key);
    }

    private byte[] value() {
        byte[] value = new byte[random.nextInt(40)];
        random.nextBytes(value);
        return value;
    }

    private static <K> List<KeyValue<K, String>> drain(KeyValueIterator<K, byte[]> iterator) {
        try (iterator) {
            List<KeyValue<K, String>> entries = new ArrayList<>();
            while (iterator.hasNext()) {
                K key = iterator.peekNextKey();
                KeyValue<K, byte[]> entry = iterator.next();
                assertThat(entry.key).isEqualTo(key);
                entries.add(KeyValue.pair(entry.key, Arrays.toString(Objects.requireNonNull(entry.value))));
            }
            return entries;
        }
    }

    private static <K> List<KeyValue<K, String>> entries(Map<K, byte[]> map) {
        List<KeyValue<K, String>> entries = new ArrayList<>();
        map.forEach((key, value) -> entries.add(KeyValue.pair(key, Arrays.toString(value))));
        return entries;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKeyValueStoreEqualsATreeMap(boolean cached) throws Exception {
        KeyValueStore<Bytes, byte[]> store = open(
                Stores.keyValueStoreBuilder(
                        MemmapStores.keyValueStore("model-values"), Serdes.Bytes(), Serdes.ByteArray()),
                cached);
        NavigableMap<Bytes, byte[]> model = new TreeMap<>();
        beside(
                () -> assertThat(drain(store.all()))
                        .extracting(entry -> entry.key)
                        .isSorted(),
                () -> {
                    for (int i = 0; i < STEPS; i++) {
                        keyValueStep(store, model, cached);
                    }
                });
        assertThat(drain(store.all())).isEqualTo(entries(model));
        store.close();
    }

    private void keyValueStep(KeyValueStore<Bytes, byte[]> store, NavigableMap<Bytes, byte[]> model, boolean cached) {
        Bytes key = key(cached);
        byte[] value = value();
        Bytes from = random.nextInt(5) == 0 ? null : key;
        Bytes to = random.nextInt(5) == 0 ? null : key(cached);
        NavigableMap<Bytes, byte[]> range = from == null ? model : model.tailMap(from, true);
        boolean invalid = from != null && to != null && from.compareTo(to) > 0;
        range = to == null || invalid ? range : range.headMap(to, true);
        switch (random.nextInt(cached ? 10 : 12)) {
            case 0, 1, 2 -> {
                store.put(key, value);
                model.put(key, value);
            }
            case 3 -> assertThat(store.delete(key)).isEqualTo(model.remove(key));
            case 4 -> {
                store.put(key, null);
                model.remove(key);
            }
            case 5 -> assertThat(store.putIfAbsent(key, value)).isEqualTo(model.putIfAbsent(key, value));
            case 6 -> {
                Bytes other = key(cached);
                store.putAll(List.of(KeyValue.pair(key, value), KeyValue.pair(other, null)));
                model.put(key, value);
                model.remove(other);
            }
            case 7 -> assertThat(store.get(key)).isEqualTo(model.get(key));
            case 8 -> assertThat(drain(store.range(from, to))).isEqualTo(invalid ? List.of() : entries(range));
            case 9 -> {
                NavigableMap<Bytes, byte[]> prefixed = new TreeMap<>(model);
                prefixed.keySet().removeIf(any -> !beginsWith(any.get(), key.get()));
                // Kafka's record cache refuses to look for what is after a prefix of largest bytes.
                if (!cached || new String(key.get(), ISO_8859_1).matches(".*[^\\xFF].*")) {
                    assertThat(drain(store.prefixScan(key, new BytesSerializer())))
                            .isEqualTo(entries(prefixed));
                }
            }
            case 10 ->
                assertThat(drain(store.reverseRange(from, to)))
                        .isEqualTo(invalid ? List.of() : entries(range.descendingMap()));
            default -> assertThat(drain(store.reverseAll())).isEqualTo(entries(model.descendingMap()));
        }
    }

    private static boolean beginsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** A key and a time, in the order of a time-ordered store. */
    private record At(long time, Bytes key) implements Comparable<At> {
        @Override
        public int compareTo(At other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Arrays.compareUnsigned(bytes(), other.bytes());
        }

        private byte[] bytes() {
            return KeyFormat.WINDOW.bytes(key, time, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void aWindowStoreEqualsATreeMap(boolean timeOrdered, boolean cached) throws Exception {
        long retention = 100_000;
        WindowStore<Bytes, byte[]> store = open(
                Stores.windowStoreBuilder(
                        timeOrdered
                                ? MemmapStores.timeOrderedWindowStore(
                                        "model-windows", ofMillis(retention), ofMillis(5), false)
                                : MemmapStores.windowStore("model-windows", ofMillis(retention), ofMillis(5), false),
                        Serdes.Bytes(),
                        Serdes.ByteArray()),
                cached);
        NavigableMap<At, byte[]> model = new TreeMap<>();
        // The cache keeps entries that have expired, so there is no expiry with it.
        AtomicLong streamTime = new AtomicLong(200_000);
        beside(() -> drain(store.fetch(Bytes.wrap(new byte[] {1}), 0, Long.MAX_VALUE)), () -> {
            store.put(Bytes.wrap(new byte[0]), new byte[0], streamTime.get());
            model.put(new At(streamTime.get(), Bytes.wrap(new byte[0])), new byte[0]);
            for (int i = 0; i < STEPS; i++) {
                windowStep(store, model, streamTime, timeOrdered, cached);
                long live = streamTime.get() - retention + (timeOrdered ? 0 : 1);
                model.keySet().removeIf(at -> at.time < live);
            }
        });
        store.close();
    }

    private void windowStep(
            WindowStore<Bytes, byte[]> store,
            NavigableMap<At, byte[]> model,
            AtomicLong streamTime,
            boolean ordered,
            boolean cached) {
        Bytes key = key(cached);
        byte[] value = random.nextInt(4) == 0 ? null : value();
        long now = streamTime.get();
        long time = now - 7L * random.nextInt(13_000);
        long from = now - random.nextInt(100_000);
        long to = random.nextInt(5) == 0 ? Long.MAX_VALUE : from + random.nextInt(40_000);
        boolean forward = cached || random.nextBoolean();
        Bytes fromKey = random.nextInt(5) == 0 ? null : key;
        Bytes toKey = random.nextInt(5) == 0 ? null : key(cached);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                store.put(key, value, time);
                if (value == null) {
                    model.remove(new At(time, key));
                } else {
                    model.put(new At(time, key), value);
                }
                if (!cached) {
                    byte[] last = value();
                    long later = streamTime.addAndGet(random.nextInt(60));
                    store.put(key, last, later);
                    model.put(new At(later, key), last);
                }
            }
            case 3 -> assertThat(store.fetch(key, time)).isEqualTo(model.get(new At(time, key)));
            case 4 -> {
                Map<Long, byte[]> expected = new TreeMap<>();
                model.forEach((at, bytes) -> {
                    if (at.key.equals(key) && at.time >= from && at.time <= to) {
                        expected.put(at.time, bytes);
                    }
                });
                assertThat(drain(forward ? store.fetch(key, from, to) : store.backwardFetch(key, from, to)))
                        .isEqualTo(reversed(entries(expected), !forward));
            }
            case 5 -> {
                List<KeyValue<At, String>> expected = select(
                        model,
                        at -> at.time >= from
                                && at.time <= to
                                && (fromKey == null || at.key.compareTo(fromKey) >= 0)
                                && (toKey == null || at.key.compareTo(toKey) <= 0));
                check(
                        forward ? store.fetch(fromKey, toKey, from, to) : store.backwardFetch(fromKey, toKey, from, to),
                        expected,
                        forward,
                        ordered && !Objects.equals(fromKey, toKey));
            }
            case 6 ->
                check(
                        forward ? store.fetchAll(from, to) : store.backwardFetchAll(from, to),
                        select(model, at -> at.time >= from && at.time <= to),
                        forward,
                        ordered);
            default -> check(forward ? store.all() : store.backwardAll(), select(model, any -> true), forward, ordered);
        }
    }

    private static List<KeyValue<At, String>> select(NavigableMap<At, byte[]> model, Predicate<At> wanted) {
        NavigableMap<At, byte[]> selected = new TreeMap<>(model);
        selected.keySet().removeIf(wanted.negate());
        return entries(selected);
    }

    private static <T> List<T> reversed(List<T> list, boolean reversed) {
        return reversed ? list.reversed() : list;
    }

    /** Compares the entries; their order too, if the store is ordered as the model is. */
    private static void check(
            KeyValueIterator<Windowed<Bytes>, byte[]> found,
            List<KeyValue<At, String>> expected,
            boolean forward,
            boolean ordered) {
        List<KeyValue<At, String>> actual = new ArrayList<>();
        for (KeyValue<Windowed<Bytes>, String> entry : drain(found)) {
            actual.add(KeyValue.pair(new At(entry.key.window().start(), entry.key.key()), entry.value));
        }
        if (ordered) {
            assertThat(actual).isEqualTo(reversed(expected, !forward));
        } else {
            assertThat(actual).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false"})
    void aSessionStoreEqualsATreeMap(boolean timeOrdered, boolean cached) throws Exception {
        SessionStore<Bytes, byte[]> store = open(
                Stores.sessionStoreBuilder(
                        timeOrdered
                                ? MemmapStores.timeOrderedSessionStore("model-sessions", ofSeconds(100))
                                : MemmapStores.sessionStore("model-sessions", ofSeconds(100)),
                        Serdes.Bytes(),
                        Serdes.ByteArray()),
                cached);
        Map<Windowed<Bytes>, byte[]> model = new HashMap<>();
        beside(() -> drain(store.fetch(Bytes.wrap(new byte[] {1}))), () -> {
            for (int i = 0; i < STEPS; i++) {
                sessionStep(store, model, cached);
            }
        });
        store.close();
    }

    private void sessionStep(SessionStore<Bytes, byte[]> store, Map<Windowed<Bytes>, byte[]> model, boolean cached) {
        Bytes key = key(cached);
        long[] times = LongStream.of(50L * random.nextInt(1_800), 50L * random.nextInt(1_800))
                .sorted()
                .toArray();
        Windowed<Bytes> session = new Windowed<>(key, new SessionWindow(times[0], times[1]));
        byte[] value = random.nextInt(5) == 0 ? null : value();
        boolean forward = cached || random.nextBoolean();
        switch (random.nextInt(7)) {
            case 0, 1, 2 -> {
                store.put(session, value);
                if (value == null) {
                    model.remove(session);
                } else {
                    model.put(session, value);
                }
            }
            case 3 -> {
                store.remove(session);
                model.remove(session);
            }
            case 4 -> assertThat(store.fetchSession(key, times[0], times[1])).isEqualTo(model.get(session));
            case 5 -> {
                Bytes to = random.nextBoolean() ? key : Collections.max(List.of(key, key(cached)));
                Map<Windowed<Bytes>, byte[]> expected = new HashMap<>(model);
                expected.keySet()
                        .removeIf(any -> any.key().compareTo(key) < 0
                                || any.key().compareTo(to) > 0
                                || any.window().end() < times[0]
                                || any.window().start() > times[1]);
                assertThat(drain(
                                forward
                                        ? store.findSessions(key, to, times[0], times[1])
                                        : store.backwardFindSessions(key, to, times[0], times[1])))
                        .containsExactlyInAnyOrderElementsOf(entries(expected));
            }
            default -> {
                if (!cached) { // which Kafka's cache does not offer
                    Map<Windowed<Bytes>, byte[]> expected = new HashMap<>(model);
                    expected.keySet()
                            .removeIf(any -> any.window().end() < times[0]
                                    || any.window().end() > times[1]);
                    assertThat(drain(store.findSessions(times[0], times[1])))
                            .containsExactlyInAnyOrderElementsOf(entries(expected));
                }
            }
        }
    }
}
