package io.memmap.kafka;

import static io.memmap.kafka.StoreContexts.bytes;
import static io.memmap.kafka.StoreContexts.context;
import static io.memmap.kafka.StoreContexts.key;
import static io.memmap.kafka.StoreContexts.list;
import static io.memmap.kafka.StoreContexts.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.RangeQuery;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.PositionSerde;
import org.apache.kafka.test.InternalMockProcessorContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a key-value store promises beside that which Kafka's tests of all stores check. */
class KeyValueStoreTest {
    private InternalMockProcessorContext<?, ?> context;
    private KeyValueStore<Bytes, byte[]> store;

    @BeforeEach
    void open() {
        context = context(Map.of());
        store = MemmapStores.keyValueStore("store").get();
        store.init(context, store);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void put(String... keys) {
        for (String key : keys) {
            store.put(key(key), bytes("of " + key));
        }
    }

    private List<String> prefixed(String prefix) {
        return keys(store.prefixScan(prefix, new StringSerializer()));
    }

    private static List<String> keys(KeyValueIterator<Bytes, byte[]> iterator) {
        return list(iterator).stream()
                .map(entry -> entry.substring(0, entry.indexOf('=')))
                .toList();
    }

    @Test
    void aPrefixFindsTheKeysThatBeginWithItInTheirOrder() {
        put("b", "ab", "a", "abc", "ac", "");
        assertThat(prefixed("ab")).containsExactly("ab", "abc");
        assertThat(prefixed("")).containsExactly("", "a", "ab", "abc", "ac", "b");
        assertThat(prefixed("bb")).isEmpty();
        assertThatExceptionOfType(NullPointerException.class).isThrownBy(() -> store.prefixScan("bb", null));
    }

    @Test
    void aPrefixOfLargestBytesFindsTheLastKeys() {
        byte[] last = {-1, -1, 7};
        store.put(Bytes.wrap(last), bytes("x"));
        store.put(Bytes.wrap(new byte[] {-1}), bytes("y"));
        store.put(Bytes.wrap(new byte[] {5, -1, 1}), bytes("z"));
        assertThat(keys(store.prefixScan(new byte[] {-1, -1}, new ByteArraySerializer())))
                .containsExactly(Bytes.wrap(last).toString());
        assertThat(keys(store.prefixScan(new byte[] {5, -1}, new ByteArraySerializer())))
                .hasSize(1);
        assertThat(keys(store.prefixScan(new byte[] {-1}, new ByteArraySerializer())))
                .hasSize(2);
    }

    @Test
    void anIteratorLeavesOutWhatItsThreadHasRemoved() {
        put("a", "b", "c");
        try (KeyValueIterator<Bytes, byte[]> iterator = store.all()) {
            assertThat(iterator.hasNext()).isTrue();
            assertThat(iterator.peekNextKey()).isEqualTo(key("a")).isEqualTo(iterator.peekNextKey());
            store.delete(key("a"));
            assertThat(iterator.peekNextKey()).isEqualTo(key("b"));
            assertThat(iterator.next().key).isEqualTo(key("b"));
            store.put(key("c"), null);
            assertThat(iterator.hasNext()).isFalse();
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(iterator::peekNextKey);
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(iterator::next);
        }
    }

    @Test
    void anIteratorKeepsThePromiseOfHasNextWhenAnotherThreadRemoves() throws Exception {
        put("a");
        try (KeyValueIterator<Bytes, byte[]> iterator = store.all();
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            assertThat(iterator.hasNext()).isTrue();
            other.submit(() -> store.delete(key("a"))).get();
            assertThat(iterator.peekNextKey()).isEqualTo(key("a"));
            KeyValue<Bytes, byte[]> next = iterator.next();
            assertThat(text(next.value)).isEqualTo("of a");
            assertThat(iterator.hasNext()).isFalse();
        }
    }

    @Test
    void anIteratorOfNothingHasNoNext() {
        try (KeyValueIterator<Bytes, byte[]> iterator = store.all()) {
            assertThat(iterator.hasNext()).isFalse();
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(iterator::next);
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(iterator::peekNextKey);
        }
    }

    @Test
    void aClosedIteratorThrows() {
        put("a");
        KeyValueIterator<Bytes, byte[]> iterator = store.all();
        assertThat(iterator.hasNext()).isTrue();
        iterator.close();
        assertThatIllegalStateException().isThrownBy(iterator::hasNext).withMessageContaining("store");
        assertThatIllegalStateException().isThrownBy(iterator::next);
        assertThatIllegalStateException().isThrownBy(iterator::peekNextKey);
    }

    @Test
    void aClosedStoreSaysSo() {
        put("a", "b");
        KeyValueIterator<Bytes, byte[]> iterator = store.all();
        iterator.next();
        store.close();
        assertThat(store.isOpen()).isFalse();
        assertThatExceptionOfType(InvalidStateStoreException.class).isThrownBy(iterator::hasNext);
        assertThatExceptionOfType(InvalidStateStoreException.class)
                .isThrownBy(() -> store.get(key("a")))
                .withMessageContaining("store is closed");
        assertThatExceptionOfType(InvalidStateStoreException.class).isThrownBy(() -> store.all());
        store.close();
        store.init(context, store);
        assertThat(store.get(key("a"))).isNull();
    }

    @Test
    void aPutOfNullRemoves() {
        put("a");
        store.putAll(List.of(
                KeyValue.pair(key("b"), bytes("1")),
                KeyValue.pair(key("a"), null),
                KeyValue.pair(key("b"), bytes("2"))));
        assertThat(list(store.all())).containsExactly("b=2");
        assertThat(store.putIfAbsent(key("c"), null)).isNull();
        assertThat(text(store.putIfAbsent(key("b"), null))).isEqualTo("2");
        assertThat(store.approximateNumEntries()).isEqualTo(1);
    }

    @Test
    void thePositionIsThatOfTheLastRecordWritten() {
        for (int offset = 1; offset <= 3; offset++) {
            context.setRecordContext(new ProcessorRecordContext(0, offset, 7, "topic", new RecordHeaders()));
            put("a" + offset);
        }
        assertThat(store.getPosition()).isEqualTo(Position.fromMap(Map.of("topic", Map.of(7, 3L))));
    }

    @Test
    void aBatchIsRestoredInItsOrder() {
        List<KeyValue<byte[], byte[]>> changes = new ArrayList<>();
        changes.add(KeyValue.pair(bytes("a"), bytes("1")));
        changes.add(KeyValue.pair(bytes("a"), bytes("2")));
        changes.add(KeyValue.pair(bytes("b"), bytes("1")));
        changes.add(KeyValue.pair(bytes("b"), null));
        changes.add(KeyValue.pair(bytes("c"), null));
        changes.add(KeyValue.pair(bytes("d"), null));
        changes.add(KeyValue.pair(bytes("d"), bytes("1")));
        changes.add(KeyValue.pair(bytes("e"), bytes("1")));
        context.restore("store", changes);
        assertThat(list(store.all())).containsExactly("a=2", "d=1", "e=1");
        assertThat(store.approximateNumEntries()).isEqualTo(3);
    }

    @Test
    void otherThreadsQueryByBothVersions() throws Exception {
        put("a", "b", "c");
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            assertThat(other.submit(() -> text(store.get(key("b")))).get()).isEqualTo("of b");
            assertThat(other.submit(() -> keys(store.reverseRange(null, key("b"))))
                            .get())
                    .containsExactly("b", "a");
            QueryResult<byte[]> one = other.submit(() -> store.query(
                            KeyQuery.<Bytes, byte[]>withKey(key("c")),
                            PositionBound.unbounded(),
                            new QueryConfig(false)))
                    .get();
            assertThat(text(one.getResult())).isEqualTo("of c");
            QueryResult<KeyValueIterator<Bytes, byte[]>> range = other.submit(() -> store.query(
                            RangeQuery.<Bytes, byte[]>withLowerBound(key("b")).withDescendingKeys(),
                            PositionBound.unbounded(),
                            new QueryConfig(true)))
                    .get();
            assertThat(keys(range.getResult())).containsExactly("c", "b");
            assertThat(range.getExecutionInfo()).isNotEmpty();
        }
    }

    @Test
    void aQueryForALaterPositionIsRefused() {
        Position later = Position.emptyPosition().withComponent("topic", 0, 9);
        context.setRecordContext(new ProcessorRecordContext(0, 8, 0, "topic", new RecordHeaders()));
        put("a");
        KeyQuery<Bytes, byte[]> query = KeyQuery.withKey(key("a"));
        assertThat(store.query(query, PositionBound.at(later), new QueryConfig(false))
                        .isFailure())
                .isTrue();
        context.setRecordContext(new ProcessorRecordContext(0, 9, 0, "topic", new RecordHeaders()));
        put("a");
        assertThat(store.query(query, PositionBound.at(later), new QueryConfig(false))
                        .isSuccess())
                .isTrue();
    }

    @Test
    void aRestoreBringsThePositionBack() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("__iq.consistency.offset.vector.enabled__", true);
        InternalMockProcessorContext<?, ?> consistent = context(settings);
        KeyValueStore<Bytes, byte[]> restored =
                MemmapStores.keyValueStore("restored").get();
        restored.init(consistent, restored);
        RecordHeaders headers = new RecordHeaders();
        headers.add("v", new byte[] {0});
        headers.add(
                "c",
                PositionSerde.serialize(Position.emptyPosition().withComponent("input", 2, 40))
                        .array());
        consistent.restoreWithHeaders(
                "restored",
                List.of(new ConsumerRecord<>(
                        "changelog",
                        0,
                        0,
                        0,
                        TimestampType.CREATE_TIME,
                        1,
                        1,
                        bytes("k"),
                        bytes("v"),
                        headers,
                        Optional.empty())));
        assertThat(restored.getPosition()).isEqualTo(Position.fromMap(Map.of("input", Map.of(2, 40L))));
        assertThat(list(restored.all())).containsExactly("k=v");
        restored.close();
    }
}
