package io.memmap.kafka.broker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;

/**
 * A real broker of Kafka in this process, which is its own controller. Its files lie in a temporary
 * directory, which is deleted at the end. It notices within about a second that a member of a group
 * has died.
 */
public final class Broker implements AutoCloseable {
    private final KafkaClusterTestKit cluster;

    private Broker(KafkaClusterTestKit cluster) {
        this.cluster = cluster;
    }

    /** Starts a broker, and returns it when clients can use it. */
    public static Broker start() throws Exception {
        TestKitNodes nodes = new TestKitNodes.Builder()
                .setCombined(true)
                .setNumBrokerNodes(1)
                .setNumControllerNodes(1)
                .build();
        KafkaClusterTestKit cluster = new KafkaClusterTestKit.Builder(nodes)
                .setConfigProp("group.initial.rebalance.delay.ms", "0")
                .setConfigProp("group.min.session.timeout.ms", "100")
                .setConfigProp("offsets.topic.num.partitions", "4")
                .setConfigProp("offsets.topic.replication.factor", "1")
                // Its memory would be most of the Java heap of a small process.
                .setConfigProp("log.cleaner.dedupe.buffer.size", "4194304")
                .setConfigProp("log.retention.check.interval.ms", "10000")
                .setConfigProp("transaction.state.log.num.partitions", "4")
                .setConfigProp("transaction.state.log.replication.factor", "1")
                .setConfigProp("transaction.state.log.min.isr", "1")
                .setConfigProp("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500")
                .build();
        Broker broker = new Broker(cluster);
        try {
            formatSilently(cluster);
            cluster.startup();
            cluster.waitForReadyBrokers();
            return broker;
        } catch (Exception | Error failed) {
            try (broker) {
                throw failed;
            }
        }
    }

    /** The tool that formats the directory prints to the output of the process. */
    private static void formatSilently(KafkaClusterTestKit cluster) throws Exception {
        PrintStream output = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
        try {
            cluster.format();
        } finally {
            System.setOut(output);
        }
    }

    /** Returns the address, for {@code bootstrap.servers}. */
    public String address() {
        return cluster.bootstrapServers();
    }

    /** Makes topics, each with so many partitions. */
    public void createTopics(int partitions, String... names) throws ExecutionException, InterruptedException {
        List<NewTopic> topics = Stream.of(names)
                .map(name -> new NewTopic(name, partitions, (short) 1))
                .toList();
        try (Admin admin = cluster.admin()) {
            admin.createTopics(topics).all().get();
        }
    }

    @Override
    public void close() {
        try {
            cluster.close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (Exception failed) {
            throw new IllegalStateException("The broker could not close", failed);
        }
    }
}
