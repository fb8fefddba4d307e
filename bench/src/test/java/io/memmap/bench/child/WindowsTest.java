package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.bench.console.BenchException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WindowsTest {
    private static final int BYTES = 20_000;

    @TempDir
    private Path directory;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("file"), bytes);
    }

    /** Returns bytes with few different values, so that many windows repeat. */
    private static byte[] repetitive() {
        byte[] bytes = new byte[BYTES];
        Random random = new Random(2);
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (random.nextInt(8) == 0 ? -1 : 0);
        }
        return bytes;
    }

    private static Map<Long, Long> model(byte[] bytes, int limit) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        Map<Long, Long> model = new HashMap<>();
        for (int offset = 0; offset + 8 <= limit; offset++) {
            model.merge(buffer.getLong(offset), 1L, Long::sum);
        }
        return model;
    }

    private void assertCountsLikeModel(CountContender contender, int limit) throws IOException {
        byte[] bytes = repetitive();
        Map<Long, Long> model = model(bytes, Math.min(limit, BYTES));
        long digest = 0;
        for (Map.Entry<Long, Long> entry : model.entrySet()) {
            digest = Digest.add(digest, entry.getKey(), entry.getValue());
        }
        try (Arena arena = Arena.ofConfined();
                WindowCounts counts = contender.open()) {
            Windows windows = Windows.map(file(bytes), limit, arena);
            for (long i = 0; i < windows.count(); i++) {
                counts.count(windows.at(i));
            }
            assertThat(counts.distinct()).isEqualTo(model.size());
            assertThat(counts.digest()).isEqualTo(digest);
        }
    }

    @Test
    void hashMapCountsLikeAPlainModel() throws IOException {
        assertCountsLikeModel(CountContender.HASH_MAP, BYTES);
    }

    @Test
    void memmapCountsLikeAPlainModel() throws IOException {
        assertCountsLikeModel(CountContender.MEMMAP, BYTES);
    }

    @Test
    void theLimitCutsTheFile() throws IOException {
        assertCountsLikeModel(CountContender.MEMMAP, 1000);
        assertCountsLikeModel(CountContender.MEMMAP, 8);
        assertCountsLikeModel(CountContender.MEMMAP, BYTES + 1);
    }

    @Test
    void windowsAreLittleEndian() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Windows windows = Windows.map(file(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}), 100, arena);
            assertThat(windows.count()).isEqualTo(2);
            assertThat(windows.at(0)).isEqualTo(0x0807060504030201L);
            assertThat(windows.at(1)).isEqualTo(0x0908070605040302L);
        }
    }

    @Test
    void filesThatCannotBeCountedAreRefusedInOneLine() throws IOException {
        assertRefused(directory.resolve("absent"), 100, "there is no file");
        assertRefused(directory, 100, "not a readable file");
        assertRefused(file(new byte[7]), 100, "shorter than one window of 8 bytes");
        assertRefused(file(new byte[100]), 7, "--limit must be 8 bytes or more: 7");
        Windows.check(file(new byte[8]), 8);
    }

    private static void assertRefused(Path file, long limit, String line) {
        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> Windows.check(file, limit))
                .withMessageContaining(line)
                .matches(exception -> exception.line().lines().count() == 1);
    }
}
