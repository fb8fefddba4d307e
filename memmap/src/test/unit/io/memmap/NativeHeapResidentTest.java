package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.format.BlockKind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The heap's count of committed bytes, compared with the resident bytes that the operating system
 * reports.
 */
class NativeHeapResidentTest {
    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final Pattern RANGE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) ");
    private static final Pattern KIBIBYTES = Pattern.compile("(\\w+): +(\\d+) kB");
    private static final long MIB = 1 << 20;
    private static final long PAGE = 4096;

    @BeforeEach
    void needsSmaps() {
        assumeTrue(Files.isReadable(SMAPS), () -> "no " + SMAPS + " here");
    }

    @ParameterizedTest
    @EnumSource(Pages.class)
    void committedBytesEqualResidentBytesWithinFivePercent(Pages pages) throws IOException {
        try (NativeHeap heap = open(pages)) {
            List<Long> pointers = new ArrayList<>();
            SplittableRandom random = new SplittableRandom(7);
            for (int i = 0; i < 200_000; i++) {
                pointers.add(write(heap, 16 + random.nextInt(400)));
            }
            for (int i = 0; i < 300; i++) {
                pointers.add(write(heap, 1 + random.nextInt(400_000)));
            }
            agree(heap, "filled");
            for (int i = 0; i < pointers.size(); i += 2) {
                heap.free(pointers.get(i), BlockKind.BLOB);
            }
            agree(heap, "half of it freed");
            for (int i = 1; i < pointers.size(); i += 2) {
                heap.free(pointers.get(i), BlockKind.BLOB);
            }
            agree(heap, "all of it freed");
            assertThat(resident(heap)).isLessThan(20 * MIB);
        }
    }

    @Test
    void aCommittedPageIsBackedEvenIfItIsReadFirst() throws IOException {
        try (NativeHeap heap = open(Pages.SMALL)) {
            long bytes = 64 * MIB;
            long block = heap.tryReserve(bytes, BlockKind.BUCKET);
            long before = resident(heap);
            for (long offset = block; offset < block + bytes; offset += PAGE) {
                heap.commit(offset, 8);
                assertThat(heap.memory.get(ValueLayout.JAVA_LONG, offset)).isZero();
            }
            assertThat(resident(heap) - before).isGreaterThanOrEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource(Pages.class)
    void aBigBlockCountsAsItIsWrittenAndReleased(Pages pages) throws IOException {
        try (NativeHeap heap = open(pages)) {
            long bytes = 600 * MIB;
            long block = heap.tryReserve(bytes, BlockKind.BUCKET);
            long atFirst = heap.stats().committed();
            agree(heap, "reserved");
            for (long offset = block; offset < block + 200 * MIB; offset += PAGE) {
                heap.commit(offset, 8);
                heap.memory.set(ValueLayout.JAVA_LONG, offset, offset);
            }
            assertThat(heap.stats().committed()).isGreaterThanOrEqualTo(atFirst + 198 * MIB);
            agree(heap, "a third of it written");
            heap.release(block + 10 * MIB, block + 150 * MIB);
            agree(heap, "most of that given back");
            assertThat(heap.stats().committed()).isLessThan(80 * MIB);
            heap.free(block, BlockKind.BUCKET);
            agree(heap, "freed");
            assertThat(heap.stats().committed()).isLessThanOrEqualTo(atFirst + 2 * MIB);
        }
    }

    @Test
    void theReservationEndsWithTheArena() throws IOException {
        long address;
        long reserved;
        try (NativeHeap heap = NativeHeap.builder().maxBytes(64 * MIB).open()) {
            address = heap.memory.address();
            reserved = heap.memory.byteSize();
            assertThat(mapped(address, reserved)).isPositive();
        }
        assertThat(mapped(address, reserved)).isLessThan(reserved);
    }

    @Test
    void anUnreachableHeapOfAnAutomaticArenaIsUnmapped() throws IOException {
        long[] range = openAndForget();
        for (int i = 0; i < 1000 && mapped(range[0], range[1]) == range[1]; i++) {
            System.gc();
        }
        assertThat(mapped(range[0], range[1])).isLessThan(range[1]);
    }

    private static long[] openAndForget() {
        NativeHeap heap =
                NativeHeap.builder().arena(Arena.ofAuto()).maxBytes(640 * MIB).open();
        heap.allocate(1000);
        return new long[] {heap.memory.address(), heap.memory.byteSize()};
    }

    private static NativeHeap open(Pages pages) {
        return NativeHeap.builder().pages(pages).maxBytes(1024 * MIB).open();
    }

    private static long write(NativeHeap heap, int bytes) {
        long pointer = heap.allocate(bytes);
        for (long offset = pointer; offset < pointer + bytes; offset += PAGE) {
            heap.memory.set(ValueLayout.JAVA_BYTE, offset, (byte) 1);
        }
        heap.memory.set(ValueLayout.JAVA_BYTE, pointer + bytes - 1, (byte) 1);
        return pointer;
    }

    private static void agree(NativeHeap heap, String when) throws IOException {
        long committed = heap.stats().committed();
        long resident = resident(heap);
        System.out.printf(
                "%s, granules of %,d: committed %,d, resident %,d%n", when, heap.granule(), committed, resident);
        if (heap.granule() == PAGE || sum("AnonHugePages", heap) >= resident / 20 * 19) {
            assertThat(committed).as(when).isCloseTo(resident, within(Math.max(resident / 20, 64 << 10)));
        } else { // the kernel had no huge pages available
            assertThat(committed).as(when).isGreaterThanOrEqualTo(resident / 20 * 19);
        }
        heap.check();
    }

    private static long resident(NativeHeap heap) throws IOException {
        return sum("Rss", heap);
    }

    private static long sum(String field, NativeHeap heap) throws IOException {
        return sum(field, heap.memory.address(), heap.memory.byteSize());
    }

    private static long mapped(long address, long bytes) throws IOException {
        return sum("Size", address, bytes);
    }

    /** Returns the sum of a field, in bytes, over the mappings that lie in the range. */
    private static long sum(String field, long address, long bytes) throws IOException {
        long sum = 0;
        boolean inside = false;
        for (String line : Files.readAllLines(SMAPS)) {
            Matcher range = RANGE.matcher(line);
            Matcher kibibytes = KIBIBYTES.matcher(line);
            if (range.lookingAt()) {
                long from = Long.parseUnsignedLong(range.group(1), 16);
                long to = Long.parseUnsignedLong(range.group(2), 16);
                inside = from >= address && to <= address + bytes;
            } else if (inside && kibibytes.matches() && kibibytes.group(1).equals(field)) {
                sum += Long.parseLong(kibibytes.group(2)) * 1024;
            }
        }
        return sum;
    }
}
