package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Some bytes of a header are overwritten through the heap's segment. Then {@code at} refuses to
 * make a handle, or {@code check} finds the damage, or the handle shows the map as it was.
 */
@Tag("slow")
class TornHeaderTest {
    private static final int HEADER_SIZE = 256;

    /** The bytes that overwrite a part of the header. */
    enum Overwrite {
        ZEROS,
        ONES,
        NOISE,
        ANOTHER_MAPS
    }

    /**
     * A paged map stores its keys combined with its seed. If the seed is damaged, a map with few
     * entries may be sound, with other keys.
     */
    @Property(tries = 2000)
    void aDamagedHeaderOfAMapOfLongsIsRefusedOrFoundByCheckOrHarmless(
            @ForAll Geometry geometry,
            @ForAll Overwrite overwrite,
            @ForAll @IntRange(max = 300) int entries,
            @ForAll @IntRange(max = HEADER_SIZE - 1) int from,
            @ForAll @IntRange(min = 1, max = 64) int bytes,
            @ForAll long seed) {
        try (NativeHeap heap = heap()) {
            LongLongMap map = LongLongMap.builder(heap).geometry(geometry).make();
            LongLongMap other = LongLongMap.builder(heap).geometry(geometry).make();
            Map<Long, Long> model = new HashMap<>();
            for (long key = 0; key < entries; key++) {
                map.put(key, ~key);
                model.put(key, ~key);
                other.put(key / 2, key);
            }
            final long seedOfMap = map.seed();
            tear(heap, map, other, overwrite, from, bytes, seed);
            LongLongMap again = refusedOrFoundOut(pointer -> LongLongMap.at(heap, pointer), map);
            boolean hasOtherKeys = map.paged && map.seed() != seedOfMap;
            if (again != null && !hasOtherKeys) {
                assertThat(again.asMap()).isEqualTo(model);
                again.put(-1, 1);
                again.remove(0);
                model.put(-1L, 1L);
                model.remove(0L);
                again.check();
                assertThat(again.asMap()).isEqualTo(model);
            }
            readsAreSafe(() -> map.get(entries / 2));
        }
    }

    @Property(tries = 1000)
    void aDamagedHeaderOfAMapOfStringsIsRefusedOrFoundByCheckOrHarmless(
            @ForAll Overwrite overwrite,
            @ForAll @IntRange(max = 100) int entries,
            @ForAll @IntRange(max = HEADER_SIZE - 1) int from,
            @ForAll @IntRange(min = 1, max = 64) int bytes,
            @ForAll long seed) {
        try (NativeHeap heap = heap()) {
            MemMap<String, String> map = MemMap.make(heap, Type.UTF8, Type.UTF8);
            MemMap<String, String> other = MemMap.make(heap, Type.UTF8, Type.UTF8);
            Map<String, String> model = new HashMap<>();
            for (int key = 0; key < entries; key++) {
                map.put("key " + key, "value " + key);
                model.put("key " + key, "value " + key);
                other.put("key " + key / 2, "other " + key);
            }
            tear(heap, map, other, overwrite, from, bytes, seed);
            MemMap<String, String> again =
                    refusedOrFoundOut(pointer -> MemMap.at(heap, pointer, Type.UTF8, Type.UTF8), map);
            if (again != null) {
                assertThat(again.asMap()).isEqualTo(model);
            }
            readsAreSafe(() -> map.get("key " + entries / 2));
        }
    }

    @Test
    void theMessageStatesTheOverwrittenField() {
        try (NativeHeap heap = heap()) {
            LongLongMap map = LongLongMap.make(heap, 100);
            map.put(1, 2);
            long buckets = map.pointer() + HmapLayout.BUCKETS;
            heap.segment().set(Mem.INT, buckets + 4, 0x7A11);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LongLongMap.at(heap, map.pointer()))
                    .withMessageContaining("pointer " + map.pointer() + " is a map whose header has been overwritten")
                    .withMessageContaining("stamp is " + map.field(HmapLayout.STAMP) + " with stamps 1, buckets "
                            + map.field(HmapLayout.BUCKETS));
        }
    }

    private static NativeHeap heap() {
        return NativeHeap.builder().maxBytes(1 << 20).virtualMemory(false).open();
    }

    private static void tear(
            NativeHeap heap, HashTable map, HashTable other, Overwrite overwrite, int from, int bytes, long seed) {
        int length = Math.min(bytes, HEADER_SIZE - from);
        MemorySegment torn = heap.segment().asSlice(map.pointer() + from, length);
        switch (overwrite) {
            case ZEROS -> torn.fill((byte) 0);
            case ONES -> torn.fill((byte) -1);
            case NOISE -> {
                byte[] noise = new byte[length];
                new Random(seed).nextBytes(noise);
                torn.copyFrom(MemorySegment.ofArray(noise));
            }
            case ANOTHER_MAPS -> torn.copyFrom(heap.segment().asSlice(other.pointer() + from, length));
        }
    }

    /** Returns the map, or null if {@code at} or {@code check} reports the damage. */
    private static <M extends HashTable> M refusedOrFoundOut(LongFunction<M> at, M map) {
        M again;
        try {
            again = at.apply(map.pointer());
        } catch (IllegalArgumentException refused) {
            return null;
        }
        try {
            again.check();
            return again;
        } catch (IllegalStateException foundOut) {
            assertThat(foundOut).hasMessageContaining(" broken in ");
            return null;
        }
    }

    /**
     * A lookup through an older handle may return anything or throw, but nothing worse may happen.
     */
    private static void readsAreSafe(Runnable read) {
        try {
            read.run();
        } catch (RuntimeException refused) {
            assertThat(refused).isNotInstanceOf(NullPointerException.class);
        }
    }
}
