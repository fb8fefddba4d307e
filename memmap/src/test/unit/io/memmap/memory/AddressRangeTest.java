package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The addresses of a heap after the end of its arena. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class AddressRangeTest {
    @Test
    void addressesOfASharedArenaReadZeroWhileTheyAreReachable() throws IOException {
        Arena arena = Arena.ofShared();
        MemorySegment memory = reserve(arena);
        memory.fill((byte) 1);
        long address = memory.address();
        arena.close();
        try {
            AddressRange.collect();
            assertThat(isMapped(address)).isTrue();
            assertThat(byteAt(address)).isZero();
            assertThat(byteAt(address + TestAllocators.CAPACITY - 1)).isZero();
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    @Test
    void addressesOfASharedArenaAreFreedWhenUnreachable() throws IOException {
        long address = endSharedArena();
        while (isMapped(address)) {
            AddressRange.collect();
        }
    }

    private static long endSharedArena() {
        try (Arena arena = Arena.ofShared()) {
            return reserve(arena).address();
        }
    }

    @Test
    void addressesOfAnAutomaticArenaAreFreedWhenUnreachable() throws IOException {
        long address = reserve(Arena.ofAuto()).address();
        while (isMapped(address)) {
            System.gc();
        }
    }

    @Test
    void addressesOfAConfinedArenaAreFreedAtOnce() throws IOException {
        Arena arena = Arena.ofConfined();
        MemorySegment memory = reserve(arena);
        assertThat(isMapped(memory.address())).isTrue();
        arena.close();
        assertThat(isMapped(memory.address())).isFalse();
    }

    private static MemorySegment reserve(Arena arena) {
        Reservation reservation = Reservation.of(arena, TestAllocators.CAPACITY, false, true);
        assumeTrue(reservation.isVirtual(), "no virtual memory here");
        return reservation.memory();
    }

    @SuppressWarnings("restricted")
    private static byte byteAt(long address) {
        return MemorySegment.ofAddress(address).reinterpret(1).get(ValueLayout.JAVA_BYTE, 0);
    }

    private static boolean isMapped(long address) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.anyMatch(line -> {
                String[] ends = line.substring(0, line.indexOf(' ')).split("-", 2);
                return Long.compareUnsigned(Long.parseUnsignedLong(ends[0], 16), address) <= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(ends[1], 16)) < 0;
            });
        }
    }
}
