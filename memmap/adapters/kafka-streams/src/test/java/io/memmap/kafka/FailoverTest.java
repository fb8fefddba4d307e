package io.memmap.kafka;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.kafka.broker.Broker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyWindowStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two instances of an application count the records of a real broker, with standbys, while instances
 * fail, close and join at random. Nothing is lost, and exactly-once counts nothing twice.
 *
 * <p>With the property {@code kafka.kills} as 50, this is a long test. It prints the resident
 * memory of the process after each kill. The property {@code kafka.seed} repeats the random choices.
 */
@Tag("slow")
class FailoverTest {
    /** For each guarantee. */
    private static final int KILLS = Integer.getInteger("kafka.kills", 3);

    private static final long SEED = Long.getLong("kafka.seed", System.currentTimeMillis());
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int PARTITIONS = 4;
    private static final int KEYS = 100;
    private static final int BATCH = 2000;
    private static final long WINDOW_MS = 1000;
    /** The time of the first record; the others follow a millisecond after each other. */
    private static final long START = System.currentTimeMillis();

    private static Broker broker;

    private final Random random = new Random(SEED);
    private final List<Instance> instances = new ArrayList<>();
    private final Queue<Throwable> surprises = new ConcurrentLinkedQueue<>();
    /** How many records each key has, numbered from 0. */
    private final Map<String, Integer> sent = new HashMap<>();
    /** The last result of each key. */
    private final Map<String, Seen> results = new HashMap<>();

    private String guarantee;
    private KafkaProducer<String, String> producer;
    private KafkaConsumer<String, byte[]> consumer;
    private long records;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = Broker.start();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    /** What an application knows of a key: how many records it has counted, and the numbers that they had. */
    private record Seen(long count, BitSet numbers) {
        static byte[] add(byte[] before, int number) {
            Seen seen = of(before);
            seen.numbers.set(number);
            byte[] numbers = seen.numbers.toByteArray();
            return ByteBuffer.allocate(Long.BYTES + numbers.length)
                    .putLong(seen.count + 1)
                    .put(numbers)
                    .array();
        }

        /** Returns whether these are the numbers from 0 to below this one. */
        boolean hasAll(int end) {
            return numbers.cardinality() == end && numbers.length() == end;
        }

        static Seen of(byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new Seen(buffer.getLong(), BitSet.valueOf(buffer));
        }
    }

    /** One of the processes that an application would have. */
    private final class Instance {
        private final KafkaStreams streams;
        private volatile boolean mustFail;
        /** Kept open by this test, for its last figures. */
        private volatile SharedHeap heap;

        Instance() {
            var settings = new Properties();
            settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "failover-" + guarantee);
            settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address());
            settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
            settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class);
            settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 256L << 20);
            settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
            settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
            settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, random.nextBoolean() ? 0 : 1 << 20);
            // A new instance gets its share of the tasks at once.
            settings.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, Long.MAX_VALUE);
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 1000);
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 200);
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
            streams = new KafkaStreams(topology(), settings);
            streams.setUncaughtExceptionHandler(failure -> {
                if (!mustFail) {
                    surprises.add(failure);
                }
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.start();
        }

        private Topology topology() {
            var builder = new StreamsBuilder();
            KGroupedStream<String, String> byKey = builder.stream(
                            topic("events"), Consumed.with(Serdes.String(), Serdes.String()))
                    .processValues(() -> new Failing<String>())
                    .groupBy((_, event) -> keyOf(event), Grouped.with("by-key", Serdes.String(), Serdes.String()));
            byKey.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMillis(WINDOW_MS), Duration.ofHours(1)))
                    .count(Materialized.as("windows"));
            Materialized<String, byte[], KeyValueStore<Bytes, byte[]>> seen = Materialized.as("seen");
            byKey.aggregate(
                            () -> new byte[Long.BYTES],
                            (_, event, before) -> Seen.add(before, numberOf(event)),
                            seen.withKeySerde(Serdes.String()).withValueSerde(Serdes.ByteArray()))
                    .toStream()
                    .processValues(() -> new Failing<byte[]>())
                    .to(topic("results"), Produced.with(Serdes.String(), Serdes.ByteArray()));
            return builder.build();
        }

        /** Passes records on, until its instance must fail. */
        private final class Failing<V> extends ContextualFixedKeyProcessor<String, V, V> {
            @Override
            public void init(FixedKeyProcessorContext<String, V> context) {
                super.init(context);
                synchronized (Instance.this) {
                    if (heap == null) {
                        heap = SharedHeap.acquire((StateStoreContext) context);
                    }
                }
            }

            @Override
            public void process(FixedKeyRecord<String, V> event) {
                if (mustFail) {
                    throw new IllegalStateException("This instance fails because the test says so.");
                }
                context().forward(event);
            }
        }

        boolean works() {
            return streams.state() == KafkaStreams.State.RUNNING
                    && streams.metadataForLocalThreads().stream()
                            .anyMatch(thread -> !thread.activeTasks().isEmpty());
        }

        /** Fails in the middle of its work. Others undo or repeat what it has not committed. */
        void fail() {
            mustFail = true;
            send();
            await("the instance fails", () -> streams.state() == KafkaStreams.State.ERROR);
            close(GroupMembershipOperation.REMAIN_IN_GROUP);
        }

        void close(GroupMembershipOperation membership) {
            assertThat(streams.close(CloseOptions.timeout(PATIENCE).withGroupMembershipOperation(membership)))
                    .isTrue();
            assertThat(heap.heap().stats().inUse())
                    .as("bytes in use after close")
                    .isZero();
            heap.release();
            assertThat(heap.heap().isAlive()).as("another store has the heap").isFalse();
        }

        /** Returns whether the instance, by its active tasks and standbys, has counted all records. */
        boolean hasAll() {
            ReadOnlyKeyValueStore<String, byte[]> store;
            try {
                store = streams.store(StoreQueryParameters.fromNameAndType(
                                "seen", QueryableStoreTypes.<String, byte[]>keyValueStore())
                        .enableStaleStores());
                return sent.entrySet().stream().allMatch(key -> {
                    byte[] seen = store.get(key.getKey());
                    return seen != null && Seen.of(seen).hasAll(key.getValue());
                });
            } catch (InvalidStateStoreException rebalances) {
                return false;
            }
        }
    }

    private static String keyOf(String event) {
        return event.substring(0, event.indexOf(' '));
    }

    private static int numberOf(String event) {
        return Integer.parseInt(event.substring(event.indexOf(' ') + 1));
    }

    private String topic(String name) {
        return name + "-" + guarantee;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a record that has not been sent is missed at the end
    private void send() {
        for (int i = 0; i < BATCH; i++) {
            String key = "k" + random.nextInt(KEYS);
            int number = sent.merge(key, 1, Integer::sum) - 1;
            String partitionedBy = Integer.toString(random.nextInt());
            producer.send(
                    new ProducerRecord<>(topic("events"), null, START + records, partitionedBy, key + " " + number));
            records++;
        }
        producer.flush();
    }

    private void readResults() {
        for (ConsumerRecord<String, byte[]> result : consumer.poll(Duration.ofMillis(50))) {
            results.put(result.key(), Seen.of(result.value()));
        }
    }

    private void await(String what, BooleanSupplier done) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!done.getAsBoolean()) {
            readResults();
            assertThat(surprises).isEmpty();
            assertThat(Instant.now()).as("%s, with seed %d", what, SEED).isBefore(deadline);
        }
    }

    private void awaitResults() {
        await(
                "all records are counted",
                () -> sent.entrySet().stream()
                        .allMatch(key -> results.containsKey(key.getKey())
                                && results.get(key.getKey()).hasAll(key.getValue())));
    }

    private void fillUp() {
        while (instances.size() < 2) {
            instances.add(new Instance());
        }
        await("both instances have tasks", () -> instances.stream().allMatch(Instance::works));
    }

    private void kill(boolean inTheMiddle) {
        Instance victim = instances.remove(random.nextInt(instances.size()));
        if (inTheMiddle) {
            victim.fail();
        } else {
            victim.close(
                    random.nextBoolean()
                            ? GroupMembershipOperation.LEAVE_GROUP
                            : GroupMembershipOperation.REMAIN_IN_GROUP);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
    void countsAreExactAfterInstancesHaveFailedAndJoined(String guarantee) throws Exception {
        this.guarantee = guarantee;
        boolean once = guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2);
        broker.createTopics(PARTITIONS, topic("events"), topic("results"));
        try (KafkaProducer<String, String> toEvents = new KafkaProducer<>(
                        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address()),
                        new StringSerializer(),
                        new StringSerializer());
                KafkaConsumer<String, byte[]> fromResults = new KafkaConsumer<>(
                        Map.of(
                                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                broker.address(),
                                ConsumerConfig.GROUP_ID_CONFIG,
                                "test-" + guarantee,
                                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                                "earliest",
                                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                                "read_committed"),
                        new StringDeserializer(),
                        new ByteArrayDeserializer())) {
            producer = toEvents;
            consumer = fromResults;
            consumer.subscribe(List.of(topic("results")));
            for (int i = 1; i <= KILLS; i++) {
                fillUp();
                send();
                boolean inTheMiddle = i % 2 == 1;
                kill(inTheMiddle);
                boolean both = random.nextInt(4) == 0;
                if (both) {
                    kill(!inTheMiddle);
                } else if (random.nextBoolean()) {
                    send();
                    awaitResults();
                }
                System.out.printf(
                        "%s: kill %d of %d, %d records, %s%n", guarantee, i, KILLS, records, residentMemory());
            }
            fillUp();
            send();
            awaitResults();
            await(
                    "each instance has all counts, half of them on standby",
                    () -> instances.stream().allMatch(Instance::hasAll));
            Map<String, Long> counted = new HashMap<>();
            results.forEach((key, seen) -> counted.put(key, seen.count));
            checkCounts(once, counted);
            checkCounts(once, sumsOfWindows());
            instances.forEach(instance -> instance.close(GroupMembershipOperation.LEAVE_GROUP));
            instances.clear();
        } finally {
            // Nothing is left here unless the test has failed.
            instances.forEach(instance -> instance.streams.close(PATIENCE));
        }
    }

    private void checkCounts(boolean once, Map<String, Long> counted) {
        assertThat(counted).containsOnlyKeys(sent.keySet()).allSatisfy((key, count) -> {
            if (once) {
                assertThat(count).isEqualTo(sent.get(key).longValue());
            } else {
                assertThat(count).isGreaterThanOrEqualTo(sent.get(key));
            }
        });
    }

    private Map<String, Long> sumsOfWindows() {
        Map<String, Long> sums = new HashMap<>();
        for (Instance instance : instances) {
            ReadOnlyWindowStore<String, Long> windows = instance.streams.store(
                    StoreQueryParameters.fromNameAndType("windows", QueryableStoreTypes.<String, Long>windowStore()));
            try (KeyValueIterator<Windowed<String>, Long> all = windows.all()) {
                all.forEachRemaining(window -> sums.merge(window.key.key(), window.value, Long::sum));
            }
        }
        return sums;
    }

    private static String residentMemory() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return "resident memory unknown";
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .collect(joining());
    }
}
