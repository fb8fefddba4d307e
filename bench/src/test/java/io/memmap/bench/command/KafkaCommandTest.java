package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import io.memmap.bench.maps.KafkaContender;
import org.junit.jupiter.api.Test;

/** Runs all stores of Kafka Streams in new JVMs. */
final class KafkaCommandTest {
    private final BenchRun bench = new BenchRun();

    @Test
    void allStoresHaveFigures() {
        assertThat(bench.run("kafka", "--quick", "--size", "1000", "--heap", "64m"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out()).startsWith("1,000 entries of 116 bytes, a payload of 113 KiB; G1");
        for (KafkaContender contender : KafkaContender.values()) {
            assertThat(bench.out()).containsPattern("\n +.*" + contender.title() + ".*\n-");
        }
        for (String row :
                new String[] {"fill", "get", "get and put", "restore", "range of 100", "fetch of 10 windows"}) {
            assertThat(bench.out()).containsPattern("(?m)^" + row + "( +[0-9.,]+ [num]?s){4}$");
        }
        assertThat(bench.out()).containsPattern("(?m)^Java heap( +[0-9.,]+ [KMG]iB){4}$");
    }

    @Test
    void storesThatDoNotFitTheJavaHeapAreLeftOut() {
        assertThat(bench.run(
                        "kafka",
                        "--forks",
                        "1",
                        "--size",
                        "300000",
                        "--heap",
                        "64m",
                        "--contender",
                        "memmap,in_memory"))
                .as(bench.err())
                .isZero();
        assertThat(bench.out())
                .contains("Left out: Kafka's in-memory stores, for which a Java heap of 64.0 MiB is too small");
    }

    @Test
    void wrongOptionsAreRefused() {
        assertThat(bench.run("kafka", "--size", "999")).isEqualTo(2);
        assertThat(bench.err()).contains("--size must be 1000 to 500000000: 999");
        assertThat(bench.run("kafka", "--quick", "--forks", "2")).isEqualTo(2);
        assertThat(bench.err()).contains("--quick runs one fork, so it excludes --forks: 2");
        assertThat(bench.run("kafka", "--forks", "0")).isEqualTo(2);
        assertThat(bench.run("kafka", "--fast")).isEqualTo(2);
    }
}
