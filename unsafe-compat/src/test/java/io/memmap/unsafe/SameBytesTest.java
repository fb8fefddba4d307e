package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.Geometry;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/**
 * The same history on memmap and on its twin leaves the same bytes. The test compares all of a heap
 * of 16 MiB. It fixes every random value: the secrets and the uuid of the heap, the identity of each
 * map, and its seed, which a map draws again when it becomes empty.
 */
class SameBytesTest {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long BYTES = 16 << 20;
    /** The offset of the secrets in a heap's header; see {@code memmap/docs/format.md}. */
    private static final long SECRETS = 48;
    /** The offset of the checksum of the constants, which the uuid follows. */
    private static final long HEADER_CHECK = 3964;

    private static final long HEADER_CHECK_BYTES = 4 + 16;

    private NativeHeap heap;
    private UnsafeHeap twinHeap;

    @BeforeTry
    void open() {
        heap = NativeHeap.builder().maxBytes(BYTES).open();
        twinHeap = UnsafeHeap.builder().maxBytes(BYTES).open();
    }

    @AfterTry
    void close() {
        heap.close();
        twinHeap.close();
    }

    private void pinSecrets(RandomGenerator random) {
        for (int i = 0; i < 4; i++) {
            long secret = random.nextLong() | 1;
            heap.segment().set(WORD, SECRETS + 8L * i, secret);
            twinHeap.segment().set(WORD, SECRETS + 8L * i, secret);
        }
        MemorySegment.copy(heap.segment(), HEADER_CHECK, twinHeap.segment(), HEADER_CHECK, HEADER_CHECK_BYTES);
    }

    /** Gives both headers the same identity. Handles that were made earlier do not know it. */
    private void pinIdentity(long pointer, long twinPointer, long identity) {
        assertThat(twinPointer).isEqualTo(pointer);
        long offset = pointer + offset("identity");
        heap.segment().set(WORD, offset, identity);
        twinHeap.segment().set(WORD, offset, identity);
    }

    /**
     * Gives both headers the same seed. Handles that have read the old seed must not be used again.
     */
    private void pinSeed(long pointer, int seed) {
        for (String field : List.of("hash0", "hash0Copy")) {
            long offset = pointer + offset(field);
            heap.segment().set(ValueLayout.JAVA_INT_UNALIGNED, offset, seed);
            twinHeap.segment().set(ValueLayout.JAVA_INT_UNALIGNED, offset, seed);
        }
    }

    private static long offset(String field) {
        return LongLongMap.nil().layout().header().byteOffset(PathElement.groupElement(field));
    }

    private void compare() {
        MemorySegment bytes = heap.segment();
        long different = bytes.mismatch(twinHeap.segment());
        assertThat(different).as("offset of the first byte that differs").isEqualTo(-1);
    }

    @Property(tries = 60)
    void theSameHistoryOnLongMapsLeavesTheSameBytes(@ForAll long seed, @ForAll Geometry geometry) {
        RandomGenerator random = new Random(seed);
        pinSecrets(random);
        long pointer =
                LongLongMap.builder(heap).geometry(geometry).name("same").make().pointer();
        long twinPointer = UnsafeLongLongMap.builder(twinHeap)
                .geometry(UnsafeGeometry.valueOf(geometry.name()))
                .name("same")
                .make()
                .pointer();
        pinIdentity(pointer, twinPointer, random.nextLong(1, 1L << 62));
        LongLongMap map = LongLongMap.at(heap, pointer);
        UnsafeLongLongMap twin = UnsafeLongLongMap.at(twinHeap, pointer);
        pinSeed(pointer, random.nextInt());
        int range = 1 << random.nextInt(4, 14);
        for (int step = 0; step < 6_000; step++) {
            long key = random.nextInt(range);
            switch (random.nextInt(step / 2_000 == 1 ? 14 : 9)) {
                case 0, 1, 2, 3 -> assertThat(twin.put(key, step)).isEqualTo(map.put(key, step));
                case 4 -> assertThat(twin.add(key, step)).isEqualTo(map.add(key, step));
                case 5 -> assertThat(twin.get(key)).isEqualTo(map.get(key));
                case 6 -> {
                    long pointerOfBlock = heap.allocate(1 + key * 5);
                    assertThat(twinHeap.allocate(1 + key * 5)).isEqualTo(pointerOfBlock);
                    if (key % 2 == 0) {
                        heap.free(pointerOfBlock);
                        twinHeap.free(pointerOfBlock);
                    }
                }
                case 7 -> {
                    if (random.nextInt(500) == 0) {
                        map.clear();
                        twin.clear();
                    } else if (random.nextInt(50) == 0) {
                        map.shrink();
                        twin.shrink();
                    }
                }
                default -> assertThat(twin.remove(key)).isEqualTo(map.remove(key));
            }
            if (map.isEmpty()) {
                pinSeed(pointer, step);
                map = LongLongMap.at(heap, pointer);
                twin = UnsafeLongLongMap.at(twinHeap, pointer);
            }
            if (step % 500 == 0) {
                compare();
            }
        }
        compare();
        map.check();
        twin.check();
        map.free();
        twin.free();
        compare();
    }

    /** The pages of this map fill up, and its further entries go to the extension. */
    @Property(tries = 10)
    void aMapThatFillsItsHeapLeavesTheSameBytes(@ForAll long seed) {
        RandomGenerator random = new Random(seed);
        pinSecrets(random);
        heap.allocate(BYTES * 15 / 16);
        twinHeap.allocate(BYTES * 15 / 16);
        long pointer = LongLongMap.make(heap).pointer();
        pinIdentity(pointer, UnsafeLongLongMap.make(twinHeap).pointer(), random.nextLong(1, 1L << 62));
        pinSeed(pointer, random.nextInt());
        LongLongMap map = LongLongMap.at(heap, pointer);
        UnsafeLongLongMap twin = UnsafeLongLongMap.at(twinHeap, pointer);
        int size = 0;
        for (; size % 1_000 != 0 || map.stats().overflowBuckets() < 100; size++) {
            map.put(size, -size);
            twin.put(size, -size);
        }
        compare();
        for (int key = 0; key < size; key++) {
            assertThat(twin.get(key)).isEqualTo(map.get(key)).isEqualTo(-key);
        }
        for (int step = 0; step < size; step++) {
            int key = random.nextInt(size);
            assertThat(twin.remove(key)).isEqualTo(map.remove(key));
        }
        compare();
        map.check();
        twin.check();
    }

    @Property(tries = 25)
    void theSameHistoryOnStringMapsLeavesTheSameBytes(@ForAll long seed) {
        RandomGenerator random = new Random(seed);
        pinSecrets(random);
        long pointer = MemMap.make(heap, Type.UTF8, Type.BYTES).pointer();
        long twinPointer =
                UnsafeMemMap.make(twinHeap, UnsafeType.UTF8, UnsafeType.BYTES).pointer();
        pinIdentity(pointer, twinPointer, random.nextLong(1, 1L << 62));
        MemMap<String, byte[]> map = MemMap.at(heap, pointer, Type.UTF8, Type.BYTES);
        UnsafeMemMap<String, byte[]> twin = UnsafeMemMap.at(twinHeap, pointer, UnsafeType.UTF8, UnsafeType.BYTES);
        pinSeed(pointer, random.nextInt());
        for (int step = 0; step < 3_000; step++) {
            String key = "k".repeat(random.nextInt(40)) + random.nextInt(300);
            if (random.nextInt(5) < 3) {
                byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 50_000 : 300)];
                random.nextBytes(value);
                map.set(key, value);
                twin.set(key, value);
            } else {
                assertThat(twin.remove(key)).isEqualTo(map.remove(key));
            }
            assertThat(twin.get(key)).isEqualTo(map.get(key));
            if (map.isEmpty()) {
                pinSeed(pointer, step);
                map = MemMap.at(heap, pointer, Type.UTF8, Type.BYTES);
                twin = UnsafeMemMap.at(twinHeap, pointer, UnsafeType.UTF8, UnsafeType.BYTES);
            }
            if (step % 300 == 0) {
                compare();
            }
        }
        compare();
        map.check();
        twin.check();
        map.free();
        twin.free();
        compare();
    }

    /** Shows that the tests above compare something: without fixed secrets the bytes differ. */
    @Example
    void withoutPinnedSecretsTheBytesDiffer() {
        Set<Long> words = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            words.add(heap.segment().get(WORD, SECRETS + 8L * i));
            words.add(twinHeap.segment().get(WORD, SECRETS + 8L * i));
        }
        assertThat(words).hasSizeGreaterThan(4);
        assertThat(heap.segment().mismatch(twinHeap.segment())).isBetween(SECRETS, SECRETS + 8);
    }
}
