package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.format.BlockKind;
import io.memmap.format.Mem;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is stored in a slot, what is stored in a separate block, and when a block is allocated and
 * freed: go:large-keys-and-values-lie-apart and go:types-without-bytes.
 */
class OutOfLineTest extends MemMapTestBase {
    private static final Type<MemorySegment> NOTHING = Type.struct(MemoryLayout.structLayout());
    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);

    // --------------------------------------------------------------------------------- fixed sizes

    @ParameterizedTest(name = "{0} bytes: {1} in a slot, {2} in a block")
    @CsvSource({"0, 0, 0", "1, 1, 0", "127, 127, 0", "128, 128, 0", "129, 8, 144", "144, 8, 144", "145, 8, 160"})
    void aKeyOfUpTo128BytesIsInItsSlotAndALargerOneInABlock(int bytes, int slotBytes, int blockBytes) {
        MemMap<MemorySegment, Integer> map = make(Type.struct(TypeUnderTest.bytes(bytes)), Type.INT);
        assertThat(slotBytes(map, "key0")).isEqualTo(slotBytes);
        assertEntryTakesAndGivesBack(map, MemorySegment.ofArray(new byte[bytes]), 5, blockBytes);
    }

    @ParameterizedTest(name = "{0} bytes: {1} in a slot, {2} in a block")
    @CsvSource({"0, 0, 0", "1, 1, 0", "127, 127, 0", "128, 128, 0", "129, 8, 144", "144, 8, 144", "145, 8, 160"})
    void aValueOfUpTo128BytesIsInItsSlotAndALargerOneInABlock(int bytes, int slotBytes, int blockBytes) {
        MemMap<Integer, MemorySegment> map = make(Type.INT, Type.struct(TypeUnderTest.bytes(bytes)));
        assertThat(slotBytes(map, "value0")).isEqualTo(slotBytes);
        assertEntryTakesAndGivesBack(map, 5, MemorySegment.ofArray(new byte[bytes]), blockBytes);
    }

    private <K, V> void assertEntryTakesAndGivesBack(MemMap<K, V> map, K key, V value, int blockBytes) {
        map.reserve(50);
        long mapBytes = map.stats().bytes();
        long blobs = heap.stats().blob();

        map.put(key, value);
        assertThat(map.stats().bytes() - mapBytes).isEqualTo(blockBytes);
        assertThat(heap.stats().blob() - blobs).isEqualTo(blockBytes);
        map.put(key, value);
        assertThat(heap.stats().blob() - blobs).isEqualTo(blockBytes);
        map.check();
        map.delete(key);
        assertThat(map.stats().bytes()).isEqualTo(mapBytes);
        assertThat(heap.stats().blob()).isEqualTo(blobs);
    }

    @Test
    void replacingALargeValueKeepsItsBlock() {
        MemMap<Integer, MemorySegment> map = make(Type.INT, Type.struct(TypeUnderTest.bytes(300)));
        map.put(1, TypeUnderTest.filled(300, 1));
        long block = valueBlock(map, 1);

        map.put(1, TypeUnderTest.filled(300, 2));
        map.update(1, value -> value.fill((byte) 3));
        MemMapCursor<Integer, MemorySegment> cursor = map.cursor();
        cursor.next();
        cursor.setValue(TypeUnderTest.filled(300, 4));

        assertThat(valueBlock(map, 1)).isEqualTo(block);
        assertThat(map.get(1).mismatch(TypeUnderTest.filled(300, 4))).isEqualTo(-1);
    }

    @Test
    void growthAndShrinkingMovePointersButNoBlocks() {
        MemMap<MemorySegment, MemorySegment> map =
                make(Type.struct(TypeUnderTest.bytes(200)), Type.struct(TypeUnderTest.bytes(300)));
        MemorySegment key = TypeUnderTest.filled(200, -1);
        map.put(key, TypeUnderTest.filled(300, 1));
        long keyBlock = keyBlock(map, key);
        long valueBlock = valueBlock(map, key);
        for (int n = 0; n < 2000; n++) {
            map.put(TypeUnderTest.filled(200, n), TypeUnderTest.filled(300, n));
        }
        for (int n = 0; n < 2000; n++) {
            map.delete(TypeUnderTest.filled(200, n));
        }
        map.shrink();
        assertThat(map.stats().doublings()).isPositive();
        assertThat(map.stats().shrinks()).isPositive();
        assertThat(keyBlock(map, key)).isEqualTo(keyBlock);
        assertThat(valueBlock(map, key)).isEqualTo(valueBlock);
    }

    @Test
    void clearAndFreeGiveAllBlocksBack() {
        MemMap<String, MemorySegment> map = make(Type.UTF8, Type.struct(TypeUnderTest.bytes(200)));
        for (int n = 0; n < 1000; n++) {
            map.put("key " + n, TypeUnderTest.filled(200, n));
        }
        long texts = heap.usableSize(map.type.text().length(), BlockKind.ENTRY);
        map.clear();
        assertThat(heap.stats().blob()).as("bytes of the type's name").isEqualTo(texts);
        map.put("again", TypeUnderTest.filled(200, 7));
        map.free();
        assertThat(heap.stats().blob()).isZero();
    }

    // ------------------------------------------------------------------------------ variable sizes

    @ParameterizedTest(name = "{0} then {1} bytes")
    @CsvSource({"10, 10", "10, 16", "16, 1", "129, 144", "33000, 36864"})
    void aVariableValueKeepsItsBlockIfANewOneWouldHaveTheSameSize(int before, int after) {
        MemMap<Integer, byte[]> map = make(Type.INT, Type.BYTES);
        map.put(1, bytes(before));
        long block = valueBlock(map, 1);

        assertThat(map.put(1, bytes(after))).isEqualTo(bytes(before));

        assertThat(valueBlock(map, 1)).isEqualTo(block);
        assertThat(map.get(1)).isEqualTo(bytes(after));
    }

    @ParameterizedTest(name = "{0} then {1} bytes")
    @CsvSource({"10, 17", "17, 16", "144, 145", "16, 33000", "36864, 36865", "100000, 1"})
    void aVariableValueOfAnotherSizeGetsAnotherBlockAndTheOldOneIsFreed(int before, int after) {
        MemMap<Integer, byte[]> map = make(Type.INT, Type.BYTES);
        map.put(1, bytes(before));
        long block = valueBlock(map, 1);

        assertThat(map.put(1, bytes(after))).isEqualTo(bytes(before));

        assertThat(valueBlock(map, 1)).isNotEqualTo(block);
        assertThat(heap.stats().blob()).isEqualTo(heap.usableSize(after, BlockKind.ENTRY));
        assertThat(map.get(1)).isEqualTo(bytes(after));
        map.check();
    }

    @Test
    void aKeyAndItsValueShareOneBlock() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        map.put("twelve bytes", bytes(100));
        assertThat(heap.stats().blob()).isEqualTo(heap.usableSize(16 + 100, BlockKind.ENTRY));
        assertThat(valueBlock(map, "twelve bytes")).isEqualTo(keyBlock(map, "twelve bytes") + 16);
    }

    @Test
    void aKeyMovesWithItsValueIntoABlockOfAnotherSize() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        map.put("twelve bytes", bytes(4));
        for (int bytes : new int[] {5, 300, 40_000, 0, 1}) {
            long block = keyBlock(map, "twelve bytes");
            map.put("twelve bytes", bytes(bytes));
            assertThat(keyBlock(map, "twelve bytes") == block)
                    .isEqualTo(
                            heap.blockBytes(block) == heap.usableSize(bytes == 0 ? 12 : 16 + bytes, BlockKind.ENTRY));
            assertThat(map.get("twelve bytes")).isEqualTo(bytes(bytes));
            assertThat(heap.stats().blob()).isEqualTo(heap.usableSize(bytes == 0 ? 12 : 16 + bytes, BlockKind.ENTRY));
            map.check();
        }
    }

    @Test
    void anEmptyKeyOrValueHasNoBlock() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        map.put("", new byte[0]);
        assertThat(keyBlock(map, "")).isZero();
        assertThat(valueBlock(map, "")).isZero();
        assertThat(heap.stats().blob()).isZero();

        map.put("", new byte[] {1});
        assertThat(heap.stats().blob()).isEqualTo(heap.usableSize(1, BlockKind.ENTRY));
        map.put("", new byte[0]);
        assertThat(heap.stats().blob()).isZero();
        assertThat(map.get("")).isEmpty();
        assertThat(map.size()).isOne();
    }

    @Test
    void withoutMemoryASmallerValueUsesTheOldBlockAndALargerOneIsRefused() {
        MemMap<Integer, byte[]> map = make(Type.INT, Type.BYTES);
        map.put(1, bytes(1000));
        long block = valueBlock(map, 1);

        heap.failAllocation(1);
        map.put(1, bytes(20));
        assertThat(valueBlock(map, 1)).isEqualTo(block);
        heap.failAllocation(1);
        assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> map.put(1, bytes(2000)));
        heap.failAllocation(1);
        map.put(1, new byte[0]);
        heap.failAllocation(0);

        assertThat(map.get(1)).isEmpty();
        assertThat(heap.stats().blob()).isZero();
    }

    @Test
    void anEntryThatFindsNoMemoryIsNotStoredAtAll() {
        MemMap<String, MemorySegment> map = make(Type.UTF8, Type.struct(TypeUnderTest.bytes(200)));
        map.put("another key", TypeUnderTest.filled(200, 2));
        long inUse = heap.stats().inUse();

        heap.failAllocation(1);
        assertThatExceptionOfType(HeapExhaustedException.class)
                .isThrownBy(() -> map.put("a key", TypeUnderTest.filled(200, 1)));
        heap.failAllocation(0);

        assertThat(map.containsKey("a key")).isFalse();
        assertThat(map.size()).isOne();
        assertThat(heap.stats().inUse()).isEqualTo(inUse);
        map.check();
        map.put("a key", TypeUnderTest.filled(200, 1));
        assertThat(map.get("a key").mismatch(TypeUnderTest.filled(200, 1))).isEqualTo(-1);
    }

    @Test
    void anEntryIsPutEvenIfTheGrowthFindsNoMemory() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        int entries = 0;
        for (; entries < map.loadLimit(0); entries++) {
            map.put("key " + entries, bytes(20));
        }
        // the first allocation is the entry's block, the second is the array
        heap.failAllocation(2);
        map.put("one too many", bytes(20));
        heap.failAllocation(0);
        assertThat(map.get("one too many")).isEqualTo(bytes(20));
        assertThat(map.size()).isEqualTo(entries + 1);
        map.check(); // I13: no block is lost
    }

    // ---------------------------------------------------------------------------------- zero bytes

    @Test
    void aMapWithEmptyValuesIsASet() {
        MemMap<Long, MemorySegment> set = make(Type.LONG, NOTHING);
        for (long key = 0; key < 1000; key++) {
            assertThat(set.put(key, EMPTY)).isNull();
            assertThat(set.put(key, EMPTY).byteSize()).isZero();
        }
        set.check();
        assertThat(set.size()).isEqualTo(1000);
        assertThat(slotBytes(set, "value0")).isZero();
        assertThat(set.get(7L).byteSize()).isZero();
        assertThat(set.get(-7L)).isNull();
        assertThat(set.read(7L, MemorySegment::byteSize)).isZero();
        assertThat(set.update(7L, value -> assertThat(value.byteSize()).isZero()))
                .isTrue();
        assertThat(set.copyValue(7L, EMPTY, 0)).isZero();
        for (long key = 0; key < 990; key++) {
            assertThat(set.delete(key)).isTrue();
        }
        assertThat(set.asMap().keySet()).hasSize(10).contains(990L, 999L);
    }

    @Test
    void aMapWithEmptyKeysHasAtMostOneEntry() {
        MemMap<MemorySegment, Long> map = make(NOTHING, Type.LONG);
        assertThat(map.put(EMPTY, 1L)).isNull();
        assertThat(map.put(MemorySegment.ofArray(new long[0]), 2L)).isEqualTo(1);
        assertThat(map.size()).isOne();
        assertThat(map.get(EMPTY)).isEqualTo(2);
        assertThat(map.delete(EMPTY)).isTrue();
        assertThat(map.isEmpty()).isTrue();
        assertThat(map.delete(EMPTY)).isFalse();
        assertThat(map.put(EMPTY, 3L)).isNull();
    }

    @Test
    void aMapWithEmptyKeysAndValuesHasOneEntryOrNone() {
        MemMap<MemorySegment, MemorySegment> map = make(NOTHING, NOTHING);
        assertThat(map.containsKey(EMPTY)).isFalse();
        map.set(EMPTY, EMPTY);
        map.set(EMPTY, EMPTY);
        map.check();
        assertThat(map.containsKey(EMPTY)).isTrue();
        assertThat(map.size()).isOne();
        map.reserve(1000);
        map.shrink();
        assertThat(map.remove(EMPTY).byteSize()).isZero();
        assertThat(map.containsKey(EMPTY)).isFalse();
    }

    // ---------------------------------------------------------------------------------------------

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) count);
        return bytes;
    }

    private static <K> long keyBlock(MemMap<K, ?> map, K key) {
        return Mem.getLong(map.mem, map.keyAddress(map.slotOf(key)));
    }

    private static <K> long valueBlock(MemMap<K, ?> map, K key) {
        return Mem.getLong(map.mem, map.valueAddress(map.slotOf(key)));
    }

    private static long slotBytes(MemMap<?, ?> map, String member) {
        return map.layout().bucket().select(PathElement.groupElement(member)).byteSize();
    }
}
