package io.memmap.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stores use the public API of Kafka, and these internal classes. */
class KafkaApiTest {
    @Test
    void oneClassUsesTheInternalsOfKafka() {
        List<Dependency> uses = new ClassFileImporter()
                        .importUrl(MemmapStores.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation())
                        .stream()
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .filter(use -> isInternal(use.getTargetClass()))
                        .toList();
        assertThat(uses)
                .extracting(use -> topLevel(use.getOriginClass()))
                .containsOnly("io.memmap.kafka.KafkaInternals");
        assertThat(uses.stream()
                        .map(use -> use.getTargetClass().getName().replace("org.apache.kafka.streams.", ""))
                        .distinct()
                        .sorted())
                .containsExactly(
                        "StreamsConfig$InternalConfig",
                        "kstream.internals.SessionWindow",
                        "kstream.internals.TimeWindow",
                        "processor.internals.ChangelogRecordDeserializationHelper",
                        "processor.internals.RecordBatchingStateRestoreCallback",
                        "processor.internals.metrics.StreamsMetricsImpl",
                        "processor.internals.metrics.TaskMetrics",
                        "state.internals.StoreQueryUtils");
    }

    private static String topLevel(JavaClass type) {
        return type.getName().replaceFirst("\\$.*", "");
    }

    private static boolean isInternal(JavaClass type) {
        return type.getPackageName().startsWith("org.apache.kafka")
                && (type.getPackageName().contains(".internals")
                        || type.getName().contains("InternalConfig"));
    }
}
