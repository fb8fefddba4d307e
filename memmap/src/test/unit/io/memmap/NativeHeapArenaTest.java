package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.format.BlockKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lifetime and the owner of a heap. A wrong use causes an exception and nothing worse. */
class NativeHeapArenaTest {
    private static final String CLOSED = "Already closed: the heap was ended by NativeHeap.close()";
    private static final String ARENA_ENDED = "Already closed: the arena of the heap has ended";

    private static final long MAX_BYTES = 16 << 20;

    @Test
    void everyKindOfArenaCanHoldAHeap() {
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            for (Arena arena : new Arena[] {confined, shared, Arena.ofAuto(), Arena.global()}) {
                NativeHeap heap =
                        NativeHeap.builder().arena(arena).maxBytes(MAX_BYTES).open();
                long pointer = heap.allocate(100);
                heap.slice(pointer, 100).set(ValueLayout.JAVA_LONG, 0, 42);
                assertThat(heap.segment().get(ValueLayout.JAVA_LONG, pointer)).isEqualTo(42);
                assertThat(heap.segment().scope()).isEqualTo(arena.scope());
                heap.free(pointer);
                heap.check();
            }
        }
    }

    @Test
    void aHeapEndsWithTheCallersArena() {
        for (Arena arena : new Arena[] {Arena.ofConfined(), Arena.ofShared()}) {
            NativeHeap heap = NativeHeap.in(arena);
            long pointer = heap.allocate(100);
            arena.close();
            assertThat(heap.isAlive()).isFalse();
            everyUseSays(ARENA_ENDED, heap, pointer);
            heap.close();
            heap.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHeapEndsWhenItIsClosedAndMayBeClosedAgain(boolean confined) {
        NativeHeap heap = confined ? NativeHeap.ofConfined() : NativeHeap.ofShared();
        long pointer = heap.allocate(100);
        MemorySegment slice = heap.slice(pointer, 100);
        assertThat(heap.isAlive()).isTrue();
        heap.close();
        assertThat(heap.isAlive()).isFalse();
        everyUseSays(CLOSED, heap, pointer);
        assertThatThrownBy(() -> slice.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Already closed");
        assertThat(heap.segment().byteSize()).isPositive();
        heap.close();
    }

    @Test
    void closingAHeapInTheCallersArenaOnlyDetachesIt() {
        try (Arena arena = Arena.ofConfined()) {
            NativeHeap heap = NativeHeap.in(arena);
            long pointer = heap.allocate(100);
            MemorySegment slice = heap.slice(pointer, 100);
            heap.close();
            heap.close();
            assertThat(heap.isAlive()).isFalse();
            everyUseSays(CLOSED, heap, pointer);
            slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            assertThat(heap.segment().get(ValueLayout.JAVA_BYTE, pointer)).isEqualTo((byte) 1);
        }
    }

    @Test
    void aClosedArenaIsRefused() {
        for (Arena arena : new Arena[] {Arena.ofConfined(), Arena.ofShared()}) {
            arena.close();
            assertThatThrownBy(() -> NativeHeap.in(arena))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Already closed: the arena for the heap has ended");
        }
    }

    @Test
    void onlyItsOwnThreadMayUseAConfinedHeap() throws Exception {
        try (Arena arena = Arena.ofConfined();
                NativeHeap heap = NativeHeap.ofConfined()) {
            long pointer = heap.allocate(100);
            elsewhere(() -> {
                uses(heap, pointer)
                        .forEach((name, use) ->
                                assertThatThrownBy(use).as(name).isInstanceOf(WrongThreadException.class));
                assertThatThrownBy(heap::close).isInstanceOf(WrongThreadException.class);
                assertThatThrownBy(() -> NativeHeap.in(arena)).isInstanceOf(WrongThreadException.class);
                assertThat(heap.isAlive()).isTrue();
            });
            heap.free(pointer);
            heap.check();
        }
    }

    @Test
    void aSharedHeapServesEveryThread() throws Exception {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            long pointer = heap.allocate(100);
            elsewhere(() -> {
                heap.free(pointer);
                assertThat(heap.allocate(100)).isEqualTo(pointer);
                heap.check();
            });
            elsewhere(heap::close);
            everyUseSays(CLOSED, heap, pointer);
        }
    }

    @Test
    void aVirtualThreadMayOwnAHeap() throws Exception {
        FutureTask<Long> task = new FutureTask<>(() -> {
            try (NativeHeap heap = NativeHeap.ofConfined()) {
                heap.free(heap.allocate(100_000));
                heap.check();
                return heap.stats().inUse();
            }
        });
        Thread.ofVirtual().start(task);
        assertThat(task.get()).isZero();
    }

    @Test
    void anArenaWrittenByTheCallerCanHoldAHeap() {
        try (Arena arena = new ForwardingArena()) {
            NativeHeap heap = NativeHeap.in(arena);
            assertThat(heap.allocate(100)).isPositive();
        }
    }

    @Test
    void nullIsRefused() {
        assertThatThrownBy(() -> NativeHeap.in(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> NativeHeap.builder().pages(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void theLastArenaGivenToTheBuilderCounts() {
        try (Arena arena = Arena.ofConfined();
                NativeHeap shared = NativeHeap.builder().arena(arena).shared().open();
                NativeHeap confined = NativeHeap.builder().shared().confined().open()) {
            Thread other = Thread.ofPlatform().unstarted(() -> {});
            assertThat(shared.segment().isAccessibleBy(other)).isTrue();
            assertThat(confined.segment().isAccessibleBy(other)).isFalse();
        }
    }

    /** Other threads get the same exception after the heap has ended. */
    @Test
    void onlyItsOwnThreadMayUseAConfinedHeapAfterItsEnd() throws Exception {
        NativeHeap heap = NativeHeap.ofConfined();
        LongLongMap map = LongLongMap.make(heap);
        long pointer = heap.allocate(100);
        heap.close();
        elsewhere(() -> {
            uses(heap, pointer)
                    .forEach((name, use) -> assertThatThrownBy(use).as(name).isInstanceOf(WrongThreadException.class));
            assertThatThrownBy(() -> map.put(1, 1)).isInstanceOf(WrongThreadException.class);
            assertThatThrownBy(() -> map.reserve(10)).isInstanceOf(WrongThreadException.class);
        });
    }

    private static void everyUseSays(String message, NativeHeap heap, long pointer) {
        uses(heap, pointer)
                .forEach((name, use) -> assertThatThrownBy(use)
                        .as(name)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage(message));
        assertThatCode(heap::isAlive).doesNotThrowAnyException();
    }

    private static Map<String, ThrowingCallable> uses(NativeHeap heap, long pointer) {
        Map<String, ThrowingCallable> uses = new LinkedHashMap<>();
        uses.put("allocate", () -> heap.allocate(100));
        uses.put("allocate large", () -> heap.allocate(100_000));
        uses.put("allocate too much", () -> heap.allocate(Long.MAX_VALUE));
        uses.put("free", () -> heap.free(pointer));
        uses.put("free wild", () -> heap.free(-1));
        uses.put("slice", () -> heap.slice(pointer, 1));
        uses.put("slice wild", () -> heap.slice(Long.MAX_VALUE, 1));
        uses.put("stats", heap::stats);
        uses.put("check", heap::check);
        uses.put("checkZeroes", heap::checkZeroes);
        uses.put("tryReserve", () -> heap.tryReserve(100_000, BlockKind.BUCKET));
        uses.put("isBlock", () -> heap.isBlock(pointer, BlockKind.BLOB));
        uses.put("exhausted", () -> heap.exhausted(1, "", 1));
        return uses;
    }

    private static void elsewhere(Runnable task) throws InterruptedException {
        FutureTask<?> future = new FutureTask<>(task, null);
        Thread.ofPlatform().start(future);
        try {
            future.get();
        } catch (ExecutionException failed) {
            throw new AssertionError(failed.getCause());
        }
    }

    /** An arena that forwards every call to another arena. */
    private static final class ForwardingArena implements Arena {
        private final Arena inner = Arena.ofConfined();

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            return inner.allocate(byteSize, byteAlignment);
        }

        @Override
        public MemorySegment.Scope scope() {
            return inner.scope();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
