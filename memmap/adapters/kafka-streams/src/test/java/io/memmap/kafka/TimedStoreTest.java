package io.memmap.kafka;

import static io.memmap.kafka.StoreContexts.bytes;
import static io.memmap.kafka.StoreContexts.bytesOf;
import static io.memmap.kafka.StoreContexts.context;
import static io.memmap.kafka.StoreContexts.key;
import static io.memmap.kafka.StoreContexts.list;
import static io.memmap.kafka.StoreContexts.text;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.WindowKeyQuery;
import org.apache.kafka.streams.query.WindowRangeQuery;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;
import org.apache.kafka.streams.state.internals.SessionKeySchema;
import org.apache.kafka.streams.state.internals.WindowKeySchema;
import org.apache.kafka.test.InternalMockProcessorContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What window and session stores promise beside that which Kafka's tests of all stores check. */
class TimedStoreTest {
    private static final long RETENTION = 40_000;
    private final InternalMockProcessorContext<?, ?> context = context(Map.of());
    private final WindowStore<Bytes, byte[]> windows =
            open(MemmapStores.windowStore("windows", ofMillis(RETENTION), ofMillis(10), false)
                    .get());
    private final SessionStore<Bytes, byte[]> sessions =
            open(MemmapStores.timeOrderedSessionStore("sessions", ofMillis(RETENTION))
                    .get());

    private <S extends StateStore> S open(S store) {
        store.init(context, store);
        return store;
    }

    @AfterEach
    void close() {
        windows.close();
        sessions.close();
    }

    private static Windowed<Bytes> session(String key, long start, long end) {
        return new Windowed<>(key(key), new SessionWindow(start, end));
    }

    @Test
    void segmentsAreFreedWhenTheStreamTimePassesThem() {
        byte[] value = new byte[10_000];
        for (int i = 0; i < 40; i++) {
            windows.put(key("k" + i), value, i * 1_000L);
        }
        long before = bytesOf("windows");
        windows.put(key("k"), bytes("v"), 39_000 + RETENTION / 2);
        assertThat(bytesOf("windows")).isLessThan(before - 10 * 10_000);
        windows.put(key("k"), bytes("v"), 10 * RETENTION);
        assertThat(bytesOf("windows")).isLessThan(10_000);
        assertThat(list(windows.all())).hasSize(1);
    }

    @Test
    void anIteratorGoesOnBesideSegmentsThatExpire() {
        for (int i = 0; i < 40; i++) {
            windows.put(key("k"), bytes("" + i), i * 1_000L);
        }
        try (WindowStoreIterator<byte[]> iterator = windows.fetch(key("k"), 0, Long.MAX_VALUE)) {
            assertThat(text(iterator.next().value)).isEqualTo("0");
            windows.put(key("k"), bytes("new"), 30_000 + RETENTION);
            List<String> rest = list(iterator);
            assertThat(rest).contains("39000=39", "70000=new").doesNotContain("15000=15");
        }
    }

    @Test
    void keysThatAreTheBeginningOfOthersStayApart() {
        List<Bytes> keys = List.of(
                Bytes.wrap(new byte[] {}),
                Bytes.wrap(new byte[] {0}),
                Bytes.wrap(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 0}),
                Bytes.wrap(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 2}),
                Bytes.wrap(new byte[] {1}),
                Bytes.wrap(new byte[] {-1}));
        for (int i = 0; i < keys.size(); i++) {
            windows.put(keys.get(i), bytes("" + i), 1);
            windows.put(keys.get(i), bytes("" + i), 2);
        }
        for (int from = 0; from < keys.size(); from++) {
            assertThat(list(windows.fetch(keys.get(from), 1, 2))).containsExactly("1=" + from, "2=" + from);
            for (int to = from; to < keys.size(); to++) {
                try (KeyValueIterator<Windowed<Bytes>, byte[]> range =
                        windows.fetch(keys.get(from), keys.get(to), 2, 2)) {
                    int found = 0;
                    while (range.hasNext()) {
                        assertThat(keys.indexOf(range.next().key.key())).isBetween(from, to);
                        found++;
                    }
                    assertThat(found).isEqualTo(to - from + 1);
                }
            }
        }
    }

    @Test
    void duplicatesLiveOnBesideThoseThatAreRestored() {
        WindowStore<Bytes, byte[]> joined =
                open(MemmapStores.windowStore("joined", ofMillis(RETENTION), ofMillis(10), true)
                        .get());
        context.restore(
                "joined",
                IntStream.of(1, 2, 3)
                        .mapToObj(number -> KeyValue.pair(
                                WindowKeySchema.toStoreKeyBinary(key("k"), 5, number)
                                        .get(),
                                bytes("old" + number)))
                        .toList());
        joined.put(key("k"), bytes("new1"), 5);
        joined.put(key("k"), bytes("new2"), 5);
        joined.put(key("k"), null, 5);
        assertThat(list(joined.fetch(key("k"), 0, 10)))
                .containsExactly("5=old1", "5=old2", "5=old3", "5=new1", "5=new2");
        assertThat(text(joined.fetch(key("k"), 5))).isEqualTo("new2");
        assertThat(joined.fetch(key("k"), 6)).isNull();
        joined.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBatchIsRestoredInItsOrderAndLeavesOutWhatHasExpired(boolean timeOrdered) {
        WindowStore<Bytes, byte[]> restored = open((timeOrdered
                        ? MemmapStores.timeOrderedWindowStore("restored", ofMillis(RETENTION), ofMillis(10), false)
                        : MemmapStores.windowStore("restored", ofMillis(RETENTION), ofMillis(10), false))
                .get());
        byte[] a = WindowKeySchema.toStoreKeyBinary(key("a"), 90_000, 0).get();
        byte[] b = WindowKeySchema.toStoreKeyBinary(key("b"), 90_000, 0).get();
        byte[] old = WindowKeySchema.toStoreKeyBinary(key("old"), 10, 0).get();
        byte[] last = WindowKeySchema.toStoreKeyBinary(key("last"), 100_000, 0).get();
        context.restore(
                "restored",
                List.of(
                        KeyValue.pair(old, bytes("x")),
                        KeyValue.pair(a, bytes("1")),
                        KeyValue.pair(b, bytes("1")),
                        KeyValue.pair(a, null),
                        KeyValue.pair(b, bytes("2")),
                        KeyValue.pair(last, bytes("3"))));
        assertThat(list(restored.all()).toString()).contains("=2", "=3").doesNotContain("=1", "=x");
        assertThat(list(restored.fetchAll(90_000, 100_000))).hasSize(2);
        assertThat(restored.fetch(key("a"), 90_000)).isNull();
        restored.close();
    }

    @Test
    void sessionsAreRestored() {
        context.restore(
                "sessions",
                List.of(
                        KeyValue.pair(SessionKeySchema.toBinary(key("k"), 3, 8).get(), bytes("v")),
                        KeyValue.pair(
                                SessionKeySchema.toBinary(key("k"), 30, 80).get(), bytes("w"))));
        assertThat(text(sessions.fetchSession(key("k"), 3, 8))).isEqualTo("v");
        assertThat(list(sessions.findSessions(key("k"), 0, 29))).hasSize(1);
        assertThat(list(sessions.backwardFetch(key("k"))).toString()).containsSubsequence("=w", "=v");
    }

    @Test
    void sessionsThatCloseAreReadAfterTheRecordThatClosesThem() {
        // As Kafka does: put the record's session, then read those that it has closed.
        sessions.put(session("a", 0, 10), bytes("a"));
        sessions.findSessions(0, 0).close();
        long far = 1_000 * RETENTION;
        sessions.put(session("b", far, far), bytes("b"));
        assertThat(sessions.fetchSession(key("a"), 0, 10)).as("expired").isNull();
        assertThat(list(sessions.findSessions(1, far - RETENTION)).toString()).contains("=a");
        sessions.put(session("c", far + 1, far + 1), bytes("c"));
        assertThat(list(sessions.findSessions(1, far - RETENTION))).isEmpty();
    }

    @Test
    void sessionsWaitForTheirReadWhileRecordsPass() {
        sessions.put(session("a", 0, 10), bytes("a"));
        sessions.findSessions(0, 0).close();
        for (int i = 1; i < 20; i++) {
            sessions.put(session("b", i * RETENTION, i * RETENTION), bytes("" + i));
        }
        assertThat(list(sessions.findSessions(1, 18 * RETENTION))).hasSize(19);
        sessions.put(session("b", 20 * RETENTION, 20 * RETENTION), bytes("x"));
        assertThat(list(sessions.findSessions(0, Long.MAX_VALUE))).hasSize(2);
        assertThat(bytesOf("sessions")).isLessThan(10_000);
    }

    @Test
    void aSessionStoreThatIsNotReadByTimeKeepsNothingThatHasExpired() throws Exception {
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            for (int i = 1; i < 20; i++) {
                sessions.put(session("b", i * RETENTION, i * RETENTION), new byte[10_000]);
                other.submit(() -> list(sessions.findSessions(0, 0)))
                        .get(); // a query does not count as a read of the task
            }
        }
        assertThat(bytesOf("sessions")).isLessThan(40_000);
    }

    @Test
    void entriesOfATimeOrderedStoreComeByTime() {
        WindowStore<Bytes, byte[]> ordered =
                open(MemmapStores.timeOrderedWindowStore("ordered", ofMillis(RETENTION), ofMillis(10), false)
                        .get());
        ordered.put(key("b"), bytes("1"), 1);
        ordered.put(key("a"), bytes("3"), 3);
        ordered.put(key("c"), bytes("2"), 2);
        ordered.put(key("a"), bytes("2"), 2);
        ordered.put(key("d"), bytes("9"), 9);
        ordered.put(key("d"), null, 9);
        assertThat(values(ordered.all())).containsExactly("1", "2", "2", "3");
        assertThat(values(ordered.backwardFetch(null, key("b"), 2, 3))).containsExactly("3", "2");
        assertThat(values(ordered.fetch(key("a"), 0, 9))).containsExactly("2", "3");
        ordered.close();
    }

    private static <K> List<String> values(KeyValueIterator<K, byte[]> iterator) {
        return list(iterator).stream()
                .map(entry -> entry.substring(entry.lastIndexOf('=') + 1))
                .toList();
    }

    @Test
    void otherThreadsQueryByVersion2() throws Exception {
        // The inner store gets a query of one key as the outer store makes it anew.
        WindowStore<Bytes, byte[]> outer = open(Stores.windowStoreBuilder(
                        MemmapStores.windowStore("outer", ofMillis(RETENTION), ofMillis(10), false),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .build());
        outer.put(key("a"), bytes("1"), 10);
        outer.put(key("b"), bytes("2"), 20);
        sessions.put(session("a", 1, 2), bytes("3"));
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            QueryResult<WindowStoreIterator<byte[]>> one = other.submit(() -> outer.query(
                            WindowKeyQuery.<Bytes, byte[]>withKeyAndWindowStartRange(
                                    key("a"), Instant.ofEpochMilli(0), Instant.ofEpochMilli(50)),
                            PositionBound.unbounded(),
                            new QueryConfig(false)))
                    .get();
            assertThat(list(one.getResult())).containsExactly("10=1");
            QueryResult<KeyValueIterator<Windowed<Bytes>, byte[]>> all = other.submit(() -> outer.query(
                            WindowRangeQuery.<Bytes, byte[]>withWindowStartRange(
                                    Instant.ofEpochMilli(0), Instant.ofEpochMilli(50)),
                            PositionBound.unbounded(),
                            new QueryConfig(false)))
                    .get();
            assertThat(values(all.getResult())).containsExactly("1", "2");
            QueryResult<KeyValueIterator<Windowed<Bytes>, byte[]>> ofKey = other.submit(() -> sessions.query(
                            WindowRangeQuery.<Bytes, byte[]>withKey(key("a")),
                            PositionBound.unbounded(),
                            new QueryConfig(false)))
                    .get();
            assertThat(values(ofKey.getResult())).containsExactly("3");
        }
        outer.close();
    }

    @Test
    void impossibleWindowsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemmapStores.windowStore("w", ofMillis(9), ofMillis(10), false))
                .withMessage("The retention period of store w must be no less than the window size, 10 ms: 9 ms");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemmapStores.timeOrderedWindowStore("w", ofMillis(9), ofMillis(-1), false))
                .withMessageContaining("-1 ms");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemmapStores.sessionStore("s", ofMillis(-5)))
                .withMessage("The retention period of store s must be 0 ms or more: -5 ms");
    }
}
