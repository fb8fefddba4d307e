package io.memmap.kafka.broker;

import io.memmap.kafka.MemmapDslStoreSuppliers;
import io.memmap.kafka.MemmapStoresConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.TopicConfig;
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

/**
 * Two instances of an application that count the records of a broker, with standbys. Instances fail,
 * close and join. The counts are exact with exactly-once, and at least complete with at-least-once.
 * All methods throw {@link IllegalStateException} if something else happens. One thread uses it.
 */
public final class CountingCluster implements AutoCloseable {
    /** Sees the life of one instance. */
    public interface Watcher {
        /** The instance has stores now. Threads of the instance call this, perhaps several times. */
        default void started(StateStoreContext context) {}

        /** The instance has been closed. */
        default void closed() {}
    }

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int PARTITIONS = 4;
    private static final int INSTANCES = 2;
    private static final int KEYS = 100;
    private static final int BATCH = 2000;
    /**
     * The records are a millisecond apart, so most windows of a key have one record. A record of the
     * changelog is then the only one that knows of its window.
     */
    private static final Duration WINDOW = Duration.ofMillis(10);
    /** How long a changelog keeps a window that has expired. */
    private static final Duration CHANGELOG_RETENTION = Duration.ofMinutes(10);
    /** The time of the first record. */
    private static final long START = System.currentTimeMillis();

    private final Broker broker;
    private final String guarantee;
    private final Duration grace;
    private final long seed;
    private final Supplier<Watcher> watchers;
    private final Random random;
    private final KafkaProducer<String, String> producer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<Instance> instances = new ArrayList<>();
    private final Queue<Throwable> surprises = new ConcurrentLinkedQueue<>();
    /** How many records each key has, numbered from 0. */
    private final Map<String, Integer> sent = new HashMap<>();
    /** The last result of each key. */
    private final Map<String, CountedRecords> results = new HashMap<>();

    private long records;

    /**
     * Makes a cluster without instances.
     *
     * @param broker the broker; it has no other cluster with this guarantee
     * @param guarantee the processing guarantee of Kafka Streams
     * @param grace how long the stores keep windows, in milliseconds of records
     * @param seed the seed of the random choices
     * @param watchers makes a watcher for each instance
     */
    public CountingCluster(Broker broker, String guarantee, Duration grace, long seed, Supplier<Watcher> watchers)
            throws Exception {
        this.broker = broker;
        this.guarantee = guarantee;
        this.grace = grace;
        this.seed = seed;
        this.watchers = watchers;
        random = new Random(seed);
        broker.createTopics(PARTITIONS, topic("events"), topic("results"));
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address()),
                new StringSerializer(),
                new StringSerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        broker.address(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        "results-" + guarantee,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic("results")));
    }

    /** One of the processes that an application would have. */
    private final class Instance {
        private final KafkaStreams streams;
        private final Watcher watcher = watchers.get();
        private volatile boolean mustFail;

        Instance() {
            var settings = new Properties();
            settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "counting-" + guarantee);
            settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address());
            settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
            settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class);
            settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 256L << 20);
            settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
            settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
            settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, random.nextBoolean() ? 0 : 1 << 20);
            // Old segments of the changelogs of windows are deleted, so a restart does not take ever longer.
            settings.put(
                    StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG,
                    CHANGELOG_RETENTION.toMillis());
            settings.put(StreamsConfig.topicPrefix(TopicConfig.SEGMENT_BYTES_CONFIG), 1 << 20);
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
            byKey.windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, grace)).count(Materialized.as("windows"));
            Materialized<String, byte[], KeyValueStore<Bytes, byte[]>> seen = Materialized.as("seen");
            byKey.aggregate(
                            CountedRecords::none,
                            (_, event, before) -> CountedRecords.of(before)
                                    .and(numberOf(event))
                                    .bytes(),
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
                watcher.started((StateStoreContext) context);
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
            require(
                    streams.close(CloseOptions.timeout(PATIENCE).withGroupMembershipOperation(membership)),
                    "the instance has not closed within " + PATIENCE);
            watcher.closed();
        }

        /** Returns whether the instance, by its active tasks and standbys, has counted all records. */
        boolean hasAll() {
            try {
                ReadOnlyKeyValueStore<String, byte[]> store = streams.store(StoreQueryParameters.fromNameAndType(
                                "seen", QueryableStoreTypes.<String, byte[]>keyValueStore())
                        .enableStaleStores());
                return sent.entrySet().stream().allMatch(key -> {
                    byte[] seen = store.get(key.getKey());
                    return seen != null && CountedRecords.of(seen).hasAll(key.getValue());
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

    /** Sends 2000 records of random keys to random partitions. */
    @SuppressWarnings("FutureReturnValueIgnored") // a record that has not been sent is missed at the end
    public void send() {
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

    /** Returns the number of records that have been sent. */
    public long records() {
        return records;
    }

    private void readResults() {
        for (ConsumerRecord<String, byte[]> result : consumer.poll(Duration.ofMillis(50))) {
            results.put(result.key(), CountedRecords.of(result.value()));
        }
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise + ", with seed " + seed);
        }
    }

    private void await(String what, BooleanSupplier done) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!done.getAsBoolean()) {
            readResults();
            if (!surprises.isEmpty()) {
                throw new IllegalStateException("An instance has failed, with seed " + seed, surprises.peek());
            }
            require(Instant.now().isBefore(deadline), "it has taken more than " + PATIENCE + " until " + what);
        }
    }

    /** Waits until each record has been counted. */
    public void awaitResults() {
        await(
                "all records are counted",
                () -> sent.entrySet().stream()
                        .allMatch(key -> results.containsKey(key.getKey())
                                && results.get(key.getKey()).hasAll(key.getValue())));
    }

    /** Starts instances until there are two, and waits until each has tasks. */
    public void fillUp() {
        while (instances.size() < INSTANCES) {
            instances.add(new Instance());
        }
        await("each instance has tasks", () -> instances.stream().allMatch(Instance::works));
    }

    /**
     * Ends one of the instances.
     *
     * @param inTheMiddle whether it fails in the middle of its work; else it closes
     */
    public void kill(boolean inTheMiddle) {
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

    /**
     * Checks the results, and that each instance has them all, half of them on standby.
     *
     * @throws IllegalStateException if a record was lost, or counted twice in spite of exactly-once
     */
    public void checkCounts() {
        awaitResults();
        await("each instance has all counts", () -> instances.stream().allMatch(Instance::hasAll));
        Map<String, Long> counted = new HashMap<>();
        results.forEach((key, seen) -> counted.put(key, seen.count()));
        checkCounts("results", counted);
    }

    /**
     * Checks the sums of all windows. The stores must have kept them.
     *
     * @throws IllegalStateException if a record was lost, or counted twice in spite of exactly-once
     */
    public void checkWindows() {
        checkCounts("windows", sumsOfWindows());
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

    private void checkCounts(String what, Map<String, Long> counted) {
        boolean once = guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2);
        Map<String, String> wrong = new TreeMap<>();
        sent.forEach((key, number) -> {
            long count = counted.getOrDefault(key, 0L);
            if (once ? count != number : count < number) {
                wrong.put(key, count + " of " + number);
            }
        });
        require(wrong.isEmpty() && counted.size() == sent.size(), "the counts of the " + what + " are wrong: " + wrong);
    }

    /**
     * Closes all instances and starts two new ones, which restore the state from the changelogs
     * alone: there is no standby that has it. The stores must have kept all windows.
     *
     * @throws IllegalStateException if the state is not the same
     */
    public void restart() {
        checkCounts();
        Map<String, Long> before = sumsOfWindows();
        closeInstances();
        fillUp();
        checkCounts();
        Map<String, Long> after = sumsOfWindows();
        require(
                after.equals(before),
                "the sums of windows were " + before + " before a restart, and " + after + " after it");
    }

    /** Closes all instances. */
    public void closeInstances() {
        while (!instances.isEmpty()) {
            instances.removeLast().close(GroupMembershipOperation.LEAVE_GROUP);
        }
    }

    @Override
    public void close() {
        // No instance is left here unless something went wrong.
        instances.forEach(instance -> instance.streams.close(PATIENCE));
        producer.close();
        consumer.close();
    }
}
