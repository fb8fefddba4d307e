package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.format.HmapLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ConcurrentModificationException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** The operations of a map of structs, and references that become stale. */
@ParameterizedClass(name = "{0}, {1}, shared: {2}")
@CsvSource({
    "SMALL, LINE, false",
    "SMALL, LINE, true",
    "SMALL, GO, false",
    "SMALL, PAGE, false",
    "SMALL, PAGE, true",
    "LARGEST_IN_PAGE, PAGE, false",
    "LARGEST_IN_PAGE, LINE, false",
    "LARGEST_IN_SLOT, LINE, false",
    "IN_BLOCK, LINE, false",
    "IN_BLOCK, GO, true",
    "LARGE, LINE, false"
})
class LongStructMapTest {
    private static final int ENTRIES = 500;

    @Parameter(0)
    Orders orders;

    @Parameter(1)
    Geometry geometry;

    @Parameter(2)
    boolean shared;

    private NativeHeap heap;
    private LongStructMap map;
    private LongStructRef ref;

    @BeforeEach
    void make() {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(32L << 20);
        heap = (shared ? builder.shared() : builder.confined()).open();
        map = LongStructMap.builder(heap, orders.layout).geometry(geometry).make();
        ref = map.ref();
    }

    @AfterEach
    void theMapIsSoundAndGivesEverythingBack() {
        map.check();
        map.free();
        heap.check();
        heap.checkZeroes();
        assertThat(heap.stats().inUse()).isZero();
        heap.close();
    }

    private void fill(long from, long to) {
        for (long key = from; key < to; key++) {
            if (ref.moveToOrAdd(key)) {
                orders.set(ref, key);
            }
        }
    }

    // ---------------------------------------------------------------------------------- operations

    @Test
    void fieldsAreReadAndWrittenInPlace() {
        fill(0, ENTRIES);
        assertThat(map.size()).isEqualTo(ENTRIES);
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(ref.moveTo(key)).isTrue();
            assertThat(ref.key()).isEqualTo(key);
            assertThat(orders.number(ref)).isEqualTo(key);
            orders.set(ref, -key);
        }
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(ref.moveToOrAdd(key)).isFalse();
            assertThat(orders.number(ref)).isEqualTo(-key);
        }
        assertThat(ref.moveTo(-1)).isFalse();
    }

    @Test
    void segmentsAreCopiedInAndOutWithZeroPadding() {
        MemorySegment copy = MemorySegment.ofArray(new byte[orders.bytes() + 8]);
        assertThat(map.get(1, copy)).isFalse();
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(map.put(key, orders.of(key))).isFalse();
        }
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(map.get(key, copy)).isTrue();
            assertThat(orders.number(copy.asSlice(0, orders.bytes()))).isEqualTo(key);
            assertThat(map.put(key, orders.of(key + 1))).isTrue();
            assertThat(map.putIfAbsent(key, orders.of(key + 2))).isFalse();
            ref.moveTo(key);
            assertThat(orders.number(ref)).isEqualTo(key + 1);
            ref.copyFrom(orders.of(key + 3));
            ref.copyTo(copy);
            assertThat(orders.number(copy.asSlice(0, orders.bytes()))).isEqualTo(key + 3);
        }
        assertThat(map.putIfAbsent(-5, orders.of(9))).isTrue();
        ref.moveTo(-5);
        assertThat(orders.number(ref)).isEqualTo(9);
    }

    @Test
    void anAddedStructIsZeroEvenWhereAnotherOneWas() {
        fill(0, ENTRIES);
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(map.remove(key)).isTrue();
            assertThat(map.remove(key)).isFalse();
        }
        for (long key = ENTRIES; key < 2 * ENTRIES; key++) {
            assertThat(ref.moveToOrAdd(key)).isTrue();
            assertThat(ref.get(orders.price)).isZero();
            assertThat(ref.get(orders.rate)).isZero();
            assertThat(ref.get(orders.last)).isZero();
        }
    }

    @Test
    void batchesGetAndPutStructs() {
        long[] keys = LongStream.range(0, ENTRIES).toArray();
        MemorySegment structs = MemorySegment.ofArray(new byte[ENTRIES * orders.bytes() + 3]);
        for (int i = 0; i < ENTRIES; i++) {
            structs.asSlice((long) i * orders.bytes(), orders.bytes()).copyFrom(orders.of(i));
        }
        map.putAll(keys, structs);
        assertThat(map.size()).isEqualTo(ENTRIES);
        map.remove(3);
        structs.fill((byte) -1);
        assertThat(map.getAll(keys, structs)).isEqualTo(ENTRIES - 1);
        for (int i = 0; i < ENTRIES; i++) {
            MemorySegment struct = structs.asSlice((long) i * orders.bytes(), orders.bytes());
            if (i == 3) {
                assertThat(struct.mismatch(MemorySegment.ofArray(new byte[orders.bytes()])))
                        .isEqualTo(-1);
            } else {
                assertThat(orders.number(struct)).isEqualTo(i);
            }
        }
        MemorySegment tooSmall = structs.asSlice(0, (long) ENTRIES * orders.bytes() - 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.getAll(keys, tooSmall))
                .withMessageContaining("the segment must have room for " + ENTRIES + " structs of " + orders.bytes());
        assertThatIllegalArgumentException().isThrownBy(() -> map.putAll(keys, tooSmall));
    }

    @Test
    void aWalkProducesEachEntryOnceAndMayChangeTheMap() {
        fill(0, ENTRIES);
        Set<Long> seen = new HashSet<>();
        for (LongStructCursor cursor = map.cursor(); cursor.next(); ) {
            long key = cursor.key();
            assertThat(seen.add(key)).isTrue();
            if (key >= 10_000) {
                continue; // added during the walk
            }
            assertThat(orders.number(cursor.value())).isEqualTo(key);
            map.put(key + 10_000, orders.of(0)); // makes the reference stale
            orders.set(cursor.value(), -key);
            if (key % 3 == 0) {
                cursor.remove();
                assertThatIllegalStateException().isThrownBy(cursor::value);
            }
        }
        assertThat(seen).containsAll(LongStream.range(0, ENTRIES).boxed().toList());
        Set<Long> negatives = new HashSet<>();
        map.forEach((key, order) -> {
            if (key < ENTRIES && orders.number(order) == -key && key > 0) {
                negatives.add(key);
            }
        });
        assertThat(negatives).isNotEmpty().allMatch(key -> key % 3 != 0);
        LongStructCursor cursor = map.cursor();
        assertThatIllegalStateException().isThrownBy(cursor::key);
        assertThatIllegalStateException().isThrownBy(cursor::value);
        cursor.next();
        map.remove(cursor.key());
        assertThatIllegalStateException()
                .isThrownBy(cursor::value)
                .withMessage("the entry has been removed from the map");
    }

    @Test
    void theViewIsAMapOfSegments() {
        fill(0, 20);
        Map<Long, MemorySegment> view = map.asMap();
        assertThat(view).hasSize(20);
        assertThat(orders.number(view.get(7L))).isEqualTo(7);
        assertThat(orders.number(view.put(7L, orders.of(8)))).isEqualTo(7);
        ref.moveTo(7);
        assertThat(orders.number(ref)).isEqualTo(8);
        view.keySet().removeIf(key -> key != 7);
        assertThat(map.size()).isEqualTo(1);
        assertThat(LongStructMap.nil(orders.layout).asMap()).isEmpty();
    }

    @Test
    void theMapIsThatOfAMemMap() {
        fill(0, ENTRIES);
        MemMap<Long, MemorySegment> same = MemMap.at(heap, map.pointer(), Type.LONG, Type.struct(orders.layout));
        assertThat(same.size()).isEqualTo(ENTRIES);
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(orders.number(same.get(key))).isEqualTo(key);
        }
        same.put(-1L, orders.of(-1));
        LongStructMap again = LongStructMap.at(heap, same.pointer(), orders.layout);
        assertThat(again).isEqualTo(map);
        LongStructRef order = again.ref();
        assertThat(order.moveTo(-1)).isTrue();
        assertThat(orders.number(order)).isEqualTo(-1);
        assertThat(map).hasToString("map[long]" + Type.struct(orders.layout) + "@" + map.pointer() + " size 501");
        StructLayout other = MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("other"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongStructMap.at(heap, map.pointer(), other))
                .withMessageContaining("expected a map[long]struct{other long}");
        assertThat(LongStructMap.at(heap, 0, orders.layout).isNil()).isTrue();
    }

    @Test
    void aCopyIsIndependent() {
        fill(0, ENTRIES);
        LongStructMap copy = map.copy(heap);
        map.clear();
        LongStructRef order = copy.ref();
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(order.moveTo(key)).isTrue();
            assertThat(orders.number(order)).isEqualTo(key);
        }
        copy.check();
        copy.free();
        assertThat(copy.copy(heap).isNil()).isTrue();
    }

    @Test
    void aHeapOfTheComputedSizeHoldsTheEntries() {
        long bytes = LongStructMap.heapBytesFor(orders.layout, 2000);
        try (NativeHeap exact = NativeHeap.builder().maxBytes(bytes).open()) {
            LongStructMap own = LongStructMap.make(exact, orders.layout);
            LongStructRef order = own.ref();
            for (long key = 0; key < 2000; key++) {
                order.moveToOrAdd(key);
            }
            assertThat(own.size()).isEqualTo(2000);
        }
    }

    // ----------------------------------------------------------------------------- stale references

    /** Puts enough entries that the map is not growing, with a reference at key 5. */
    private void settleAtFive() {
        fill(0, 100);
        for (long key = 100; map.isGrowing(); key++) {
            fill(key, key + 1);
        }
        ref.moveTo(5);
        assertThat(ref.isCurrent()).isTrue();
    }

    private void assertStaleAfter(Runnable change) {
        change.run();
        assertThat(ref.isCurrent()).isFalse();
        for (Consumer<LongStructRef> access : accesses()) {
            assertThatExceptionOfType(ConcurrentModificationException.class)
                    .isThrownBy(() -> access.accept(ref))
                    .withMessage("the map has changed since the reference was moved to key 5: an entry was added or"
                            + " removed, or the map was resized: call moveTo(5) again");
        }
    }

    private List<Consumer<LongStructRef>> accesses() {
        MemorySegment copy = MemorySegment.ofArray(new byte[orders.bytes()]);
        return List.of(
                it -> it.get(orders.price),
                it -> it.get(orders.quantity),
                it -> it.get(orders.side),
                it -> it.get(orders.rate),
                it -> it.set(orders.price, 1),
                it -> it.set(orders.quantity, 1),
                it -> it.set(orders.side, (byte) 1),
                it -> it.set(orders.rate, 1),
                it -> it.copyTo(copy),
                it -> it.copyFrom(copy));
    }

    @Test
    void aReferenceIsStaleAfterAnAddition() {
        settleAtFive();
        assertStaleAfter(() -> map.put(-1, orders.of(1)));
        assertThat(ref.moveTo(5)).isTrue();
        assertThat(orders.number(ref)).isEqualTo(5);
        assertStaleAfter(() -> map.ref().moveToOrAdd(-2));
    }

    @Test
    void aReferenceIsStaleAfterARemoval() {
        settleAtFive();
        assertStaleAfter(() -> map.remove(6));
        ref.moveTo(5);
        assertStaleAfter(() -> map.remove(5));
        assertThat(ref.moveTo(5)).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> ref.get(orders.price));
    }

    @Test
    void aReferenceIsStaleAfterTheKeyWasRemovedAndPutAgain() {
        settleAtFive();
        assertStaleAfter(() -> {
            map.remove(5);
            map.put(5, orders.of(55));
        });
    }

    @Test
    void aReferenceIsStaleAfterTheWholeMapHasChanged() {
        settleAtFive();
        assertStaleAfter(() -> map.reserve(5000));
        ref.moveTo(5);
        assertStaleAfter(map::shrink);
        ref.moveTo(5);
        assertStaleAfter(map::clear);
    }

    @Test
    void aReferenceIsStaleAfterAChangeThroughAnotherHandle() {
        settleAtFive();
        LongStructMap same = LongStructMap.at(heap, map.pointer(), orders.layout);
        assertStaleAfter(() -> same.put(-1, orders.of(1)));
        ref.moveTo(5);
        MemMap<Long, MemorySegment> boxed = MemMap.at(heap, map.pointer(), Type.LONG, Type.struct(orders.layout));
        assertStaleAfter(() -> boxed.delete(6L));
    }

    /** A table that grows has no stamp, so other words decide. */
    @Test
    void aReferenceIsStaleAfterAChangeOfAGrowingMap() {
        settleAtFive();
        long key = 1000;
        while (!map.isGrowing()) {
            fill(key, ++key);
        }
        long next = key;
        assertThat(ref.moveTo(5)).isTrue();
        assertThat(orders.number(ref)).isEqualTo(5);
        assertThat(ref.isCurrent()).isTrue();
        assertStaleAfter(() -> map.put(next, orders.of(next)));
        MemMap<Long, MemorySegment> boxed = MemMap.at(heap, map.pointer(), Type.LONG, Type.struct(orders.layout));
        long moves = map.field(HmapLayout.MOVES);
        ref.moveTo(5);
        boxed.put(6L, orders.of(6)); // makes a step of the growth, which moves entries
        if (map.field(HmapLayout.MOVES) != moves) {
            assertStaleAfter(() -> {});
        }
    }

    @Test
    void overwritesLeaveReferencesAloneAlsoWhileTheMapGrows() {
        settleAtFive();
        for (long key = 1000; key < 1200; key++) {
            fill(key, key + 1);
            ref.moveTo(5);
            map.put(key, orders.of(-key));
            map.put(5, orders.of(key));
            map.putIfAbsent(6, orders.of(0));
            map.remove(-77); // absent
            map.ref().moveToOrAdd(7);
            assertThat(ref.isCurrent()).isTrue();
            assertThat(orders.number(ref)).isEqualTo(key);
            orders.set(ref, 5);
        }
    }

    @Test
    void aReferenceOfAFreedMapSaysSo() {
        settleAtFive();
        map.free();
        for (Consumer<LongStructRef> access : accesses()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> access.accept(ref))
                    .withMessage("the map has been freed since the reference was moved to key 5");
        }
        assertThat(ref.isCurrent()).isFalse();
        LongStructMap next = LongStructMap.make(heap, orders.layout); // perhaps in the same place
        next.put(5, orders.of(99));
        assertThatIllegalStateException().isThrownBy(() -> ref.get(orders.price));
        assertThat(ref.moveTo(5)).isFalse();
        assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> ref.moveToOrAdd(5));
        next.free();
    }

    @Test
    void aReferenceThatWasNeverMovedIsAtNoStruct() {
        for (Consumer<LongStructRef> access : accesses()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> access.accept(ref))
                    .withMessageStartingWith("the reference is at no struct: moveTo has not been called");
        }
        assertThat(ref.isCurrent()).isFalse();
        assertThatIllegalStateException().isThrownBy(ref::key);
        LongStructRef ofNil = LongStructMap.nil(orders.layout).ref();
        assertThat(ofNil.moveTo(1)).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> ofNil.get(orders.price));
        assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> ofNil.moveToOrAdd(1));
    }

    @Test
    void aReferenceOfAClosedHeapThrows() {
        LongStructRef old;
        try (Arena arena = Arena.ofConfined()) {
            LongStructMap mortal = LongStructMap.make(NativeHeap.in(arena), orders.layout);
            old = mortal.ref();
            old.moveToOrAdd(1);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> old.get(orders.price))
                .withMessage("Already closed");
        assertThatIllegalStateException().isThrownBy(() -> old.set(orders.price, 1));
        assertThatIllegalStateException().isThrownBy(() -> old.moveTo(1));
    }

    // ------------------------------------------------------------------------------------- misuse

    @Test
    void segmentsOfAnotherSizeAreRefusedAndChangeNothing() {
        fill(0, 3);
        MemorySegment small = MemorySegment.ofArray(new byte[orders.bytes() - 1]);
        MemorySegment large = MemorySegment.ofArray(new byte[orders.bytes() + 1]);
        for (MemorySegment wrong : new MemorySegment[] {small, large}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> map.put(9, wrong))
                    .withMessageContaining("must have " + orders.bytes() + " bytes: " + wrong.byteSize());
            assertThatIllegalArgumentException().isThrownBy(() -> map.putIfAbsent(9, wrong));
            ref.moveTo(1);
            assertThatIllegalArgumentException().isThrownBy(() -> ref.copyFrom(wrong));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.get(1, small))
                .withMessageContaining("the target must have room for a struct{");
        assertThatIllegalArgumentException().isThrownBy(() -> ref.copyTo(small));
        assertThat(map.size()).isEqualTo(3);
        MemorySegment closed;
        try (Arena arena = Arena.ofConfined()) {
            closed = arena.allocate(orders.bytes());
        }
        assertThatIllegalStateException().isThrownBy(() -> map.put(9, closed)).withMessage("Already closed");
        assertThatIllegalStateException().isThrownBy(() -> ref.copyFrom(closed));
        assertThat(map.containsKey(9)).isFalse();
        assertThat(orders.number(ref)).isEqualTo(1);
    }

    @Test
    void layoutsThatAMapCannotHaveAreRefused() {
        StructLayout huge = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(8193, ValueLayout.JAVA_LONG));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongStructMap.make(heap, huge))
                .withMessage("a struct of a LongStructMap must have at most 65536 bytes: 65544; a MemMap takes larger"
                        + " ones");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongStructMap.make(heap, MemoryLayout.structLayout(ValueLayout.ADDRESS)));
        StructLayout tooLarge = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(57, ValueLayout.JAVA_BYTE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongStructMap.builder(heap, tooLarge).geometry(Geometry.PAGE))
                .withMessage("geometry must be LINE or GO for a map[long]struct{[57]byte}: PAGE is for LongLongMap,"
                        + " IntIntMap, and maps from long to structs of at most 56 bytes");
        StructLayout largest = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(8192, ValueLayout.JAVA_LONG));
        LongStructMap map64 = LongStructMap.make(heap, largest);
        map64.ref().moveToOrAdd(1);
        map64.check();
        map64.free();
    }

    /** Lookups in pages read at addresses, which an overwritten header must not lead out of the heap. */
    @Test
    void aLookupUnderAnOverwrittenHeaderStaysInTheHeap() {
        map.reserve(ENTRIES);
        fill(0, ENTRIES);
        assertThat(ref.moveTo(1)).isTrue();
        long array = map.field(HmapLayout.BUCKETS);
        for (long outside : new long[] {heap.memory.byteSize() - 64, 1L << 50}) {
            map.setField(HmapLayout.BUCKETS, outside);
            map.publish();
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> {
                for (long key = 0; key < ENTRIES; key++) {
                    ref.moveTo(key);
                }
            });
        }
        map.setField(HmapLayout.BUCKETS, array);
        map.publish();
        assertThat(ref.moveTo(1)).isTrue();
        assertThat(orders.number(ref)).isEqualTo(1);
    }

    /** A layout without members makes a set. */
    @Test
    void structsMayHaveNoBytes() {
        LongStructMap set = LongStructMap.make(heap, MemoryLayout.structLayout());
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(set.ref().moveToOrAdd(key)).isTrue();
        }
        assertThat(set.containsKey(3)).isTrue();
        assertThat(set.remove(3)).isTrue();
        assertThat(set.containsKey(3)).isFalse();
        set.check();
        set.free();
    }

    @Test
    void aFullHeapKeepsAllEntries() {
        try (NativeHeap small = NativeHeap.builder().maxBytes(1 << 20).open()) {
            LongStructMap own = LongStructMap.make(small, orders.layout);
            LongStructRef order = own.ref();
            long key = 0;
            try {
                for (; ; key++) {
                    order.moveToOrAdd(key);
                    orders.set(order, key);
                }
            } catch (HeapExhaustedException full) {
                assertThat(full).hasMessageContaining("map[long]struct{");
            }
            assertThatIllegalStateException().isThrownBy(() -> order.get(orders.price));
            assertThat(own.size()).isEqualTo(key);
            for (long each = 0; each < key; each++) {
                order.moveTo(each);
                assertThat(orders.number(order)).isEqualTo(each);
                own.put(each, orders.of(-each)); // needs no memory
            }
            own.check();
            small.check();
            own.free();
            assertThat(small.stats().inUse()).isZero();
        }
    }
}
