package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields of structs: their types, byte orders and paths, and what is no field. */
class StructFieldTest {
    private static StructLayout everyType(ByteOrder order) {
        return MemoryLayout.structLayout(
                ValueLayout.JAVA_BYTE.withName("b"),
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order).withName("j"),
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(order).withName("i"),
                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order).withName("s"),
                ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(order).withName("c"),
                ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order).withName("f"),
                ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order).withName("d"),
                ValueLayout.JAVA_BOOLEAN.withName("z"));
    }

    /** Each field is written by the library and read by the JDK from the same bytes, and the other way round. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fieldsOfEveryTypeAndByteOrderAgreeWithTheJdk(boolean littleEndian) {
        ByteOrder order = littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        StructLayout layout = everyType(order);
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongStructMap map = LongStructMap.make(heap, layout);
            LongStructRef ref = map.ref();
            ref.moveToOrAdd(1);
            ref.set(StructField.ofLong(layout, "j"), 0x0102_0304_0506_0708L);
            ref.set(StructField.ofInt(layout, "i"), -123_456_789);
            ref.set(StructField.ofShort(layout, "s"), (short) -12_345);
            ref.set(StructField.ofChar(layout, "c"), '\u8F01');
            ref.set(StructField.ofFloat(layout, "f"), -1.5e-30f);
            ref.set(StructField.ofDouble(layout, "d"), Math.PI);
            ref.set(StructField.ofByte(layout, "b"), (byte) -3);
            ref.set(StructField.ofBoolean(layout, "z"), true);
            MemorySegment copy = MemorySegment.ofArray(new byte[(int) layout.byteSize()]);
            ref.copyTo(copy);
            assertThat(copy.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) -3);
            assertThat(copy.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), 1))
                    .isEqualTo(0x0102_0304_0506_0708L);
            assertThat(copy.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), 9))
                    .isEqualTo(-123_456_789);
            assertThat(copy.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order), 13))
                    .isEqualTo((short) -12_345);
            assertThat(copy.get(ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(order), 15))
                    .isEqualTo('\u8F01');
            assertThat(copy.get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order), 17))
                    .isEqualTo(-1.5e-30f);
            assertThat(copy.get(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order), 21))
                    .isEqualTo(Math.PI);
            assertThat(copy.get(ValueLayout.JAVA_BOOLEAN, 29)).isTrue();

            map.put(2, copy);
            ref.moveTo(2);
            assertThat(ref.get(StructField.ofLong(layout, "j"))).isEqualTo(0x0102_0304_0506_0708L);
            assertThat(ref.get(StructField.ofInt(layout, "i"))).isEqualTo(-123_456_789);
            assertThat(ref.get(StructField.ofShort(layout, "s"))).isEqualTo((short) -12_345);
            assertThat(ref.get(StructField.ofChar(layout, "c"))).isEqualTo('\u8F01');
            assertThat(ref.get(StructField.ofFloat(layout, "f"))).isEqualTo(-1.5e-30f);
            assertThat(ref.get(StructField.ofDouble(layout, "d"))).isEqualTo(Math.PI);
            assertThat(ref.get(StructField.ofByte(layout, "b"))).isEqualTo((byte) -3);
            assertThat(ref.get(StructField.ofBoolean(layout, "z"))).isTrue();
            ref.set(StructField.ofBoolean(layout, "z"), false);
            assertThat(ref.get(StructField.ofBoolean(layout, "z"))).isFalse();
        }
    }

    @Test
    void aPathLeadsIntoStructsAndSequences() {
        StructLayout leg = MemoryLayout.structLayout(
                ValueLayout.JAVA_INT.withName("venue"), ValueLayout.JAVA_INT.withName("quantity"));
        StructLayout layout = MemoryLayout.structLayout(
                ValueLayout.JAVA_LONG.withName("id"),
                MemoryLayout.sequenceLayout(3, leg).withName("legs"));
        PathElement legs = PathElement.groupElement("legs");
        StructField.OfInt second =
                StructField.ofInt(layout, legs, PathElement.sequenceElement(1), PathElement.groupElement("quantity"));
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongStructRef ref = LongStructMap.make(heap, layout).ref();
            ref.moveToOrAdd(1);
            ref.set(second, 77);
            MemorySegment copy = MemorySegment.ofArray(new byte[32]);
            ref.copyTo(copy);
            assertThat(copy.get(ValueLayout.JAVA_INT_UNALIGNED, 20)).isEqualTo(77);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StructField.ofInt(
                        layout, legs, PathElement.sequenceElement(3), PathElement.groupElement("quantity")))
                .withMessageContaining("no such field in struct{id long, legs [3]struct{");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StructField.ofInt(
                        layout, legs, PathElement.sequenceElement(), PathElement.groupElement("quantity")));
    }

    @Test
    void whatIsNoFieldIsRefused() {
        StructLayout layout = everyType(ByteOrder.LITTLE_ENDIAN);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StructField.ofLong(layout, "price"))
                .withMessageContaining("no such field in struct{b byte, j long,")
                .withMessageContaining("price");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StructField.ofLong(layout, "i"))
                .withMessageContaining("a field of type long was asked for, but i in struct{")
                .withMessageContaining("use the method of StructField for that type");
        assertThatIllegalArgumentException().isThrownBy(() -> StructField.ofLong(layout));
        assertThatIllegalArgumentException().isThrownBy(() -> StructField.ofShort(layout, "c"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StructField.ofLong(
                        MemoryLayout.structLayout(ValueLayout.ADDRESS.withName("a"), ValueLayout.JAVA_LONG), "a"))
                .withMessageContaining("cannot hold addresses");
        assertThatThrownBy(() -> StructField.ofLong(null, "i")).isInstanceOf(NullPointerException.class);
        assertThat(StructField.ofLong(layout, "j")).asString().startsWith("j of struct{b byte,");
    }

    @Test
    void aFieldOfAnotherLayoutIsRefusedAndOneOfAnEqualLayoutIsNot() {
        StructLayout layout = everyType(ByteOrder.LITTLE_ENDIAN);
        StructLayout equal = everyType(ByteOrder.LITTLE_ENDIAN);
        StructLayout larger = MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(1000, ValueLayout.JAVA_LONG), ValueLayout.JAVA_LONG.withName("far"));
        try (NativeHeap heap = NativeHeap.ofShared()) {
            LongStructRef ref = LongStructMap.make(heap, layout).ref();
            ref.moveToOrAdd(1);
            StructField.OfInt own = StructField.ofInt(layout, "i");
            StructField.OfInt other = StructField.ofInt(equal, "i");
            ref.set(other, 5);
            assertThat(ref.get(own)).isEqualTo(5);
            assertThat(ref.get(other)).isEqualTo(5);
            StructField.OfLong far = StructField.ofLong(larger, "far");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ref.get(far))
                    .withMessageContaining("the field far of struct{[1000]long, far long} is none of struct{b byte")
                    .withMessageContaining("make it from the layout of the map");
            assertThatIllegalArgumentException().isThrownBy(() -> ref.set(far, 1));
            try (SyncLongStructMap map = SyncLongStructMap.make(heap, layout)) {
                assertThatIllegalArgumentException().isThrownBy(() -> map.ref(own, far));
            }
        }
    }
}
