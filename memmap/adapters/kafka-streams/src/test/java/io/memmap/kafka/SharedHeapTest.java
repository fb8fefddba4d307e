package io.memmap.kafka;

import static io.memmap.kafka.StoreContexts.bytes;
import static io.memmap.kafka.StoreContexts.bytesOf;
import static io.memmap.kafka.StoreContexts.context;
import static io.memmap.kafka.StoreContexts.key;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.HeapExhaustedException;
import io.memmap.observe.MemStats;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.test.InternalMockProcessorContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All stores of an application share a heap. */
class SharedHeapTest {
    private static <S extends StateStore> S open(InternalMockProcessorContext<?, ?> context, S store) {
        store.init(context, store);
        return store;
    }

    private static Map<String, Object> figures(InternalMockProcessorContext<?, ?> context) {
        Map<String, Object> figures = new TreeMap<>();
        context.metrics().metrics().forEach((name, metric) -> {
            if (name.group().equals("stream-memmap-metrics")) {
                assertThat(name.tags()).containsOnlyKeys("client-id");
                figures.put(name.name(), metric.metricValue());
            }
        });
        return figures;
    }

    @Test
    void closingTheStoresGivesAllTheirMemoryBack() {
        int heaps = MemStats.read().heaps().size();
        InternalMockProcessorContext<?, ?> context = context(Map.of("memmap.max.bytes", "33554432"));
        KeyValueStore<Bytes, byte[]> values =
                open(context, MemmapStores.keyValueStore("my-values").get());
        SharedHeap heap = SharedHeap.acquire(context);
        WindowStore<Bytes, byte[]> windows = open(
                context,
                MemmapStores.timeOrderedWindowStore("my-windows", ofMinutes(9), ofMinutes(1), true)
                        .get());
        SessionStore<Bytes, byte[]> sessions = open(
                context, MemmapStores.sessionStore("my-sessions", ofMinutes(9)).get());
        assertThat(MemStats.read().heaps()).hasSize(heaps + 1);
        for (int i = 0; i < 20_000; i++) {
            values.put(key("k" + i), bytes("value " + i));
            windows.put(key("k" + i % 100), bytes("value " + i), i * 50L);
            sessions.put(new Windowed<>(key("k" + i % 100), new SessionWindow(i, i)), bytes("value " + i));
        }
        values.range(key("k1"), key("k2")).close();
        assertThat(bytesOf("my-values")).isGreaterThan(20_000 * 10);
        assertThat(bytesOf("my-windows")).isGreaterThan(5_000 * 10);
        assertThat(bytesOf("my-windows by time")).isGreaterThan(5_000 * 10);
        assertThat(bytesOf("my-sessions")).isGreaterThan(20_000 * 10);
        Map<String, Object> figures = figures(context);
        assertThat(figures)
                .containsOnlyKeys("blocks", "committed-bytes", "in-use-bytes", "longest-free-bytes", "max-bytes")
                .containsEntry("max-bytes", 33554432L)
                .containsEntry("in-use-bytes", heap.heap().stats().inUse());

        sessions.close();
        windows.close();
        values.close();
        assertThat(heap.heap().stats().inUse()).isZero();
        assertThat(figures(context)).containsEntry("in-use-bytes", 0L).containsEntry("blocks", 0L);
        heap.release();
        assertThat(figures(context)).isEmpty();
        assertThat(heap.heap().isAlive()).isFalse();
        assertThat(MemStats.read().heaps()).hasSize(heaps);

        values.init(context, values);
        values.put(key("k"), bytes("v"));
        assertThat(figures(context)).isNotEmpty();
        values.close();
        values.close();
        assertThat(MemStats.read().heaps()).hasSize(heaps);
    }

    @Test
    void applicationsHaveHeapsOfTheirOwn() {
        InternalMockProcessorContext<?, ?> one = context(Map.of("memmap.max.bytes", 4 << 20));
        InternalMockProcessorContext<?, ?> two = context(Map.of("memmap.max.bytes", 8L << 20));
        StateStore ofOne = open(one, MemmapStores.keyValueStore("s").get());
        StateStore ofTwo = open(two, MemmapStores.keyValueStore("s").get());
        assertThat(figures(one)).containsEntry("max-bytes", 4L << 20);
        assertThat(figures(two)).containsEntry("max-bytes", 8L << 20);
        ofOne.close();
        assertThat(figures(one)).isEmpty();
        assertThat(figures(two)).isNotEmpty();
        ofTwo.close();
    }

    @Test
    void aWriteWithoutRoomFailsAndTheStoreLivesOn() {
        InternalMockProcessorContext<?, ?> context = context(Map.of("memmap.max.bytes", 1 << 20));
        KeyValueStore<Bytes, byte[]> values =
                open(context, MemmapStores.keyValueStore("small").get());
        WindowStore<Bytes, byte[]> windows = open(
                context,
                MemmapStores.timeOrderedWindowStore("small-windows", ofMinutes(9), ofMinutes(1), false)
                        .get());
        values.put(key("k"), bytes("v"));
        assertThatExceptionOfType(ProcessorStateException.class)
                .isThrownBy(() -> values.put(key("large"), new byte[2 << 20]))
                .withMessageContaining("Store small has no room")
                .withMessageContaining("1048576 bytes")
                .withMessageContaining("memmap.max.bytes")
                .withCauseInstanceOf(HeapExhaustedException.class);
        assertThatExceptionOfType(ProcessorStateException.class)
                .isThrownBy(() -> windows.put(key("large"), new byte[2 << 20], 1))
                .withMessageContaining("Store small-windows has no room");
        assertThat(windows.all().hasNext()).isFalse();
        assertThat(values.get(key("large"))).isNull();
        assertThat(values.get(key("k"))).isNotNull();
        values.close();
        windows.close();
    }

    @ParameterizedTest
    @CsvSource({
        "memmap.max.bytes, 1000, maxBytes must be 1048576..4398046511104: 1000",
        "memmap.max.bytes, lots, Not a number of type LONG",
        "memmap.pages, big, must be small or huge"
    })
    void aSettingThatIsNotPossibleIsNamed(String key, String value, String why) {
        InternalMockProcessorContext<?, ?> context = context(Map.of(key, value));
        StateStore store = MemmapStores.keyValueStore("s").get();
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> store.init(context, store))
                .withMessageContaining(key)
                .withMessageContaining(value)
                .withMessageContaining(why);
        store.close();
    }

    @Test
    void hugePagesAreASetting() {
        InternalMockProcessorContext<?, ?> context =
                context(Map.of("memmap.max.bytes", 8 << 20, "memmap.pages", "huge"));
        StateStore store = open(context, MemmapStores.keyValueStore("s").get());
        assertThat((Long) figures(context).get("committed-bytes") % (2 << 20)).isZero();
        store.close();
    }
}
