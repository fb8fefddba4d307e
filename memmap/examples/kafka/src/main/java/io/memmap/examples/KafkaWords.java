package io.memmap.examples;

import static org.apache.kafka.streams.StoreQueryParameters.fromNameAndType;

import io.memmap.kafka.MemmapDslStoreSuppliers;
import io.memmap.kafka.MemmapStoresConfig;
import io.memmap.kafka.broker.Broker;
import io.memmap.observe.MemStats;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * Counts the words of lines, and joins the lines with their authors to count the lines of each, over
 * a broker in this process. A second process has half of the work, and is killed in the middle.
 */
public final class KafkaWords {
    private static final List<String> AUTHORS = List.of("Austen", "Brecht", "Camus", "Dante", "Eco", "Frisch");
    private static final List<String> LINES = List.of("to be or not to be", "be quick", "or not");

    private static final int PARTITIONS = 4;
    /** Lines, words and authors: each of the three parts of the application has a task for a partition. */
    private static final int TASKS = 3 * PARTITIONS;

    private static final String USAGE = """
        usage: memmap/examples/run KafkaWords [LINES]
        Sends 20000 lines, or LINES, to an application in two processes, and kills one of them after half.
        Ends with an exit status other than 0 if a count is wrong.\
        """;

    private KafkaWords() {}

    /** Starts an instance of the application. */
    private static KafkaStreams start(String broker) {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> lines = builder.stream("lines");
        lines.flatMapValues(line -> List.of(line.split(" ")))
                .groupBy((_, word) -> word)
                .count(Materialized.as("words"));
        lines.join(builder.<String, String>table("authors"), (_, author) -> author)
                .groupBy((_, author) -> author)
                .count(Materialized.as("lines-of-authors"));

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "kafka-words");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker);
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class);
        settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 64L << 20);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
        // The other process takes over after a second. In production leave these as they are.
        settings.put("consumer.session.timeout.ms", 1000);
        settings.put("consumer.heartbeat.interval.ms", 200);
        settings.put("producer.transaction.timeout.ms", 2000);
        settings.put("consumer.auto.offset.reset", "earliest");
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.start();
        return streams;
    }

    /** Starts this program again, as a process that ends with this one. */
    private static Process startProcess(String broker) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KafkaWords.class.getName(),
                        "--join",
                        broker)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
    }

    /** Returns what the active tasks of this process have counted. */
    private static Map<String, Long> counts(KafkaStreams streams, String store) {
        Map<String, Long> counts = new TreeMap<>();
        try (KeyValueIterator<String, Long> all = streams.store(
                        fromNameAndType(store, QueryableStoreTypes.<String, Long>keyValueStore()))
                .all()) {
            all.forEachRemaining(count -> counts.put(count.key, count.value));
        } catch (InvalidStateStoreException tasksMove) {
            counts.clear();
        }
        return counts;
    }

    private static void waitUntil(String what, BooleanSupplier done) throws InterruptedException {
        System.out.println("Waits until " + what);
        for (int i = 0; !done.getAsBoolean(); i++) {
            if (i == 900) {
                throw new IllegalStateException("It has taken more than 90 seconds until " + what);
            }
            Thread.sleep(100);
        }
    }

    private static long tasks(KafkaStreams streams) {
        return streams.metadataForLocalThreads().stream()
                .mapToLong(thread -> thread.activeTasks().size())
                .sum();
    }

    /** Runs the example. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2 && arguments[0].equals("--join")) {
            try (KafkaStreams _ = start(arguments[1])) {
                System.in.transferTo(OutputStream.nullOutputStream()); // ends when the first process has ended
            }
            return;
        }
        if (List.of(arguments).contains("--help")) {
            System.out.println(USAGE);
            return;
        }
        String number = arguments.length == 0 ? "20000" : arguments[0];
        if (arguments.length > 1 || !number.matches("[1-9][0-9]{0,6}")) {
            System.err.println("KafkaWords: LINES must be one number from 1 to 9999999, and not "
                    + String.join(" ", arguments) + "\n" + USAGE);
            System.exit(2);
        }
        run(Integer.parseInt(number));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a record that has not been sent is missed at the end
    private static void run(int lines) throws Exception {
        System.out.println("Starts a broker in this process");
        try (Broker broker = Broker.start()) {
            broker.createTopics(PARTITIONS, "authors", "lines");
            Process other = startProcess(broker.address());
            try (KafkaStreams streams = start(broker.address());
                    KafkaProducer<String, String> producer = new KafkaProducer<>(
                            Map.of("bootstrap.servers", broker.address()),
                            new StringSerializer(),
                            new StringSerializer())) {
                for (int i = 0; i < AUTHORS.size(); i++) {
                    producer.send(new ProducerRecord<>("authors", "author " + i, AUTHORS.get(i)));
                }
                long half = TASKS / 2;
                waitUntil("a second process has half of the tasks", () -> tasks(streams) == half);
                Map<String, Long> words = new TreeMap<>();
                Map<String, Long> linesOfAuthors = new TreeMap<>();
                for (int i = 0; i < lines; i++) {
                    if (i == lines / 2) {
                        producer.flush();
                        System.out.println("Kills the second process after " + i + " of " + lines + " lines");
                        other.destroyForcibly().waitFor();
                    }
                    int author = i % AUTHORS.size();
                    String line = LINES.get(i % LINES.size());
                    producer.send(new ProducerRecord<>("lines", "author " + author, line));
                    linesOfAuthors.merge(AUTHORS.get(author), 1L, Long::sum);
                    List.of(line.split(" ")).forEach(word -> words.merge(word, 1L, Long::sum));
                }
                waitUntil("this process has all tasks", () -> tasks(streams) == TASKS);
                waitUntil(
                        "each word and each line is counted once",
                        () -> counts(streams, "words").equals(words)
                                && counts(streams, "lines-of-authors").equals(linesOfAuthors));
                System.out.println("words: " + words);
                System.out.println("lines of authors: " + linesOfAuthors);
            } finally {
                other.destroyForcibly();
            }
        }
        System.out.println(
                "Heaps that are open after close: " + MemStats.read().heaps().size());
    }
}
