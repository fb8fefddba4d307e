package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.bench.child.GrowthMemory;
import io.memmap.bench.child.Latencies;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.maps.NativeKind;
import io.memmap.bench.result.Measured;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the contenders of other languages that this machine can build. */
final class NativeContendersTest {
    private static final int SIZE = 20_000;

    private static NativeContenders built;

    @BeforeAll
    static void build() {
        built = NativeContenders.build(List.of(), progress -> {});
    }

    @AfterAll
    static void close() {
        built.close();
    }

    @Test
    void everyKindIsBuiltOrReportedAsLeftOut() {
        for (NativeKind kind : NativeKind.values()) {
            assertThat(built.contenders().stream().anyMatch(contender -> contender.kind() == kind)
                            || built.leftOut().stream().anyMatch(line -> line.startsWith(kind.prefix())))
                    .as(kind.prefix())
                    .isTrue();
        }
    }

    @Test
    void everyBuiltContenderReportsAllFigures() {
        for (NativeContender contender : built.contenders()) {
            Measured measured = new Measured("", "");
            contender.latency(measured, SIZE);
            contender.memory(measured, SIZE);
            assertThat(measured.values())
                    .as(contender.title())
                    .hasSize(2 * Latencies.Point.values().length + 2 * GrowthMemory.Moment.values().length)
                    .filteredOn(value -> value.subject().figure().equals("max"))
                    .allMatch(value -> value.value() > 0);
            assertThat(measured.curves()).hasSize(1);
        }
    }

    @Test
    void oneContenderTimesEveryOperationThatNativeMapsHave() {
        for (NativeContender contender : built.contenders().stream().limit(1).toList()) {
            Measured measured = new Measured("", "");
            contender.times(measured, SIZE);
            assertThat(measured.values()).hasSize(7).allMatch(value -> value.value() > 0.1 && value.value() < 100_000);
        }
    }

    @Test
    void goReportsTheWorkOfItsCollector() {
        for (NativeContender contender : built.contenders()) {
            for (NativeContender.Pressure pressure : contender.pressures(1L << 30, SIZE, 200, 1)) {
                Measured measured = new Measured("", "");
                pressure.work().accept(measured);
                assertThat(measured.values())
                        .filteredOn(value -> value.subject().figure().equals("allocated a second"))
                        .hasSize(1)
                        .allMatch(value -> value.value() > 0);
            }
            assertThat(contender.pressures(1L << 30, SIZE, 200, 1).isEmpty())
                    .isNotEqualTo(contender.kind().isGo());
        }
    }

    @Test
    void aPathThatIsNoGoCommandIsRefused() {
        assertThatThrownBy(() -> NativeContenders.build(List.of(Path.of("/nowhere/go")), progress -> {}))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("--go /nowhere/go");
    }

    @Test
    void versionsAreReadAsGoWritesThem() {
        assertThat(NativeContenders.parseGoVersion("go version go1.23.4 linux/amd64\n"))
                .contains("1.23.4");
        assertThat(NativeContenders.parseGoVersion("go version go1.25rc1 linux/arm64\n"))
                .contains("1.25rc1");
        assertThat(NativeContenders.parseGoVersion("gccgo")).isEmpty();
    }

    @Test
    void kindsAreKnownByTheirTitles() {
        assertThat(NativeKind.of("Go 1.23.4")).contains(NativeKind.GO);
        assertThat(NativeKind.of("std::unordered_map")).contains(NativeKind.STD);
        assertThat(NativeKind.of("Gopher")).isEmpty();
    }
}
