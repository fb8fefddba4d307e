package io.memmap.stress.soak;

import io.memmap.kafka.broker.Broker;
import io.memmap.kafka.broker.CountingCluster;
import io.memmap.observe.MemStats;
import io.memmap.stress.Resident;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.StreamsConfig;

/** The JVM of a soak: a broker and two instances of an application. */
final class SoakChild {
    static final String PROGRESS = "@progress ";
    static final String EXACT = "@exact";

    /** The stores keep windows for about this time, so that their size does not grow. */
    private static final Duration GRACE = Duration.ofSeconds(10);
    /** The least time between two batches of records. */
    private static final long PACE_MILLIS = 2_000;

    private SoakChild() {}

    /** Arguments: the seconds of the soak and of an interval between rebalances, and the seed. */
    public static void main(String[] arguments) throws Exception {
        long start = System.nanoTime();
        long seconds = Long.parseLong(arguments[0]);
        long interval = Long.parseLong(arguments[1]);
        try (Broker broker = Broker.start();
                CountingCluster cluster = new CountingCluster(
                        broker,
                        StreamsConfig.EXACTLY_ONCE_V2,
                        GRACE,
                        Long.parseLong(arguments[2]),
                        () -> new CountingCluster.Watcher() {})) {
            cluster.fillUp();
            int rebalances = 0;
            do {
                long end = secondsSince(start) + interval;
                rebalances++;
                cluster.kill(rebalances % 2 == 1);
                cluster.fillUp();
                do {
                    long batch = System.nanoTime();
                    cluster.send();
                    cluster.awaitResults();
                    System.out.println(
                            PROGRESS + rebalances + " rebalances, " + cluster.records() + " records are counted");
                    long taken = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - batch);
                    Thread.sleep(Math.max(0, PACE_MILLIS - taken));
                } while (secondsSince(start) < end);
                System.out.println(
                        new Sample(secondsSince(start), rebalances, cluster.records(), Resident.bytes()).line());
            } while (secondsSince(start) < seconds);
            cluster.checkCounts();
            cluster.closeInstances();
        }
        int heaps = MemStats.read().heaps().size();
        if (heaps != 0) {
            throw new IllegalStateException("heaps are open though all instances have closed: " + heaps);
        }
        System.out.println(EXACT);
    }

    private static long secondsSince(long start) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    }
}
