package io.memmap.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands that fill maps in fresh JVMs, with few entries. */
final class FillCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    @Test
    void latencyShowsEveryPercentileOfEveryContender() {
        assertThat(run("latency", "--rounds", "1", "--size", "1000", "--heap", "64m", "--contender", "MEMMAP_GO,hppc"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("1,000 entries, 1 JVMs each", "p50", "p99.99", "max", "G1, -Xms and -Xmx 64.0 MiB")
                .containsPattern("memmap GO, 4K pages, put while growing +[0-9]")
                .containsPattern("HPPC, put while growing +[0-9]")
                .containsPattern("loop over an array, put while growing +[0-9]")
                .containsPattern("no-op loop, put while growing +[0-9]");
    }

    @Test
    void memoryShowsEveryMomentOfAMemmapMap() {
        assertThat(run("memory", "--size", "100000", "--heap", "64m", "--contender", "MEMMAP_LINE"))
                .as(err.toString())
                .isZero();
        for (FillMemory.Moment moment : FillMemory.Moment.values()) {
            assertThat(out.toString()).containsPattern("memmap LINE, 4K pages +" + moment.title() + " +[0-9,]+ ");
        }
    }

    @Test
    void memoryOfAMapOutsideTheJavaHeapIsTheGrowthOfTheProcessOnly() {
        assertThat(run("memory", "--size", "100000", "--heap", "64m", "--contender", "MEMMAP_SYNC"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .containsPattern("memmap SyncLongLongMap +with all entries +100,000 +- +- +- +-")
                .containsPattern("memmap SyncLongLongMap, resident +[0-9.]+ MiB +[0-9.]+ MiB ");
    }

    @Test
    void observeShowsWhatEachRateOfTheProfileCosts() {
        assertThat(run("observe", "--rounds", "2", "--size", "10000"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("2 rounds of 10,000 puts");
        for (String profile : List.of("off", "off, again", "every 512 KiB", "every allocation")) {
            assertThat(out.toString().lines().filter(line -> line.contains(" " + profile + " ")))
                    .hasSize(3)
                    .allMatch(line -> line.matches(".* [nu]s \\(.* [nu]s\\) +[0-9.]+ \\(.*\\)"));
        }
    }

    @Test
    void aContenderThatFailsIsNamed() {
        assertThat(run("latency", "--rounds", "1", "--size", "2000000", "--heap", "40m", "--contender", "JDK_HASHMAP"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("bench/run: HashMap<Long, Long> ran out of memory");
    }

    @Test
    void wrongArgumentsAreRefusedInOneLine() {
        assertThat(run("latency", "--rounds", "0")).isEqualTo(2);
        assertThat(run("memory", "--size", "-1")).isEqualTo(2);
        assertThat(run("observe", "--size", "0")).isEqualTo(2);
        assertThat(run("memory", "--bogus")).isEqualTo(2);
        assertThat(run("latency", "--contender", "nobody")).isEqualTo(2);
        assertThat(err.toString()).hasLineCount(5);
        assertThat(out.toString()).isEmpty();
    }
}
