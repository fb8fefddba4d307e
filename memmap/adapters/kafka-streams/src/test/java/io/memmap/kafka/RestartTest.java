package io.memmap.kafka;

import static org.apache.kafka.streams.StoreQueryParameters.fromNameAndType;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.kafka.broker.Broker;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ReadOnlySessionStore;
import org.apache.kafka.streams.state.ReadOnlyWindowStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An application with persistent stores and a real broker is closed or killed, and starts again. Kafka
 * restores only what the stores do not have. Each store has the last value of a key, of a window or
 * of a session, so its contents are exact even if a record is processed twice.
 */
@Tag("slow")
class RestartTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int PARTITIONS = 2;
    private static final int MANY = 600;
    private static final int FEW = 20;
    private static final Duration WINDOW = Duration.ofSeconds(1);
    private static final Duration GAP = Duration.ofSeconds(5);
    private static final Duration GRACE = Duration.ofHours(1);

    private static Broker broker;

    @TempDir
    private Path directory;

    private final Queue<Throwable> surprises = new ConcurrentLinkedQueue<>();
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, String> windows = new HashMap<>();
    private final Map<String, String> sessions = new HashMap<>();
    /** The start and end of the last session of each key. */
    private final Map<String, long[]> lastSessions = new HashMap<>();

    private String application;
    private int sent;
    private long time = System.currentTimeMillis() / 1000 * 1000;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = Broker.start();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static KafkaStreams make(String address, String application, String directory, String guarantee) {
        var settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, address);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class);
        settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 16L << 20);
        settings.put(MemmapStoresConfig.PERSISTENT_CONFIG, "true");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, directory);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0); // one record of a changelog for each update
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 1000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 200);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 2000);

        var builder = new StreamsBuilder();
        KStream<String, String> events =
                builder.stream("events-" + application, Consumed.with(Serdes.String(), Serdes.String()));
        KGroupedStream<String, String> byKey = events.groupByKey();
        byKey.reduce((_, last) -> last, Materialized.as("values"));
        byKey.windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, GRACE))
                .reduce((_, last) -> last, Materialized.as("windows"));
        byKey.windowedBy(SessionWindows.ofInactivityGapAndGrace(GAP, GRACE))
                .reduce((_, last) -> last, Materialized.as("sessions"));
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        return new KafkaStreams(builder.build(), settings);
    }

    /** An instance of the application in a process of its own, which ends with this one. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws IOException {
            try (KafkaStreams streams = make(arguments[0], arguments[1], arguments[2], arguments[3])) {
                streams.start();
                System.in.transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    private Process startChild(String guarantee, String state) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        broker.address(),
                        application,
                        directory.resolve(state).toString(),
                        guarantee)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
    }

    /** An instance of the application in this process. */
    private final class Instance implements AutoCloseable {
        private final KafkaStreams streams;
        private final Map<String, Long> restored = new ConcurrentHashMap<>();

        Instance(String guarantee, String state) {
            streams =
                    make(broker.address(), application, directory.resolve(state).toString(), guarantee);
            streams.setUncaughtExceptionHandler(failure -> {
                surprises.add(failure);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.setGlobalStateRestoreListener(new StateRestoreListener() {
                @Override
                public void onRestoreStart(TopicPartition changelog, String store, long from, long to) {}

                @Override
                public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {
                    restored.merge(store, count, Long::sum);
                }

                @Override
                public void onRestoreEnd(TopicPartition changelog, String store, long count) {}
            });
            streams.start();
        }

        long restored(String store) {
            return restored.getOrDefault(store, 0L);
        }

        /** Waits until the instance has all tasks, and compares its stores with what they must have. */
        void check() {
            await(
                    "the instance has all tasks",
                    () -> streams.state() == KafkaStreams.State.RUNNING
                            && streams.metadataForLocalThreads().stream()
                                            .mapToInt(thread ->
                                                    thread.activeTasks().size())
                                            .sum()
                                    == PARTITIONS);
            ReadOnlyKeyValueStore<String, String> keyValues =
                    streams.store(fromNameAndType("values", QueryableStoreTypes.keyValueStore()));
            assertThat(entries(keyValues.all())).isEqualTo(values);
            ReadOnlyWindowStore<String, String> windowStore =
                    streams.store(fromNameAndType("windows", QueryableStoreTypes.windowStore()));
            assertThat(windowed(windowStore.all())).isEqualTo(windows);
            ReadOnlySessionStore<String, String> sessionStore =
                    streams.store(fromNameAndType("sessions", QueryableStoreTypes.sessionStore()));
            Map<String, String> found = new HashMap<>();
            for (String key : values.keySet()) {
                found.putAll(windowed(sessionStore.fetch(key)));
            }
            assertThat(found).isEqualTo(sessions);
        }

        @Override
        public void close() {
            assertThat(streams.close(CloseOptions.timeout(PATIENCE)
                            .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP)))
                    .isTrue();
        }
    }

    private static Map<String, String> entries(KeyValueIterator<String, String> iterator) {
        Map<String, String> entries = new HashMap<>();
        try (iterator) {
            iterator.forEachRemaining(entry -> entries.put(entry.key, entry.value));
        }
        return entries;
    }

    private static Map<String, String> windowed(KeyValueIterator<Windowed<String>, String> iterator) {
        Map<String, String> entries = new HashMap<>();
        try (iterator) {
            iterator.forEachRemaining(entry -> entries.put(
                    entry.key.key() + " " + entry.key.window().start() + " "
                            + entry.key.window().end(),
                    entry.value));
        }
        return entries;
    }

    /** Sends records, and waits until they are processed and committed. */
    @SuppressWarnings("FutureReturnValueIgnored") // a record that has not been sent is missed at the end
    private void process(int count) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address()),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                time += sent % 100 == 99 ? 2 * GAP.toMillis() : 10;
                String key = "key " + sent % 30;
                String value = "value " + sent;
                producer.send(new ProducerRecord<>("events-" + application, null, time, key, value));
                values.put(key, value);
                long start = time - time % WINDOW.toMillis();
                windows.put(key + " " + start + " " + (start + WINDOW.toMillis()), value);
                long[] session = lastSessions.get(key);
                if (session == null || time - session[1] > GAP.toMillis()) {
                    session = new long[] {time, time};
                    lastSessions.put(key, session);
                }
                sessions.remove(key + " " + session[0] + " " + session[1]);
                session[1] = time;
                sessions.put(key + " " + session[0] + " " + time, value);
                sent++;
            }
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.address()))) {
            await("all records are processed", () -> committed(admin) == sent);
        }
    }

    private long committed(Admin admin) {
        try {
            return admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata().get().values().stream()
                    .mapToLong(offset -> offset == null ? 0 : offset.offset())
                    .sum();
        } catch (Exception notYet) {
            return 0;
        }
    }

    private void await(String what, BooleanSupplier done) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!done.getAsBoolean()) {
            assertThat(surprises).isEmpty();
            assertThat(Instant.now()).as(what).isBefore(deadline);
            Thread.onSpinWait();
        }
    }

    private void begin(String name) throws Exception {
        application = name;
        broker.createTopics(PARTITIONS, "events-" + application);
    }

    @ParameterizedTest
    @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
    void aRestartRestoresTheTail(String guarantee) throws Exception {
        begin("restart-" + guarantee);
        try (Instance first = new Instance(guarantee, "here")) {
            process(MANY);
            first.check();
            assertThat(first.restored).isEmpty();
        }
        try (Instance again = new Instance(guarantee, "here")) {
            again.check();
            assertThat(again.restored).isEmpty();
        }
        try (Instance elsewhere = new Instance(guarantee, "elsewhere")) {
            elsewhere.check();
            assertThat(elsewhere.restored("values")).isEqualTo(MANY);
            process(FEW);
        }
        try (Instance again = new Instance(guarantee, "here")) {
            again.check();
            assertThat(again.restored("values")).isEqualTo(FEW);
            assertThat(again.restored("windows")).isEqualTo(FEW);
            assertThat(again.restored("sessions")).isBetween((long) FEW, 2L * FEW);
            process(FEW);
            again.check();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
    void aKillRestoresTheTailOrEverything(String guarantee) throws Exception {
        begin("kill-" + guarantee);
        Process child = startChild(guarantee, "here");
        try {
            process(MANY);
            process(FEW); // so the stores have the offsets of those before
        } finally {
            child.destroyForcibly().waitFor();
        }
        try (Instance again = new Instance(guarantee, "here")) {
            again.check();
            if (guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2)) {
                assertThat(again.restored("values")).isEqualTo(MANY + FEW);
                assertThat(again.restored("windows")).isEqualTo(MANY + FEW);
            } else {
                assertThat(again.restored("values")).isLessThanOrEqualTo(FEW);
                assertThat(again.restored("windows")).isLessThanOrEqualTo(FEW);
                assertThat(again.restored("sessions")).isLessThanOrEqualTo(2L * FEW);
            }
            process(FEW);
            again.check();
        }
    }
}
