package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.CallersCode.Site;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Code of the caller that throws, uses the map that has called it, or closes the map's heap. The
 * tests try this at each call from each operation: to readers, writers, functions and consumers,
 * and to constructors and accessors of records.
 */
class CallersCodeTest {
    private static final int ENTRIES = 90;
    private static final int PRESENT = 7;
    private static final int ABSENT = 500;
    /**
     * A value is its key plus a multiple of this number, which tells the versions of the value
     * apart.
     */
    private static final int VERSION = 1000;

    private static final class CallerFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * An operation on a map of {@link #ENTRIES} entries. Every value that it returns must belong to
     * its key.
     */
    enum Operation {
        GET(run -> run.see(PRESENT, run.map.get(PRESENT))),
        GET_ABSENT(run -> run.see(ABSENT, run.map.get(ABSENT))),
        CONTAINS(run -> run.map.containsKey(PRESENT)),
        PUT(run -> run.see(PRESENT, run.map.put(PRESENT, PRESENT + VERSION))),
        PUT_ABSENT(run -> run.see(ABSENT, run.map.put(ABSENT, ABSENT))),
        SET(run -> run.map.set(PRESENT, PRESENT + VERSION)),
        SET_ABSENT(run -> run.map.set(ABSENT, ABSENT)),
        REMOVE(run -> run.see(PRESENT, run.map.remove(PRESENT))),
        DELETE(run -> run.map.delete(PRESENT)),
        COMPUTE_IF_ABSENT(run -> run.map.computeIfAbsent(ABSENT, run::function)),
        COMPUTE(run -> run.map.compute(PRESENT, (key, value) -> {
            run.see(key, value);
            return run.function(PRESENT + VERSION);
        })),
        COMPUTE_TO_NOTHING(run -> run.map.compute(PRESENT, (key, value) -> {
            run.function(0);
            return null;
        })),
        MERGE(run -> run.map.merge(PRESENT, PRESENT, (value, other) -> run.function(value + VERSION))),
        READ(run -> run.see(PRESENT, run.map.read(PRESENT, run::number))),
        UPDATE(run -> run.map.update(PRESENT, segment -> {
            int number = CallersCode.number(segment);
            CallersCode.write(segment, number + VERSION);
            run.function(0);
        })),
        FOR_EACH(run -> run.map.forEach((key, value) -> {
            run.produce(key, value);
            run.function(0);
        })),
        CURSOR(run -> {
            for (MemMapCursor<Integer, Integer> cursor = run.map.cursor(); cursor.next(); ) {
                run.produce(cursor.key(), cursor.value());
            }
        }),
        CURSOR_SET(run -> run.atPresent(cursor -> cursor.setValue(PRESENT + VERSION))),
        CURSOR_REMOVE(run -> run.atPresent(MemMapCursor::remove)),
        VIEW_GET(run -> run.see(PRESENT, run.map.asMap().get(PRESENT))),
        VIEW_PUT(run -> run.see(PRESENT, run.map.asMap().put(PRESENT, PRESENT + VERSION))),
        VIEW_REMOVE(run -> run.see(PRESENT, run.map.asMap().remove(PRESENT))),
        VIEW_WALK(run -> run.map.asMap().entrySet().forEach(entry -> run.produce(entry.getKey(), entry.getValue()))),
        COPY(run -> run.map.copy(run.heap).free()),
        CONTENT_EQUALS(run -> assertThat(run.map.contentEquals(run.map)).isTrue());

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        private final Consumer<Run> work;

        Operation(Consumer<Run> work) {
            this.work = work;
        }
    }

    /** One operation on one map. An action runs when the operation calls the caller's code. */
    private static final class Run implements AutoCloseable {
        final NativeHeap heap;
        final CallersCode code;
        final MemMap<Integer, Integer> map;
        private final Set<Integer> produced = new HashSet<>();

        Run(boolean shared, Geometry geometry, boolean variable) {
            code = new CallersCode(variable);
            NativeHeap.Builder builder = NativeHeap.builder().maxBytes(4L << 20);
            heap = (shared ? builder.shared() : builder.confined()).open();
            map = MemMap.builder(heap, code.keys, code.values)
                    .geometry(geometry)
                    .make();
            for (int key = 0; key < ENTRIES; key++) {
                map.set(key, key);
            }
        }

        int function(int result) {
            code.call(Site.FUNCTION);
            return result;
        }

        int number(MemorySegment segment) {
            return function(CallersCode.number(segment));
        }

        void see(int key, Integer value) {
            if (value != null) {
                assertThat(value % VERSION).isEqualTo(key);
            }
        }

        void produce(int key, int value) {
            see(key, value);
            assertThat(produced.add(key))
                    .as("key %d is produced for the first time", key)
                    .isTrue();
        }

        /** Moves a cursor to the present key and runs the action there. */
        void atPresent(Consumer<MemMapCursor<Integer, Integer>> action) {
            for (MemMapCursor<Integer, Integer> cursor = map.cursor(); cursor.next(); ) {
                see(cursor.key(), cursor.value());
                if (cursor.key() == PRESENT) {
                    action.accept(cursor);
                    return;
                }
            }
        }

        Map<Integer, Integer> contents() {
            Map<Integer, Integer> contents = new HashMap<>();
            map.forEach(contents::put);
            return contents;
        }

        void assertSoundAndUsable() {
            code.disarm();
            map.check();
            heap.check();
            contents().forEach(this::see);
            if (!map.isNil()) {
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
                map.set(999, 999);
                assertThat(map.get(999)).isEqualTo(999);
                assertThat(map.remove(999)).isEqualTo(999);
                map.check();
            }
            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }

        @Override
        public void close() {
            heap.close();
        }
    }

    /**
     * Runs the test for each site, and for later and later calls from it until no further call
     * comes.
     */
    private static void atEachCall(
            boolean shared, Operation operation, BiConsumer<Run, Runnable> test, Consumer<Run> action) {
        for (Geometry geometry : BucketGeometries.ALL) {
            for (boolean variable : new boolean[] {false, true}) {
                for (Site site : Site.values()) {
                    atEachCall(() -> new Run(shared, geometry, variable), site, operation, test, action);
                }
            }
        }
    }

    private static void atEachCall(
            Supplier<Run> maker, Site site, Operation operation, BiConsumer<Run, Runnable> test, Consumer<Run> action) {
        boolean done = true;
        for (int n = 1; done; n += n < 5 ? 1 : n / 2) {
            try (Run run = maker.get()) {
                run.code.at(site, n, () -> action.accept(run));
                test.accept(run, () -> operation.work.accept(run));
                done = run.code.isDone();
            } catch (Throwable e) {
                throw new AssertionError("call " + n + " of " + site + ": " + e, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void exceptionsOfTheCallersCodeArePassedOnAndLeaveTheMapUnchanged(Operation operation) {
        for (boolean shared : new boolean[] {false, true}) {
            CallerFailure failure = new CallerFailure();
            atEachCall(
                    shared,
                    operation,
                    (run, work) -> {
                        Map<Integer, Integer> before = new HashMap<>();
                        for (int key = 0; key < ENTRIES; key++) {
                            before.put(key, key);
                        }
                        Throwable thrown = null;
                        try {
                            work.run();
                        } catch (CallerFailure e) {
                            thrown = e;
                        }
                        assertThat(thrown).isSameAs(run.code.isDone() ? failure : null);
                        if (run.code.isDone()) {
                            assertThat(run.contents()).isEqualTo(before);
                        }
                        run.assertSoundAndUsable();
                    },
                    run -> {
                        throw failure;
                    });
        }
    }

    /** What the caller's code does with the map that has called it. */
    enum Reentry {
        PUT(map -> map.set(501, 501)),
        OVERWRITE(map -> map.set(PRESENT, PRESENT + 2 * VERSION)),
        REMOVE(map -> map.delete(PRESENT)),
        REMOVE_MOST(map -> {
            for (int key = 3; key < ENTRIES; key++) {
                map.delete(key);
            }
        }),
        GROW(map -> {
            for (int key = 501; key < 900; key++) {
                map.set(key, key);
            }
        }),
        RESERVE(map -> map.reserve(2000)),
        SHRINK(map -> map.shrink()),
        CLEAR(map -> map.clear()),
        CLEAR_AND_FILL(map -> {
            map.clear();
            for (int key = 501; key < 600; key++) {
                map.set(key, key);
            }
        }),
        WALK(map -> map.forEach((key, value) -> assertThat(value % VERSION).isEqualTo(key))),
        REMOVE_BY_CURSOR(map -> {
            for (MemMapCursor<Integer, Integer> cursor = map.cursor(); cursor.next(); ) {
                if (cursor.key() % 3 == 0) {
                    cursor.remove();
                }
            }
        }),
        FREE(map -> map.free());

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        private final Consumer<MemMap<Integer, Integer>> action;

        Reentry(Consumer<MemMap<Integer, Integer>> action) {
            this.action = action;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCallersCodeMayUseTheMap(Operation operation) {
        for (Reentry reentry : Reentry.values()) {
            atEachCall(
                    true,
                    operation,
                    (run, work) -> {
                        try {
                            work.run();
                        } catch (NilMapException freed) {
                            assertThat(reentry).isEqualTo(Reentry.FREE);
                        } catch (IllegalStateException gone) {
                            assertThat(operation).isEqualTo(Operation.CURSOR_SET);
                            assertThat(gone).hasMessage("the entry has been removed from the map");
                        } catch (ConcurrentModificationException changed) {
                            assertThat(operation).isEqualTo(Operation.VIEW_WALK);
                        } catch (RuntimeException | AssertionError e) {
                            throw new AssertionError(reentry + ": " + e, e);
                        }
                        run.assertSoundAndUsable();
                    },
                    run -> reentry.action.accept(run.map));
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingTheHeapInTheCallersCodeCausesAtMostAnException(Operation operation) {
        for (boolean shared : new boolean[] {false, true}) {
            atEachCall(
                    shared,
                    operation,
                    (run, work) -> {
                        try {
                            work.run();
                        } catch (IllegalStateException closed) {
                            assertThat(closed).hasMessageStartingWith("Already closed");
                        }
                        if (run.code.isDone()) {
                            assertThatIllegalStateException().isThrownBy(() -> run.map.get(PRESENT));
                        }
                    },
                    run -> run.heap.close());
        }
    }

    /** An entry that cannot be read stays the current entry. Every other entry is produced once. */
    @ParameterizedTest
    @EnumSource(names = {"KEY_READER", "VALUE_READER"})
    void aCursorContinuesAfterAnEntryThatCannotBeRead(Site site) {
        for (int n = 1; n <= ENTRIES; n++) {
            try (Run run = new Run(false, Geometry.LINE, n % 2 == 0)) {
                run.code.at(site, n, () -> {
                    throw new CallerFailure();
                });
                MemMapCursor<Integer, Integer> cursor = run.map.cursor();
                for (int i = 1; i < n; i++) {
                    assertThat(cursor.next()).isTrue();
                    run.produce(cursor.key(), cursor.value());
                }
                assertThat(cursor.next()).isTrue();
                assertThatThrownBy(site == Site.KEY_READER ? cursor::key : cursor::value)
                        .isInstanceOf(CallerFailure.class);
                run.produce(cursor.key(), cursor.value()); // the caller's code throws once
                while (cursor.next()) {
                    run.produce(cursor.key(), cursor.value());
                }
                assertThat(run.produced).hasSize(ENTRIES);
            }
        }
    }

    /**
     * An iterator in order goes on if a value cannot be read: only the entry of that value is
     * missing. It also goes on if the reader of a value uses the map.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4})
    void anIteratorInOrderContinuesAfterAValueThatCannotBeRead(int shards) {
        for (int n = 1; n <= ENTRIES; n++) {
            CallersCode code = new CallersCode(n % 2 == 0);
            try (NativeHeap heap =
                    NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
                SyncMap<Integer, Integer> sync = SyncMap.builder(heap, Type.INT, code.values)
                        .shards(Math.max(1, shards))
                        .make();
                MemMap<Integer, Integer> plain = MemMap.make(heap, Type.INT, code.values);
                Map<Integer, Integer> map = shards == 0 ? plain.asMap() : sync;
                for (int key = 0; key < ENTRIES; key++) {
                    map.put(key, key);
                }
                OrderedMap<Integer, Integer> ordered = shards == 0 ? plain.ordered() : sync.ordered();
                int failing = n - 1;
                code.at(Site.VALUE_READER, n, () -> {
                    map.remove(ENTRIES - 1);
                    assertThat(ordered.floorKey(failing)).isEqualTo(failing == ENTRIES - 1 ? failing - 1 : failing);
                    throw new CallerFailure();
                });
                Iterator<Map.Entry<Integer, Integer>> entries =
                        ordered.entrySet().iterator();
                for (int key = 0; key < failing; key++) {
                    assertThat(entries.next()).isEqualTo(Map.entry(key, key));
                }
                assertThatThrownBy(entries::next).isInstanceOf(CallerFailure.class);
                for (int key = n; key < ENTRIES - 1; key++) {
                    assertThat(entries.next()).isEqualTo(Map.entry(key, key));
                }
                map.keySet().forEach(key -> assertThat(key).isLessThan(ENTRIES - 1));
                plain.check();
                sync.check();
            }
        }
    }

    // ------------------------------------------------------------------------------------- records

    private static final List<Runnable> IN_CONSTRUCTOR = new ArrayList<>();
    private static final List<Runnable> IN_ACCESSOR = new ArrayList<>();

    record Hooked(long number) {
        Hooked {
            List.copyOf(IN_CONSTRUCTOR).forEach(Runnable::run);
        }

        @Override
        public long number() {
            List.copyOf(IN_ACCESSOR).forEach(Runnable::run);
            return number;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void exceptionsOfARecordsConstructorOrAccessorArePassedOn(boolean shared) {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(4L << 20);
        try (NativeHeap heap = (shared ? builder.shared() : builder.confined()).open()) {
            MemMap<Hooked, Hooked> map = MemMap.make(heap, Type.record(Hooked.class), Type.record(Hooked.class));
            Hooked one = new Hooked(1);
            Hooked two = new Hooked(2);
            map.put(one, two);
            Runnable failure = () -> {
                throw new CallerFailure();
            };
            IN_CONSTRUCTOR.add(failure);
            assertThatThrownBy(() -> map.get(one)).isInstanceOf(CallerFailure.class);
            assertThatThrownBy(() -> map.put(one, one)).isInstanceOf(CallerFailure.class);
            assertThatThrownBy(() -> map.remove(one)).isInstanceOf(CallerFailure.class);
            MemMapCursor<Hooked, Hooked> cursor = map.cursor();
            assertThat(cursor.next()).isTrue();
            assertThatThrownBy(cursor::key).isInstanceOf(CallerFailure.class);
            assertThatThrownBy(cursor::value).isInstanceOf(CallerFailure.class);
            assertThat(map.containsKey(one)).isTrue();
            map.copy(heap).free();
            IN_CONSTRUCTOR.clear();
            IN_ACCESSOR.add(failure);
            assertThatThrownBy(() -> map.get(one)).isInstanceOf(CallerFailure.class);
            assertThatThrownBy(() -> map.set(two, one)).isInstanceOf(CallerFailure.class);
            assertThatThrownBy(() -> map.delete(one)).isInstanceOf(CallerFailure.class);
            IN_ACCESSOR.clear();
            map.check();
            assertThat(map.size()).isEqualTo(1);
            assertThat(map.get(one)).isEqualTo(two);
        } finally {
            IN_CONSTRUCTOR.clear();
            IN_ACCESSOR.clear();
        }
    }

    /** An encoding that runs inside another encoding has its own buffers. */
    @Test
    void theCodeOfARecordMayUseTheMap() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4L << 20).open()) {
            MemMap<Hooked, Hooked> map = MemMap.make(heap, Type.record(Hooked.class), Type.record(Hooked.class));
            for (List<Runnable> hook : List.of(IN_ACCESSOR, IN_CONSTRUCTOR)) {
                Hooked one = new Hooked(1);
                Hooked other = new Hooked(2);
                map.put(one, one);
                hook.add(() -> {
                    hook.clear();
                    map.put(other, other);
                });
                assertThat(map.get(one)).isEqualTo(one);
                assertThat(map.get(other)).isEqualTo(other);
                assertThat(hook).isEmpty();
                map.clear();
            }
        }
    }

    /**
     * The two zeros are one key, stored with the bits of the last put. This is so even if a cursor
     * has read the chain before: go:zeros-are-one-key, go:latest-values-appear.
     */
    @ParameterizedTest
    @CsvSource({"GO", "LINE"})
    void aCursorProducesAKeyWithTheBitsOfTheLastPut(Geometry geometry) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4L << 20).open()) {
            for (int tries = 0; tries < 50; tries++) {
                MemMap<Double, Integer> map = MemMap.builder(heap, Type.DOUBLE, Type.INT)
                        .geometry(geometry)
                        .make();
                map.set(0.0, 0);
                map.set(1.0, 1);
                MemMapCursor<Double, Integer> cursor = map.cursor();
                assertThat(cursor.next()).isTrue();
                if (cursor.key() == 1.0) {
                    map.set(-0.0, 2);
                    assertThat(cursor.next()).isTrue();
                    assertThat(cursor.key()).isEqualTo(-0.0);
                    assertThat(cursor.value()).isEqualTo(2);
                }
                map.free();
            }
        }
    }
}
