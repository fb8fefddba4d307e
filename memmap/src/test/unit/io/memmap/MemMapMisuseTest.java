package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.memmap.format.HmapLayout;
import java.lang.foreign.MemorySegment;
import java.util.ConcurrentModificationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Wrong uses of object maps and their cursors: null, another thread, a closed heap, and an
 * operation during a write.
 */
class MemMapMisuseTest {
    private static final byte[] KEY = {'7'};
    private static final MemorySegment SEGMENT = MemorySegment.ofArray(new byte[8]);

    /** The message that an operation gets while another thread writes. */
    private static final String READ = "concurrent map read and map write";

    private static final String WRITE = "concurrent map writes";
    private static final String ITERATION = "concurrent map iteration and map write";
    private static final String CLONE = "concurrent map clone and map write";

    private interface Work {
        void on(MemMap<String, Long> map, MemMapCursor<String, Long> cursor);
    }

    /**
     * Every operation that uses the memory of a map. The map has an entry, and the cursor is at it.
     */
    enum Operation {
        GET(READ, (map, cursor) -> map.get("7")),
        GET_OR_DEFAULT(READ, (map, cursor) -> map.getOrDefault("7", 1L)),
        CONTAINS(READ, (map, cursor) -> map.containsKey("7")),
        PUT(WRITE, (map, cursor) -> map.put("7", 1L)),
        SET(WRITE, (map, cursor) -> map.set("7", 1L)),
        REMOVE(READ, (map, cursor) -> map.remove("7")),
        DELETE(WRITE, (map, cursor) -> map.delete("7")),
        COMPUTE_IF_ABSENT(READ, (map, cursor) -> map.computeIfAbsent("8", key -> 1L)),
        COMPUTE(READ, (map, cursor) -> map.compute("7", (key, value) -> 1L)),
        MERGE(READ, (map, cursor) -> map.merge("7", 1L, Long::sum)),
        RANGE_GET(READ, (map, cursor) -> map.get(KEY, 0, 1)),
        RANGE_CONTAINS(READ, (map, cursor) -> map.containsKey(KEY, 0, 1)),
        SEGMENT_GET(READ, (map, cursor) -> map.get(SEGMENT, 0, 1)),
        SEGMENT_CONTAINS(READ, (map, cursor) -> map.containsKey(SEGMENT, 0, 1)),
        READ_BYTES(READ, (map, cursor) -> map.read("7", MemorySegment::byteSize)),
        RANGE_READ(READ, (map, cursor) -> map.read(KEY, 0, 1, MemorySegment::byteSize)),
        UPDATE(READ, (map, cursor) -> map.update("7", value -> value.fill((byte) 1))),
        RANGE_UPDATE(READ, (map, cursor) -> map.update(KEY, 0, 1, value -> value.fill((byte) 1))),
        COPY_VALUE(READ, (map, cursor) -> map.copyValue("7", SEGMENT, 0)),
        RANGE_COPY_VALUE(READ, (map, cursor) -> map.copyValue(KEY, 0, 1, SEGMENT, 0)),
        SEGMENT_COPY_VALUE(READ, (map, cursor) -> map.copyValue(SEGMENT, 0, 1, SEGMENT, 0)),
        RANGE_DELETE(WRITE, (map, cursor) -> map.delete(KEY, 0, 1)),
        FOR_EACH(ITERATION, (map, cursor) -> map.forEach((key, value) -> {})),
        NEXT(ITERATION, (map, cursor) -> cursor.next()),
        SET_VALUE(WRITE, (map, cursor) -> cursor.setValue(1L)),
        REMOVE_CURRENT(WRITE, (map, cursor) -> cursor.remove()),
        COPY(CLONE, (map, cursor) -> map.copy(map.heap())),
        CONTENT_EQUALS(READ, (map, cursor) -> map.contentEquals(map)),
        CLEAR(WRITE, (map, cursor) -> map.clear()),
        RESERVE(WRITE, (map, cursor) -> map.reserve(1000)),
        SHRINK(WRITE, (map, cursor) -> map.shrink()),
        FREE(WRITE, (map, cursor) -> map.free()),
        FREE_DEEP(WRITE, (map, cursor) -> map.freeDeep()),
        VIEW_GET(READ, (map, cursor) -> map.asMap().get("7")),
        VIEW_PUT(WRITE, (map, cursor) -> map.asMap().put("7", 1L)),
        VIEW_REMOVE(READ, (map, cursor) -> map.asMap().remove("7")),
        VIEW_NEXT(ITERATION, (map, cursor) -> map.asMap().keySet().iterator().next());

        private final String besideAWrite;

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        private final Work work;

        Operation(String besideAWrite, Work work) {
            this.besideAWrite = besideAWrite;
            this.work = work;
        }
    }

    private static MemMap<String, Long> make(NativeHeap heap) {
        MemMap<String, Long> map = MemMap.make(heap, Type.UTF8, Type.LONG);
        map.set("7", 7L);
        return map;
    }

    private static MemMapCursor<String, Long> atEntry(MemMap<String, Long> map) {
        MemMapCursor<String, Long> cursor = map.cursor();
        assertThat(cursor.next()).isTrue();
        return cursor;
    }

    @ParameterizedTest
    @EnumSource
    void threadsOtherThanTheHeapsOwnerAreRefused(Operation operation) throws InterruptedException {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4L << 20).open()) {
            MemMap<String, Long> map = make(heap);
            MemMapCursor<String, Long> cursor = atEntry(map);
            FutureTask<?> work = new FutureTask<>(() -> operation.work.on(map, cursor), null);
            Thread other = new Thread(work);
            other.start();
            other.join();
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(work::get)
                    .withCauseInstanceOf(WrongThreadException.class);
            map.check();
            assertThat(map.get("7")).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyOperationSaysThatTheHeapIsClosed(Operation operation) {
        for (NativeHeap.Builder builder : new NativeHeap.Builder[] {
            NativeHeap.builder(), NativeHeap.builder().shared()
        }) {
            NativeHeap heap = builder.maxBytes(4L << 20).open();
            MemMap<String, Long> map = make(heap);
            MemMapCursor<String, Long> cursor = atEntry(map);
            heap.close();
            if (operation == Operation.FREE || operation == Operation.FREE_DEEP) {
                assertThatCode(() -> operation.work.on(map, cursor)).doesNotThrowAnyException();
            } else {
                assertThatIllegalStateException()
                        .isThrownBy(() -> operation.work.on(map, cursor))
                        .withMessageStartingWith("Already closed");
            }
        }
    }

    /**
     * go:misuse-messages: the test writes into the header what a thread leaves there in the
     * middle of a write.
     */
    @ParameterizedTest
    @EnumSource
    void everyOperationDuringAWriteThrowsWithGosMessage(Operation operation) {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
            MemMap<String, Long> map = make(heap);
            MemMapCursor<String, Long> cursor = atEntry(map);
            map.beginWrite();
            assertThatExceptionOfType(ConcurrentModificationException.class)
                    .isThrownBy(() -> operation.work.on(map, cursor))
                    .withMessageStartingWith(operation.besideAWrite + ": ");
            map.endWrite();
            map.check(); // the operation has not changed the map
            assertThat(map.get("7")).isEqualTo(7);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    /**
     * go:empty-maps-detect-nothing and go:nil-comes-first: a map that is nil, freed or
     * empty is recognised first.
     */
    @Test
    void readsOfAFreedMapReturnBeforeTheyCheckTheFlag() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
            MemMap<String, Long> map = make(heap);
            map.free();
            map.setState(map.state() | HmapLayout.WRITING);
            assertThat(map.get("7")).isNull();
            assertThat(map.delete("7")).isFalse();
            map.clear();
            assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> map.set("7", 1L));
            map.setState(map.state() & ~HmapLayout.WRITING);
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void nullIsRefusedWithTheNameOfTheParameter() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4L << 20).open()) {
            MemMap<Long, Long> longs = MemMap.make(heap, Type.LONG, Type.LONG);
            longs.set(7L, 7L);
            MemMap<String, Long> strings = make(heap);
            assertRefusesNullKeys(longs);
            assertRefusesNullKeys(strings);
            assertRefusesNullKeys(MemMap.nil());
            assertNames("value", () -> strings.put("7", null), () -> strings.set("7", null));
            assertNames("value", () -> strings.merge("7", null, Long::sum));
            assertNames("value", () -> strings.asMap().put("7", null));
            assertNames("newValue", () -> atEntry(strings).setValue(null));
            assertThat(strings.asMap().get(null)).isNull();
            assertThat(strings.asMap().containsValue(null)).isFalse();
            strings.check();
            assertThat(strings.get("7")).isEqualTo(7);
        }
    }

    @SuppressWarnings("NullAway")
    private static <K> void assertRefusesNullKeys(MemMap<K, Long> map) {
        assertNames(
                "key",
                () -> map.get(null),
                () -> map.getOrDefault(null, 1L),
                () -> map.containsKey(null),
                () -> map.put(null, 1L),
                () -> map.set(null, 1L),
                () -> map.remove(null),
                () -> map.delete(null),
                () -> map.computeIfAbsent(null, key -> 1L),
                () -> map.compute(null, (key, value) -> 1L),
                () -> map.merge(null, 1L, Long::sum),
                () -> map.read(null, MemorySegment::byteSize),
                () -> map.update(null, value -> {}),
                () -> map.copyValue(null, SEGMENT, 0),
                () -> map.asMap().put(null, 1L));
        assertNames("action", () -> map.forEach(null));
    }

    private static void assertNames(String parameter, ThrowingCallable... calls) {
        for (ThrowingCallable call : calls) {
            assertThatNullPointerException().isThrownBy(call).withMessage(parameter);
        }
    }
}
