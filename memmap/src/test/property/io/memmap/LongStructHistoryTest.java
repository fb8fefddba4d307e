package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;

/**
 * Random histories of maps of structs beside a model. References are kept over steps: each of them
 * is at its entry if no entry was added or removed since, and throws otherwise. All invariants hold
 * after each step, and a freed map leaves nothing in the heap.
 */
@Tag("slow")
class LongStructHistoryTest {
    private static final long HEAP_BYTES = 16L << 20;
    private static final int KEYS = 24;
    private static final int REFS = 3;
    /** The number of keys that one step puts and removes, so that the map grows and shrinks. */
    private static final int MANY = 120;

    enum Action {
        MOVE,
        MOVE_OR_ADD,
        READ_REF,
        WRITE_REF,
        COPY_FROM_REF,
        GET,
        PUT,
        PUT_IF_ABSENT,
        REMOVE,
        PUT_BOXED,
        PUT_MANY,
        REMOVE_MANY,
        GET_MANY,
        WALK,
        REMOVE_IN_WALK,
        RESERVE,
        SHRINK,
        CLEAR
    }

    /** One step. The numbers name a key, a reference and a value. */
    record Step(Action action, int key, int ref, int value) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Action> actions = Arbitraries.frequencyOf(
                Tuple.of(25, Arbitraries.of(Action.class).filter(action -> action.compareTo(Action.PUT_BOXED) < 0)),
                Tuple.of(2, Arbitraries.of(Action.class)));
        return Combinators.combine(
                        actions,
                        Arbitraries.integers().between(0, KEYS - 1),
                        Arbitraries.integers().between(0, REFS - 1),
                        Arbitraries.integers().between(1, 1000))
                .as(Step::new)
                .list()
                .ofMinSize(100)
                .ofMaxSize(300);
    }

    /** What the model knows of a reference. */
    private static final class Kept {
        final LongStructRef ref;
        long key;
        boolean isAtStruct;
        long changes = -1;

        Kept(LongStructMap map) {
            ref = map.ref();
        }
    }

    /** A map beside its model. */
    private static final class Subject {
        final Orders orders;
        final NativeHeap heap;
        final LongStructMap map;
        final Map<Long, Long> model = new HashMap<>();
        final List<Kept> refs;
        /** The number of steps that make all references stale. */
        long changes;

        Subject(Orders orders, NativeHeap heap, Geometry geometry) {
            this.orders = orders;
            this.heap = heap;
            map = LongStructMap.builder(heap, orders.layout).geometry(geometry).make();
            refs = List.of(new Kept(map), new Kept(map), new Kept(map));
        }

        void put(long key, long value) {
            if (model.put(key, value) == null) {
                changes++;
            }
        }

        void remove(long key) {
            if (model.remove(key) != null) {
                changes++;
            }
        }

        void play(Step step) {
            long key = step.key;
            long value = step.value;
            Kept kept = refs.get(step.ref);
            switch (step.action) {
                case MOVE -> {
                    kept.isAtStruct = model.containsKey(key);
                    assertThat(kept.ref.moveTo(key)).isEqualTo(kept.isAtStruct);
                    kept.key = key;
                    kept.changes = changes;
                }
                case MOVE_OR_ADD -> {
                    boolean added = !model.containsKey(key);
                    assertThat(kept.ref.moveToOrAdd(key)).isEqualTo(added);
                    if (added) {
                        assertThat(kept.ref.get(orders.price)).isZero();
                        orders.set(kept.ref, value);
                        put(key, value);
                    }
                    kept.isAtStruct = true;
                    kept.key = key;
                    kept.changes = changes;
                }
                case READ_REF -> {}
                case WRITE_REF -> {
                    if (isCurrent(kept)) {
                        orders.set(kept.ref, value);
                        model.put(kept.key, value);
                    }
                }
                case COPY_FROM_REF -> {
                    if (isCurrent(kept)) {
                        kept.ref.copyFrom(orders.of(value));
                        model.put(kept.key, value);
                    }
                }
                case GET -> {
                    MemorySegment copy = MemorySegment.ofArray(new byte[orders.bytes()]);
                    assertThat(map.get(key, copy)).isEqualTo(model.containsKey(key));
                    assertThat(map.containsKey(key)).isEqualTo(model.containsKey(key));
                    if (model.containsKey(key)) {
                        assertThat(orders.number(copy)).isEqualTo(model.get(key));
                    }
                }
                case PUT -> {
                    assertThat(map.put(key, orders.of(value))).isEqualTo(model.containsKey(key));
                    put(key, value);
                }
                case PUT_IF_ABSENT -> {
                    boolean absent = !model.containsKey(key);
                    assertThat(map.putIfAbsent(key, orders.of(value))).isEqualTo(absent);
                    if (absent) {
                        put(key, value);
                    }
                }
                case REMOVE -> {
                    assertThat(map.remove(key)).isEqualTo(model.containsKey(key));
                    remove(key);
                }
                case PUT_BOXED -> {
                    map.asMap().put(key, orders.of(value));
                    put(key, value);
                    changes++; // may have moved entries
                    refs.forEach(each -> each.ref.moveTo(-1));
                    refs.forEach(each -> each.isAtStruct = false);
                }
                case PUT_MANY -> {
                    long[] keys = LongStream.range(KEYS, KEYS + MANY).toArray();
                    MemorySegment structs = MemorySegment.ofArray(new byte[MANY * orders.bytes()]);
                    for (int i = 0; i < MANY; i++) {
                        structs.asSlice((long) i * orders.bytes(), orders.bytes())
                                .copyFrom(orders.of(value + i));
                        put(keys[i], value + i);
                    }
                    map.putAll(keys, structs);
                }
                case REMOVE_MANY -> {
                    for (long each = KEYS + MANY; each-- > KEYS; ) {
                        assertThat(map.remove(each)).isEqualTo(model.containsKey(each));
                        remove(each);
                    }
                }
                case GET_MANY -> {
                    long[] keys = LongStream.range(-3, KEYS + MANY).toArray();
                    MemorySegment structs = MemorySegment.ofArray(new byte[keys.length * orders.bytes()]);
                    assertThat(map.getAll(keys, structs)).isEqualTo(model.size());
                    for (int i = 0; i < keys.length; i++) {
                        MemorySegment struct = structs.asSlice((long) i * orders.bytes(), orders.bytes());
                        Long expected = model.get(keys[i]);
                        assertThat(expected == null ? null : (Long) orders.number(struct))
                                .isEqualTo(expected);
                    }
                }
                case WALK -> {
                    Map<Long, Long> seen = new HashMap<>();
                    map.forEach((each, order) ->
                            assertThat(seen.put(each, orders.number(order))).isNull());
                    assertThat(seen).isEqualTo(model);
                }
                case REMOVE_IN_WALK -> {
                    Set<Long> seen = new HashSet<>();
                    for (LongStructCursor cursor = map.cursor(); cursor.next(); ) {
                        long each = cursor.key();
                        assertThat(seen.add(each)).isTrue();
                        if (orders.number(cursor.value()) % 3 == 0) {
                            cursor.remove();
                            remove(each);
                        }
                    }
                }
                case RESERVE -> {
                    map.reserve(step.value);
                    loseRefs();
                }
                case SHRINK -> {
                    map.shrink();
                    loseRefs();
                }
                case CLEAR -> {
                    map.clear();
                    if (!model.isEmpty()) {
                        changes++;
                    }
                    model.clear();
                }
            }
        }

        /** After a resize, which may have had nothing to do, a reference may or may not be stale. */
        private void loseRefs() {
            for (Kept kept : refs) {
                if (isCurrent(kept) && !kept.ref.isCurrent()) {
                    kept.changes = -1;
                }
            }
        }

        private boolean isCurrent(Kept kept) {
            return kept.isAtStruct && kept.changes == changes;
        }

        void check() {
            map.check();
            assertThat(map.size()).isEqualTo(model.size());
            for (Kept kept : refs) {
                assertThat(kept.ref.isCurrent())
                        .as("reference at key %d", kept.key)
                        .isEqualTo(isCurrent(kept));
                if (isCurrent(kept)) {
                    assertThat(kept.ref.key()).isEqualTo(kept.key);
                    assertThat(orders.number(kept.ref)).isEqualTo(model.get(kept.key));
                } else {
                    assertThatExceptionOfType(
                                    kept.isAtStruct
                                            ? ConcurrentModificationException.class
                                            : IllegalStateException.class)
                            .isThrownBy(() -> kept.ref.get(orders.price));
                    assertThatExceptionOfType(
                                    kept.isAtStruct
                                            ? ConcurrentModificationException.class
                                            : IllegalStateException.class)
                            .isThrownBy(() -> kept.ref.set(orders.price, -1));
                }
            }
            assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
        }
    }

    @Property(tries = 60)
    void everyHistoryAgreesWithTheModel(
            @ForAll Orders orders,
            @ForAll ChosenHash hash,
            @ForAll boolean go,
            @ForAll("histories") List<Step> history) {
        try (NativeHeap heap = hash.open(HEAP_BYTES)) {
            Subject subject = new Subject(
                    orders,
                    heap,
                    go
                            ? Geometry.GO
                            : Geometry.ofObjects(StructType.of(orders.layout).mapType()));
            for (Step step : history) {
                subject.play(step);
                subject.check();
            }
            subject.map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    @Property(tries = 40)
    void everyHistoryOfAMapForManyThreadsAgreesWithTheModel(
            @ForAll Orders orders,
            @ForAll ChosenHash hash,
            @ForAll boolean go,
            @ForAll("histories") List<Step> history) {
        try (NativeHeap heap = hash.open(HEAP_BYTES)) {
            SyncLongStructMap map = SyncLongStructMap.builder(heap, orders.layout)
                    .geometry(
                            go
                                    ? Geometry.GO
                                    : Geometry.ofObjects(
                                            StructType.of(orders.layout).mapType()))
                    .make();
            SyncLongStructRef all = map.ref();
            SyncLongStructRef some = map.ref(orders.price, orders.quantity, orders.rate, orders.last);
            Map<Long, Long> model = new HashMap<>();
            for (Step step : history) {
                play(map, orders, all, some, model, hash, step);
                map.check();
                assertThat(map.size()).isEqualTo(model.size());
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
            }
            Map<Long, Long> contents = new HashMap<>();
            map.forEach((key, order) ->
                    assertThat(contents.put(key, orders.number(order))).isNull());
            assertThat(contents).isEqualTo(model);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    private static void play(
            SyncLongStructMap map,
            Orders orders,
            SyncLongStructRef all,
            SyncLongStructRef some,
            Map<Long, Long> model,
            ChosenHash hash,
            Step step) {
        long key = hash.key(step.key);
        long value = step.value;
        boolean present = model.containsKey(key);
        switch (step.action) {
            case MOVE, READ_REF -> {
                assertThat(all.read(key)).isEqualTo(present);
                assertThat(some.read(key)).isEqualTo(present);
                if (present) {
                    assertThat(orders.number(all))
                            .isEqualTo(orders.number(some))
                            .isEqualTo(model.get(key));
                }
            }
            case WRITE_REF -> {
                assertThat(all.update(key, value, orders::set)).isEqualTo(present);
                model.replace(key, value);
            }
            case MOVE_OR_ADD, COPY_FROM_REF -> {
                assertThat(some.updateOrAdd(key, value, orders::set)).isEqualTo(present);
                model.put(key, value);
                assertThat(orders.number(some)).isEqualTo(value);
            }
            case GET, WALK -> {
                MemorySegment copy = MemorySegment.ofArray(new byte[orders.bytes()]);
                assertThat(map.get(key, copy)).isEqualTo(present).isEqualTo(map.containsKey(key));
                if (present) {
                    assertThat(orders.number(copy)).isEqualTo(model.get(key));
                }
            }
            case PUT -> {
                assertThat(map.put(key, orders.of(value))).isEqualTo(present);
                model.put(key, value);
            }
            case RESERVE -> {
                boolean replaces = present && step.ref != 0;
                long expected = replaces ? model.get(key) : -value;
                assertThat(map.replace(key, orders.of(expected), orders.of(value)))
                        .isEqualTo(replaces);
                if (replaces) {
                    model.put(key, value);
                }
            }
            case SHRINK -> {
                boolean removes = present && step.ref != 0;
                long expected = removes ? model.get(key) : -value;
                assertThat(map.remove(key, orders.of(expected))).isEqualTo(removes);
                if (removes) {
                    model.remove(key);
                }
            }
            case PUT_IF_ABSENT -> {
                assertThat(map.putIfAbsent(key, orders.of(value))).isEqualTo(!present);
                model.putIfAbsent(key, value);
            }
            case REMOVE, REMOVE_IN_WALK -> {
                assertThat(map.remove(key)).isEqualTo(present);
                model.remove(key);
            }
            case PUT_BOXED -> {
                assertThat(map.asMap().put(key, orders.of(value)) != null).isEqualTo(present);
                model.put(key, value);
            }
            case PUT_MANY -> {
                long[] keys = LongStream.range(KEYS, KEYS + MANY).map(hash::key).toArray();
                MemorySegment structs = MemorySegment.ofArray(new byte[MANY * orders.bytes()]);
                for (int i = 0; i < MANY; i++) {
                    structs.asSlice((long) i * orders.bytes(), orders.bytes()).copyFrom(orders.of(value + i));
                    model.put(keys[i], value + i);
                }
                map.putAll(keys, structs);
            }
            case REMOVE_MANY -> {
                for (int i = MANY; i-- > 0; ) {
                    long each = hash.key(KEYS + i);
                    assertThat(map.remove(each)).isEqualTo(model.remove(each) != null);
                }
            }
            case GET_MANY -> {
                long[] keys = LongStream.range(0, KEYS + MANY).map(hash::key).toArray();
                MemorySegment structs = MemorySegment.ofArray(new byte[keys.length * orders.bytes()]);
                assertThat(map.getAll(keys, structs)).isEqualTo(model.size());
                for (int i = 0; i < keys.length; i++) {
                    MemorySegment struct = structs.asSlice((long) i * orders.bytes(), orders.bytes());
                    Long expected = model.get(keys[i]);
                    assertThat(expected == null ? null : (Long) orders.number(struct))
                            .isEqualTo(expected);
                }
            }
            case CLEAR -> {
                map.clear();
                model.clear();
            }
        }
    }
}
