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
import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import io.memmap.observe.MemStats;
import io.memmap.observe.Metric;
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

/**
 * Which packages may depend on which: the public maps on the engine, and the engine on the memory.
 * Only one class reads and writes bytes.
 */
class ArchitectureTest {
    private static final String PUBLIC_MAP =
            "io\\.memmap\\.((LongLong|IntInt|LongStruct)(Map|Cursor)|(Mem|FixedKey|VariableKey|Sync|SyncLongLong|BoundedSync|LongKey|IntKey|SyncLongStruct)Map|MemMapCursor|LongLongCache|SyncMap(Iterator|Builder)|(Long|SyncLong)?StructRef|StructView|LongStructConsumer|WordKeys)(\\$.*)?";
    /** The classes of types. They may name the maps, because a map can be a value. */
    private static final String TYPE = "io\\.memmap\\.(Type|MapCodec)(\\$.*)?";

    private static final String VIEW_OR_BUILDER = "io\\.memmap\\.((Table|Abstract|Ordered)MapView|MapBuilder)(\\$.*)?";

    /** The directory of a heap is a map, and frees maps of all types. The heap does not know it. */
    private static final String DIRECTORY = "io\\.memmap\\.(ReadOnly)?Directory(\\$.*)?";

    /** The classes of the packages that are not exported. */
    private static final DescribedPredicate<JavaClass> INTERNAL =
            resideInAPackage("io.memmap..").and(not(resideInAnyPackage("io.memmap", "io.memmap.observe")));

    private static final Path MAIN = directoryOf(MapHandle.class);
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(MAIN);

    @Test
    void theFormatDependsOnNoOtherPackage() {
        noClasses()
                .that(resideInAPackage("io.memmap.format"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..").and(not(resideInAPackage("io.memmap.format"))))
                .check(CLASSES);
    }

    @Test
    void theMemoryDependsOnNoMap() {
        noClasses()
                .that(resideInAPackage("io.memmap.memory"))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.memmap", "io.memmap.observe.."))
                .check(CLASSES);
    }

    /** HeapOpener is left out: it connects the parts, and gives the heap the object that reads maps. */
    @Test
    void theHeapDependsOnNoMap() {
        noClasses()
                .that()
                .haveNameMatching(
                        "io\\.memmap\\.(NativeHeap|HeapMemory|HeapOptions|HeapLeaks|SnapshotWriter|BlockOwner)(\\$.*)?")
                .should()
                .dependOnClassesThat(assignableTo(MapHandle.class).or(nameMatching(PUBLIC_MAP)))
                .check(CLASSES);
    }

    @Test
    void codecsDependOnNeitherMapsNorTheHeap() {
        noClasses()
                .that(resideInAPackage("io.memmap.codec"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..")
                        .and(not(resideInAPackage("io.memmap.codec")))
                        .and(not(belongToAnyOf(Mem.class, StackReserve.class))))
                .check(CLASSES);
    }

    @Test
    void flightRecorderEventsDependOnNothingInTheLibrary() {
        noClasses()
                .that(resideInAPackage("io.memmap.telemetry.events"))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.memmap..").and(not(resideInAPackage("io.memmap.telemetry.events"))))
                .check(CLASSES);
    }

    @Test
    void noOtherPackageDependsOnTheObservers() {
        noClasses()
                .that(resideInAPackage("io.memmap"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap.observe.."))
                .check(CLASSES);
    }

    @Test
    void metricsDependOnlyOnTheirSnapshot() {
        noClasses()
                .that(resideInAPackage("io.memmap.observe.metric"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..")
                        .and(not(resideInAPackage("io.memmap.observe.metric")))
                        .and(not(belongToAnyOf(MemStats.class, Metric.class))))
                .check(CLASSES);
    }

    /**
     * Every class that is not named as a public map belongs to the engine. So the rule also holds
     * for a class that is added later.
     */
    @Test
    void theEngineDependsOnNoPublicMap() {
        noClasses()
                .that()
                .haveNameNotMatching(PUBLIC_MAP)
                .and()
                .haveNameNotMatching(VIEW_OR_BUILDER)
                .and()
                .haveNameNotMatching(TYPE)
                .and()
                .haveNameNotMatching(DIRECTORY)
                .and()
                .doNotBelongToAnyOf(EncodedSyncMap.class)
                .should()
                .dependOnClassesThat(nameMatching(PUBLIC_MAP).or(nameMatching(VIEW_OR_BUILDER)))
                .check(CLASSES);
    }

    /** The lower part of a map for many threads extends a view, because the whole map is one. */
    @Test
    void theLowerPartOfASyncMapDependsOnNoPublicMap() {
        noClasses()
                .that()
                .belongToAnyOf(EncodedSyncMap.class)
                .should()
                .dependOnClassesThat(nameMatching(PUBLIC_MAP))
                .check(CLASSES);
    }

    /**
     * Only the policy itself, and the maps that it bounds, may know how entries are chosen for
     * eviction.
     */
    @Test
    void theEngineDependsOnNoCachePolicy() {
        noClasses()
                .that(
                        resideInAPackage("io.memmap..")
                                .and(
                                        not(
                                                nameMatching(
                                                        "io\\.memmap\\.(cache\\..*|Limits|NodeSlots|TableMemory|SyncMap(Iterator|Builder|Options)?|BoundedSyncMap)(\\$.*)?"))))
                .should()
                .dependOnClassesThat(nameMatching("io\\.memmap\\.(cache\\..*|(Limits|NodeSlots)(\\$.*)?)"))
                .check(CLASSES);
    }

    @Test
    void thePartsOfTheCachePolicyDependOnNoTable() {
        noClasses()
                .that(resideInAPackage("io.memmap.cache"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.memmap..")
                        .and(not(resideInAPackage("io.memmap.cache")))
                        .and(not(belongToAnyOf(Mem.class, BoundsLayout.class))))
                .check(CLASSES);
    }

    @Test
    void viewsAndBuildersDependOnNoPublicMap() {
        noClasses()
                .that()
                .haveNameMatching(VIEW_OR_BUILDER)
                .should()
                .dependOnClassesThat(nameMatching(PUBLIC_MAP))
                .check(CLASSES);
    }

    /**
     * Two groups of classes are left out. Libc and FileCalls access memory that belongs to no
     * heap, where an operating system call finds its arguments and leaves its error. The typed maps, their lookup and the lookup of keys
     * that are words access the segment directly, for the reason that Mem gives.
     */
    @Test
    void onlyMemReadsAndWritesBytes() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(
                        Mem.class,
                        IntegerTable.class,
                        FixedKeyMap.class,
                        LongLongMap.class,
                        IntIntMap.class,
                        SyncLongLongMap.class,
                        StructTable.class,
                        StructView.class,
                        StructRef.class,
                        LongStructRef.class,
                        SyncLongStructRef.class)
                .and()
                .haveNameNotMatching("io\\.memmap\\.memory\\.(Libc|FileCalls)(\\$.*)?")
                .should()
                .callMethodWhere(target(owner(assignableTo(MemorySegment.class)))
                        .and(target(nameMatching("get|set|getAtIndex|setAtIndex|getString|setString|fill|copyFrom"))))
                .check(CLASSES);
    }

    @Test
    void theEngineIsOneChainOfAbstractClasses() {
        classes()
                .that()
                .areAssignableTo(MapHandle.class)
                .and()
                .haveNameNotMatching(PUBLIC_MAP)
                .and()
                .doNotBelongToAnyOf(ObservedMap.class, ListedMap.class) // they have no heap and only read
                .should()
                .haveModifier(JavaModifier.ABSTRACT)
                .check(CLASSES);
    }

    @Test
    void telemetryDependsOnNeitherMapsNorMemory() {
        noClasses()
                .that(resideInAPackage("io.memmap.telemetry.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.memmap", "io.memmap.memory", "io.memmap.observe.."))
                .check(CLASSES);
    }

    @Test
    void theModuleExportsOnlyThePublicPackages() throws IOException {
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
                            .flatMap(exports -> exports.targets().stream()))
                    .isSubsetOf("io.memmap.micrometer", "io.memmap.unsafe");
            // a program that shows no page needs no server
            assertThat(module.requires()).noneMatch(requires -> requires.name().equals("jdk.httpserver"));
            assertThat(module.opens()).isEmpty();
            // otherwise a module that requires this one would need those modules to compile
            assertThat(module.requires())
                    .noneMatch(
                            requires -> requires.modifiers().containsAll(Set.of(Modifier.STATIC, Modifier.TRANSITIVE)));
        }
    }

    /** javac can check this too, but then every user would need the annotations for null. */
    @Test
    void publicMembersUseNoTypeOfAnInternalPackage() {
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
                        "use no type of an internal package",
                        member -> member.getAllInvolvedRawTypes().stream().noneMatch(INTERNAL))))
                .check(CLASSES);
    }

    @Test
    void publicTypesExtendNoTypeOfAnInternalPackage() {
        noClasses()
                .that(resideInAnyPackage("io.memmap", "io.memmap.observe"))
                .and()
                .arePublic()
                .should()
                .beAssignableTo(INTERNAL)
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
