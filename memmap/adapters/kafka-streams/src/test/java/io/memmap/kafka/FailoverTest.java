package io.memmap.kafka;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.kafka.broker.Broker;
import io.memmap.kafka.broker.CountingCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.StateStoreContext;
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

    private static Broker broker;

    private final Random random = new Random(SEED);

    @BeforeAll
    static void startBroker() throws Exception {
        broker = Broker.start();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    /** Keeps the heap of an instance open, for its last figures. */
    private static final class HeapWatcher implements CountingCluster.Watcher {
        private SharedHeap heap;

        @Override
        public synchronized void started(StateStoreContext context) {
            if (heap == null) {
                heap = SharedHeap.acquire(context);
            }
        }

        @Override
        public synchronized void closed() {
            assertThat(heap.heap().stats().inUse())
                    .as("bytes in use after close")
                    .isZero();
            heap.release();
            assertThat(heap.heap().isAlive()).as("another store has the heap").isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
    void countsAreExactAfterInstancesHaveFailedAndJoined(String guarantee) throws Exception {
        try (CountingCluster cluster =
                new CountingCluster(broker, guarantee, Duration.ofHours(1), SEED, HeapWatcher::new)) {
            for (int i = 1; i <= KILLS; i++) {
                cluster.fillUp();
                cluster.send();
                boolean inTheMiddle = i % 2 == 1;
                cluster.kill(inTheMiddle);
                boolean both = random.nextInt(4) == 0;
                if (both) {
                    cluster.kill(!inTheMiddle);
                } else if (random.nextBoolean()) {
                    cluster.send();
                    cluster.awaitResults();
                }
                System.out.printf(
                        "%s: kill %d of %d, %d records, %s%n",
                        guarantee, i, KILLS, cluster.records(), residentMemory());
            }
            cluster.fillUp();
            cluster.send();
            cluster.checkCounts();
            cluster.checkWindows();
            cluster.restart();
            cluster.closeInstances();
        }
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
