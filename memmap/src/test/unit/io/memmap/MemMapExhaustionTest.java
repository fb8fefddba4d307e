package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.format.BlockKind;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Object maps on a heap that runs out of memory. No entry is lost and no byte leaks, and an
 * operation that fails has no effect.
 */
@Tag("slow")
class MemMapExhaustionTest {
    private static final long HEAP_BYTES = 4L << 20;

    /** Plays a history on a map. An operation that fails changes nothing. */
    private record History<K, V>(ModelledMap<K, V> map) {
        void play() {
            for (int key = 0; key < 90; key++) {
                int one = key;
                attempt(() -> map.put(one, one + 5));
                attempt(() -> map.set(one / 2, one));
            }
            for (int key = 90; key < 190; key++) {
                int one = key;
                attempt(() -> map.computeIfAbsent(one, one));
                attempt(() -> map.delete(one - 40));
            }
            attempt(() -> map.map.reserve(400));
            attempt(() -> map.map.shrink());
            MemMapCursor<K, V> cursor = map.map.cursor();
            while (cursor.next()) {
                attempt(() -> map.setBy(cursor, 300 + map.size()));
            }
            attempt(this::copy);
            for (int key = 60; key < 200; key++) {
                int one = key;
                attempt(() -> map.remove(one));
            }
            map.clear();
            for (int key = 0; key < 20; key++) {
                int one = key;
                attempt(() -> map.set(one, 3 * one));
            }
            assertSound();
        }

        private void copy() {
            MemMap<K, V> copy = map.map.copy(map.heap);
            copy.check();
            assertThat(copy.contentEquals(map.map)).isTrue();
            copy.free();
        }

        private void attempt(Runnable operation) {
            try {
                operation.run();
            } catch (HeapExhaustedException injected) {
                assertSound();
            }
        }

        private void assertSound() {
            map.map.check();
            map.heap.check();
            map.assertContentsAgree();
            map.assertNoByteLeaked();
        }
    }

    private static ModelledMap<byte[], byte[]> makeWithBytes(NativeHeap heap, Geometry geometry) {
        return ModelledMap.of(heap, NumberedType.BYTES, NumberedType.BYTES, geometry, true);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void noEntryOfStringsAndBytesIsLostWhicheverAllocationFails(Geometry geometry) {
        playWithEachAllocationFailing(
                heap -> ModelledMap.of(heap, NumberedType.UTF8, NumberedType.BYTES, geometry, true));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void noEntryOfLargeStructsIsLostWhicheverAllocationFails(Geometry geometry) {
        playWithEachAllocationFailing(
                heap -> ModelledMap.of(heap, NumberedType.STRUCT, NumberedType.STRUCT, geometry, true));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void noEntryOfListsAndEncodedObjectsIsLostWhicheverAllocationFails(Geometry geometry) {
        playWithEachAllocationFailing(
                heap -> ModelledMap.of(heap, NumberedType.LIST, NumberedType.NOTE, geometry, true));
    }

    private static void playWithEachAllocationFailing(Function<NativeHeap, ModelledMap<?, ?>> maker) {
        boolean failed = true;
        int failing = 0;
        while (failed) {
            failing++;
            try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
                heap.failAllocation(failing);
                ModelledMap<?, ?> map = makeOnSecondAttempt(heap, maker);
                new History<>(map).play();
                failed = hasFailed(heap, failing);
                map.free();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("with allocation " + failing + " failing: " + e.getMessage(), e);
            }
        }
        assertThat(failing).as("number of allocations in the history").isGreaterThan(300);
    }

    private static ModelledMap<?, ?> makeOnSecondAttempt(
            NativeHeap heap, Function<NativeHeap, ModelledMap<?, ?>> maker) {
        try {
            return maker.apply(heap);
        } catch (HeapExhaustedException injected) {
            assertThat(heap.stats().inUse())
                    .as("bytes in use after a map could not be made")
                    .isZero();
            return maker.apply(heap);
        }
    }

    /**
     * Returns whether the failure before the {@code n}-th allocation has happened. The blocks that
     * it allocates to find out are freed again.
     */
    private static boolean hasFailed(NativeHeap heap, long n) {
        for (long i = 0; i < n; i++) {
            long pointer = heap.tryAllocate(1, BlockKind.BLOB);
            if (pointer == 0) {
                return false;
            }
            heap.free(pointer);
        }
        return true;
    }

    /**
     * If an inner map was made but could not be put, it belongs to the caller. This test frees it
     * when it catches the exception.
     */
    @Test
    void nestedMapsStayCompleteWhicheverAllocationFails() {
        boolean failed = true;
        for (int failing = 1; failed; failing++) {
            try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
                MemMap<String, MemMap<String, byte[]>> outer =
                        MemMap.make(heap, Type.UTF8, Type.map(Type.UTF8, Type.BYTES));
                heap.failAllocation(failing);
                int put = 0;
                for (int i = 0; i < 40; i++) {
                    put += putInInner(outer, "outer" + i % 13, "inner" + i) ? 1 : 0;
                }
                failed = hasFailed(heap, failing);
                outer.check();
                heap.check();
                int[] found = {0};
                outer.forEach((key, inner) -> {
                    inner.check();
                    found[0] += (int) inner.size();
                });
                assertThat(found[0]).isEqualTo(put).isGreaterThanOrEqualTo(39);
                outer.freeDeep();
                assertThat(heap.stats().inUse()).isZero();
            }
        }
    }

    private static boolean putInInner(MemMap<String, MemMap<String, byte[]>> outer, String outerKey, String innerKey) {
        NativeHeap heap = outer.heap();
        MemMap<String, byte[]> made = MemMap.nil();
        try {
            MemMap<String, byte[]> inner = outer.get(outerKey);
            if (inner == null) {
                made = MemMap.make(heap, Type.UTF8, Type.BYTES);
                outer.set(outerKey, made);
                inner = made;
                made = MemMap.nil();
            }
            inner.set(innerKey, new byte[300]);
            return true;
        } catch (HeapExhaustedException injected) {
            made.free();
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void withoutMemoryEntriesCanBeReadRemovedAndOverwrittenBySmallerValues(Geometry geometry) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            ModelledMap<byte[], byte[]> map = makeWithBytes(heap, geometry);
            for (int key = 0; key < 200; key++) {
                map.set(key, key);
            }
            for (int key = 0; key < 200; key++) {
                heap.failAllocation(1);
                map.get(key);
                map.set(key, key);
                map.set(key, 0); // no smaller block can be allocated
                map.map.check();
            }
            heap.failAllocation(0);
            for (int key = 0; key < 200; key++) {
                map.set(key, 0); // gets the smaller block that did not fit before
            }
            map.assertNoByteLeaked();
            for (int key = 0; key < 200; key++) {
                heap.failAllocation(1);
                map.remove(key);
            }
            heap.failAllocation(0);
            assertThat(map.size()).isZero();
            map.assertNoByteLeaked();
            map.free();
        }
    }

    /** If no smaller block can be allocated, the value keeps the old block. */
    @Test
    void aShorterValueKeepsTheOldBlockIfNoOtherCanBeAllocated() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            MemMap<String, byte[]> map = MemMap.make(heap, Type.UTF8, Type.BYTES);
            map.set("key", new byte[1000]);
            long inUse = heap.stats().inUse();
            heap.failAllocation(1);
            map.set("key", new byte[] {1, 2, 3});
            assertThat(map.get("key")).containsExactly(1, 2, 3);
            assertThat(heap.stats().inUse()).isEqualTo(inUse);
            map.check();
            heap.failAllocation(1);
            assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> map.set("key", new byte[2000]));
            assertThat(map.get("key")).containsExactly(1, 2, 3);
            map.set("key", new byte[] {4});
            assertThat(map.get("key")).containsExactly(4);
            assertThat(heap.stats().inUse())
                    .isEqualTo(inUse - heap.usableSize(1000, BlockKind.ENTRY) + heap.usableSize(1, BlockKind.ENTRY));
            map.check();
            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    @Test
    void aFailedCopyLeavesNothingInTheHeap() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open();
                NativeHeap target =
                        NativeHeap.builder().shared().maxBytes(HEAP_BYTES).open()) {
            ModelledMap<byte[], byte[]> map = makeWithBytes(heap, Geometry.LINE);
            for (int key = 0; key < 150; key++) {
                map.set(key, key);
            }
            int failing = 0;
            for (boolean failed = true; failed; ) {
                target.failAllocation(++failing);
                try {
                    MemMap<byte[], byte[]> copy = map.map.copy(target);
                    assertThat(copy.contentEquals(map.map)).isTrue();
                    copy.free();
                    failed = false;
                } catch (HeapExhaustedException injected) {
                    target.check();
                }
                assertThat(target.stats().inUse()).isZero();
            }
            assertThat(failing).isGreaterThan(149);
            map.free();
        }
    }

    /** A stale handle does not free another map that has taken the place of its own. */
    @Test
    void aStaleHandleDoesNotFreeAnotherMap() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            Type<MemMap<String, Long>> innerType = Type.map(Type.UTF8, Type.LONG);
            MemMap<String, MemMap<String, Long>> stale = MemMap.make(heap, Type.UTF8, innerType);
            stale.free();
            MemMap<String, MemMap<String, Long>> other = MemMap.make(heap, Type.UTF8, innerType);
            assertThat(other.pointer())
                    .as("the other map has the same header block")
                    .isEqualTo(stale.pointer());
            other.set("key", MemMap.make(heap, Type.UTF8, Type.LONG));

            stale.freeDeep();

            assertThat(other.get("key").isNil()).isFalse();
            other.freeDeep();
            assertThat(heap.stats().inUse()).isZero();
        }
    }
}
