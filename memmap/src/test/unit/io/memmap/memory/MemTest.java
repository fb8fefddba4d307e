package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemTest {
    private static final int OFFSET = 5;
    private static final int INDEX = 3;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 15, 16, 17, 31, 100})
    void bytesAreEqualUnlessOneDiffers(int length) {
        byte[] array = new byte[INDEX + length + 1];
        new Random(length).nextBytes(array);
        try (Arena arena = Arena.ofConfined()) {
            // a read after the last byte would throw
            MemorySegment memory = arena.allocate(OFFSET + length);
            Mem.copyIn(array, INDEX, memory, OFFSET, length);

            assertThat(Mem.equalBytes(memory, OFFSET, array, INDEX, length)).isTrue();
            for (int i = 0; i < length; i++) {
                array[INDEX + i]++;
                assertThat(Mem.equalBytes(memory, OFFSET, array, INDEX, length))
                        .as("equal although byte %d differs", i)
                        .isFalse();
                array[INDEX + i]--;
            }
        }
    }
}
