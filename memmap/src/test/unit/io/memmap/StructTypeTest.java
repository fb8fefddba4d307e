package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Structs as keys and values (go:padding-is-no-part-of-a-key), and layouts that a map refuses. */
class StructTypeTest extends MemMapTestBase {
    private static final StructLayout INNER = MemoryLayout.structLayout(
            ValueLayout.JAVA_BYTE.withName("tag"),
            MemoryLayout.paddingLayout(3),
            ValueLayout.JAVA_INT.withName("count"));
    /** The padding lies in a nested struct, in each element of a sequence and at the end. */
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(
            INNER.withName("first"),
            MemoryLayout.sequenceLayout(2, INNER).withName("more"),
            ValueLayout.JAVA_LONG.withName("id"),
            ValueLayout.JAVA_SHORT.withName("end"),
            MemoryLayout.paddingLayout(6));

    private static final Type<MemorySegment> TYPE = Type.struct(LAYOUT);
    private static final int BYTES = (int) LAYOUT.byteSize();
    private static final int[] PADDING = {1, 2, 3, 9, 10, 11, 17, 18, 19, 34, 35, 36, 37, 38, 39};

    @Test
    void theNameOfAStructTypeListsItsFields() {
        assertThat(TYPE)
                .hasToString("struct{first struct{tag byte, 3 padding, count int},"
                        + " more [2]struct{tag byte, 3 padding, count int}, id long, end short, 6 padding}");
        assertThat(Type.struct(MemoryLayout.structLayout(
                        ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN).withName("n"), ValueLayout.JAVA_FLOAT)))
                .hasToString("struct{n int big-endian, float}");
    }

    @Test
    void hashAndEqualityIgnorePadding() {
        MemMap<MemorySegment, Integer> map = make(TYPE, Type.INT);
        for (int n = 0; n < 300; n++) {
            assertThat(map.put(key(n, 0), n)).isNull();
        }
        for (int n = 0; n < 300; n++) {
            assertThat(map.put(key(n, -1), -n)).isEqualTo(n);
            assertThat(map.get(key(n, 55))).isEqualTo(-n);
            assertThat(map.asMap().containsKey(key(n, 7))).isTrue();
        }
        assertThat(map.size()).isEqualTo(300);
        map.check();
        map.forEach((key, value) -> assertThat(key.mismatch(key(-value, 0)))
                .as("a key whose padding is zero")
                .isEqualTo(-1));
        for (int n = 0; n < 300; n++) {
            assertThat(map.delete(key(n, 3))).isTrue();
        }
    }

    @Test
    void hashAndEqualityUseEveryOtherByte() {
        MemMap<MemorySegment, Integer> map = make(TYPE, Type.INT);
        map.put(key(1, 0), -1);
        int keys = 1;
        for (int offset = 0; offset < BYTES; offset++) {
            MemorySegment other = key(1, 0);
            other.set(ValueLayout.JAVA_BYTE, offset, (byte) 0x55);
            keys += map.put(other, offset) == null ? 1 : 0;
        }
        assertThat(keys).isEqualTo(1 + BYTES - PADDING.length);
        assertThat(map.size()).isEqualTo(keys);
    }

    @Test
    void paddingOfAValueIsZeroHoweverItIsWritten() {
        MemMap<Integer, MemorySegment> map = make(Type.INT, TYPE);
        MemMap<Integer, MemorySegment> other = make(Type.INT, TYPE);
        map.put(1, key(9, -1));
        other.put(1, key(9, 0));
        assertThat(map.get(1).mismatch(key(9, 0))).isEqualTo(-1);
        assertThat(map.contentEquals(other)).isTrue();

        map.update(1, value -> value.copyFrom(key(10, -1)));
        other.put(1, key(10, 0));
        assertThat(map.get(1).mismatch(key(10, 0))).as("after an update").isEqualTo(-1);
        assertThat(map.contentEquals(other)).isTrue();
    }

    @Test
    void aReadReturnsACopyAlignedTo8Bytes() {
        MemMap<MemorySegment, MemorySegment> map = make(TYPE, TYPE);
        map.put(key(1, 0), key(2, 0));
        MemorySegment value = map.get(key(1, 0));
        assertThat(value.get(ValueLayout.JAVA_LONG, 24)).isEqualTo(2);
        value.fill((byte) -1);
        map.forEach((key, same) -> key.fill((byte) -1));
        assertThat(map.get(key(1, 0)).mismatch(key(2, 0))).isEqualTo(-1);
    }

    /** The map copies the key, so its segment may be of any kind. */
    @Test
    void segmentsOfEveryKindCanBeKeys() {
        MemMap<MemorySegment, Integer> map = make(TYPE, Type.INT);
        MemorySegment closed;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(BYTES, 8).copyFrom(key(1, 0));
            map.put(key, 1);
            assertThat(map.get(key.asReadOnly())).isEqualTo(1);
            MemorySegment unaligned = MemorySegment.ofArray(new byte[BYTES + 1]).asSlice(1);
            assertThat(map.get(unaligned.copyFrom(key))).isEqualTo(1);
            long block = heap.allocate(BYTES);
            assertThat(map.get(heap.slice(block, BYTES).copyFrom(key))).isEqualTo(1);
            heap.free(block);
            closed = key;
        }
        assertThat(map.get(key(1, 0))).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> map.put(closed, 2));
        assertThatIllegalStateException().isThrownBy(() -> map.get(closed));
        assertThat(map.size()).isOne();
    }

    @Test
    void aSegmentOfAnotherSizeIsRefusedWithBothSizes() {
        MemMap<MemorySegment, MemorySegment> map = make(TYPE, TYPE);
        map.put(key(1, 0), key(1, 0));
        for (int wrong : new int[] {0, BYTES - 1, BYTES + 1}) {
            MemorySegment segment = MemorySegment.ofArray(new byte[wrong]);
            assertRefused(wrong, () -> map.put(segment, key(1, 0)));
            assertRefused(wrong, () -> map.put(key(1, 0), segment));
            assertRefused(wrong, () -> map.get(segment));
            assertRefused(wrong, () -> map.containsKey(segment));
            assertRefused(wrong, () -> map.delete(segment));
            MemMapCursor<MemorySegment, MemorySegment> cursor = map.cursor();
            cursor.next();
            assertRefused(wrong, () -> cursor.setValue(segment));
        }
        assertThat(map.size()).isOne();
        assertThat(map.get(key(1, 0)).mismatch(key(1, 0))).isEqualTo(-1);
    }

    private static void assertRefused(int wrongBytes, ThrowingCallable use) {
        assertThatIllegalArgumentException()
                .isThrownBy(use)
                .withMessage("a segment of " + TYPE + " must have " + BYTES + " bytes: " + wrongBytes);
    }

    @Test
    void addressesUnionsAndHugeStructsAreRefused() {
        for (StructLayout layout : new StructLayout[] {
            MemoryLayout.structLayout(ValueLayout.ADDRESS),
            MemoryLayout.structLayout(MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS)),
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(3, ValueLayout.ADDRESS))
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Type.struct(layout))
                    .withMessageContaining("a struct of a map cannot hold addresses: ");
        }
        StructLayout union =
                MemoryLayout.structLayout(MemoryLayout.unionLayout(ValueLayout.JAVA_INT, ValueLayout.JAVA_FLOAT)
                        .withName("either"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.of(union, segment -> 1, (segment, one) -> {}))
                .withMessageStartingWith("a struct of a map may hold values, structs, sequences and padding, but not ")
                .withMessageContaining("either");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Type.struct(TypeUnderTest.bytes((1L << 30) + 1)))
                .withMessage("a struct must have at most " + (1 << 30) + " bytes: " + ((1L << 30) + 1));
    }

    /** Returns a struct whose fields depend on a number. Every padding byte has the given value. */
    private static MemorySegment key(int n, int padding) {
        MemorySegment key = MemorySegment.ofArray(new long[BYTES / Long.BYTES]);
        key.set(ValueLayout.JAVA_BYTE, 0, (byte) n);
        key.set(ValueLayout.JAVA_INT, 4, ~n);
        key.set(ValueLayout.JAVA_INT, 20, n / 2);
        key.set(ValueLayout.JAVA_LONG, 24, n);
        key.set(ValueLayout.JAVA_SHORT, 32, (short) (n >> 3));
        for (int offset : PADDING) {
            key.set(ValueLayout.JAVA_BYTE, offset, (byte) padding);
        }
        return key;
    }
}
