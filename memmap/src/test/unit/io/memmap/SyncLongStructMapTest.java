package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.format.BucketLayout;
import io.memmap.observe.MemStats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The operations of a map of structs for many threads, used by one thread. */
@ParameterizedClass(name = "{0}")
@EnumSource
class SyncLongStructMapTest {
    private static final int ENTRIES = 300;

    @Parameter
    Orders orders;

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64L << 20).open();
    private SyncLongStructMap map;
    private SyncLongStructRef ref;

    private void make() {
        map = SyncLongStructMap.make(heap, orders.layout);
        ref = map.ref();
    }

    private void fill() {
        make();
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(ref.updateOrAdd(key, key, orders::set)).isFalse();
        }
    }

    @AfterEach
    void theMapGivesEverythingBack() {
        map.close();
        heap.check();
        heap.checkZeroes();
        assertThat(heap.stats().inUse()).isZero();
        heap.close();
    }

    @Test
    void readsCopyTheChosenFields() {
        fill();
        SyncLongStructRef some = map.ref(orders.price, orders.rate);
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(some.read(key)).isTrue();
            assertThat(some.key()).isEqualTo(key);
            assertThat(some.get(orders.price)).isEqualTo(key * 1_000_003);
            assertThat(some.get(orders.rate)).isEqualTo(key / 4.0);
            assertThat(ref.read(key)).isTrue();
            assertThat(orders.number(ref)).isEqualTo(key);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> some.get(orders.quantity))
                .withMessageContaining("the field quantity of struct{")
                .withMessageContaining("name it when you make the reference");
        MemorySegment copy = MemorySegment.ofArray(new byte[orders.bytes()]);
        assertThatIllegalStateException()
                .isThrownBy(() -> some.copyTo(copy))
                .withMessageContaining("make it with ref()");
        ref.copyTo(copy);
        assertThat(orders.number(copy)).isEqualTo(ENTRIES - 1);
        assertThat(ref.read(-1)).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> ref.get(orders.price))
                .withMessageStartingWith("the reference has no values: read has not been called, returned false");
        assertThatIllegalStateException().isThrownBy(ref::key);
        assertThatIllegalStateException().isThrownBy(() -> map.ref().get(orders.price));
    }

    /** A copy is of the moment of the read. */
    @Test
    void aReferenceKeepsItsValuesWhateverHappensToTheMap() {
        fill();
        ref.read(5);
        map.ref().update(5, order -> orders.set(order, 55));
        map.remove(6);
        assertThat(orders.number(ref)).isEqualTo(5);
        map.clear();
        assertThat(orders.number(ref)).isEqualTo(5);
        map.close();
        assertThat(orders.number(ref)).isEqualTo(5);
    }

    @Test
    void updatesChangeAStructAndLeaveTheNewValues() {
        fill();
        List<StructRef> kept = new ArrayList<>();
        assertThat(ref.update(7, order -> {
                    kept.add(order);
                    assertThat(orders.number(order)).isEqualTo(7);
                    orders.set(order, 70);
                    SyncLongStructRef other = map.ref();
                    other.read(7);
                    assertThat(orders.number(other))
                            .as("what readers see meanwhile")
                            .isEqualTo(7);
                }))
                .isTrue();
        assertThat(orders.number(ref)).isEqualTo(70);
        assertThat(ref.update(8, 80, orders::set)).isTrue();
        SyncLongStructRef other = map.ref();
        other.read(7);
        assertThat(orders.number(other)).isEqualTo(70);
        other.read(8);
        assertThat(orders.number(other)).isEqualTo(80);
        assertThat(ref.update(-1, order -> {
                    throw new AssertionError("called for an absent key");
                }))
                .isFalse();
        for (Consumer<StructRef> access : List.<Consumer<StructRef>>of(
                it -> it.get(orders.price),
                it -> it.set(orders.price, 1),
                it -> it.copyFrom(orders.of(1)),
                it -> it.copyTo(orders.of(1)))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> access.accept(kept.getFirst()))
                    .withMessage("a struct can be changed only while update runs its function");
        }
        map.check();
    }

    @Test
    void anExceptionOfAChangeLeavesTheMapAsItWas() {
        fill();
        assertThatThrownBy(() -> ref.update(7, order -> {
                    orders.set(order, 70);
                    throw new UnsupportedOperationException("no");
                }))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatIllegalStateException().isThrownBy(() -> ref.get(orders.price));
        assertThatThrownBy(() -> ref.updateOrAdd(-7, order -> {
                    throw new UnsupportedOperationException("no");
                }))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(map.containsKey(-7)).isFalse();
        ref.read(7);
        assertThat(orders.number(ref)).isEqualTo(7);
        assertThat(ref.update(7, 71, orders::set)).as("the lock is free").isTrue();
        map.check();
    }

    @Test
    void aChangeMayReadTheMapButNotWriteToIt() {
        fill();
        SyncLongStructRef other = map.ref();
        for (Runnable write : List.<Runnable>of(
                () -> map.put(1, orders.of(1)),
                () -> map.putIfAbsent(1, orders.of(1)),
                () -> map.putAll(new long[] {1}, orders.of(1)),
                () -> map.remove(1),
                () -> map.remove(1, orders.of(1)),
                () -> map.replace(1, orders.of(1), orders.of(2)),
                map::clear,
                map::close,
                map::free,
                () -> other.update(1, order -> {}),
                () -> other.updateOrAdd(-1, order -> {}),
                () -> map.asMap().remove(1L))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> ref.update(7, order -> {
                        orders.set(order, 70);
                        write.run();
                    }))
                    .withMessageContaining("recursive update");
        }
        for (Runnable use : List.<Runnable>of(
                () -> ref.read(1), () -> ref.update(1, order -> {}), () -> ref.updateOrAdd(1, order -> {}))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> ref.update(7, order -> use.run()))
                    .withMessageContaining("the reference is in use by update");
        }
        long[] found = {0};
        ref.update(7, order -> {
            map.forEach((key, each) -> found[0] += orders.number(each));
            assertThat(map.size()).isEqualTo(ENTRIES);
            assertThat(map.get(8, orders.of(0))).isTrue();
        });
        assertThat(found[0]).isEqualTo(LongStream.range(0, ENTRIES).sum());
        ref.read(7);
        assertThat(orders.number(ref)).isEqualTo(7);
        map.check();
    }

    @Test
    void anAddedStructBeginsWithZeros() {
        fill();
        map.remove(5);
        ref.updateOrAdd(5, order -> {
            assertThat(order.get(orders.price)).isZero();
            assertThat(order.get(orders.last)).isZero();
            order.set(orders.quantity, 9);
        });
        ref.read(5);
        assertThat(ref.get(orders.quantity)).isEqualTo(9);
        assertThat(ref.get(orders.rate)).isZero();
        map.check();
    }

    @Test
    void segmentsAndBatchesAreCopiedWithZeroPadding() {
        make();
        long[] keys = LongStream.range(0, ENTRIES).toArray();
        MemorySegment structs = MemorySegment.ofArray(new byte[ENTRIES * orders.bytes()]);
        for (int i = 0; i < ENTRIES; i++) {
            structs.asSlice((long) i * orders.bytes(), orders.bytes()).copyFrom(orders.of(i));
        }
        map.putAll(keys, structs);
        assertThat(map.size()).isEqualTo(ENTRIES);
        assertThat(map.remove(3)).isTrue();
        assertThat(map.remove(3)).isFalse();
        assertThat(map.put(4, orders.of(-4))).isTrue();
        assertThat(map.putIfAbsent(4, orders.of(0))).isFalse();
        assertThat(map.getAll(keys, structs)).isEqualTo(ENTRIES - 1);
        MemorySegment one = MemorySegment.ofArray(new byte[orders.bytes()]);
        for (int i = 0; i < ENTRIES; i++) {
            MemorySegment struct = structs.asSlice((long) i * orders.bytes(), orders.bytes());
            assertThat(map.get(i, one)).isEqualTo(i != 3);
            if (i == 3) {
                assertThat(struct.mismatch(MemorySegment.ofArray(new byte[orders.bytes()])))
                        .isEqualTo(-1);
            } else {
                assertThat(orders.number(struct)).isEqualTo(i == 4 ? -4 : i);
                assertThat(struct.mismatch(one)).isEqualTo(-1);
            }
        }
        assertThat(map.putIfAbsent(3, orders.of(3))).isTrue();
        MemorySegment small = one.asSlice(1);
        assertThatIllegalArgumentException().isThrownBy(() -> map.put(1, small));
        assertThatIllegalArgumentException().isThrownBy(() -> map.putIfAbsent(1, small));
        assertThatIllegalArgumentException().isThrownBy(() -> map.get(1, small));
        assertThatIllegalArgumentException().isThrownBy(() -> map.getAll(new long[] {1, 2}, one));
        assertThatIllegalArgumentException().isThrownBy(() -> map.putAll(new long[] {1, 2}, one));
    }

    @Test
    void theViewAndTheWalkProduceEachEntry() {
        fill();
        Set<Long> seen = new HashSet<>();
        map.forEach((key, order) -> {
            assertThat(orders.number(order)).isEqualTo(key);
            assertThat(seen.add(key)).isTrue();
            map.remove(key); // no lock is held
        });
        assertThat(seen).hasSize(ENTRIES);
        assertThat(map.isEmpty()).isTrue();
        ConcurrentMap<Long, MemorySegment> view = map.asMap();
        assertThat(view.put(1L, orders.of(1))).isNull();
        assertThat(orders.number(view.get(1L))).isEqualTo(1);
        ref.read(1);
        assertThat(orders.number(ref)).isEqualTo(1);
        assertThat(view.keySet()).containsExactly(1L);
        assertThat(view.remove(1L)).isNotNull();
        assertThat(map.size()).isZero();
        map.check();
    }

    @Test
    void aClosedMapRefusesEverything() {
        fill();
        map.close();
        for (Runnable use : List.<Runnable>of(
                () -> ref.read(1),
                () -> ref.update(1, order -> {}),
                () -> ref.updateOrAdd(1, order -> {}),
                () -> map.get(1, orders.of(0)),
                () -> map.put(1, orders.of(0)),
                () -> map.containsKey(1),
                () -> map.remove(1),
                () -> map.remove(1, orders.of(0)),
                () -> map.replace(1, orders.of(0), orders.of(0)),
                () -> map.getAll(new long[] {1}, orders.of(0)),
                () -> map.putAll(new long[] {1}, orders.of(0)),
                () -> map.forEach((key, order) -> {}),
                map::size,
                map::clear,
                map::stats,
                map::check)) {
            assertThatIllegalStateException()
                    .isThrownBy(use::run)
                    .withMessage("Already closed: the map was ended by close()");
        }
    }

    /** The bytes of padding, which {@link Orders#of} sets, do not count. */
    @Test
    void anEntryIsRemovedOrReplacedIfItHasTheExpectedStruct() {
        fill();
        assertThat(map.remove(3, orders.of(4))).isFalse();
        assertThat(map.remove(-1, orders.of(-1))).isFalse();
        assertThat(map.replace(3, orders.of(4), orders.of(9))).isFalse();
        assertThat(map.replace(-1, orders.of(-1), orders.of(9))).isFalse();
        assertThat(map.size()).isEqualTo(ENTRIES);
        assertThat(map.remove(3, orders.of(3))).isTrue();
        assertThat(map.remove(3, orders.of(3))).isFalse();
        assertThat(map.replace(4, orders.of(4), orders.of(-4))).isTrue();
        assertThat(map.replace(4, orders.of(4), orders.of(9))).isFalse();
        for (long key = 0; key < ENTRIES; key++) {
            assertThat(ref.read(key)).isEqualTo(key != 3);
            if (key != 3) {
                assertThat(orders.number(ref)).isEqualTo(key == 4 ? -4 : key);
            }
        }
        assertThat(map.containsKey(-1)).isFalse();
        MemorySegment small = orders.of(1).asSlice(1);
        assertThatIllegalArgumentException().isThrownBy(() -> map.remove(1, small));
        assertThatIllegalArgumentException().isThrownBy(() -> map.replace(1, small, orders.of(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> map.replace(1, orders.of(1), small));
        map.check();
    }

    @Test
    void bytesDecideWhetherDoublesAreEqual() {
        make();
        ref.updateOrAdd(1, order -> order.set(orders.rate, Double.NaN));
        ref.updateOrAdd(2, order -> order.set(orders.rate, 0.0));
        MemorySegment expected = MemorySegment.ofArray(new byte[orders.bytes()]);
        ref.read(1);
        ref.copyTo(expected);
        assertThat(map.remove(1, expected)).isTrue();
        ref.updateOrAdd(3, order -> order.set(orders.rate, -0.0));
        ref.read(3);
        ref.copyTo(expected);
        assertThat(map.remove(2, expected)).isFalse();
        assertThat(map.remove(3, expected)).isTrue();
    }

    @Test
    void aBuilderSetsHintGeometryShardsAndName() {
        make();
        SyncLongStructMap.Builder builder = SyncLongStructMap.builder(heap, orders.layout)
                .hint(10_000)
                .geometry(Geometry.GO)
                .shards(4)
                .name("orders");
        try (SyncLongStructMap first = builder.make();
                SyncLongStructMap second = builder.make()) {
            for (SyncLongStructMap each : List.of(first, second)) {
                assertThat(each.shards()).isEqualTo(4);
                assertThat(each.stats().buckets())
                        .as("room for 2500 entries in each shard")
                        .isEqualTo(4 << 9);
                assertThat(geometry(each)).isEqualTo(BucketLayout.GO);
                for (long key = 0; key < ENTRIES; key++) {
                    each.put(key, orders.of(key));
                }
                SyncLongStructRef order = each.ref();
                for (long key = 0; key < ENTRIES; key++) {
                    assertThat(order.read(key)).isTrue();
                    assertThat(orders.number(order)).isEqualTo(key);
                }
                each.check();
            }
            assertThat(MemStats.read().heaps().stream()
                            .flatMap(each -> each.maps().stream())
                            .filter(each -> each.name().equals("orders"))
                            .map(each -> each.type()))
                    .hasSize(2)
                    .containsOnly("map[long]" + Type.struct(orders.layout));
        }
        assertThat(geometry(map)).isEqualTo(orders.bytes() <= 56 ? BucketLayout.PAGE : BucketLayout.LINE);
    }

    private static int geometry(SyncLongStructMap map) {
        return map.shards.get(0).table.bucketLayout.geometry();
    }

    @Test
    void aMapMayHaveItsOwnHeap() {
        make();
        try (SyncLongStructMap own = SyncLongStructMap.make(orders.layout);
                SyncLongStructMap small =
                        SyncLongStructMap.builder(orders.layout).shards(1).make()) {
            own.put(1, orders.of(1));
            assertThat(own.shards()).isGreaterThanOrEqualTo(16);
            small.put(1, orders.of(1));
            assertThat(small.shards()).isEqualTo(1);
        }
    }

    @Test
    void aMapThatCannotBeMadeIsRefused() {
        make();
        SyncLongStructMap.Builder builder = SyncLongStructMap.builder(heap, orders.layout);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.shards(3)).withMessageContaining("power of two");
        assertThatExceptionOfType(HeapExhaustedException.class)
                .isThrownBy(() -> builder.hint(1L << 40).make());
        try (NativeHeap confined = NativeHeap.ofConfined()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongStructMap.make(confined, orders.layout))
                    .withMessageContaining("a map for many threads needs a heap for many threads");
        }
    }

    @Test
    void onlyStructsThatFitALineMayLieInPages() {
        make();
        SyncLongStructMap.Builder builder = SyncLongStructMap.builder(heap, orders.layout);
        if (orders.bytes() <= 56) {
            try (SyncLongStructMap paged = builder.geometry(Geometry.PAGE).make()) {
                assertThat(geometry(paged)).isEqualTo(BucketLayout.PAGE);
            }
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.geometry(Geometry.PAGE))
                    .withMessageContainingAll("geometry must be LINE or GO for a map[long]struct{", "at most 56 bytes");
        }
    }

    @Test
    void aFullHeapKeepsAllEntries() {
        make();
        try (NativeHeap small = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            SyncLongStructMap own = SyncLongStructMap.make(small, orders.layout);
            SyncLongStructRef order = own.ref();
            long[] next = {0};
            assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> {
                for (; ; next[0]++) {
                    order.updateOrAdd(next[0], next[0], orders::set);
                }
            });
            assertThatIllegalStateException().isThrownBy(() -> order.get(orders.price));
            assertThat(own.size()).isEqualTo(next[0]);
            for (long key = 0; key < next[0]; key++) {
                order.read(key);
                assertThat(orders.number(order)).isEqualTo(key);
            }
            own.check();
            own.close();
            assertThat(small.stats().inUse()).isZero();
        }
    }
}
