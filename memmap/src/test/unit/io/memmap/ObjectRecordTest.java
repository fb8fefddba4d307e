package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Records with components that are objects, and sealed interfaces of records. */
@SuppressWarnings({"ArrayRecordComponent", "SameNameButDifferent"}) // both are what is tested
class ObjectRecordTest extends MemMapTestBase {
    enum Color {
        RED,
        GREEN
    }

    record Point(int x, double y) {}

    record Person(String name, Color color, Point home) {}

    record Everything(
            long id,
            String text,
            Color color,
            UUID uuid,
            Instant instant,
            LocalDate date,
            LocalDateTime dateTime,
            Duration duration,
            BigDecimal decimal,
            BigInteger integer,
            @Nullable Long box,
            @Nullable String maybe,
            Optional<String> optional,
            Point point,
            Person person,
            List<Person> persons,
            Set<Color> colors,
            Map<String, List<Long>> map,
            boolean last) {}

    record Arrays8(
            byte[] bytes,
            boolean[] booleans,
            short[] shorts,
            char[] chars,
            int[] ints,
            long[] longs,
            float[] floats,
            double[] doubles) {}

    private static Everything everything(int n) {
        Person person = new Person("p" + n, Color.RED, new Point(n, n / 2.0));
        return new Everything(
                n,
                "ä€😀".repeat(n % 40),
                Color.values()[n % 2],
                new UUID(n, -n),
                Instant.ofEpochSecond(n, n),
                LocalDate.ofEpochDay(n),
                LocalDateTime.of(2026, 1, 1, 0, 0).plusSeconds(n),
                Duration.ofNanos(n),
                new BigDecimal(BigInteger.valueOf(n), n % 5),
                BigInteger.TWO.pow(n % 200),
                n % 3 == 0 ? null : (long) n,
                n % 4 == 0 ? null : "m" + n,
                n % 5 == 0 ? Optional.empty() : Optional.of("o" + n),
                new Point(-n, -0.0),
                person,
                Collections.nCopies(n % 4, person),
                n % 2 == 0 ? Set.of() : Set.of(Color.RED, Color.GREEN),
                Map.of("a" + n, List.of(1L, (long) n), "b", List.of()),
                n % 2 == 0);
    }

    // --------------------------------------------------------------------------------- round trips

    @Test
    void everyComponentComesBackUnchanged() {
        MemMap<Integer, Everything> values = make(Type.INT, Type.record(Everything.class));
        MemMap<Everything, Integer> keys = make(Type.record(Everything.class), Type.INT);
        for (int n = 0; n < 300; n++) {
            values.put(n, everything(n));
            keys.put(everything(n), n);
        }
        for (int n = 0; n < 300; n++) {
            assertThat(values.get(n)).isEqualTo(everything(n));
            assertThat(keys.get(everything(n))).isEqualTo(n);
        }
        keys.forEach((key, n) -> assertThat(key).isEqualTo(everything(n)));
        assertThat(keys.get(everything(300))).isNull();
    }

    @Test
    void everyArrayOfPrimitivesComesBackUnchanged() {
        MemMap<Integer, Arrays8> map = make(Type.INT, Type.record(Arrays8.class));
        map.put(
                1,
                new Arrays8(
                        new byte[] {1, -1},
                        new boolean[] {true, false},
                        new short[] {Short.MIN_VALUE},
                        new char[] {'\uFFFF'},
                        new int[] {1, Integer.MIN_VALUE},
                        new long[] {Long.MAX_VALUE},
                        new float[] {-0f},
                        new double[0]));
        Arrays8 found = map.get(1);
        assertThat(found.bytes).containsExactly(1, -1);
        assertThat(found.booleans).containsExactly(true, false);
        assertThat(found.shorts).containsExactly(Short.MIN_VALUE);
        assertThat(found.chars).containsExactly('\uFFFF');
        assertThat(found.ints).containsExactly(1, Integer.MIN_VALUE);
        assertThat(found.longs).containsExactly(Long.MAX_VALUE);
        assertThat(found.floats).containsExactly(-0f);
        assertThat(found.doubles).isEmpty();
    }

    record Boxes(Long l, Integer i, Short s, Byte b, Character c, Boolean z, Float f, Double d) {}

    @Test
    void boxesMayBeNull() {
        MemMap<Integer, Boxes> map = make(Type.INT, Type.record(Boxes.class));
        Boxes full = new Boxes(1L, 2, (short) 3, (byte) 4, '5', true, 6f, 7.0);
        Boxes empty = new Boxes(null, null, null, null, null, null, null, null);
        map.put(1, full);
        map.put(2, empty);
        assertThat(map.get(1)).isEqualTo(full);
        assertThat(map.get(2)).isEqualTo(empty);
    }

    @Test
    void theCollectionsOfAReadCannotBeChanged() {
        MemMap<Integer, Everything> map = make(Type.INT, Type.record(Everything.class));
        map.put(1, everything(1));
        Everything found = map.get(1);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> found.persons().clear());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> found.colors().clear());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> found.map().clear());
    }

    /** The record must not refer to the caller's collections. */
    @Test
    void aLaterChangeOfACollectionDoesNotReachTheMap() {
        record Tagged(List<String> tags) {}
        MemMap<Integer, Tagged> map = make(Type.INT, Type.record(Tagged.class));
        List<String> tags = new ArrayList<>(List.of("a"));
        map.put(1, new Tagged(tags));
        tags.add("b");
        assertThat(map.get(1).tags()).containsExactly("a");
    }

    // ------------------------------------------------------------------------------------- shapes

    @Test
    void theNameOfTheTypeIsTheShape() {
        assertThat(Type.record(Person.class))
                .hasToString("record{name utf8, color enum{RED, GREEN}," + " home struct{x int, 4 padding, y double}}");
        assertThat(Type.record(Boxes.class))
                .hasToString("record{l nullable(long), i nullable(int), s nullable(short), b nullable(byte),"
                        + " c nullable(char), z nullable(boolean), f nullable(float), d nullable(double)}");
        assertThat(Type.record(Person.class).isVariable()).isTrue();
    }

    @Test
    void theComponentsFollowOneAnotherWithoutPadding() {
        record Small(short s, String name, @Nullable Integer box, int i) {}
        MemMap<Integer, Small> map = make(Type.INT, Type.record(Small.class));
        map.put(1, new Small((short) 0x0102, "ab", null, 7));
        map.put(2, new Small((short) 1, "", 3, 7));
        assertThat(bytes(map, 1)).containsExactly(2, 1, 2, 'a', 'b', 0, 0, 0, 0, 0, 7, 0, 0, 0);
        assertThat(bytes(map, 2)).containsExactly(1, 0, 0, 1, 3, 0, 0, 0, 7, 0, 0, 0);
    }

    private static <K> byte[] bytes(MemMap<K, ?> map, K key) {
        return map.read(key, value -> value.toArray(ValueLayout.JAVA_BYTE));
    }

    static class Before {
        record Order(long id, String customer) {}
    }

    static class After {
        record Order(long id, String customer, @Nullable Instant paid) {}
    }

    @Test
    void aMapOfAnotherShapeIsRefusedWithBothShapes() {
        MemMap<Long, Before.Order> map = make(Type.LONG, Type.record(Before.Order.class));
        map.put(1L, new Before.Order(1, "ada"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.LONG, Type.record(After.Order.class)))
                .withMessage("pointer " + map.pointer() + " is a map[long]record{id long, customer utf8};"
                        + " expected a map[long]record{id long, customer utf8, paid nullable(instant)}");
        record Renamed(long id, String customer) {} // the name of the class does not count
        assertThat(MemMap.at(heap, map.pointer(), Type.LONG, Type.record(Renamed.class))
                        .get(1L))
                .isEqualTo(new Renamed(1, "ada"));
    }

    @Test
    void aMapOfAnotherVersionIsRefusedWithBothVersions() {
        Type<Before.Order> cents = Type.record(Before.Order.class).withVersion(2);
        MemMap<Long, Before.Order> map = make(Type.LONG, cents);
        map.put(1L, new Before.Order(1, "ada"));
        for (Type<Before.Order> other :
                List.of(Type.record(Before.Order.class), cents.withVersion(1), cents.withVersion(22))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.LONG, other))
                    .withMessage("pointer " + map.pointer()
                            + " is a map[long]record{id long, customer utf8} v2; expected a map[long]" + other);
        }
        assertThat(MemMap.at(
                                heap,
                                map.pointer(),
                                Type.LONG,
                                cents.withVersion(3).withVersion(2))
                        .get(1L))
                .isEqualTo(new Before.Order(1, "ada"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cents.withVersion(0))
                .withMessage("version must be 1 or more: 0");
    }

    @Test
    void everyTypeMayHaveAVersion() {
        MemMap<Long, Integer> map = make(Type.LONG.withVersion(7), Type.INT.withVersion(1));
        map.put(1L, 2);
        assertThat(MemMap.at(heap, map.pointer(), Type.LONG.withVersion(7), Type.INT.withVersion(1))
                        .get(1L))
                .isEqualTo(2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.LONG, Type.INT))
                .withMessageContaining("is a map[long v7]int v1; expected a map[long]int");
    }

    // ---------------------------------------------------------------------------------------- null

    @Test
    void aNullComponentIsRefusedByName() {
        MemMap<Integer, Person> values = make(Type.INT, Type.record(Person.class));
        MemMap<Person, Integer> keys = make(Type.record(Person.class), Type.INT);
        Person nameless = new Person(null, Color.RED, new Point(0, 0));
        for (ThrowingCallable use : new ThrowingCallable[] {
            () -> values.put(1, nameless),
            () -> values.computeIfAbsent(1, key -> nameless),
            () -> keys.put(nameless, 1),
            () -> keys.get(nameless)
        }) {
            assertThatNullPointerException()
                    .isThrownBy(use)
                    .withMessage("component name of " + Person.class.getName()
                            + " is null: to store null, annotate the component with a @Nullable that is kept at run"
                            + " time, such as that of JSpecify, or make it an Optional");
            keys.put(new Person("a", Color.RED, new Point(0, 0)), 1); // so that a get must look for its key
        }
        assertThat(values.isEmpty()).isTrue();
    }

    @Retention(RetentionPolicy.RUNTIME)
    @interface Foreign {
        @Retention(RetentionPolicy.RUNTIME)
        @interface Nullable {}
    }

    record Nullables(
            @Foreign.Nullable String declared,
            @Nullable Point point,
            long @Nullable [] array,
            List<@Nullable String> list,
            Map<String, @Nullable Integer> map,
            Optional<List<@Nullable Point>> nested) {}

    @Test
    void anyAnnotationNamedNullableAllowsNull() {
        assertThat(Type.record(Nullables.class))
                .hasToString("record{declared nullable(utf8), point nullable(struct{x int, 4 padding, y double}),"
                        + " array nullable(longs), list list(nullable(utf8)), map map_of(utf8, nullable(int)),"
                        + " nested optional(list(nullable(struct{x int, 4 padding, y double})))}");
        MemMap<Integer, Nullables> map = make(Type.INT, Type.record(Nullables.class));
        Map<String, Integer> entries = new LinkedHashMap<>();
        entries.put("k", null);
        Nullables nulls = new Nullables(
                null, null, null, Arrays.asList("a", null), entries, Optional.of(Arrays.asList(null, new Point(1, 2))));
        map.put(1, nulls);
        assertThat(map.get(1)).isEqualTo(nulls);
    }

    @Test
    void anElementThatIsNullIsRefused() {
        record Tagged(List<String> tags) {}
        MemMap<Integer, Tagged> map = make(Type.INT, Type.record(Tagged.class));
        assertThatNullPointerException()
                .isThrownBy(() -> map.put(1, new Tagged(Arrays.asList("a", null))))
                .withMessageContaining("list(utf8)");
        assertThat(map.isEmpty()).isTrue();
    }

    // ------------------------------------------------------------------------------------ generics

    record Pair<A, B>(A first, B second) {}

    record Page<T>(List<T> items, @Nullable T next, Pair<String, T> named) {}

    @Test
    void aGenericRecordHasTheTypeOfItsArguments() {
        Type<Pair<String, Long>> pairs = Type.of(new TypeRef<Pair<String, Long>>() {});
        assertThat(pairs).hasToString("record{first utf8, second long}");
        MemMap<Pair<String, Long>, Page<Point>> map = make(pairs, Type.of(new TypeRef<Page<Point>>() {}));
        Page<Point> page = new Page<>(List.of(new Point(1, 2)), null, new Pair<>("n", new Point(3, 4)));
        map.put(new Pair<>("a", 1L), page);
        assertThat(map.get(new Pair<>("a", 1L))).isEqualTo(page);
        assertThat(map.get(new Pair<>("a", 2L))).isNull();
    }

    @Test
    void aTypeRefNamesAnythingThatAComponentMayBe() {
        assertThat(Type.of(new TypeRef<Long>() {})).isSameAs(Type.LONG);
        assertThat(Type.of(new TypeRef<Point>() {})).hasToString("struct{x int, 4 padding, y double}");
        assertThat(Type.of(new TypeRef<long[]>() {})).isSameAs(Type.LONGS);
        MemMap<Integer, Map<String, List<? extends Point>>> map =
                make(Type.INT, Type.of(new TypeRef<Map<String, List<? extends Point>>>() {}));
        map.put(1, Map.of("a", List.of(new Point(1, 2))));
        assertThat(map.get(1)).isEqualTo(Map.of("a", List.of(new Point(1, 2))));
        assertThat(new TypeRef<List<String>>() {}).hasToString("java.util.List<java.lang.String>");
    }

    private static <T> Type<List<T>> listOf() {
        return Type.of(new TypeRef<List<T>>() {});
    }

    private static class Indirect extends TypeRef<String> {}

    @Test
    @SuppressWarnings("rawtypes") // what is refused
    void aTypeWithoutItsArgumentsIsRefused() {
        record RawList(List list) {}
        record RawPair(int id, Pair pair) {}
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(Pair.class))
                .withMessage(Pair.class.getName() + " without type arguments: name them, as in"
                        + " Type.of(new TypeRef<Pair<String, Long>>() {})");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(RawList.class))
                .withMessageStartingWith("component list of " + RawList.class.getName()
                        + " is a java.util.List without type arguments: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(RawPair.class))
                .withMessageStartingWith("component pair of " + RawPair.class.getName() + " is a ");
        assertThatIllegalArgumentException()
                .isThrownBy(ObjectRecordTest::listOf)
                .withMessageContaining("is a T, which stands for no type");
        assertThatIllegalStateException()
                .isThrownBy(() -> new Indirect() {})
                .withMessageContaining("must extend TypeRef directly");
        assertThatIllegalStateException()
                .isThrownBy(() -> new TypeRef() {})
                .withMessageContaining("must extend TypeRef directly, with a type argument");
    }

    // -------------------------------------------------------------------------- sealed interfaces

    sealed interface Shape permits Square, Circle, Composed {}

    sealed interface Composed extends Shape permits Group {}

    record Square(double side) implements Shape {}

    record Circle(double radius, @Nullable String name) implements Shape {}

    record Group(List<Shape> shapes) implements Composed {}

    @Test
    void aSealedInterfaceIsStoredWithTheNumberOfTheClass() {
        Type<Shape> type = Type.sealed(Shape.class);
        assertThat(type)
                .hasToString("sealed Shape{Circle record{radius double, name nullable(utf8)},"
                        + " Group record{shapes list(Shape)}, Square struct{side double}}");
        MemMap<Shape, Shape> map = make(type, type);
        List<Shape> shapes =
                List.of(new Square(1), new Circle(2, null), new Group(List.of(new Square(3), new Group(List.of()))));
        shapes.forEach(shape -> map.put(shape, shape));
        shapes.forEach(shape -> assertThat(map.get(shape)).isEqualTo(shape));
        assertThat(map.size()).isEqualTo(3);
        assertThat(bytes(map, new Square(1))).containsExactly(2, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F);
    }

    static class OtherOrder {
        sealed interface Shape permits Circle, Square {}

        record Square(double side) implements Shape {}

        record Circle(double radius) implements Shape {}
    }

    static class OneOrder {
        sealed interface Shape permits Square, Circle {}

        record Circle(double radius) implements Shape {}

        record Square(double side) implements Shape {}
    }

    static class MoreClasses {
        sealed interface Shape permits Circle, Line, Square {}

        record Circle(double radius) implements Shape {}

        record Line(double length) implements Shape {}

        record Square(double side) implements Shape {}
    }

    @Test
    void theOrderOfThePermittedClassesDoesNotCount() {
        MemMap<Integer, OneOrder.Shape> map = make(Type.INT, Type.sealed(OneOrder.Shape.class));
        map.put(1, new OneOrder.Square(1));
        map.put(2, new OneOrder.Circle(2));
        MemMap<Integer, OtherOrder.Shape> other =
                MemMap.at(heap, map.pointer(), Type.INT, Type.sealed(OtherOrder.Shape.class));
        assertThat(other.get(1)).isEqualTo(new OtherOrder.Square(1));
        assertThat(other.get(2)).isEqualTo(new OtherOrder.Circle(2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.INT, Type.sealed(MoreClasses.Shape.class)))
                .withMessageContaining("sealed{Circle struct{radius double}, Square struct{side double}}; expected a"
                        + " map[int]sealed{Circle struct{radius double}, Line struct{length double},"
                        + " Square struct{side double}}");
    }

    sealed interface Result<T> permits Ok, Failed {}

    record Ok<V>(V value) implements Result<V> {}

    record Failed<T>(String why) implements Result<T> {}

    record Answer(Result<Point> result) {}

    @Test
    void aGenericSealedInterfaceGivesItsArgumentsToItsRecords() {
        MemMap<Integer, Result<List<Long>>> map = make(Type.INT, Type.of(new TypeRef<Result<List<Long>>>() {}));
        map.put(1, new Ok<>(List.of(1L)));
        map.put(2, new Failed<>("no"));
        assertThat(map.get(1)).isEqualTo(new Ok<>(List.of(1L)));
        assertThat(map.get(2)).isEqualTo(new Failed<>("no"));
        assertThat(Type.record(Answer.class))
                .hasToString("record{result sealed{Failed record{why utf8},"
                        + " Ok record{value struct{x int, 4 padding, y double}}}}");
    }

    sealed interface Open permits OpenClass {}

    static final class OpenClass implements Open {}

    sealed interface Hides permits Hidden {}

    record Hidden<T>(T value) implements Hides {}

    @Test
    void aSealedInterfaceOfOtherClassesIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.sealed(Open.class))
                .withMessage(Open.class.getName() + " permits " + OpenClass.class.getName()
                        + ", which is neither a record nor a sealed interface; make it one of them, or encode the"
                        + " objects with Type.of(name, class, encoder, decoder)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.sealed(Hides.class))
                .withMessage("the type argument T of " + Hidden.class.getName() + " does not follow from those of "
                        + Hides.class.getName() + ", which it implements");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.sealed(Point.class))
                .withMessage(Point.class.getName() + " is not a sealed interface; use Type.record");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.sealed(Runnable.class))
                .withMessage("java.lang.Runnable is not a sealed interface");
    }

    // ------------------------------------------------------------------------------------ recursion

    record Tree(String name, List<Tree> children) {}

    record Link(int id, @Nullable Link next) {}

    record Ping(Optional<Pong> pong) {}

    record Pong(int id, Ping ping) {}

    record Node<T>(T value, Map<String, Node<T>> next) {}

    @Test
    void aRecordMayContainItself() {
        assertThat(Type.record(Tree.class)).hasToString("record Tree{name utf8, children list(Tree)}");
        assertThat(Type.record(Link.class)).hasToString("record Link{id int, next nullable(Link)}");
        assertThat(Type.record(Ping.class)).hasToString("record Ping{pong optional(record{id int, ping Ping})}");
        MemMap<Integer, Tree> trees = make(Type.INT, Type.record(Tree.class));
        Tree tree = new Tree("r", List.of(new Tree("a", List.of()), new Tree("b", List.of(new Tree("c", List.of())))));
        trees.put(1, tree);
        assertThat(trees.get(1)).isEqualTo(tree);
        MemMap<Link, Ping> links = make(Type.record(Link.class), Type.record(Ping.class));
        Link link = new Link(1, new Link(2, new Link(3, null)));
        Ping ping = new Ping(Optional.of(new Pong(1, new Ping(Optional.empty()))));
        links.put(link, ping);
        assertThat(links.get(link)).isEqualTo(ping);
        MemMap<Integer, Node<Color>> nodes = make(Type.INT, Type.of(new TypeRef<Node<Color>>() {}));
        Node<Color> node = new Node<>(Color.RED, Map.of("x", new Node<>(Color.GREEN, Map.of())));
        nodes.put(1, node);
        assertThat(nodes.get(1)).isEqualTo(node);
    }

    record Chain(int id, Chain next) {}

    record PingAlways(PongAlways pong) {}

    record PongAlways(int id, PingAlways ping) {}

    record Grows<T>(@Nullable T value, @Nullable Grows<List<T>> next) {}

    @Test
    void aRecordThatCanHaveNoEndIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(Chain.class))
                .withMessage("component next of " + Chain.class.getName() + " is a " + Chain.class.getName()
                        + ", which contains it: the record would have no end; annotate the component with"
                        + " @Nullable, or make it an Optional or a List");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(PingAlways.class))
                .withMessageContaining("component ping of " + PongAlways.class.getName());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.of(new TypeRef<Grows<String>>() {}))
                .withMessageContaining("inside 100 others, which is the limit");
    }

    @Test
    void anObjectThatIsTooDeepForTheStackLeavesTheMapUnchanged() throws InterruptedException {
        Thread small = new Thread(
                null,
                () -> {
                    try (NativeHeap own = NativeHeap.ofConfined()) {
                        MemMap<Integer, Link> map = MemMap.make(own, Type.INT, Type.record(Link.class));
                        Link deep = null;
                        for (int i = 0; i < 1_000_000; i++) {
                            deep = new Link(i, deep);
                        }
                        Link tooDeep = deep;
                        map.put(1, new Link(1, null));
                        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> map.put(1, tooDeep));
                        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> map.put(2, tooDeep));
                        map.check();
                        map.put(2, new Link(2, null));
                        assertThat(map.get(1)).isEqualTo(new Link(1, null));
                        assertThat(map.get(2)).isEqualTo(new Link(2, null));
                    }
                },
                "deep",
                1 << 20);
        List<Throwable> failures = new ArrayList<>();
        small.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
        small.start();
        small.join();
        assertThat(failures).isEmpty();
    }

    // ------------------------------------------------------------------------------------ refusals

    record WithObject(int id, Object any) {}

    record WithThread(Optional<List<Thread>> threads) {}

    record WithStrings(String[] names) {}

    record WithArrayList(ArrayList<String> names) {}

    private record PrivateText(String text) {}

    @Test
    void anotherComponentIsRefusedByName() {
        assertRefused(WithObject.class, "component any of " + WithObject.class.getName() + " is a java.lang.Object: ");
        assertRefused(
                WithThread.class,
                "a type argument of List in a type argument of Optional in component threads of "
                        + WithThread.class.getName() + " is a java.lang.Thread: ");
        assertRefused(
                WithStrings.class, "component names of " + WithStrings.class.getName() + " is a java.lang.String[]: ");
        assertRefused(
                WithArrayList.class,
                "component names of " + WithArrayList.class.getName() + " is a java.util.ArrayList: ");
    }

    private static void assertRefused(Class<? extends Record> record, String start) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(record))
                .withMessageStartingWith(start + "it must be a primitive")
                .withMessageEndingWith("encode the whole object with Type.of(name, class, encoder, decoder)");
    }

    @Test
    void aPrivateRecordNeedsALookupThatCanAccessIt() {
        MemMap<Integer, PrivateText> map = make(Type.INT, Type.record(PrivateText.class, MethodHandles.lookup()));
        map.put(1, new PrivateText("a"));
        assertThat(map.get(1)).isEqualTo(new PrivateText("a"));
        assertThat(Type.of(new TypeRef<List<PrivateText>>() {}, MethodHandles.lookup()))
                .hasToString("list(record{text utf8})");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(PrivateText.class, MethodHandles.publicLookup()))
                .withMessageStartingWith(PrivateText.class.getName() + " is not accessible: ")
                .withMessageEndingWith("; give Type.record a MethodHandles.lookup() of code that can access it");
    }

    // ------------------------------------------------------------------------------ equality of keys

    record Numbers(double d, float f, String s) {}

    record Bag(Set<String> set, Map<String, Integer> map) {}

    /** As the equals of a record does: a NaN equals a NaN, and +0 differs from -0. */
    @Test
    void keysAreEqualIfTheirBytesAre() {
        MemMap<Numbers, Integer> numbers = make(Type.record(Numbers.class), Type.INT);
        double anotherNan = Double.longBitsToDouble(0x7FF0_0000_0000_0001L);
        numbers.put(new Numbers(Double.NaN, Float.NaN, "a"), 1);
        assertThat(numbers.get(new Numbers(anotherNan, Float.intBitsToFloat(0x7F80_0001), "a")))
                .isEqualTo(1);
        numbers.put(new Numbers(0.0, 0, "a"), 2);
        assertThat(numbers.get(new Numbers(-0.0, 0, "a"))).isNull();
        numbers.put(new Numbers(-0.0, 0, "a"), 3);
        assertThat(numbers.get(new Numbers(0.0, 0, "a"))).isEqualTo(2);
        assertThat(numbers.size()).isEqualTo(3);
        assertThat(numbers.remove(new Numbers(anotherNan, Float.NaN, "a"))).isEqualTo(1);
    }

    @Test
    void theOrderOfASetDoesNotCount() {
        MemMap<Bag, Integer> bags = make(Type.record(Bag.class), Type.INT);
        Map<String, Integer> map = new LinkedHashMap<>();
        Map<String, Integer> reversed = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            map.put("key" + i, i);
            reversed.put("key" + (19 - i), 19 - i);
        }
        bags.put(new Bag(new LinkedHashSet<>(map.keySet()), map), 1);
        assertThat(bags.get(new Bag(new LinkedHashSet<>(reversed.keySet()), reversed)))
                .isEqualTo(1);
    }

    /** The views compare records by their bytes, so arrays by their elements. */
    @Test
    void viewsCompareArraysInRecordsByTheirElements() {
        record Key(byte[] bytes) {}
        MemMap<Key, Key> map = make(Type.record(Key.class), Type.record(Key.class));
        map.put(new Key(new byte[] {1}), new Key(new byte[] {2}));
        assertThat(map.asMap().containsKey(new Key(new byte[] {1}))).isTrue();
        assertThat(map.asMap().containsValue(new Key(new byte[] {2}))).isTrue();
        assertThat(map.asMap().containsValue(new Key(new byte[] {1}))).isFalse();
        MemMap<Key, Key> same = make(Type.record(Key.class), Type.record(Key.class));
        same.put(new Key(new byte[] {1}), new Key(new byte[] {2}));
        assertThat(map.asMap().equals(same.asMap())).isTrue();
        assertThat(map.asMap()).hasSameHashCodeAs(same.asMap());
        assertThat(map.contentEquals(same)).isTrue();
    }

    // -------------------------------------------------------------------------------- callers' code

    record Named(String name) {
        Named {
            if (name.isEmpty()) {
                throw new ArithmeticException("empty");
            }
        }
    }

    record Nest(Named first, List<Named> more) {}

    /** Reads the name of {@link Named}, without its constructor. */
    record Raw(String first, List<String> more) {}

    @Test
    void aValueWhoseConstructorThrowsLeavesTheMapUnchanged() {
        MemMap<Integer, Nest> map = make(Type.INT, Type.record(Nest.class));
        map.put(1, new Nest(new Named("a"), List.of(new Named("b"))));
        map.put(2, new Nest(new Named("a"), List.of()));
        // The name of the named one in the list is at the end of the bytes.
        map.update(1, value -> value.set(ValueLayout.JAVA_BYTE, value.byteSize() - 2, (byte) 0));
        for (ThrowingCallable read : new ThrowingCallable[] {
            () -> map.get(1),
            () -> map.put(1, new Nest(new Named("c"), List.of())),
            () -> map.remove(1),
            () -> map.compute(1, (key, value) -> null),
            () -> map.forEach((key, value) -> {})
        }) {
            assertThatExceptionOfType(RuntimeException.class).isThrownBy(read);
            map.check();
            assertThat(map.size()).isEqualTo(2);
        }
        map.set(1, new Nest(new Named("c"), List.of()));
        assertThat(map.get(1)).isEqualTo(new Nest(new Named("c"), List.of()));
    }

    private static Supplier<String> name = () -> "";

    record Hostile(String name, int id) {
        @Override
        public String name() {
            return ObjectRecordTest.name.get();
        }
    }

    @Test
    void anAccessorMayThrowOrUseTheMap() {
        MemMap<Hostile, Hostile> map = make(Type.record(Hostile.class), Type.record(Hostile.class));
        try {
            name = () -> {
                throw new ArithmeticException("not to be read");
            };
            assertThatExceptionOfType(ArithmeticException.class)
                    .isThrownBy(() -> map.put(new Hostile("a", 1), new Hostile("b", 1)));
            assertThat(map.isEmpty()).isTrue();
            name = () -> null;
            assertThatNullPointerException()
                    .isThrownBy(() -> map.put(new Hostile("a", 1), new Hostile("b", 1)))
                    .withMessageStartingWith("component name of " + Hostile.class.getName() + " is null");
            int[] depth = {0};
            name = () -> {
                if (depth[0]++ < 3) {
                    map.put(new Hostile("x", depth[0]), new Hostile("y", depth[0]));
                }
                return "same";
            };
            map.put(new Hostile("a", 100), new Hostile("b", 100));
            map.check();
            assertThat(map.size()).isEqualTo(4);
            // each encoding sees another name
            name = () -> "n" + depth[0]++;
            for (int i = 0; i < 100; i++) {
                map.put(new Hostile("a", i), new Hostile("b", i));
                map.computeIfAbsent(new Hostile("a", i), key -> new Hostile("c", 1));
                map.merge(new Hostile("a", i), new Hostile("b", i), (a, b) -> null);
            }
            map.check();
            assertThat(map.size()).isEqualTo(304);
        } finally {
            name = () -> "";
        }
    }

    @Test
    void aListThatChangesWhileItIsEncodedIsRefused() {
        record Tagged(List<String> tags) {}
        MemMap<Integer, Tagged> map = make(Type.INT, Type.record(Tagged.class));
        for (int size : new int[] {0, 1, 3, Integer.MAX_VALUE}) {
            List<String> liar = new AbstractList<>() {
                @Override
                public String get(int index) {
                    return "x";
                }

                @Override
                public int size() {
                    return size;
                }

                @Override
                public java.util.Iterator<String> iterator() {
                    return List.of("a", "b").iterator();
                }
            };
            assertThatExceptionOfType(ConcurrentModificationException.class)
                    .isThrownBy(() -> map.put(1, new Tagged(liar)));
        }
        assertThat(map.isEmpty()).isTrue();
    }

    /** Whatever the bytes are, a read answers or throws an exception, and the map goes on. */
    @Test
    void overwrittenBytesDoNoHarm() {
        MemMap<Integer, Everything> map = make(Type.INT, Type.record(Everything.class));
        Everything value = everything(7);
        map.put(1, value);
        int length = bytes(map, 1).length;
        for (int at = 0; at < length; at++) {
            for (byte wrong : new byte[] {0, 1, 0x7F, -1, -128}) {
                int index = at;
                map.put(2, value);
                map.update(2, bytes -> bytes.set(ValueLayout.JAVA_BYTE, index, wrong));
                try {
                    map.get(2);
                } catch (RuntimeException e) {
                    assertThat(e).hasMessageNotContaining("Index");
                }
                map.delete(2);
            }
        }
        map.check();
        assertThat(map.get(1)).isEqualTo(value);
    }

    @Test
    void theClassOfAnotherTypeIsNotInTheMap() {
        MemMap<Shape, Integer> map = make(Type.sealed(Shape.class), Type.INT);
        map.put(new Square(1), 1);
        Map<?, Integer> view = map.asMap();
        for (Object other : new Object[] {"Square", new Point(1, 1), 1}) {
            assertThat(view.containsKey(other)).isFalse();
            assertThat(view.get(other)).isNull();
        }
        assertThat(view.containsKey(new Square(1))).isTrue();
    }
}
