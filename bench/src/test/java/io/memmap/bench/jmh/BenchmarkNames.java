package io.memmap.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks that JMH has found. */
public final class BenchmarkNames {
    private BenchmarkNames() {}

    /** Returns the name of each method's benchmark. Asserts that each method has exactly one. */
    public static List<String> of(JmhMethod... methods) {
        List<String> names = new ArrayList<>();
        for (JmhMethod method : methods) {
            Set<BenchmarkListEntry> found = BenchmarkList.defaultList()
                    .find(
                            OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                            List.of(method.pattern()),
                            List.of());
            assertThat(found).as(method.benchmark()).hasSize(1);
            names.add(found.iterator().next().getUsername());
        }
        return names;
    }
}
