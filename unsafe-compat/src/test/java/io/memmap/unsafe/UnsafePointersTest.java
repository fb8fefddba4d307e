package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.Geometry;
import io.memmap.IntIntMap;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import io.memmap.unsafe.format.Raw;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnsafePointersTest {
    private final NativeHeap heap = NativeHeap.builder().maxBytes(64 << 20).open();

    @AfterEach
    void theHeapIsSoundAndEmpty() {
        try (heap) {
            if (heap.isAlive()) {
                heap.check();
                assertThat(heap.stats().inUse()).isZero();
            }
        }
    }

    /**
     * The history has growths, shrinkings, overflow buckets, and blocks that the map or its twin
     * has allocated.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void mapAndTwinSeeEachOthersWrites(boolean madeByTwin) {
        UnsafeHeap twinHeap = UnsafePointers.twin(heap);
        LongLongMap map = madeByTwin
                ? LongLongMap.at(heap, UnsafeLongLongMap.make(twinHeap).pointer())
                : LongLongMap.make(heap);
        UnsafeLongLongMap twin = UnsafePointers.twin(heap, map);
        RandomGenerator random = new Random(5);
        Map<Long, Long> model = new HashMap<>();
        for (int step = 0; step < 60_000; step++) {
            long key = random.nextInt(step < 30_000 ? 20_000 : 200);
            boolean byTwin = random.nextBoolean();
            if (step < 30_000 || random.nextInt(3) == 0) {
                long previous = byTwin ? twin.put(key, step) : map.put(key, step);
                assertThat(previous).isEqualTo(model.getOrDefault(key, 0L));
                model.put(key, (long) step);
            } else {
                long removed = model.keySet().iterator().next();
                assertThat(byTwin ? twin.remove(removed) : map.remove(removed)).isTrue();
                model.remove(removed);
            }
            assertThat(byTwin ? map.get(key) : twin.get(key)).isEqualTo(model.getOrDefault(key, 0L));
            if (step % 5_000 == 0) {
                map.check();
                twin.check();
                heap.check();
                twinHeap.check();
            }
        }
        assertThat(map.asMap()).isEqualTo(model).isEqualTo(twin.asMap());
        twin.free();
        assertThat(map.isNil()).isTrue();
    }

    @Test
    void mapAndTwinReadEachOthersStrings() {
        UnsafeHeap twinHeap = UnsafePointers.twin(heap);
        MemMap<String, String> map = MemMap.make(heap, Type.UTF8, Type.UTF8);
        UnsafeMemMap<String, String> twin = UnsafeMemMap.at(twinHeap, map.pointer(), UnsafeType.UTF8, UnsafeType.UTF8);
        for (int i = 0; i < 3_000; i++) {
            if (i % 2 == 0) {
                map.set("key" + i, "x".repeat(i));
            } else {
                twin.set("key" + i, "x".repeat(i));
            }
        }
        for (int i = 0; i < 3_000; i++) {
            assertThat(i % 2 == 0 ? twin.get("key" + i) : map.get("key" + i)).hasSize(i);
        }
        map.check();
        twin.check();
        map.free();
    }

    @Test
    void addressesPointToTheFieldsOfTheLayout() {
        LongLongMap map = LongLongMap.builder(heap).geometry(Geometry.LINE).make();
        for (long key = 1; key <= 1_000; key++) {
            map.put(key, -key);
        }
        UnsafeLongLongMap twin = UnsafePointers.twin(heap, map);
        long base = UnsafePointers.address(heap);
        assertThat(base).isEqualTo(heap.segment().address());
        assertThat(UnsafePointers.header(twin)).isEqualTo(base + map.pointer());
        assertThat(Raw.getLong(UnsafePointers.header(twin)))
                .as("the field count, the first word of the header")
                .isEqualTo(1_000);
        long valueInBucket = map.layout().bucket().byteOffset(PathElement.groupElement("value0"));
        for (long key = 1; key <= 1_000; key++) {
            assertThat(Raw.getLong(UnsafePointers.key(twin, key))).isEqualTo(key);
            assertThat(Raw.getLong(UnsafePointers.value(twin, key))).isEqualTo(-key);
            assertThat(UnsafePointers.value(twin, key) - UnsafePointers.bucket(twin, key))
                    .isBetween(valueInBucket, map.layout().bucket().byteSize() - Long.BYTES);
            Raw.putLong(UnsafePointers.value(twin, key), 7 * key);
            assertThat(map.get(key)).isEqualTo(7 * key);
        }
        assertThat(UnsafePointers.key(twin, 0)).isZero();
        assertThat(UnsafePointers.value(twin, 0)).isZero();
        assertThat(UnsafePointers.bucket(twin, 0)).isZero();
        map.free();
    }

    @Test
    void addressesInPagesPointToTheSlots() {
        LongLongMap map = LongLongMap.make(heap);
        for (long key = 1; key <= 1_000; key++) {
            map.put(key, -key);
        }
        UnsafeLongLongMap twin = UnsafePointers.twin(heap, map);
        long combined = Raw.getLong(UnsafePointers.key(twin, 1)) ^ 1;
        for (long key = 1; key <= 1_000; key++) {
            assertThat(Raw.getLong(UnsafePointers.key(twin, key))).isEqualTo(key ^ combined);
            assertThat(Raw.getLong(UnsafePointers.value(twin, key))).isEqualTo(-key);
            assertThat(UnsafePointers.bucket(twin, key)).isEqualTo(UnsafePointers.key(twin, key));
        }
        assertThat(UnsafePointers.value(twin, 0)).isZero();
        assertThat(UnsafePointers.bucket(twin, 0)).isZero();
        map.free();
    }

    @Test
    void addressesOfIntAndStringMapsPointToTheirEntries() {
        IntIntMap ints = IntIntMap.builder(heap).geometry(Geometry.LINE).make();
        ints.put(3, 4);
        UnsafeIntIntMap twin = UnsafePointers.twin(heap, ints);
        assertThat(UnsafePointers.header(twin)).isEqualTo(UnsafePointers.address(heap) + ints.pointer());
        assertThat(Raw.getInt(UnsafePointers.key(twin, 3))).isEqualTo(3);
        assertThat(Raw.getInt(UnsafePointers.value(twin, 3))).isEqualTo(4);
        assertThat(UnsafePointers.key(twin, 3) - UnsafePointers.bucket(twin, 3)).isBetween(16L, 64L);

        UnsafeHeap twinHeap = UnsafePointers.twin(heap);
        UnsafeMemMap<String, Long> texts = UnsafeMemMap.make(twinHeap, UnsafeType.UTF8, UnsafeType.LONG);
        texts.set("kiel", 8L);
        assertThat(UnsafePointers.header(texts)).isEqualTo(UnsafePointers.address(twinHeap) + texts.pointer());
        long block = UnsafePointers.address(twinHeap) + Raw.getLong(UnsafePointers.key(texts, "kiel"));
        byte[] bytes = new byte[4];
        Raw.copy(block, bytes, 0, 4);
        assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo("kiel");
        assertThat(Raw.getLong(UnsafePointers.value(texts, "kiel"))).isEqualTo(8);
        assertThat(UnsafePointers.bucket(texts, "kiel")).isLessThan(UnsafePointers.key(texts, "kiel"));
        assertThat(UnsafePointers.bucket(texts, "lübeck")).isZero();
        ints.free();
        texts.free();
    }

    @Test
    void aNilMapHasNoAddress() {
        assertThat(UnsafePointers.header(UnsafeLongLongMap.nil())).isZero();
        assertThat(UnsafePointers.bucket(UnsafeLongLongMap.nil(), 1)).isZero();
        assertThat(UnsafePointers.twin(heap, LongLongMap.nil()).isNil()).isTrue();
    }

    @Test
    void aTwinsHeapCanBeOpenedAsACheckedHeap() {
        try (UnsafeHeap twinHeap = UnsafeHeap.builder().maxBytes(16 << 20).open()) {
            UnsafeLongLongMap twin = UnsafeLongLongMap.make(twinHeap);
            twin.put(1, 2);
            NativeHeap checked = UnsafePointers.checked(twinHeap);
            LongLongMap map = LongLongMap.at(checked, twin.pointer());
            assertThat(map.get(1)).isEqualTo(2);
            for (long key = 0; key < 10_000; key++) {
                map.put(key, key);
            }
            assertThat(twin.size()).isEqualTo(10_000);
            twin.check();
            map.check();
            twinHeap.check();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LongLongMap.at(checked, twin.pointer() + 16))
                    .withMessageContaining("is not a map");
        }
    }

    @Test
    void aHeapIsFoundByItsAddressAlone() {
        LongLongMap map = LongLongMap.make(heap);
        map.put(1, 2);
        long address = UnsafePointers.address(heap);
        UnsafeLongLongMap twin = UnsafeLongLongMap.at(UnsafePointers.heapAt(address), map.pointer());
        twin.put(3, 4);
        try (Arena arena = Arena.ofConfined()) {
            NativeHeap other = UnsafePointers.heapAt(address, arena);
            assertThat(other.stats().reserved()).isEqualTo(heap.stats().reserved());
            LongLongMap.at(other, map.pointer()).put(5, 6);
        }
        assertThat(map.asMap()).isEqualTo(Map.of(1L, 2L, 3L, 4L, 5L, 6L));
        map.free();
    }

    @Test
    void anAddressOfNoHeapIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UnsafePointers.heapAt(0))
                .withMessage("the address of a heap must be a multiple of 4096 and not 0: 0x0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UnsafePointers.heapAt(UnsafePointers.address(heap) + 8))
                .withMessageContaining("multiple of 4096");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment other = arena.allocate(4096, 4096);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> UnsafePointers.heapAt(other.address(), arena))
                    .withMessageContaining("the segment holds no heap");
            other.fill((byte) -1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> UnsafePointers.heapAt(other.address()))
                    .withMessageContaining("the segment holds no heap");
        }
    }

    @Test
    void aClosedHeapHasNoTwin() {
        heap.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> UnsafePointers.twin(heap))
                .withMessage("Already closed: the heap has ended");
    }
}
