package io.memmap;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import io.memmap.observe.MemStats;
import io.memmap.observe.Metric;
import io.memmap.observe.Observer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Who may know whom: faces above the engine, the engine above the memory, and one class that touches bytes. */
class ArchitectureTest {
    private static final String FACE =
            "io\\.memmap\\.((LongLong|IntInt)(Map|Cursor)|(Mem|FixedKey|VariableKey|Sync|SyncLongLong|BoundedSync)Map|MemMapCursor|SyncMapIterator)(\\$.*)?";
    /** What a type is, faces among them, is known to the types themselves. */
    private static final String TYPE = "io\\.memmap\\.(Type|MapCodec)(\\$.*)?";

    private static final String VIEW_OR_BUILDER = "io\\.memmap\\.Map(Views?|Builder)(\\$.*)?";

    /** The classes of the packages that are not exported. */
    private static final DescribedPredicate<JavaClass> INNER =
            resideInAPackage("io.memmap..").and(not(resideInAnyPackage("io.memmap", "io.memmap.observe")));

    private static final Path MAIN = directoryOf(Hmap.class);
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(MAIN);

    @Test
    void theFormatStandsOnNothing() {
        noClasses()
                .that(resideInAPackage("io.memmap.format"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..").and(not(resideInAPackage("io.memmap.format"))))
                .check(CLASSES);
    }

    @Test
    void theMemoryKnowsNothingOfMaps() {
        noClasses()
                .that(resideInAPackage("io.memmap.memory"))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.memmap", "io.memmap.observe.."))
                .check(CLASSES);
    }

    /** The heap's builder is not held to this: it puts the parts together, and hands the heap what reads maps. */
    @Test
    void theHeapKnowsNoMap() {
        noClasses()
                .that()
                .haveNameMatching("io\\.memmap\\.(NativeHeap|BlockOwner)(\\$.*)?")
                .and()
                .doNotBelongToAnyOf(NativeHeap.Builder.class)
                .should()
                .dependOnClassesThat(assignableTo(Hmap.class).or(nameMatching(FACE)))
                .check(CLASSES);
    }

    @Test
    void codecsKnowNeitherMapsNorTheHeap() {
        noClasses()
                .that(resideInAPackage("io.memmap.codec"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..")
                        .and(not(resideInAPackage("io.memmap.codec")))
                        .and(not(belongToAnyOf(Mem.class, StackReserve.class))))
                .check(CLASSES);
    }

    @Test
    void theEventsOfTheFlightRecorderKnowNothingOfTheLibrary() {
        noClasses()
                .that(resideInAPackage("io.memmap.telemetry.events"))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.memmap..").and(not(resideInAPackage("io.memmap.telemetry.events"))))
                .check(CLASSES);
    }

    @Test
    void nobodyKnowsTheObservers() {
        noClasses()
                .that(resideInAPackage("io.memmap"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap.observe.."))
                .check(CLASSES);
    }

    @Test
    void onlyTheObserverKnowsThePage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.memmap.observe.page")
                .and()
                .doNotBelongToAnyOf(Observer.class)
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap.observe.page"))
                .check(CLASSES);
    }

    @Test
    void thePageKnowsOnlyWhatObservesHeaps() {
        noClasses()
                .that(resideInAPackage("io.memmap.observe.page"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..").and(not(resideInAPackage("io.memmap.observe.."))))
                .check(CLASSES);
    }

    @Test
    void metricsKnowOnlyTheSnapshotThatTheyAreReadFrom() {
        noClasses()
                .that(resideInAPackage("io.memmap.observe.metric"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..")
                        .and(not(resideInAPackage("io.memmap.observe.metric")))
                        .and(not(belongToAnyOf(MemStats.class, Metric.class))))
                .check(CLASSES);
    }

    @Test
    void onlyTheAdapterNeedsMicrometer() {
        noClasses()
                .that()
                .haveNameNotMatching("io\\.memmap\\.observe\\.MicrometerMeters(\\$.*)?")
                .should()
                .dependOnClassesThat(resideInAPackage("io.micrometer.."))
                .check(CLASSES);
    }

    /** Whatever is no face belongs to the engine, so that a class that is added later is held to it too. */
    @Test
    void theEngineKnowsNoFace() {
        noClasses()
                .that()
                .haveNameNotMatching(FACE)
                .and()
                .haveNameNotMatching(VIEW_OR_BUILDER)
                .and()
                .haveNameNotMatching(TYPE)
                .should()
                .dependOnClassesThat(nameMatching(FACE).or(nameMatching(VIEW_OR_BUILDER)))
                .check(CLASSES);
    }

    /** Only the policy itself, and the maps that are bounded by it, know how entries are chosen for eviction. */
    @Test
    void theEngineKnowsNoCachePolicy() {
        noClasses()
                .that(
                        resideInAPackage("io.memmap..")
                                .and(
                                        not(
                                                nameMatching(
                                                        "io\\.memmap\\.(cache\\..*|Limits|TableMemory|SyncMap|SyncMapIterator|BoundedSyncMap)(\\$.*)?"))))
                .should()
                .dependOnClassesThat(nameMatching("io\\.memmap\\.(cache\\..*|Limits(\\$.*)?)"))
                .check(CLASSES);
    }

    @Test
    void thePartsOfTheCachePolicyKnowNoTable() {
        noClasses()
                .that(resideInAPackage("io.memmap.cache"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..")
                        .and(not(resideInAPackage("io.memmap.cache")))
                        .and(not(belongToAnyOf(Mem.class))))
                .check(CLASSES);
    }

    @Test
    void viewsAndBuildersKnowNoFace() {
        noClasses()
                .that()
                .haveNameMatching(VIEW_OR_BUILDER)
                .should()
                .dependOnClassesThat(nameMatching(FACE))
                .check(CLASSES);
    }

    /**
     * The exceptions are what is no heap's memory, where a call of the operating system leaves its error; and the typed maps and
     * their lookup, for the reason that Mem tells.
     */
    @Test
    void onlyMemReadsAndWritesBytes() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(
                        Mem.class, IntegerTable.class, LongLongMap.class, IntIntMap.class, SyncLongLongMap.class)
                .and()
                .haveNameNotMatching("io\\.memmap\\.memory\\.VirtualMemory(\\$.*)?")
                .should()
                .callMethodWhere(target(owner(assignableTo(MemorySegment.class)))
                        .and(target(nameMatching("get|set|getAtIndex|setAtIndex|getString|setString|fill|copyFrom"))))
                .check(CLASSES);
    }

    @Test
    void theEngineIsOneLineOfInheritance() {
        classes()
                .that()
                .areAssignableTo(Hmap.class)
                .and()
                .haveNameNotMatching(FACE)
                .and()
                .doNotBelongToAnyOf(ObservedMap.class) // it has no heap, and looks on only
                .should()
                .haveModifier(JavaModifier.ABSTRACT)
                .check(CLASSES);
    }

    @Test
    void telemetryKnowsNothingOfMapsAndMemory() {
        noClasses()
                .that(resideInAPackage("io.memmap.telemetry.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.memmap", "io.memmap.memory", "io.memmap.observe.."))
                .check(CLASSES);
    }

    @Test
    void theModuleExportsItsPackages() throws IOException {
        try (InputStream descriptor = Files.newInputStream(MAIN.resolve("module-info.class"))) {
            ModuleDescriptor module = ModuleDescriptor.read(descriptor);
            assertThat(module.name()).isEqualTo("io.memmap");
            assertThat(module.exports().stream()
                            .filter(exports -> !exports.isQualified())
                            .map(ModuleDescriptor.Exports::source)
                            .collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("io.memmap", "io.memmap.observe");
            assertThat(module.exports().stream()
                            .filter(ModuleDescriptor.Exports::isQualified)
                            .map(ModuleDescriptor.Exports::targets))
                    .allMatch(Set.of("io.memmap.unsafe")::equals);
            assertThat(module.opens()).isEmpty();
            assertThat(module.requires()) // else who requires this module needs those to compile
                    .noneMatch(
                            requires -> requires.modifiers().containsAll(Set.of(Modifier.STATIC, Modifier.TRANSITIVE)));
        }
    }

    /** For javac's own check of that, the annotations for null would have to be a dependency of all users. */
    @Test
    void publicMembersNameNoTypeOfAnInnerPackage() {
        members()
                .that()
                .areDeclaredInClassesThat(resideInAnyPackage("io.memmap", "io.memmap.observe"))
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .and()
                .areNotPrivate()
                .and()
                .areNotPackagePrivate()
                .should(ArchCondition.from(describe(
                        "name no type of an inner package",
                        member -> member.getAllInvolvedRawTypes().stream().noneMatch(INNER))))
                .check(CLASSES);
    }

    @Test
    void publicTypesExtendNoTypeOfAnInnerPackage() {
        noClasses()
                .that(resideInAnyPackage("io.memmap", "io.memmap.observe"))
                .and()
                .arePublic()
                .should()
                .beAssignableTo(INNER)
                .check(CLASSES);
    }

    private static Path directoryOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
