package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.format.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link NativeHeap#at}: two heap objects use the same memory. */
class NativeHeapAtTest {
    private final NativeHeap heap = NativeHeap.builder().maxBytes(16 << 20).open();

    @Test
    void eachHeapObjectReadsWhatTheOtherWrites() {
        try (heap) {
            NativeHeap other = NativeHeap.at(heap.segment());
            LongLongMap map = LongLongMap.make(heap);
            LongLongMap same = LongLongMap.at(other, map.pointer());
            for (int key = 0; key < 5_000; key++) {
                (key % 2 == 0 ? map : same).put(key, 3L * key);
            }
            for (int key = 0; key < 5_000; key += 3) {
                assertThat((key % 2 == 0 ? same : map).remove(key)).isTrue();
            }
            assertThat(map.size()).isEqualTo(same.size()).isEqualTo(5_000 - 1_667);
            for (int key = 0; key < 5_000; key++) {
                assertThat(map.get(key)).isEqualTo(same.get(key)).isEqualTo(key % 3 == 0 ? 0 : 3L * key);
            }
            map.check();
            same.check();
            heap.checkZeroes();
            other.checkZeroes();
            same.free();
            assertThat(map.isNil()).isTrue();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    @Test
    void eachHeapObjectFreesBlocksOfTheOther() {
        try (heap) {
            NativeHeap other = NativeHeap.at(heap.segment());
            for (long bytes : new long[] {1, 100, 32 << 10, 1 << 20}) {
                long pointer = heap.allocate(bytes);
                assertThat(other.allocate(bytes)).isNotEqualTo(pointer);
                other.slice(pointer, bytes).fill((byte) -1);
                other.free(pointer);
                heap.checkZeroes();
                assertThat(heap.slice(heap.allocate(bytes), bytes)
                                .mismatch(MemorySegment.ofArray(new byte[(int) bytes])))
                        .as("a block that is handed out again is zero")
                        .isEqualTo(-1);
            }
            heap.checkZeroes();
            other.check();
        }
    }

    @Test
    void theSecondHeapObjectEndsWithTheSegment() {
        NativeHeap other;
        try (heap) {
            other = NativeHeap.at(heap.segment());
        }
        assertThat(other.isAlive()).isFalse();
        assertThatThrownBy(() -> other.allocate(1)).isInstanceOf(IllegalStateException.class);
        MemorySegment closed = heap.segment();
        assertThatThrownBy(() -> NativeHeap.at(closed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingTheSecondHeapObjectLeavesTheFirstOpen() {
        try (heap) {
            NativeHeap other = NativeHeap.at(heap.segment());
            other.close();
            assertThatThrownBy(() -> other.allocate(1)).isInstanceOf(IllegalStateException.class);
            heap.free(heap.allocate(1));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, magic",
        "8, version",
        "12, granule shift",
        "16, capacity",
        "3940, maxBytes",
        "24, bitmap offset",
        "32, table offset",
        "40, first page",
        "44, end page"
    })
    void anInvalidHeaderIsRefusedWithTheBytesFound(long offset, String field) {
        try (heap) {
            Mem.setInt(heap.segment(), offset, 77);
            MemorySegment segment = heap.segment();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NativeHeap.at(segment))
                    .withMessageContaining("the segment holds no heap: the " + field + " must be ")
                    .withMessageMatching(".*: -?\\d+");
        }
    }

    @Test
    void aSegmentWithOnlyAPartOfAHeapIsRefused() {
        try (heap) {
            MemorySegment segment = heap.segment();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NativeHeap.at(segment.asSlice(0, 8 << 20)))
                    .withMessageContaining("the capacity must be " + (8 << 20) + ": " + segment.byteSize());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NativeHeap.at(segment.asSlice(0, 64)))
                    .withMessageContaining("the segment holds no heap: its size must be at least");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NativeHeap.at(segment.asReadOnly()))
                    .withMessageContaining("native and writable");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NativeHeap.at(MemorySegment.ofArray(new byte[1 << 20])))
                    .withMessageContaining("native and writable");
        }
    }

    @Test
    void theSecondObjectOfAConfinedHeapIsConfinedToTheSameThread() throws InterruptedException {
        try (Arena arena = Arena.ofConfined()) {
            NativeHeap owner =
                    NativeHeap.builder().arena(arena).maxBytes(1 << 20).open();
            Throwable[] thrown = new Throwable[1];
            Thread thread = Thread.ofPlatform().start(() -> {
                try {
                    NativeHeap.at(owner.segment());
                } catch (Throwable refused) {
                    thrown[0] = refused;
                }
            });
            thread.join();
            assertThat(thrown[0]).isInstanceOf(WrongThreadException.class);
        }
    }
}
