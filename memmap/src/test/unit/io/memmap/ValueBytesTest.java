package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks that read or change the bytes of a value. */
class ValueBytesTest extends MemMapTestBase {
    private static final int[] SIZES = {0, 1, 8, 128, 129, 5000};

    @Test
    void aReaderReceivesTheBytesOfTheValue() {
        for (int size : SIZES) {
            MemMap<Integer, byte[]> runs = make(Type.INT, Type.BYTES);
            MemMap<Integer, MemorySegment> structs = make(Type.INT, Type.struct(TypeUnderTest.bytes(size)));
            runs.put(1, bytes(size));
            structs.put(1, MemorySegment.ofArray(bytes(size)));
            assertThat(runs.<byte[]>read(1, value -> value.toArray(ValueLayout.JAVA_BYTE)))
                    .isEqualTo(bytes(size));
            assertThat(structs.<byte[]>read(1, value -> value.toArray(ValueLayout.JAVA_BYTE)))
                    .isEqualTo(bytes(size));
            assertThat(runs.<Integer>read(2, value -> 1)).isNull();
            assertThat(runs.<Integer>read(1, value -> null)).isNull();
        }
    }

    @Test
    void aReaderMayNotWrite() {
        MemMap<Integer, Long> map = make(Type.INT, Type.LONG);
        map.put(1, 5L);
        assertThatIllegalArgumentException().isThrownBy(() -> map.read(1, value -> value.fill((byte) -1)));
        assertThat(map.<Boolean>read(1, value -> value.isReadOnly())).isTrue();
        assertThat(map.get(1)).isEqualTo(5);
    }

    @Test
    void anUpdateChangesOnlyItsValue() {
        for (int size : SIZES) {
            MemMap<Integer, MemorySegment> map = make(Type.INT, Type.struct(TypeUnderTest.bytes(size)));
            for (int n = 0; n < 100; n++) {
                map.put(n, MemorySegment.ofArray(new byte[size]));
            }
            assertThat(map.update(50, value -> value.fill((byte) 1))).isTrue();
            assertThat(map.update(100, value -> value.fill((byte) 1))).isFalse();
            map.check();
            map.forEach((key, value) -> {
                for (byte b : value.toArray(ValueLayout.JAVA_BYTE)) {
                    assertThat(b).isEqualTo((byte) (key == 50 ? 1 : 0));
                }
            });
        }
    }

    @Test
    void theSegmentIsInvalidAfterTheCallback() {
        MemMap<Integer, Long> map = make(Type.INT, Type.LONG);
        map.put(1, 5L);
        List<MemorySegment> escaped = new ArrayList<>();
        map.read(1, escaped::add);
        map.update(1, escaped::add);
        assertThat(escaped).hasSize(2).allSatisfy(segment -> {
            assertThatIllegalStateException()
                    .isThrownBy(() -> segment.get(ValueLayout.JAVA_LONG, 0))
                    .withMessage("Already closed");
            assertThatIllegalStateException().isThrownBy(() -> segment.toArray(ValueLayout.JAVA_BYTE));
        });
        assertThat(map.get(1)).isEqualTo(5);
    }

    @Test
    void anUpdateThatThrowsLeavesTheValueUnchanged() {
        MemMap<Integer, String> map = make(Type.INT, Type.UTF8);
        map.put(1, "before");
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> map.update(1, value -> {
                    value.fill((byte) 'x');
                    throw new ArithmeticException();
                }));
        assertThat(map.get(1)).isEqualTo("before");
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> map.update(1, value -> value.set(ValueLayout.JAVA_BYTE, 6, (byte) 'x')));
        assertThat(map.get(1)).isEqualTo("before");
        map.check();
    }

    // ------------------------------------------------------------------ callbacks that use the map

    @ParameterizedTest
    @ValueSource(ints = {8, 200})
    void anUpdateWhoseCallbackRemovesTheKeyChangesNothing(int size) {
        for (Consumer<MemMap<Integer, MemorySegment>> removal :
                List.<Consumer<MemMap<Integer, MemorySegment>>>of(map -> map.delete(1), MemMap::clear, MemMap::free)) {
            MemMap<Integer, MemorySegment> map = filled(size);
            MemMap<Integer, MemorySegment> after = make(Type.INT, Type.struct(TypeUnderTest.bytes(size)));
            assertThat(map.update(1, value -> {
                        value.fill((byte) -1);
                        removal.accept(map);
                        // takes the place where the value may have been
                        after.put(1, TypeUnderTest.filled(size, 7));
                    }))
                    .isTrue();
            assertThat(map.containsKey(1)).isFalse();
            assertThat(after.get(1).mismatch(TypeUnderTest.filled(size, 7))).isEqualTo(-1);
            map.check();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 200})
    void aCallbackMayGrowAndShrinkTheMap(int size) {
        MemMap<Integer, MemorySegment> map = filled(size);
        map.update(1, value -> {
            for (int n = 100; n < 3000; n++) {
                map.put(n, TypeUnderTest.filled(size, n));
            }
            value.set(ValueLayout.JAVA_LONG, 0, 77);
        });
        assertThat(map.get(1).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(77);
        map.update(2, value -> {
            for (int n = 100; n < 3000; n++) {
                map.delete(n);
            }
            map.shrink();
            value.set(ValueLayout.JAVA_LONG, 0, 78);
        });
        assertThat(map.get(2).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(78);
        assertThat(map.get(1).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(77);
        for (int n = 3; n < 100; n++) {
            assertThat(map.get(n).mismatch(TypeUnderTest.filled(size, n))).isEqualTo(-1);
        }
        assertThat(map.stats().doublings()).isPositive();
    }

    @Test
    void aValueOfAnotherSizePutByTheCallbackStays() {
        MemMap<Integer, String> map = make(Type.INT, Type.UTF8);
        for (String other : new String[] {"", "longer than before", "short", "x".repeat(5000)}) {
            map.put(1, "before");
            map.update(1, value -> {
                value.fill((byte) '!');
                map.put(1, other);
            });
            assertThat(map.get(1)).isEqualTo(other);
            map.check();
        }
    }

    @Test
    void aCallbackMayUpdateOtherValuesAndReadItsOwnValue() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        map.put("a", 1);
        map.put("b", 2);
        map.update("a", a -> {
            a.set(ValueLayout.JAVA_INT, 0, 10);
            assertThat(map.get("a")).isEqualTo(1);
            map.update("b", b -> b.set(ValueLayout.JAVA_INT, 0, 20));
            assertThat(map.get("b")).isEqualTo(20);
        });
        assertThat(map.get("a")).isEqualTo(10);
        assertThat(map.get("b")).isEqualTo(20);
    }

    @Test
    void aReaderMayRemoveTheEntryThatItReads() {
        MemMap<String, String> map = make(Type.UTF8, Type.UTF8);
        map.put("k", "value");
        String read = map.read("k", value -> {
            map.free();
            return new String(value.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        });
        assertThat(read).isEqualTo("value");
    }

    // ---------------------------------------------------------------------------------------------

    private MemMap<Integer, MemorySegment> filled(int size) {
        MemMap<Integer, MemorySegment> map = make(Type.INT, Type.struct(TypeUnderTest.bytes(size)));
        for (int n = 0; n < 100; n++) {
            map.put(n, TypeUnderTest.filled(size, n));
        }
        return map;
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i + 1);
        }
        return bytes;
    }
}
