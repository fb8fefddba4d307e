package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ProcSelfTest {
    private static final List<String> SMAPS = List.of(
            "7f0000000000-7f0000200000 rw-p 00000000 00:00 0",
            "Size:               2048 kB",
            "Rss:                 100 kB",
            "VmFlags: rd wr mr mw me ac sd",
            "7f0000200000-7f0000400000 rw-p 00000000 00:00 0 ",
            "Rss:                  20 kB",
            "7f0000400000-7f0000600000 r--p 00000000 00:00 0      /lib/some-file",
            "Rss:                   3 kB",
            "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0      [vsyscall]",
            "Rss:                   0 kB");

    @Test
    void residentMemoryIsSummedOverTheMappingsOfTheRange() {
        assertThat(ProcSelf.resident(SMAPS, 0x7f0000000000L, 0x7f0000400000L)).isEqualTo(120 << 10);
        assertThat(ProcSelf.resident(SMAPS, 0x7f0000300000L, 0x7f0000300008L)).isEqualTo(20 << 10);
        assertThat(ProcSelf.resident(SMAPS, 0x1000, 0x2000)).isZero();
    }

    @Test
    void peakResidentMemoryIsTheHighWaterMark() {
        assertThat(ProcSelf.peakResident(List.of("Name:\tjava", "VmHWM:\t  1024 kB", "VmRSS:\t  512 kB")))
                .hasValue(1 << 20);
        assertThat(ProcSelf.peakResident(List.of())).isEmpty();
    }

    @Test
    void stolenTimeIsThatOfAllCpus() {
        assertThat(ProcSelf.stolen(
                        List.of("cpu  687 0 288 1165 709 0 47 296 5 6", "cpu0 343 0 144 582 354 0 23 148 2 3")))
                .hasValue(2_960_000_000L);
        assertThat(ProcSelf.stolen(List.of("cpu  687 0 288 1165 709 0 47"))).isEmpty();
        assertThat(ProcSelf.stolen(List.of())).isEmpty();
    }
}
