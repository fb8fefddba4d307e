package io.memmap.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The packages of bench may depend on each other in one direction only. */
final class ArchitectureTest {
    private static final String BENCH = "io.memmap.bench.";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importUrl(Main.class.getProtectionDomain().getCodeSource().getLocation());

    /** The packages in order. Each may use only those before it. */
    private static final List<String> ORDER =
            List.of("text", "console", "maps", "jmh", "result", "child", "report", "job", "command");

    @Test
    void aPackageUsesOnlyPackagesBeforeItInTheOrder() {
        for (int i = 0; i < ORDER.size() - 1; i++) {
            noClasses()
                    .that()
                    .resideInAPackage(BENCH + ORDER.get(i))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ORDER.subList(i + 1, ORDER.size()).stream()
                            .map(name -> BENCH + name)
                            .toArray(String[]::new))
                    .check(CLASSES);
        }
    }

    @Test
    void resultsDoNotImportJobs() {
        noClasses()
                .that()
                .resideInAPackage(BENCH + "result")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BENCH + "job", BENCH + "child", BENCH + "report", BENCH + "command")
                .check(CLASSES);
    }

    @Test
    void jobsDoNotImportTheCommandLine() {
        noClasses()
                .that()
                .resideInAnyPackage(BENCH + "job", BENCH + "child", BENCH + "result", BENCH + "report", BENCH + "text")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.memmap.bench", BENCH + "command", "picocli..")
                .check(CLASSES);
    }

    @Test
    void everyPackageHasAPlaceInTheOrder() {
        assertThat(CLASSES.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> name.startsWith(BENCH) && !name.contains("jmh_generated"))
                        .map(name -> name.substring(BENCH.length()))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(ORDER);
    }
}
