package io.memmap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.memmap.format.HmapLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.Month;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Enums, optionals, arrays, lists, sets and Java's maps as keys and values. */
class CompositeTypeTest extends MemMapTestBase {
    private <T> String bytesOf(Type<T> type, T object) {
        MemMap<Integer, T> map = MemMap.make(heap, Type.INT, type);
        map.set(1, object);
        String bytes = map.read(1, segment -> HexFormat.of().formatHex(segment.toArray(JAVA_BYTE)));
        map.free();
        return bytes;
    }

    // ---------------------------------------------------------------------------------------- enums

    @Test
    void anEnumHasTheNumberOfItsConstantInOneByte() {
        assertThat(bytesOf(Type.enumOf(Month.class), Month.JANUARY)).isEqualTo("00");
        assertThat(bytesOf(Type.enumOf(Month.class), Month.DECEMBER)).isEqualTo("0b");
        assertThat(Type.enumOf(TypeUnderTest.Level.class)).hasToString("enum{LOW, MIDDLE, HIGH}");
        MemMap<Month, DayOfWeek> map = make(Type.enumOf(Month.class), Type.enumOf(DayOfWeek.class));
        map.put(Month.MAY, DayOfWeek.FRIDAY);
        assertThat(map.get(Month.MAY)).isSameAs(DayOfWeek.FRIDAY);
        assertThat(map.heap.stats().inUse()).isEqualTo(map.stats().bytes());
        assertThat(map.field(HmapLayout.BLOB_BYTES)).isZero();
    }

    /** 256 constants fit in a byte; one more needs two. */
    @Test
    void anEnumOfManyConstantsHasTwoBytes(@TempDir Path directory) throws Exception {
        assertManyConstants(directory, 256, 1);
        assertManyConstants(directory, 257, 2);
    }

    @SuppressWarnings({"unchecked", "rawtypes", "EnumOrdinal"}) // the number is what is tested
    private void assertManyConstants(Path directory, int constants, int bytes) throws Exception {
        String name = "Many" + constants;
        String list = IntStream.range(0, constants).mapToObj(i -> "C" + i).collect(Collectors.joining(", "));
        Path source = Files.writeString(directory.resolve(name + ".java"), "public enum " + name + " {" + list + "}");
        ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
        assertThat(javac.run(System.out, System.err, "-d", directory.toString(), source.toString()))
                .isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
            Class<? extends Enum> many = loader.loadClass(name).asSubclass(Enum.class);
            Type<Enum> type = Type.enumOf((Class) many);
            MemMap<Enum, Enum> map = make(type, type);
            Enum[] all = many.getEnumConstants();
            for (Enum each : all) {
                map.put(each, all[constants - 1 - each.ordinal()]);
            }
            for (Enum each : all) {
                assertThat(map.get(each)).isSameAs(all[constants - 1 - each.ordinal()]);
            }
            assertThat(map.bucketLayout.keyBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void anEnumWithOtherConstantsIsRefusedWithBothNamed() {
        MemMap<Integer, TypeUnderTest.Level> map = make(Type.INT, Type.enumOf(TypeUnderTest.Level.class));
        map.put(1, TypeUnderTest.Level.HIGH);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.INT, Type.enumOf(Month.class)))
                .withMessageContaining(
                        "is a map[int]enum{LOW, MIDDLE, HIGH}; expected a map[int]enum{JANUARY, FEBRUARY,");
        assertThat(MemMap.at(heap, map.pointer(), Type.INT, Type.enumOf(TypeUnderTest.Level.class))
                        .get(1))
                .isSameAs(TypeUnderTest.Level.HIGH);
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes", "CollectionIncompatibleType"}) // that is what is tested
    void onlyConstantsOfTheEnumAreStoredAndFound() {
        MemMap<TypeUnderTest.Level, TypeUnderTest.Level> map =
                make(Type.enumOf(TypeUnderTest.Level.class), Type.enumOf(TypeUnderTest.Level.class));
        map.put(TypeUnderTest.Level.LOW, TypeUnderTest.Level.MIDDLE);
        assertThat(map.asMap().get(Month.JANUARY)).isNull();
        assertThat(map.asMap().containsValue(Month.FEBRUARY)).isFalse();
        assertThat(map.asMap().containsValue(TypeUnderTest.Level.MIDDLE)).isTrue();
        assertThatExceptionOfType(ClassCastException.class)
                .isThrownBy(() -> ((MemMap) map).put(Month.JANUARY, Month.MAY));
        assertThat(map.size()).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.enumOf((Class) Enum.class))
                .withMessage("java.lang.Enum is not an enum");
    }

    @Test
    void anOverwrittenNumberOfAConstantIsRefused() {
        MemMap<Integer, TypeUnderTest.Level> map = make(Type.INT, Type.enumOf(TypeUnderTest.Level.class));
        map.put(1, TypeUnderTest.Level.HIGH);
        map.update(1, bytes -> bytes.fill((byte) 3));
        assertThatIllegalStateException()
                .isThrownBy(() -> map.get(1))
                .withMessage(
                        "no constant of enum{LOW, MIDDLE, HIGH} has the number 3: its bytes have been overwritten");
    }

    // ------------------------------------------------------------------------------------ numbers

    @Test
    void datesAndDurationsStayInTheirSlot() {
        MemMap<LocalDate, Duration> map = make(Type.LOCAL_DATE, Type.DURATION);
        map.put(LocalDate.EPOCH.minusDays(1), Duration.ofNanos(-1));
        assertThat(map.field(HmapLayout.BLOB_BYTES)).isZero();
        assertThat(bytesOf(Type.LOCAL_DATE, LocalDate.EPOCH.minusDays(1))).isEqualTo("ffffffffffffffff");
        assertThat(bytesOf(Type.LOCAL_DATE_TIME, LocalDate.EPOCH.atTime(0, 0, 1, 2)))
                .isEqualTo("0100000000000000" + "02000000");
        assertThat(bytesOf(Type.DURATION, Duration.ofNanos(-1))).isEqualTo("ffffffffffffffff" + "ffc99a3b");
    }

    @Test
    void decimalsWithAnotherScaleAreOtherKeys() {
        MemMap<BigDecimal, Integer> map = make(Type.BIG_DECIMAL, Type.INT);
        map.put(new BigDecimal("1.0"), 1);
        map.put(new BigDecimal("1.00"), 2);
        assertThat(map.get(new BigDecimal("1.0"))).isEqualTo(1);
        assertThat(map.get(new BigDecimal("1.00"))).isEqualTo(2);
        assertThat(map.get(new BigDecimal("1"))).isNull();
        assertThat(bytesOf(Type.BIG_DECIMAL, new BigDecimal("-2.56"))).isEqualTo("02000000" + "ff00");
    }

    // ------------------------------------------------------------------------------------- arrays

    @Test
    @SuppressWarnings("CollectionIncompatibleType") // also what is no key is looked up
    void arraysAreStoredLittleEndianAndComparedLikeArraysEquals() {
        assertThat(bytesOf(Type.SHORTS, new short[] {1, -2})).isEqualTo("0100" + "feff");
        assertThat(bytesOf(Type.LONGS, new long[] {1})).isEqualTo("0100000000000000");
        assertThat(bytesOf(Type.BOOLEANS, new boolean[] {true, false})).isEqualTo("0100");
        MemMap<double[], Integer> map = make(Type.DOUBLES, Type.INT);
        map.put(new double[] {Double.NaN}, 1);
        map.put(new double[] {0.0}, 2);
        map.put(new double[] {-0.0}, 3);
        assertThat(map.get(new double[] {Double.longBitsToDouble(0x7FF8_0000_0000_0001L)}))
                .isEqualTo(1);
        assertThat(map.get(new double[] {0.0})).isEqualTo(2);
        assertThat(map.get(new double[] {-0.0})).isEqualTo(3);
        assertThat(map.asMap().containsKey(new double[] {Double.NaN})).isTrue();
        assertThat(map.asMap().containsKey(new float[] {0})).isFalse();
        assertThat(map.asMap()).hasSameHashCodeAs(keep(map.copy(heap)).asMap());
        map.asMap().keySet().removeIf(key -> key[0] != 0);
        assertThat(map.size()).isEqualTo(2);
    }

    @Test
    void anArrayIsACopyInBothDirections() {
        int[] stored = {1, 2};
        MemMap<Integer, int[]> map = make(Type.INT, Type.INTS);
        map.put(1, stored);
        stored[0] = 9;
        map.get(1)[1] = 9;
        assertThat(map.get(1)).containsExactly(1, 2);
        map.update(1, bytes -> bytes.setAtIndex(JAVA_INT_UNALIGNED, 1, 7));
        assertThat(map.get(1)).containsExactly(1, 7);
    }

    // ---------------------------------------------------------------------------------- optionals

    @Test
    void anOptionalOfAFixedSizeStaysInTheSlot() {
        MemMap<Optional<Integer>, Optional<LocalDate>> map =
                make(Type.optional(Type.INT), Type.optional(Type.LOCAL_DATE));
        map.put(Optional.empty(), Optional.of(LocalDate.EPOCH));
        map.put(Optional.of(0), Optional.empty());
        assertThat(map.get(Optional.empty())).contains(LocalDate.EPOCH);
        assertThat(map.get(Optional.of(0))).isEmpty();
        assertThat(map.get(Optional.of(1))).isNull();
        assertThat(map.bucketLayout.keyBytes()).isEqualTo(5);
        assertThat(map.bucketLayout.valueBytes()).isEqualTo(9);
        assertThat(map.field(HmapLayout.BLOB_BYTES)).isZero();
        assertThat(bytesOf(Type.optional(Type.UTF8), Optional.of("a"))).isEqualTo("0161");
        assertThat(bytesOf(Type.optional(Type.UTF8), Optional.empty())).isEqualTo("00");
    }

    @Test
    void numbersInAnOptionalOfAFixedSizeFollowGo() {
        MemMap<Optional<Double>, Integer> map = make(Type.optional(Type.DOUBLE), Type.INT);
        map.put(Optional.of(0.0), 1);
        assertThat(map.get(Optional.of(-0.0))).isEqualTo(1);
        map.put(Optional.of(Double.NaN), 2);
        map.put(Optional.of(Double.NaN), 3);
        assertThat(map.get(Optional.of(Double.NaN))).isNull();
        assertThat(map.size()).isEqualTo(3);
        map.put(Optional.empty(), 4);
        assertThat(map.get(Optional.empty())).isEqualTo(4);
    }

    @Test
    void anUpdateCannotGiveAnEmptyOptionalBytes() {
        var type = Type.optional(Type.struct(MemoryLayout.structLayout(
                ValueLayout.JAVA_INT_UNALIGNED.withName("x"), MemoryLayout.paddingLayout(2))));
        MemMap<Integer, Optional<MemorySegment>> map = make(Type.INT, type);
        map.put(1, Optional.empty());
        map.put(2, Optional.of(MemorySegment.ofArray(new byte[6])));
        map.update(1, bytes -> bytes.asSlice(1).fill((byte) 5));
        map.update(2, bytes -> bytes.fill((byte) 5));
        assertThat(map.get(1)).isEmpty();
        assertThat(map.<String>read(1, bytes -> Arrays.toString(bytes.toArray(JAVA_BYTE))))
                .isEqualTo("[0, 0, 0, 0, 0, 0, 0]");
        assertThat(map.<String>read(2, bytes -> Arrays.toString(bytes.toArray(JAVA_BYTE))))
                .isEqualTo("[1, 5, 5, 5, 5, 0, 0]");
    }

    // ------------------------------------------------------------------------------------- lists

    @Test
    void listsWithEqualElementsAreOneKeyWhateverTheirClass() {
        MemMap<List<String>, Integer> map = make(Type.list(Type.UTF8), Type.INT);
        map.put(List.of("a", "b"), 1);
        assertThat(map.get(List.of("x", "a", "b").subList(1, 3))).isEqualTo(1);
        assertThat(map.put(Arrays.asList("a", "b"), 2)).isEqualTo(1);
        assertThat(map.get(List.of("ab"))).isNull();
        assertThat(map.get(List.of("a", "b", ""))).isNull();
        assertThat(map.asMap()).isEqualTo(Map.of(List.of("a", "b"), 2));
        assertThat(bytesOf(Type.list(Type.UTF8), List.of("a", ""))).isEqualTo("02" + "0161" + "00");
        assertThat(bytesOf(Type.list(Type.INT), List.of(1))).isEqualTo("01" + "01000000");
    }

    @Test
    void numbersInAListAreComparedLikeInAJavaList() {
        MemMap<List<Double>, Integer> map = make(Type.list(Type.DOUBLE), Type.INT);
        map.put(List.of(Double.NaN), 1);
        map.put(List.of(0.0), 2);
        assertThat(map.get(List.of(Double.longBitsToDouble(0x7FF8_0000_0000_0001L))))
                .isEqualTo(1);
        assertThat(map.get(List.of(-0.0))).isNull();
        assertThat(map.asMap()).isEqualTo(Map.of(List.of(Double.NaN), 1, List.of(0.0), 2));
        MemMap<List<Optional<Float>>, Integer> nested = make(Type.list(Type.optional(Type.FLOAT)), Type.INT);
        nested.put(List.of(Optional.of(Float.NaN), Optional.empty()), 1);
        assertThat(nested.get(List.of(Optional.of(Float.intBitsToFloat(0x7FC0_0001)), Optional.empty())))
                .isEqualTo(1);
    }

    @Test
    void aListThatIsReadCannotBeModified() {
        MemMap<Integer, List<String>> map = make(Type.INT, Type.list(Type.UTF8));
        map.put(1, List.of("a"));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> map.get(1).set(0, "b"));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> map.get(1).add("b"));
        map.compute(1, (key, old) -> {
            List<String> longer = new ArrayList<>(old);
            longer.add("b");
            return longer;
        });
        assertThat(map.get(1)).containsExactly("a", "b");
    }

    @Test
    void nullIsRefusedInAListUnlessItsElementsAreNullable() {
        MemMap<Integer, List<String>> map = make(Type.INT, Type.list(Type.UTF8));
        assertThatNullPointerException()
                .isThrownBy(() -> map.put(1, Arrays.asList("a", null)))
                .withMessage("a part of a list(utf8) is null: give the type of the part as Type.nullable");
        assertThat(map.isEmpty()).isTrue();
        MemMap<Integer, List<String>> nullable = make(Type.INT, Type.list(Type.nullable(Type.UTF8)));
        nullable.put(1, Arrays.asList("a", null, ""));
        assertThat(nullable.get(1)).containsExactly("a", null, "");
        assertThat(nullable.asMap().containsValue(Arrays.asList("a", null, ""))).isTrue();
        MemMap<Integer, String> direct = make(Type.INT, Type.nullable(Type.UTF8));
        assertThatNullPointerException().isThrownBy(() -> direct.put(1, null));
        direct.put(1, "");
        assertThat(direct.get(1)).isEmpty();
        assertThat(direct.asMap().containsValue(null)).isFalse();
    }

    @Test
    @SuppressWarnings("CollectionIncompatibleType") // that is what is tested
    void objectsOfAnotherClassAreNotInTheMap() {
        Map<List<String>, Set<Integer>> map =
                make(Type.list(Type.UTF8), Type.set(Type.INT)).asMap();
        map.put(List.of("a"), Set.of(1));
        assertThat(map.get(List.of(1))).isNull();
        assertThat(map.get(Arrays.asList("a", null))).isNull();
        assertThat(map.containsKey(Set.of("a"))).isFalse();
        assertThat(map.containsValue(Set.of("1"))).isFalse();
        assertThat(map.containsValue(Set.of(1))).isTrue();
        assertThat(map.remove(List.of(2L))).isNull();
        Map<Integer, Map<String, Optional<Integer>>> maps =
                make(Type.INT, Type.mapOf(Type.UTF8, Type.optional(Type.INT))).asMap();
        maps.put(1, Map.of("a", Optional.of(1)));
        assertThat(maps.containsValue(Map.of("a", Optional.of("1")))).isFalse();
        assertThat(maps.containsValue(Map.of("a", 1))).isFalse();
        assertThat(maps.containsValue(Map.of("a", Optional.of(1)))).isTrue();
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void anElementOfAnotherClassIsRefusedAndTheMapIsUnchanged() {
        MemMap<Integer, List<String>> map = make(Type.INT, Type.list(Type.UTF8));
        map.put(1, List.of("a"));
        assertThatExceptionOfType(ClassCastException.class).isThrownBy(() -> ((MemMap) map).put(1, List.of("b", 2)));
        assertThat(map.get(1)).containsExactly("a");
    }

    @Test
    void aListThatChangesWhileItIsStoredIsRefused() {
        MemMap<Integer, List<String>> map = make(Type.INT, Type.list(Type.UTF8));
        map.put(1, List.of("a"));
        for (int said : new int[] {0, 1, 3}) {
            List<String> liar = new AbstractList<>() {
                private boolean asked;

                @Override
                public String get(int index) {
                    return "x";
                }

                @Override
                public int size() {
                    int size = asked ? 2 : said;
                    asked = true;
                    return size;
                }
            };
            assertThatExceptionOfType(ConcurrentModificationException.class)
                    .isThrownBy(() -> map.put(1, liar))
                    .withMessage("a list(utf8) said that it has " + said
                            + " parts, but had 2 while it was encoded: no other code may change it meanwhile");
        }
        assertThat(map.get(1)).containsExactly("a");
    }

    @Test
    void listsOfArraysAreComparedByTheirBytes() {
        MemMap<List<byte[]>, List<byte[]>> map = make(Type.list(Type.BYTES), Type.list(Type.BYTES));
        map.put(List.of(new byte[] {1}), List.of(new byte[] {2}));
        assertThat(map.get(List.of(new byte[] {1})).getFirst()).containsExactly(2);
        assertThat(map.asMap().containsValue(List.of(new byte[] {2}))).isTrue();
        MemMap<List<byte[]>, List<byte[]>> copy = keep(map.copy(heap));
        assertThat(map.asMap()).isEqualTo(copy.asMap()).hasSameHashCodeAs(copy.asMap());
    }

    // -------------------------------------------------------------------------------- sets and maps

    @Test
    void theOrderOfASetDoesNotMatter() {
        MemMap<Set<String>, Integer> map = make(Type.set(Type.UTF8), Type.INT);
        map.put(new LinkedHashSet<>(List.of("b", "a", "cc", "")), 1);
        assertThat(map.get(new LinkedHashSet<>(List.of("cc", "", "a", "b")))).isEqualTo(1);
        Set<String> reverse = new TreeSet<>(Comparator.reverseOrder());
        reverse.addAll(List.of("a", "b", "cc", ""));
        assertThat(map.put(reverse, 2)).isEqualTo(1);
        assertThat(map.asMap()).isEqualTo(Map.of(Set.of("a", "b", "cc", ""), 2));
        Set<String> read = map.asMap().keySet().iterator().next();
        assertThat(read).containsExactly("", "a", "b", "cc");
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> read.add("d"));
        assertThat(bytesOf(Type.set(Type.UTF8), reverse)).isEqualTo("04" + "00" + "0161" + "0162" + "026363");
    }

    @Test
    void theOrderOfAMapDoesNotMatter() {
        Type<Map<Integer, String>> type = Type.mapOf(Type.INT, Type.UTF8);
        MemMap<Map<Integer, String>, Integer> map = make(type, Type.INT);
        map.put(new TreeMap<>(Map.of(3, "c", 1, "a", -1, "x".repeat(300))), 1);
        assertThat(map.get(new TreeMap<>(Map.of(-1, "x".repeat(300), 1, "a", 3, "c")).descendingMap()))
                .isEqualTo(1);
        assertThat(map.get(Map.of(3, "c", 1, "a", -1, "y"))).isNull();
        Map<Integer, String> read = map.asMap().keySet().iterator().next();
        assertThat(read.keySet()).containsExactly(1, 3, -1); // the bytes count as unsigned
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> read.put(1, "b"));
        assertThat(bytesOf(type, new TreeMap<>(Map.of(1, "a", -1, ""))))
                .isEqualTo("02" + "01000000" + "0161" + "ffffffff" + "00");
    }

    @Test
    void aLargeSetIsOrdered() {
        MemMap<Set<Long>, Integer> map = make(Type.set(Type.LONG), Type.INT);
        List<Long> numbers = new ArrayList<>();
        for (long i = 0; i < 5000; i++) {
            numbers.add(i * 0x9E37_79B9_7F4A_7C15L);
        }
        map.put(new LinkedHashSet<>(numbers), 1);
        Collections.reverse(numbers);
        assertThat(map.get(new LinkedHashSet<>(numbers))).isEqualTo(1);
        assertThat(map.get(Set.copyOf(numbers))).isEqualTo(1);
    }

    @Test
    void elementsThatTheTypeCannotTellApartAreRefused() {
        MemMap<Integer, Set<String>> map = make(Type.INT, Type.set(Type.UTF8));
        Set<String> byIdentity = Collections.newSetFromMap(new IdentityHashMap<>());
        byIdentity.add("a");
        byIdentity.add(new String("a"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.put(1, byIdentity))
                .withMessageStartingWith("two elements or keys of a set(utf8) have the same bytes");
        MemMap<Integer, Map<String, Integer>> maps = make(Type.INT, Type.mapOf(Type.UTF8, Type.INT));
        IdentityHashMap<String, Integer> mapByIdentity = new IdentityHashMap<>();
        mapByIdentity.put("b", 1);
        mapByIdentity.put("a", 1);
        mapByIdentity.put(new String("a"), 2);
        assertThatIllegalArgumentException().isThrownBy(() -> maps.put(1, mapByIdentity));
        assertThat(map.isEmpty()).isTrue();
        assertThat(maps.isEmpty()).isTrue();
    }

    // -------------------------------------------------------------------------------- what is refused

    @Test
    void typesThatMakeNoSenseAreRefused() {
        for (Consumer<Type<?>> maker : List.<Consumer<Type<?>>>of(
                Type::list,
                Type::set,
                Type::optional,
                Type::nullable,
                type -> Type.mapOf(type, Type.INT),
                type -> Type.mapOf(Type.INT, type))) {
            for (Type<?> part : List.of(Type.pointer(), Type.map(Type.INT, Type.INT))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> maker.accept(part))
                        .withMessageStartingWith("a " + part + " cannot be a part of another object: ");
            }
        }
        for (Type<?> array : List.of(Type.BYTES, Type.LONGS, Type.list(Type.DOUBLES), Type.optional(Type.BYTES))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Type.set(array))
                    .withMessageStartingWith("there can be no set(" + array + "): ");
            assertThatIllegalArgumentException().isThrownBy(() -> Type.mapOf(array, Type.INT));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.optional(Type.nullable(Type.INT)))
                .withMessage("there can be no optional(nullable(int)): nullable(int) has a null already");
        assertThatIllegalArgumentException().isThrownBy(() -> Type.nullable(Type.nullable(Type.INT)));
    }

    /** An update can write any bytes. They lead to an exception and not to a huge array. */
    @Test
    void overwrittenBytesAreRefusedWhenTheyAreRead() {
        assertOverwrittenIsRefused(Type.list(Type.UTF8), List.of("abcdefgh"));
        assertOverwrittenIsRefused(Type.list(Type.LONG), List.of(1L, 2L));
        assertOverwrittenIsRefused(Type.set(Type.UTF8), Set.of("abcdefgh"));
        assertOverwrittenIsRefused(Type.mapOf(Type.UTF8, Type.UTF8), Map.of("abcd", "efgh"));
        assertOverwrittenIsRefused(Type.list(Type.list(Type.INT)), List.of(List.of(1, 2, 3)));
        assertOverwrittenIsRefused(TypeUnderTest.Order.TYPE, new TypeUnderTest.Order(1, "abcdefgh", List.of(1)));
    }

    private <T> void assertOverwrittenIsRefused(Type<T> type, T object) {
        MemMap<Integer, T> map = make(Type.INT, type);
        for (int value : new int[] {0x7F, 0x80, 0xFF, 0x0F}) {
            map.put(1, object);
            map.update(1, bytes -> bytes.fill((byte) value));
            assertThatIllegalStateException().isThrownBy(() -> map.get(1)).withMessageContaining(" a " + type + " ");
            assertThatIllegalStateException().isThrownBy(() -> map.put(1, object));
            map.check();
            assertThat(map.delete(1)).isTrue();
        }
    }

    @Test
    void eachTypeHasANameOfItsOwn() {
        Set<String> names = TypeUnderTest.keys().map(TypeUnderTest::toString).collect(Collectors.toSet());
        assertThat(names).hasSameSizeAs(TypeUnderTest.keys().toList());
        assertThat(Type.mapOf(Type.UTF8, Type.list(Type.nullable(Type.LONG))))
                .hasToString("map_of(utf8, list(nullable(long)))");
        MemMap<List<String>, Integer> map = make(Type.list(Type.UTF8), Type.INT);
        assertThat(map.toString()).startsWith("map[list(utf8)]int");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.set(Type.UTF8), Type.INT))
                .withMessageContaining("is a map[list(utf8)]int; expected a map[set(utf8)]int");
    }
}
