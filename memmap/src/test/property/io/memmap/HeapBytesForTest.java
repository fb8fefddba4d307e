package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.HmapLayout;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * {@code heapBytesFor} gives the size of a heap for a number of entries. A heap of this size has
 * room for every doubling.
 */
class HeapBytesForTest {
    /** With this many entries or fewer, the fixed bytes of a heap outweigh those of the entries. */
    private static final int FEW = 100_000;

    @Property(tries = 25)
    void aMapOfLongsDoublesInAHeapOfThatSize(@ForAll @IntRange(max = 300_000) int entries) {
        try (NativeHeap heap = open(LongLongMap.heapBytesFor(entries))) {
            LongLongMap map = LongLongMap.make(heap);
            for (long key = 0; key < entries; key++) {
                map.put(key, key);
            }
            assertRoomy(map, entries);
        }
    }

    @Property(tries = 25)
    void aMapOfIntsDoublesInAHeapOfThatSize(@ForAll @IntRange(max = 500_000) int entries) {
        try (NativeHeap heap = open(IntIntMap.heapBytesFor(entries))) {
            IntIntMap map = IntIntMap.make(heap);
            for (int key = 0; key < entries; key++) {
                map.put(key, key);
            }
            assertRoomy(map, entries);
        }
    }

    @Property(tries = 15)
    void aMapOfBytesDoublesInAHeapOfThatSize(
            @ForAll @IntRange(max = 150_000) int entries, @ForAll @IntRange(max = 200) int mostBytes) {
        int average = Long.BYTES + mostBytes / 2;
        try (NativeHeap heap = open(MemMap.heapBytesFor(Type.BYTES, Type.BYTES, entries, average))) {
            MemMap<byte[], byte[]> map = MemMap.make(heap, Type.BYTES, Type.BYTES);
            for (int key = 0; key < entries; key++) {
                byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(key).array();
                map.set(bytes, new byte[key % (mostBytes + 1)]);
            }
            assertRoomy(map, entries);
        }
    }

    private static NativeHeap open(long maxBytes) {
        return NativeHeap.builder().maxBytes(maxBytes).open();
    }

    private static void assertRoomy(HashTable map, long entries) {
        assertThat(map.size()).isEqualTo(entries);
        assertThat(HmapLayout.b(map.state())).as("B of the map").isEqualTo(map.sizeFor(entries));
        assertThat(map.state() & HmapLayout.CRAMPED)
                .as("the flag for a map that found no room to grow")
                .isZero();
        if (entries > FEW) {
            HeapStats stats = map.heap().stats();
            assertThat((double) stats.maxBytes() / stats.inUse()).isLessThan(2.1);
        }
    }

    @Test
    void aNumberOfEntriesThatNoHeapHoldsIsRefused() {
        for (long entries : new long[] {-1, 1L << 40, 1L << 56, Long.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LongLongMap.heapBytesFor(entries))
                    .withMessageContaining("4398046511104 bytes: ");
            assertThatIllegalArgumentException().isThrownBy(() -> IntIntMap.heapBytesFor(entries));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MemMap.heapBytesFor(Type.UTF8, Type.LONG, entries, 10));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> MemMap.heapBytesFor(Type.UTF8, Type.LONG, 1, -1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.heapBytesFor(Type.UTF8, Type.LONG, 1 << 20, Long.MAX_VALUE));
    }
}
