package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.BlockKind;
import io.memmap.format.SizeClasses;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;

/**
 * Random sequences of operations on a heap that is too small for all of them. The model is a list
 * of blocks and their contents.
 */
@Tag("slow")
class NativeHeapModelTest {
    private static final int PAGE_BYTES = 4096;

    enum Action {
        ALLOCATE,
        RESERVE,
        RESERVE_EXTENSIBLE,
        EXTEND,
        TRUNCATE,
        WRITE,
        RELEASE,
        FREE,
        FREE_WILDLY
    }

    /** {@code choice} selects the block and a place in it. */
    record Step(Action action, BlockKind kind, int bytes, int choice) {}

    /** The ways to open a heap. */
    enum HeapKind {
        SMALL,
        HUGE,
        WITHOUT_VIRTUAL_MEMORY;

        NativeHeap open() {
            return NativeHeap.builder()
                    .maxBytes(this == HUGE ? 8 << 20 : 2 << 20)
                    .pages(this == HUGE ? Pages.HUGE : Pages.SMALL)
                    .virtualMemory(this != WITHOUT_VIRTUAL_MEMORY)
                    .open();
        }
    }

    private static final class Block {
        final long pointer;
        final BlockKind kind;
        byte[] content;

        Block(long pointer, BlockKind kind, int bytes) {
            this.pointer = pointer;
            this.kind = kind;
            this.content = new byte[bytes];
        }
    }

    /** The heap under test, and its expected contents. */
    private static final class Model {
        final NativeHeap heap;
        final List<Block> blocks = new ArrayList<>();
        byte nextContent = 1;

        Model(NativeHeap heap) {
            this.heap = heap;
        }

        void apply(Step step) {
            Block block = blocks.isEmpty() ? null : blocks.get(step.choice % blocks.size());
            switch (step.action) {
                case ALLOCATE -> add(heap.tryAllocate(step.bytes, step.kind), step);
                case RESERVE -> add(heap.tryReserve(step.bytes, step.kind), step);
                case RESERVE_EXTENSIBLE -> {
                    if (isLarge(step.bytes)) {
                        long pointer =
                                heap.tryReserveExtensible(step.bytes, step.kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP);
                        add(pointer, step);
                    }
                }
                case EXTEND -> {
                    if (block != null && isLarge(block.content.length)) {
                        extend(block, step);
                    }
                }
                case TRUNCATE -> {
                    if (block != null && isLarge(block.content.length - PAGE_BYTES)) {
                        truncate(block, step);
                    }
                }
                case WRITE -> {
                    if (block != null) {
                        write(block, step);
                    }
                }
                case RELEASE -> {
                    if (block != null) {
                        release(block, step);
                    }
                }
                case FREE -> {
                    if (block != null) {
                        free(block);
                    }
                }
                case FREE_WILDLY -> freeWildly(step);
            }
        }

        void add(long pointer, Step step) {
            if (pointer == 0) {
                return;
            }
            Block block = new Block(pointer, step.kind, step.bytes);
            verifyPlace(block);
            blocks.add(block);
            verify(block);
        }

        void verifyPlace(Block block) {
            int bytes = block.content.length;
            long usable = heap.usableSize(bytes, block.kind);
            for (Block other : blocks) {
                long otherUsable = heap.usableSize(other.content.length, other.kind);
                assertThat(block == other
                                || block.pointer + usable <= other.pointer
                                || other.pointer + otherUsable <= block.pointer)
                        .as("the blocks do not overlap")
                        .isTrue();
            }
            MemorySegment rest = heap.segment().asSlice(block.pointer + bytes, usable - bytes);
            assertThat(rest.mismatch(MemorySegment.ofArray(new byte[(int) rest.byteSize()])))
                    .as("first byte after the requested bytes that is not zero")
                    .isEqualTo(-1);
        }

        static boolean isLarge(int bytes) {
            return bytes > SizeClasses.MAX_SMALL_BYTES;
        }

        /** Extends a block. The bytes after the requested bytes are given, so they become content. */
        void extend(Block block, Step step) {
            int bytes = (int) heap.usableSize(block.content.length, block.kind) + step.bytes;
            if (heap.tryExtend(block.pointer, bytes, block.kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP)) {
                block.content = Arrays.copyOf(block.content, bytes);
                verifyPlace(block);
            }
            verify(block);
        }

        /** Shortens a block by a page or more, to whole pages. It stays a large block. */
        void truncate(Block block, Step step) {
            int pages = block.content.length / PAGE_BYTES;
            int fewest = SizeClasses.MAX_SMALL_BYTES / PAGE_BYTES + 1;
            int bytes = (fewest + step.choice % (pages - fewest + 1)) * PAGE_BYTES;
            if (bytes < heap.usableSize(block.content.length, block.kind)) {
                heap.truncate(block.pointer, bytes, block.kind, BlockOwner.BY_NAME, BlockOwner.NO_MAP);
                block.content = Arrays.copyOf(block.content, bytes);
                verify(block);
            }
        }

        void write(Block block, Step step) {
            int from = step.choice % block.content.length;
            int to = Math.min(block.content.length, from + step.bytes);
            heap.commit(block.pointer + from, to - from);
            heap.segment().asSlice(block.pointer + from, to - from).fill(nextContent);
            Arrays.fill(block.content, from, to, nextContent);
            nextContent++;
        }

        void release(Block block, Step step) {
            long granule = heap.granule();
            long from = block.pointer + step.choice % block.content.length;
            long to = Math.min(block.pointer + block.content.length, from + step.bytes);
            heap.release(from, to);
            long first = (from + granule - 1) / granule * granule;
            long last = to / granule * granule;
            if (first < last) {
                Arrays.fill(block.content, (int) (first - block.pointer), (int) (last - block.pointer), (byte) 0);
            }
        }

        void free(Block block) {
            verify(block);
            heap.free(block.pointer, block.kind);
            blocks.remove(block);
        }

        void freeWildly(Step step) {
            long pointer = (long) step.choice * 16 % heap.segment().byteSize();
            if (blocks.stream().noneMatch(block -> block.pointer == pointer && block.kind == step.kind)) {
                assertThat(heap.isBlock(pointer, step.kind)).isFalse();
                assertThatIllegalArgumentException().isThrownBy(() -> heap.free(pointer, step.kind));
            }
        }

        void verify(Block block) {
            assertThat(heap.isBlock(block.pointer, block.kind)).isTrue();
            MemorySegment found = heap.slice(block.pointer, block.content.length);
            assertThat(found.mismatch(MemorySegment.ofArray(block.content))).isEqualTo(-1);
        }

        void check() {
            heap.check();
            HeapStats stats = heap.stats();
            assertThat(stats.header()).isEqualTo(bytes(BlockKind.HEADER));
            assertThat(stats.bucket()).isEqualTo(bytes(BlockKind.BUCKET));
            assertThat(stats.overflow()).isEqualTo(bytes(BlockKind.OVERFLOW));
            assertThat(stats.blob()).isEqualTo(bytes(BlockKind.BLOB) + bytes(BlockKind.ENTRY));
            assertThat(stats.order()).isEqualTo(bytes(BlockKind.ORDER));
            assertThat(stats.inUse())
                    .isEqualTo(stats.header() + stats.bucket() + stats.overflow() + stats.blob() + stats.order());
            assertThat(stats.blocks()).isEqualTo(blocks.size());
            assertThat(stats.committed()).isBetween(stats.metadata(), stats.maxBytes());
        }

        long bytes(BlockKind kind) {
            return blocks.stream()
                    .filter(block -> block.kind == kind)
                    .mapToLong(block -> heap.usableSize(block.content.length, block.kind))
                    .sum();
        }
    }

    @Property(tries = 400)
    void theHeapAgreesWithTheModelAfterEveryStep(@ForAll HeapKind heapKind, @ForAll("steps") List<Step> steps) {
        try (NativeHeap heap = heapKind.open()) {
            Model model = new Model(heap);
            for (Step step : steps) {
                model.apply(step);
                model.check();
            }
            List.copyOf(model.blocks).forEach(model::free);
            model.check();
            heap.checkZeroes();
        }
    }

    @Property(tries = 60)
    void aFailureAtAnyPointLeavesTheHeapSound(@ForAll HeapKind heapKind, @ForAll("steps") List<Step> steps) {
        for (int n = 1; n <= steps.size(); n++) {
            try (NativeHeap heap = heapKind.open()) {
                Model model = new Model(heap);
                heap.failAllocation(n);
                steps.forEach(model::apply);
                model.check();
            }
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> bytes = Arbitraries.oneOf(
                Arbitraries.integers().between(1, 300),
                Arbitraries.integers().between(1, 40_000),
                Arbitraries.integers().between(30_000, 400_000),
                Arbitraries.integers().between(1, 3 << 20));
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(4, Arbitraries.of(Action.ALLOCATE, Action.RESERVE, Action.RESERVE_EXTENSIBLE)),
                                Tuple.of(4, Arbitraries.of(Action.FREE, Action.WRITE, Action.EXTEND, Action.TRUNCATE)),
                                Tuple.of(1, Arbitraries.of(Action.RELEASE, Action.FREE_WILDLY))),
                        Arbitraries.of(BlockKind.class),
                        bytes,
                        Arbitraries.integers().between(0, 1 << 20))
                .as(Step::new)
                .list()
                .ofMinSize(10)
                .ofMaxSize(120);
    }
}
