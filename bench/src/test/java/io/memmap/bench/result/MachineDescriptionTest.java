package io.memmap.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MachineDescriptionTest {
    @Test
    void theCpuIsNamedWithItsFamilyAndModel() {
        assertThat(MachineDescription.cpu(List.of(
                        "processor\t: 0",
                        "cpu family\t: 26",
                        "model\t\t: 2",
                        "model name\t: AMD EPYC",
                        "model\t\t: 3",
                        "no value")))
                .isEqualTo("AMD EPYC (family 26, model 2)");
        assertThat(MachineDescription.cpu(List.of("model name\t: Another"))).isEqualTo("Another");
        assertThat(MachineDescription.cpu(List.of())).isEqualTo(System.getProperty("os.arch"));
    }
}
