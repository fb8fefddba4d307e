package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests how logs of the garbage collector are read. The lines are from logs of JDK 25. */
final class GcLogTest {
    private static final long MIB = 1 << 20;

    @Test
    void pausesOfG1AreYoungCollectionsRemarkAndCleanup() {
        GcLog log = GcLog.parse(List.of(
                "[0.010s] Using G1",
                "[0.038s] GC(0) Pause Full (System.gc()) 1M->1M(10M) 8.195ms",
                "[0.061s] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 4M->4M(10M) 4.065ms",
                "[0.066s] GC(1)   Evacuate Collection Set: 3.9ms",
                "[0.071s] GC(3) Concurrent Mark Cycle",
                "[0.084s] GC(3) Pause Remark 7M->6M(15M) 4.399ms",
                "[0.105s] GC(3) Pause Cleanup 8M->8M(15M) 0.041ms",
                "[0.109s] GC(3) Concurrent Mark Cycle 38.100ms"));
        assertThat(log).isEqualTo(new GcLog(2, 3, 8_505_000, 4_399_000, 8 * MIB, 8 * MIB));
    }

    @Test
    void theConcurrentPartOfAnZgcCycleIsNoPause() {
        GcLog log = GcLog.parse(List.of(
                "[0.320s] GC(0) Y: Pause Mark Start (Major) 0.015ms",
                "[0.331s] GC(0) Major Collection (System.gc()) 4M(1%)->2M(0%) 0.011s",
                "[0.497s] GC(1) Y: Pause Mark Start (Major) 0.018ms",
                "[0.700s] GC(1) Y: Concurrent Mark 200.000ms",
                "[0.751s] GC(1) Y: Young Generation 60M(10%)->104M(17%) 0.254s",
                "[0.753s] GC(1) O: Pause Mark End 0.020ms",
                "[0.760s] GC(1) Major Collection (Warmup) 60M(10%)->104M(17%) 0.263s",
                "[1.687s] GC(2) y: Pause Mark Start 0.012ms",
                "[2.784s] GC(2) Minor Collection (Allocation Rate) 236M(39%)->94M(49%) 1.097s"));
        assertThat(log).isEqualTo(new GcLog(2, 3, 50_000, 20_000, 236 * MIB, 104 * MIB));
    }

    @Test
    void stallsAreReadForOneThread() {
        assertThat(GcLog.stalls(
                        List.of(
                                "[0.585s] Allocation Stall (main) 3.073ms",
                                "[0.587s] GC(3) Minor Collection (Allocation Stall)",
                                "[0.603s] Allocation Stall (w (1)) 21.480ms",
                                "[0.712s] Relocation Stall (main) 0.194ms"),
                        "main"))
                .containsExactly(new GcLog.Pause(0.585, 3_073_000), new GcLog.Pause(0.712, 194_000));
    }

    @Test
    void parallelCollectionsAreEntirelyPauses() {
        GcLog log = GcLog.parse(List.of(
                "[0.626s] GC(0) Pause Young (Allocation Failure) 96M->88M(362M) 180.156ms",
                "[1.215s] GC(1) Pause Full (Ergonomics) 2G->175M(4G) 316.446ms"));
        assertThat(log).isEqualTo(new GcLog(2, 2, 496_602_000, 316_446_000, 2048 * MIB, 175 * MIB));
    }

    @Test
    void allFiguresOfALogWithoutCollectionsAreZero() {
        assertThat(GcLog.parse(List.of("[0.010s] Using G1"))).isEqualTo(new GcLog(0, 0, 0, 0, 0, 0));
    }
}
