package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.unsafe.OldCode.Kind;
import io.memmap.unsafe.OldCode.On;
import io.memmap.unsafe.OldCode.Operations;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * UnsafeMemory in both modes, compared with sun.misc.Unsafe itself: the values, the bytes and the
 * refusals are the same.
 */
class UnsafeMemoryTest {
    private static final int MOST_BYTES = 64;

    private static final Map<On, Operations> ON = new EnumMap<>(On.class);

    static {
        for (On on : On.values()) {
            ON.put(on, OldCode.on(on, Operations.class, "EveryOperation"));
        }
    }

    enum Action {
        ALLOCATE,
        REALLOCATE,
        FREE,
        SET,
        COPY,
        ARRAY_COPY,
        GET,
        PUT,
        BASE_GET,
        BASE_PUT,
        VOLATILE_GET,
        VOLATILE_PUT,
        ORDERED,
        COMPARE_AND_SWAP,
        ADD,
        SWAP
    }

    record Step(Action action, Kind kind, int block, int at, int other, long bits) {}

    /** The state of one of the three: its blocks, and an array. */
    private static final class Side {
        final Operations memory;
        final List<Long> blocks = new ArrayList<>();
        final byte[] array = new byte[MOST_BYTES];

        Side(Operations memory) {
            this.memory = memory;
        }

        /** Runs a step on a block of this size, if there is one. Returns the answer. */
        long apply(Step step, int block, int bytes) {
            if (step.action == Action.ALLOCATE) {
                blocks.add(memory.allocate(step.at));
                memory.set(blocks.getLast(), step.at, (byte) 0);
                return 0;
            }
            if (block < 0) {
                return 0;
            }
            long start = blocks.get(block);
            int room = bytes - step.kind.bytes;
            long at = start + (room < 0 ? 0 : step.at % (room + 1));
            long aligned = at & -8L; // blocks are aligned to 8 bytes, which ordered operations need
            boolean fits = room >= 0;
            boolean wide = step.kind.bytes == Long.BYTES;
            boolean fitsAligned = aligned + (wide ? 8 : 4) <= start + bytes;
            int length = bytes == 0 ? 0 : step.other % bytes + 1;
            return switch (step.action) {
                case ALLOCATE -> throw new AssertionError();
                case REALLOCATE -> {
                    long moved = memory.reallocate(start, step.other);
                    memory.set(moved + bytes, Math.max(step.other - bytes, 0), (byte) 0);
                    blocks.set(block, moved);
                    yield moved == 0 ? 1 : 0;
                }
                case FREE -> {
                    memory.free(start);
                    yield blocks.remove(block) == 0 ? 1 : 0;
                }
                case SET -> {
                    memory.set(start + bytes - length, length, (byte) step.bits);
                    yield 0;
                }
                case COPY -> { // the two ranges overlap, and the copy goes both ways
                    memory.copy(start, start + bytes - length, length);
                    memory.copy(start + bytes - length, start, length);
                    yield 0;
                }
                case ARRAY_COPY -> {
                    long base = memory.baseOffset(byte[].class);
                    memory.copy(null, start, array, base + MOST_BYTES - length, length);
                    memory.copy(array, base, null, start, length);
                    memory.set(array, base, 1, (byte) step.bits);
                    yield 0;
                }
                case GET -> fits ? memory.get(step.kind, at) : 0;
                case PUT -> {
                    if (fits) {
                        memory.put(step.kind, at, step.bits);
                    }
                    yield 0;
                }
                case BASE_GET -> fits ? memory.get(step.kind, null, at) : 0;
                case BASE_PUT -> {
                    if (fits) {
                        memory.put(step.kind, null, at, step.bits);
                    }
                    yield 0;
                }
                case VOLATILE_GET -> fits ? memory.getVolatile(step.kind, null, aligned) : 0;
                case VOLATILE_PUT -> {
                    if (fits) {
                        memory.putVolatile(step.kind, null, aligned, step.bits);
                    }
                    yield 0;
                }
                case ORDERED -> {
                    if (fitsAligned) {
                        memory.putOrdered(wide, null, aligned, step.bits);
                    }
                    yield 0;
                }
                case COMPARE_AND_SWAP -> {
                    if (!fitsAligned) {
                        yield 0;
                    }
                    long found = memory.get(wide ? Kind.LONG : Kind.INT, aligned);
                    boolean swapped = memory.compareAndSwap(wide, null, aligned, found + (step.other & 1), step.bits);
                    yield swapped ? 1 : 0;
                }
                case ADD -> fitsAligned ? memory.getAndAdd(wide, null, aligned, step.bits) : 0;
                case SWAP -> fitsAligned ? memory.getAndSet(wide, null, aligned, step.bits) : 0;
            };
        }

        /** Returns all bytes of a block of this size. */
        byte[] bytesOf(int block, int size) {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) memory.get(Kind.BYTE, blocks.get(block) + i);
            }
            return bytes;
        }
    }

    @Property(tries = 300)
    void anySequenceOfOperationsHasTheSameEffectAsOnUnsafe(@ForAll("steps") List<Step> steps) {
        Side unsafe = new Side(ON.get(On.UNSAFE));
        List<Side> others = List.of(new Side(ON.get(On.RAW)), new Side(ON.get(On.CHECKED)));
        List<Integer> sizes = new ArrayList<>();
        for (Step step : steps) {
            int block = sizes.isEmpty() ? -1 : step.block % sizes.size();
            int bytes = block < 0 ? 0 : sizes.get(block);
            long answer = unsafe.apply(step, block, bytes);
            others.forEach(other ->
                    assertThat(other.apply(step, block, bytes)).as("%s", step).isEqualTo(answer));
            if (step.action == Action.ALLOCATE) {
                sizes.add(step.at);
            } else if (step.action == Action.REALLOCATE && block >= 0) {
                sizes.set(block, step.other);
            } else if (step.action == Action.FREE && block >= 0) {
                sizes.subList(block, block + 1).clear();
            }
            for (Side other : others) {
                assertThat(other.array).isEqualTo(unsafe.array);
                for (int i = 0; i < sizes.size(); i++) {
                    assertThat(other.bytesOf(i, sizes.get(i)))
                            .as("bytes of the block after %s", step)
                            .isEqualTo(unsafe.bytesOf(i, sizes.get(i)));
                }
            }
        }
        for (int block = 0; block < sizes.size(); block++) {
            unsafe.memory.free(unsafe.blocks.get(block));
            for (Side other : others) {
                other.memory.free(other.blocks.get(block));
            }
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Action.class),
                        Arbitraries.of(Kind.class),
                        Arbitraries.integers().between(0, 10),
                        Arbitraries.integers().between(0, MOST_BYTES),
                        Arbitraries.integers().between(0, MOST_BYTES),
                        Arbitraries.longs())
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 300)
    void arraysAreReadAndWrittenAsOnUnsafe(
            @ForAll("arrays") Object array, @ForAll Kind kind, @ForAll byte at, @ForAll long bits) {
        Operations unsafe = ON.get(On.UNSAFE);
        int length = Array.getLength(array);
        long scale = unsafe.indexScale(array.getClass());
        int place = Math.floorMod(at, (int) (length * scale) - kind.bytes + 1);
        for (On on : List.of(On.RAW, On.CHECKED)) {
            Operations memory = ON.get(on);
            Object mine = copy(array, length);
            Object theirs = copy(array, length);
            assertThat(memory.indexScale(array.getClass())).isEqualTo(scale);
            memory.put(kind, mine, memory.baseOffset(array.getClass()) + place, bits);
            unsafe.put(kind, theirs, unsafe.baseOffset(array.getClass()) + place, bits);
            assertThat(mine).isEqualTo(theirs);
            assertThat(memory.get(kind, mine, memory.baseOffset(array.getClass()) + place))
                    .isEqualTo(unsafe.get(kind, theirs, unsafe.baseOffset(array.getClass()) + place));
            if (kind.bytes <= scale) { // aligned like an element
                long element = at & 3;
                long mineAt = memory.baseOffset(array.getClass()) + element * scale;
                long theirsAt = unsafe.baseOffset(array.getClass()) + element * scale;
                memory.putVolatile(kind, mine, mineAt, ~bits);
                unsafe.putVolatile(kind, theirs, theirsAt, ~bits);
                assertThat(mine).isEqualTo(theirs);
                assertThat(memory.getVolatile(kind, mine, mineAt))
                        .isEqualTo(unsafe.getVolatile(kind, theirs, theirsAt));
            }
        }
    }

    @Provide
    Arbitrary<Object> arrays() {
        return Arbitraries.of(
                new byte[16], new short[8], new char[8], new int[4], new long[4], new float[4], new double[4]);
    }

    private static Object copy(Object array, int length) {
        Object copy = Array.newInstance(array.getClass().getComponentType(), length);
        System.arraycopy(array, 0, copy, 0, length);
        return copy;
    }

    @ParameterizedTest
    @EnumSource
    void zeroBytesAllocateNothingAndNullCanBeFreed(On on) {
        Operations memory = ON.get(on);
        assertThat(memory.allocate(0)).isZero();
        memory.free(0);
        long block = memory.reallocate(0, 8);
        assertThat(block).isNotZero();
        assertThat(memory.reallocate(block, 0)).isZero();
        assertThat(memory.reallocate(0, 0)).isZero();
        memory.set(0, 0, (byte) 1);
        memory.copy(0, 0, 0);
        memory.copy(new byte[0], memory.baseOffset(byte[].class), null, 0, 0);
    }

    @ParameterizedTest
    @EnumSource
    void impossibleSizesAreRefused(On on) {
        Operations memory = ON.get(on);
        for (long bytes : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatIllegalArgumentException().isThrownBy(() -> memory.allocate(bytes));
            assertThatIllegalArgumentException().isThrownBy(() -> memory.reallocate(0, bytes));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> memory.set(0, -1, (byte) 0));
        assertThatIllegalArgumentException().isThrownBy(() -> memory.copy(0, 0, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> memory.copy("text", 0, null, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> memory.set("text", 16, 0, (byte) 0));
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> memory.allocate(Long.MAX_VALUE - 7));
        long block = memory.allocate(8);
        memory.put(Kind.LONG, block, 42);
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> memory.reallocate(block, Long.MAX_VALUE - 7));
        assertThat(memory.get(Kind.LONG, block)).isEqualTo(42);
        memory.free(block);
    }

    @ParameterizedTest
    @EnumSource
    void sizesOfTheMachineEqualThoseOfUnsafe(On on) {
        assertThat(ON.get(on).sizes()).isEqualTo(ON.get(On.UNSAFE).sizes());
        ON.get(on).fences();
    }

    @ParameterizedTest
    @EnumSource(names = {"RAW", "CHECKED"})
    void objectsThatAreNoMemoryAreRefusedByName(On on) {
        Operations memory = ON.get(on);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.get(Kind.INT, "text", 12))
                .withMessageContaining("java.lang.String");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.get(Kind.BYTE, new boolean[9], 16))
                .withMessageContaining("boolean[]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.baseOffset(String[].class))
                .withMessageContaining("java.lang.String[]");
        long base = memory.baseOffset(long[].class);
        long[] array = new long[2];
        for (long offset : new long[] {base - 1, base + 9, base + 16, 0, -1}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> memory.put(Kind.LONG, array, offset, 1));
        }
        assertThat(array).containsOnly(0);
    }

    @ParameterizedTest
    @EnumSource(names = {"RAW", "CHECKED"})
    void misalignedAccessWorksIfPlainAndIsRefusedOtherwise(On on) {
        Operations memory = ON.get(on);
        long block = memory.allocate(16);
        memory.put(Kind.LONG, block + 3, -2);
        assertThat(memory.get(Kind.LONG, block + 3)).isEqualTo(-2);
        assertThatIllegalArgumentException().isThrownBy(() -> memory.getVolatile(Kind.LONG, null, block + 4));
        assertThatIllegalArgumentException().isThrownBy(() -> memory.putOrdered(false, null, block + 2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> memory.compareAndSwap(true, null, block + 1, 0, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.getVolatile(Kind.INT, new byte[8], memory.baseOffset(byte[].class)));
        assertThat(memory.get(Kind.LONG, block + 3)).isEqualTo(-2);
        memory.free(block);
    }

    @Test
    void theModeIsRawByDefault() {
        assertThat(UnsafeMemory.getUnsafe()).isSameAs(UnsafeMemory.raw()).isSameAs(UnsafeMemory.inMode("raw"));
        assertThat(UnsafeMemory.inMode("checked")).isInstanceOf(CheckedMemory.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UnsafeMemory.inMode("fast"))
                .withMessage("io.memmap.unsafe.mode must be raw or checked: fast");
    }
}
