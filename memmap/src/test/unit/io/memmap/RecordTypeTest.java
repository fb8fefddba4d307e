package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of primitives as keys and values. */
class RecordTypeTest extends MemMapTestBase {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    record Mixed(byte b, long l, boolean z, char c, short s, float f, int i, double d) {}

    record Tail(long number, byte tag) {}

    record Nested(byte tag, Tail first, boolean between, Tail second) {}

    record Deep(Nested nested, short end) {}

    record Nothing() {}

    record Even(int n) {
        Even {
            if (n % 2 != 0) {
                throw new ArithmeticException("odd: " + n);
            }
        }
    }

    private record Hidden(long n) {}

    // ---------------------------------------------------------------------------------- the layout

    @Test
    void theLayoutIsThatOfACStruct() {
        assertThat(Type.record(Mixed.class))
                .hasToString(
                        "struct{b byte, 7 padding, l long, z boolean, 1 padding, c char, s short, 2 padding, f float,"
                                + " i int, d double}");
        assertThat(Type.record(Tail.class)).hasToString("struct{number long, tag byte, 7 padding}");
        assertThat(Type.record(Nested.class))
                .hasToString(
                        "struct{tag byte, 7 padding, first struct{number long, tag byte, 7 padding}, between boolean,"
                                + " 7 padding, second struct{number long, tag byte, 7 padding}}");
        assertThat(Type.record(Mixed.class).fixedBytes()).isEqualTo(40);
        assertThat(Type.record(Nested.class).fixedBytes()).isEqualTo(48);
        assertThat(Type.record(Deep.class).fixedBytes()).isEqualTo(56);
        assertThat(Type.record(Nothing.class).fixedBytes()).isZero();
    }

    @Test
    void theBytesAreLittleEndianAtTheirOffsetsAndPaddingIsZero() {
        MemMap<Integer, Nested> map = make(Type.INT, Type.record(Nested.class));
        map.put(1, new Nested((byte) 1, new Tail(0x0203, (byte) 4), true, new Tail(-1, (byte) 5)));
        assertThat(map.<byte[]>read(1, value -> value.toArray(ValueLayout.JAVA_BYTE)))
                .containsExactly(
                        1, 0, 0, 0, 0, 0, 0, 0, //
                        3, 2, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, //
                        1, 0, 0, 0, 0, 0, 0, 0, //
                        -1, -1, -1, -1, -1, -1, -1, -1, 5, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void aRecordAndAStructWithTheSameFieldsAreTheSameType() {
        MemMap<Integer, Tail> records = make(Type.INT, Type.record(Tail.class));
        records.put(1, new Tail(77, (byte) 3));
        StructLayout layout = MemoryLayout.structLayout(
                LONG.withName("number"), ValueLayout.JAVA_BYTE.withName("tag"), MemoryLayout.paddingLayout(7));
        MemMap<Integer, MemorySegment> structs = MemMap.at(heap, records.pointer(), Type.INT, Type.struct(layout));
        assertThat(structs.get(1).get(LONG, 0)).isEqualTo(77);
        assertThat(structs.get(1).get(ValueLayout.JAVA_BYTE, 8)).isEqualTo((byte) 3);
    }

    // --------------------------------------------------------------------------------- round trips

    @Test
    void everyPrimitiveComesBackUnchanged() {
        List<Mixed> records = List.of(
                new Mixed((byte) 0, 0, false, '\0', (short) 0, 0, 0, 0),
                new Mixed(Byte.MIN_VALUE, Long.MIN_VALUE, true, '\uFFFF', Short.MIN_VALUE, Float.NaN, -1, -0.0),
                new Mixed((byte) 1, 2, true, 'x', (short) 3, -0f, Integer.MIN_VALUE, Double.NEGATIVE_INFINITY),
                new Mixed(Byte.MAX_VALUE, -1, false, '€', Short.MAX_VALUE, Float.MIN_VALUE, 1, Double.MIN_VALUE));
        MemMap<Integer, Mixed> map = make(Type.INT, Type.record(Mixed.class));
        for (int i = 0; i < records.size(); i++) {
            map.put(i, records.get(i));
            assertThat(map.get(i)).isEqualTo(records.get(i));
        }
    }

    @Test
    void keysOfNestedRecordsCompareByAllFields() {
        MemMap<Deep, Integer> map = make(Type.record(Deep.class), Type.INT);
        for (int i = 0; i < 500; i++) {
            assertThat(map.put(deep(i), i)).isNull();
        }
        map.check();
        for (int i = 0; i < 500; i++) {
            assertThat(map.get(deep(i))).isEqualTo(i);
        }
        map.forEach((key, value) -> assertThat(key).isEqualTo(deep(value)));
        assertThat(map.get(deep(-1))).isNull();
    }

    /** Each number is in only one of the fields. */
    private static Deep deep(int n) {
        long[] fields = new long[5];
        fields[Math.floorMod(n, 5)] = n;
        return new Deep(
                new Nested(
                        (byte) (n / 128),
                        new Tail(fields[0], (byte) fields[1]),
                        fields[2] % 2 != 0,
                        new Tail(fields[2] << 40, (byte) fields[3])),
                (short) fields[4]);
    }

    @Test
    void aRecordWithoutComponentsMakesASet() {
        MemMap<Integer, Nothing> set = make(Type.INT, Type.record(Nothing.class));
        assertThat(set.put(1, new Nothing())).isNull();
        assertThat(set.put(1, new Nothing())).isEqualTo(new Nothing());
        assertThat(set.get(2)).isNull();
    }

    @Test
    void aPrivateRecordNeedsALookupThatCanAccessIt() {
        MemMap<Hidden, Hidden> map = make(
                Type.record(Hidden.class, MethodHandles.lookup()), Type.record(Hidden.class, MethodHandles.lookup()));
        map.put(new Hidden(1), new Hidden(2));
        assertThat(map.get(new Hidden(1))).isEqualTo(new Hidden(2));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(Hidden.class, MethodHandles.publicLookup()))
                .withMessageStartingWith(Hidden.class.getName() + " is not accessible: ")
                .withMessageEndingWith("; give Type.record a MethodHandles.lookup() of code that can access it");
    }

    /** A record that notes which methods have made records. */
    record Seen(int n) {
        static final Deque<String> MAKERS = new ArrayDeque<>();

        Seen {
            MAKERS.push(StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES)
                    .walk(frames -> frames.skip(1).findFirst().orElseThrow().toString()));
        }
    }

    @Test
    void aRecordIsMadeByAClassBesideIt() {
        MemMap<Integer, Seen> map = make(Type.INT, Type.record(Seen.class));
        map.put(1, new Seen(2));
        assertThat(map.get(1)).extracting(Seen::n).isEqualTo(2);
        assertThat(Seen.MAKERS.peek())
                .startsWith(Seen.class.getName() + "Factory")
                .contains(".make(");
    }

    /** The class beside the record must name no class of this library. */
    @Test
    void theClassLoaderOfARecordNeedNotKnowTheLibrary() throws Throwable {
        String name = KeyDistribution.class.getName();
        ClassLoader loader = new ClassLoader(ClassLoader.getPlatformClassLoader()) {
            @Override
            protected Class<?> findClass(String wanted) throws ClassNotFoundException {
                if (!wanted.equals(name)) {
                    throw new ClassNotFoundException(wanted);
                }
                byte[] bytes = bytesOf(KeyDistribution.class);
                return defineClass(name, bytes, 0, bytes.length);
            }
        };
        Class<?> record = loader.loadClass(name);
        assertThat(record).isNotEqualTo(KeyDistribution.class);
        assertComesBack(record.asSubclass(Record.class));
    }

    private static byte[] bytesOf(Class<?> type) {
        try (InputStream file = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <R extends Record> void assertComesBack(Class<R> type) throws Throwable {
        R record = type.cast(MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                .findConstructor(type, MethodType.methodType(void.class, long.class, double.class, double.class))
                .invoke(7L, 1.5, 2.5));
        MemMap<Integer, R> map = make(Type.INT, Type.record(type));
        map.put(1, record);
        assertThat(map.get(1)).isEqualTo(record);
    }

    // ------------------------------------------------------------------------------------ refusals

    @Test
    void aClassThatIsNoRecordIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.record(Record.class))
                .withMessage("java.lang.Record is not a record");
    }

    @Test
    void aComponentThatIsNullIsRefusedByName() {
        MemMap<Integer, Nested> map = make(Type.INT, Type.record(Nested.class));
        assertThatNullPointerException()
                .isThrownBy(() -> map.put(1, new Nested((byte) 1, new Tail(1, (byte) 1), false, null)))
                .withMessageStartingWith("component second of " + Nested.class.getName() + " is null: ");
        assertThat(map.isEmpty()).isTrue();
    }

    // ------------------------------------------------------------------------------- callers' code

    /** A value that its constructor refuses can only be written to the map as bytes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 100})
    void aValueWhoseConstructorThrowsLeavesTheMapUnchanged(int others) {
        MemMap<Integer, Even> map = make(Type.INT, Type.record(Even.class));
        for (int i = 0; i <= others; i++) {
            map.put(i, new Even(2 * i));
        }
        map.update(0, value -> value.set(INT, 0, 7));

        for (ThrowingCallable read : new ThrowingCallable[] {
            () -> map.get(0),
            () -> map.getOrDefault(0, new Even(2)),
            () -> map.put(0, new Even(4)),
            () -> map.remove(0),
            () -> map.compute(0, (key, value) -> new Even(4)),
            () -> map.computeIfAbsent(0, key -> new Even(4)),
            () -> map.asMap().get(0),
            () -> map.asMap().put(0, new Even(4)),
            () -> map.asMap().remove(0),
            () -> map.forEach((key, value) -> {})
        }) {
            assertThatExceptionOfType(ArithmeticException.class)
                    .isThrownBy(read)
                    .withMessage("odd: 7");
            map.check();
            assertThat(map.size()).isEqualTo(others + 1);
            assertThat(map.<Integer>read(0, value -> value.get(INT, 0))).isEqualTo(7);
        }
        map.set(0, new Even(4));
        assertThat(map.get(0)).isEqualTo(new Even(4));
    }

    @Test
    void aCursorContinuesAfterAValueWhoseConstructorThrows() {
        MemMap<Integer, Even> map = make(Type.INT, Type.record(Even.class));
        for (int i = 0; i < 100; i++) {
            map.put(i, new Even(2 * i));
        }
        map.update(50, value -> value.set(INT, 0, 7));
        List<Integer> produced = new ArrayList<>();
        for (MemMapCursor<Integer, Even> cursor = map.cursor(); cursor.next(); ) {
            if (cursor.key() == 50) {
                assertThatExceptionOfType(ArithmeticException.class).isThrownBy(cursor::value);
                cursor.setValue(new Even(8));
            }
            assertThat(cursor.value()).isNotNull();
            produced.add(cursor.key());
        }
        assertThat(produced).hasSize(100).doesNotHaveDuplicates();
        assertThat(map.get(50)).isEqualTo(new Even(8));
    }

    @Test
    void aKeyWhoseConstructorThrowsCanBeRemovedThroughACursor() {
        MemMap<Even, Integer> map = make(Type.record(Even.class), Type.INT);
        MemMap<MemorySegment, Integer> raw =
                MemMap.at(heap, map.pointer(), Type.struct(MemoryLayout.structLayout(INT.withName("n"))), Type.INT);
        MemorySegment seven = MemorySegment.ofArray(new int[] {7});
        raw.put(seven, 1);
        map.put(new Even(2), 2);

        for (MemMapCursor<Even, Integer> cursor = map.cursor(); cursor.next(); ) {
            if (cursor.value() == 1) {
                assertThatExceptionOfType(ArithmeticException.class).isThrownBy(cursor::key);
                cursor.remove();
            }
        }
        assertThat(map.asMap()).containsExactlyEntriesOf(Map.of(new Even(2), 2));
    }

    record Unreadable(int n) {
        @Override
        public int n() {
            throw new ArithmeticException("not to be read");
        }
    }

    @Test
    void anAccessorThatThrowsLeavesTheMapUnchanged() {
        MemMap<Integer, Unreadable> values = make(Type.INT, Type.record(Unreadable.class));
        MemMap<Unreadable, Integer> keys = make(Type.record(Unreadable.class), Type.INT);
        for (ThrowingCallable write :
                new ThrowingCallable[] {() -> values.put(1, new Unreadable(1)), () -> keys.put(new Unreadable(1), 1)}) {
            assertThatExceptionOfType(ArithmeticException.class)
                    .isThrownBy(write)
                    .withMessage("not to be read");
        }
        assertThat(values.isEmpty()).isTrue();
        assertThat(keys.isEmpty()).isTrue();
    }

    record Sneaky(int n) {
        Sneaky {
            RecordTypeTest.<RuntimeException>sneak(new Exception("checked"));
        }
    }

    @SuppressWarnings("unchecked") // erased
    private static <E extends Exception> void sneak(Exception checked) throws E {
        throw (E) checked;
    }

    @Test
    void aCheckedExceptionOfAConstructorIsWrapped() {
        MemMap<Integer, MemorySegment> raw = make(Type.INT, Type.struct(MemoryLayout.structLayout(INT.withName("n"))));
        raw.put(1, MemorySegment.ofArray(new int[1]));
        MemMap<Integer, Sneaky> map = MemMap.at(heap, raw.pointer(), Type.INT, Type.record(Sneaky.class));
        assertThatIllegalStateException()
                .isThrownBy(() -> map.get(1))
                .withMessage("a record's own code failed")
                .withStackTraceContaining("java.lang.Exception: checked");
    }

    private static MemMap<Integer, Even> mapOfItself;

    record Reentrant(int n) {
        Reentrant {
            if (mapOfItself != null) {
                mapOfItself.put(n, new Even(2 * n));
            }
        }
    }

    @Test
    void aConstructorMayUseMaps() {
        MemMap<Integer, Reentrant> map = make(Type.INT, Type.record(Reentrant.class));
        for (int i = 0; i < 100; i++) {
            map.put(i, new Reentrant(i));
        }
        mapOfItself = make(Type.INT, Type.record(Even.class));
        try {
            for (int i = 0; i < 100; i++) {
                assertThat(map.get(i).n()).isEqualTo(i);
            }
            assertThat(mapOfItself.size()).isEqualTo(100);
            assertThat(mapOfItself.get(7)).isEqualTo(new Even(14));
        } finally {
            mapOfItself = null;
        }
    }
}
