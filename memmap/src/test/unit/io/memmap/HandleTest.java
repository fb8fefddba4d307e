package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.format.HmapLayout;
import java.lang.foreign.Arena;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * A map object is a handle. It can be nil, a second handle of a map, a handle of a freed map, or a
 * handle made from memory that holds no map. The rules are in {@code docs/go-map.md}, "Handles and
 * nil".
 */
class HandleTest extends PrimitiveMapTestBase {

    // ----------------------------------------------------------------------------------------- nil

    /** go:nil-has-length-zero, go:nil-reads-as-empty and go:nil-ignores-removal. */
    @Test
    void theNilMapReadsAsEmpty() {
        assertReadsAsEmpty(variant.nil());
        assertThat(variant.nil().table().pointer()).isZero();
        assertThat(variant.nil().table().toString()).endsWith(" nil");
        assertThat(variant.at(heap, 0).table()).isSameAs(variant.nil().table());
    }

    /** go:nil-refuses-writes. */
    @Test
    void aWriteToTheNilMapThrowsWithGosMessage() {
        assertRefusesWrites(variant.nil(), "assignment to entry in nil map: make a map first");
    }

    // ---------------------------------------------------------------------------------- freed maps

    @Test
    void everyHandleOfAFreedMapIsNilAndItsMessagesSayFreed() {
        AnyMap map = variant.make(heap).fill(0, 1000);
        AnyMap copy = variant.at(heap, map.table().pointer());
        map.table().free();

        for (AnyMap handle : new AnyMap[] {map, copy}) {
            assertReadsAsEmpty(handle);
            assertRefusesWrites(
                    handle,
                    "assignment to entry in freed map (pointer " + map.table().pointer() + "): make a map first");
            assertThat(handle.table().toString())
                    .endsWith(" freed@" + map.table().pointer());
        }
    }

    @Test
    void aHandleOfAFreedMapStaysNilWhenAnotherMapTakesItsPlace() {
        AnyMap map = variant.make(heap).fill(0, 100);
        map.table().free();
        AnyMap other = make().fill(0, 100);
        assertThat(other.table().pointer())
                .as("the new map has the same header block")
                .isEqualTo(map.table().pointer());

        assertReadsAsEmpty(map);
        assertRefusesWrites(
                map, "assignment to entry in freed map (pointer " + map.table().pointer() + "): make a map first");
        assertThat(other.size()).isEqualTo(100);
        assertThat(other.get(7)).isEqualTo(70);
    }

    @Test
    void aMapMayBeFreedTwice() {
        AnyMap map = variant.make(heap).fill(0, 10);
        map.table().free();
        assertThatCode(() -> map.table().free()).doesNotThrowAnyException();
        assertThatCode(() -> variant.nil().table().free()).doesNotThrowAnyException();
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void freeDuringAGrowthLeavesNothingInTheHeap() {
        for (int size = 1; size < 3000; size = size * 9 / 8 + 1) {
            variant.make(heap).fill(0, size).table().free();
            assertThat(heap.stats().inUse())
                    .as("bytes in use after a map of %d entries was freed", size)
                    .isZero();
        }
    }

    // -------------------------------------------------------------------------------------- copies

    /** go:handles-share-a-map. */
    @Test
    void twoHandlesOfAMapShareEverything() {
        AnyMap map = make();
        AnyMap copy = variant.at(heap, map.table().pointer());
        map.fill(0, 1000);
        assertThat(copy.size()).isEqualTo(1000);
        copy.put(5, 6);
        assertThat(map.get(5)).isEqualTo(6);
        copy.removeAll(10, 1000);
        assertThat(map.size()).isEqualTo(10);
        map.table().shrink();
        assertThat(copy.get(9)).isEqualTo(90);
        copy.table().clear();
        assertThat(map.size()).isZero();
        map.put(1, 2);
        assertThat(copy.get(1)).isEqualTo(2);
        assertThat(copy.table().name()).isEqualTo(map.table().name());
    }

    /** go:handles-compare-by-identity: handles are not compared by content. */
    @Test
    void handlesAreEqualIfTheyNameTheSameMap() {
        HashTable map = make().table();
        HashTable copy = variant.at(heap, map.pointer()).table();
        HashTable other = make().table();
        assertThat(copy).isEqualTo(map).hasSameHashCodeAs(map).isNotEqualTo(other);
        map.free();
        assertThat(copy).isEqualTo(map);
        HashTable successor = make().table(); // its header is perhaps in the same place
        assertThat(successor).isNotEqualTo(map);
    }

    @Test
    void aMapCanBeAValueOfAnother() {
        LongLongMap outer = LongLongMap.make(heap);
        for (long key = 0; key < 20; key++) {
            LongLongMap inner = LongLongMap.make(heap);
            inner.put(key, 7 * key);
            outer.put(key, inner.pointer());
        }
        for (long key = 0; key < 20; key++) {
            LongLongMap inner = LongLongMap.at(heap, outer.get(key));
            assertThat(inner.get(key)).isEqualTo(7 * key);
            inner.free();
        }
        assertThat(LongLongMap.at(heap, outer.get(99)).isNil()).isTrue();
        outer.free();
    }

    // ------------------------------------------------------------------------------------------ at

    @Test
    void aPointerToNoMapIsRefusedWithTheExpectedType() {
        AnyMap map = make().fill(0, 1000);
        long pointer = map.table().pointer();
        long blob = heap.allocate(HmapLayout.BYTES);
        for (long wrong : new long[] {
            -1,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            1,
            8,
            pointer + 8,
            pointer - 8,
            blob,
            map.buckets(),
            PrimitiveMapTestBase.HEAP_BYTES
        }) {
            assertThatIllegalArgumentException()
                    .as("pointer %d", wrong)
                    .isThrownBy(() -> variant.at(heap, wrong))
                    .withMessage("pointer " + wrong + " is not a map of this heap; expected a " + map.table().type);
        }
        heap.free(blob);
    }

    @Test
    void thePointerOfAFreedMapIsRefused() {
        AnyMap map = variant.make(heap);
        map.table().free();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> variant.at(heap, map.table().pointer()))
                .withMessageContaining("pointer " + map.table().pointer() + " is not a map of this heap");
    }

    @Test
    void aMapOfAnotherTypeIsRefusedWithBothTypes() {
        LongLongMap longs = LongLongMap.make(heap);
        IntIntMap ints = IntIntMap.make(heap);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.at(heap, ints.pointer()))
                .withMessage("pointer " + ints.pointer() + " is a map[int]int; expected a map[long]long");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IntIntMap.at(heap, longs.pointer()))
                .withMessage("pointer " + longs.pointer() + " is a map[long]long; expected a map[int]int");
        longs.free();
        ints.free();
    }

    @Test
    void usersCannotFreeABlockOfAMap() {
        AnyMap map = make().fill(0, 100);
        for (long pointer : new long[] {map.table().pointer(), map.buckets()}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> heap.free(pointer))
                    .withMessageContaining("belongs to a map");
        }
    }

    // --------------------------------------------------------------------------------------- other

    @Test
    void aNameIsFreedWithItsMap() {
        LongLongMap map =
                LongLongMap.builder(heap).name("Bestellungen, größte zuerst").make();
        assertThat(map.name()).isEqualTo("Bestellungen, größte zuerst");
        assertThat(LongLongMap.at(heap, map.pointer()).name()).isEqualTo(map.name());
        assertThat(heap.stats().blob()).isPositive();
        map.free();
        assertThat(map.name()).isEmpty();
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void aHandleDescribesItsMap() {
        AnyMap map = make().fill(0, 3);
        assertThat(map.table().toString())
                .isEqualTo(map.table().type + "@" + map.table().pointer() + " size 3");
        String kind = variant.isPaged() ? "page" : "chain";
        assertThat(map.table().dump(0))
                .startsWith(map.table().toString())
                .contains(kind + " 0 of 1", variant.isPaged() ? " 0" : "rest", "nil");
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> map.table().dump(1))
                .withMessage(kind + " must be 0..0: 1");
    }

    /**
     * Removals from a shared map, and its growth, set a flag at their start. The flag must not stay
     * set after the heap is closed.
     */
    @Test
    void aMapInTheCallersArenaCanBeReadAfterItsHeapIsClosedUntilTheArenaEnds() {
        for (Arena arena : new Arena[] {Arena.ofConfined(), Arena.ofShared()}) {
            NativeHeap own =
                    NativeHeap.builder().arena(arena).maxBytes(4L << 20).open();
            AnyMap map = variant.make(own).fill(0, 1000);
            own.close();
            for (ThrowingCallable write :
                    new ThrowingCallable[] {() -> map.fill(1000, 5000), () -> map.remove(1), map.table()::clear}) {
                assertThatIllegalStateException()
                        .isThrownBy(write)
                        .withMessage("Already closed: the heap was ended by NativeHeap.close()");
                assertThat(map.get(1)).isEqualTo(10);
            }
            arena.close();
        }
    }

    /** A finally block may free a map whose heap or arena has already ended. */
    @Test
    void aMapMayBeFreedTwiceAndAfterItsHeapOrArenaHasEnded() {
        for (Arena arena : new Arena[] {Arena.ofConfined(), Arena.ofShared()}) {
            for (NativeHeap.Builder builder : new NativeHeap.Builder[] {
                NativeHeap.builder(),
                NativeHeap.builder().shared(),
                NativeHeap.builder().arena(arena)
            }) {
                NativeHeap own = builder.maxBytes(4L << 20).open();
                AnyMap freed = variant.make(own).fill(0, 1000);
                freed.table().free();
                freed.table().free();
                assertThat(own.stats().inUse()).isZero();
                AnyMap map = variant.make(own).fill(0, 1000);
                own.close();
                for (AnyMap ended : new AnyMap[] {freed, map}) {
                    assertThatCode(ended.table()::free).doesNotThrowAnyException();
                    assertThatCode(ended.table()::free).doesNotThrowAnyException();
                }
                assertThatIllegalStateException()
                        .isThrownBy(() -> map.table().reserve(10))
                        .withMessage("Already closed: the heap was ended by NativeHeap.close()");
            }
            NativeHeap own =
                    NativeHeap.builder().arena(arena).maxBytes(4L << 20).open();
            AnyMap map = variant.make(own).fill(0, 1000);
            arena.close();
            assertThatCode(map.table()::free).doesNotThrowAnyException();
        }
    }

    // ---------------------------------------------------------------------------------------------

    private static void assertReadsAsEmpty(AnyMap map) {
        assertThat(map.table().isNil()).isTrue();
        assertThat(map.size()).isZero();
        assertThat(map.table().isEmpty()).isTrue();
        assertThat(map.get(1)).isZero();
        assertThat(map.getOrDefault(1, 5)).isEqualTo(5);
        assertThat(map.containsKey(1)).isFalse();
        assertThat(map.remove(1)).isFalse();
        long[] values = {4, 4};
        assertThat(map.getAll(new long[] {1, 2}, values)).isZero();
        assertThat(values).containsOnly(0);
        map.table().clear();
        map.forEach((key, value) -> {
            throw new AssertionError("an entry of an empty map: " + key);
        });
        assertThat(map.cursor().next()).isFalse();
        assertThat(map.stats()).isEqualTo(MapStats.NIL);
        assertThat(map.table().name()).isEmpty();
        map.check();
        map.putAll(new long[0], new long[0]);
    }

    private static void assertRefusesWrites(AnyMap map, String message) {
        for (ThrowingCallable write : new ThrowingCallable[] {
            () -> map.put(1, 1),
            () -> map.add(1, 1),
            () -> map.putAll(new long[] {1}, new long[] {1}),
            () -> map.table().reserve(10),
            () -> map.table().shrink()
        }) {
            assertThatExceptionOfType(NilMapException.class).isThrownBy(write).withMessage(message);
        }
    }
}
