package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.telemetry.Allocations;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The work that a write to a shard defers until readers are admitted again: giving back parts of
 * the old array, or all of it, and taking a sample of the profile.
 */
class DeferredWorkTest {
    private static final int KEYS = 100_000;

    private final NativeHeap heap = NativeHeap.ofShared();
    private final Table table = Table.make(heap);
    private final Shard<Table> shard = new Shard<>(table);

    /** A table that calls the test before it runs the deferred work. */
    private static final class Table extends LongTable {
        private Runnable before = () -> {};
        private int times;

        private Table(NativeHeap heap, long hmap) {
            super(heap, hmap, MapType.LONG_TO_LONG);
        }

        static Table make(NativeHeap heap) {
            int options = HmapLayout.AUTO_SHRINK | HmapLayout.SHARD;
            Table table = new Table(heap, makeHeader(heap, MapType.LONG_TO_LONG, Geometry.DEFAULT, options, ""));
            table.initialize(0);
            return table;
        }

        @Override
        void runDeferred() {
            times++;
            before.run();
            super.runDeferred();
        }
    }

    @AfterEach
    void close() {
        heap.close();
    }

    private void put(long key) {
        long stamp = shard.lockForWrite();
        try {
            assertThat(table.findToWrite(key)).isZero();
            table.write(key, key + 1, false);
        } finally {
            shard.endWrite(stamp);
        }
    }

    private void remove(long key) {
        long stamp = shard.lockForWrite();
        try {
            table.delete(key);
        } finally {
            shard.endWrite(stamp);
        }
    }

    private void putAll() {
        for (long key = 0; key < KEYS; key++) {
            put(key);
        }
    }

    private void requireReadersIn() {
        long version = shard.version();
        assertThat(version).isNotZero();
        assertThat(shard.validate(version)).isTrue();
        long stamp = shard.tryReadLock();
        assertThat(stamp).isNotZero();
        shard.unlockRead(stamp);
        assertThat(shard.tryLockForWrite()).isZero();
        assertThat(shard.isHeldByThisThread()).isTrue();
    }

    @Test
    void memoryIsGivenBackWhileReadersAreAdmittedAndWritersAreNot() {
        table.before = this::requireReadersIn;
        putAll();
        assertThat(table.times).isGreaterThan(10);
    }

    @Test
    void readersFindASoundTableWhileMemoryIsGivenBack() {
        long[] found = new long[1];
        table.before = () -> {
            table.check();
            found[0] += Mem.getLong(table.mem, table.findInShard(0, table.hash(0, table.seed())));
        };
        putAll();
        assertThat(found[0]).isEqualTo(table.times);
    }

    @Test
    void allDeferredMemoryIsGivenBack() {
        putAll();
        while (table.isGrowing()) {
            put(0);
        }
        assertThat(heap.stats().inUse()).isEqualTo(table.bytes());
        heap.check();
        for (long key = 0; key < KEYS; key++) {
            remove(key);
        }
        while (table.isGrowing()) {
            put(0);
        }
        assertThat(heap.stats().inUse()).isEqualTo(table.bytes());
        heap.checkZeroes();
    }

    @Test
    void freeingTheArrayDropsTheWorkDeferredForIt() {
        long key = 0;
        while (!table.isGrowing() || table.arrayBytes() < 2 << 20) {
            put(key++);
        }
        long stamp = shard.lockForWrite();
        while (!table.hasDeferred()) {
            table.write(key, key++, false);
        }
        assertThat(table.isGrowing()).isTrue();
        table.clear();
        assertThat(table.hasDeferred()).isFalse();
        shard.endWrite(stamp);
        heap.check();
    }

    @Test
    void aWriteEndsEvenIfGivingBackFails() {
        table.before = () -> {
            throw new IllegalStateException("no");
        };
        assertThatThrownBy(this::putAll)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no");
        assertThat(shard.isHeldByThisThread()).isFalse();
        table.before = () -> {};
        long stamp = shard.tryLockForWrite();
        assertThat(stamp).isNotZero();
        shard.endWrite(shard.admitReaders(stamp));
    }

    /** Returns a sum over the bytes or blocks that the profile counts as in use in a heap. */
    private static long sampled(NativeHeap heap, ToDoubleFunction<Allocations.Figures> figure) {
        return (long) Allocations.read().stream()
                .filter(site -> site.heap().equals("heap-" + heap.id()))
                .mapToDouble(figure)
                .sum();
    }

    private static void requireASampleOfEveryBlock(NativeHeap heap) {
        assertThat(sampled(heap, Allocations.Figures::inUseObjects))
                .isEqualTo(heap.stats().blocks());
        assertThat(sampled(heap, Allocations.Figures::inUseBytes))
                .isEqualTo(heap.stats().inUse());
    }

    @Test
    void aSampleOfTheProfileIsTakenWhileReadersAreAdmitted() {
        try (NativeHeap all = NativeHeap.builder().shared().profileEvery(1).open()) {
            Table grows = Table.make(all);
            grows.runDeferred();
            Shard<Table> its = new Shard<>(grows);
            int[] late = new int[1];
            grows.before = () -> {
                late[0] += sampled(all, Allocations.Figures::inUseBytes)
                                < all.stats().inUse()
                        ? 1
                        : 0;
                assertThat(its.validate(its.version())).isTrue();
                assertThat(its.isHeldByThisThread()).isTrue();
            };
            for (long key = 0; key < 500; key++) {
                long stamp = its.lockForWrite();
                grows.write(key, key, false);
                its.endWrite(stamp);
                requireASampleOfEveryBlock(all);
            }
            assertThat(late[0]).isGreaterThan(10);
        }
    }

    @Test
    void aMapForManyThreadsIsSampledFromItsCreation() {
        try (NativeHeap all = NativeHeap.builder().shared().profileEvery(1).open()) {
            SyncLongLongMap.make(all, 10_000);
            requireASampleOfEveryBlock(all);
        }
    }

    @Test
    void aBlockFreedByTheWriteThatAllocatedItIsNotSampled() {
        NativeHeap.Builder small = NativeHeap.builder().shared().profileEvery(1).maxBytes(1 << 20);
        try (NativeHeap all = small.open()) {
            SyncMap<Long, byte[]> map = SyncMap.make(all, Type.LONG, Type.BYTES);
            byte[] value = new byte[24];
            for (long key = 0; key < 1000; key++) {
                map.put(key, value);
            }
            Deque<Long> fillers = new ArrayDeque<>();
            long filler = all.tryAllocate(value.length, BlockKind.ENTRY);
            while (filler != 0) {
                fillers.add(filler);
                filler = all.tryAllocate(value.length, BlockKind.ENTRY);
            }
            // There is always room for a value, and in the end none for an overflow bucket.
            assertThatThrownBy(() -> {
                        for (long key = 1000; ; key++) {
                            all.free(fillers.removeLast(), BlockKind.ENTRY);
                            map.put(key, value);
                        }
                    })
                    .isInstanceOf(HeapExhaustedException.class);
            requireASampleOfEveryBlock(all);
            map.check();
        }
    }
}
