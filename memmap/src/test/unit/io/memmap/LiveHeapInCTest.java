package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code memmap/docs/format.md} is enough to read maps that a process is writing: {@code read_map.c}
 * reads the file of a heap of this process, in a process of its own.
 */
class LiveHeapInCTest {
    private static final int KEYS = 2_000;
    private static final int SHARDS = 64;

    @TempDir
    private static Path directory;

    private static ReaderInC reader;

    @BeforeAll
    static void compileTheReader() throws IOException, InterruptedException {
        reader = ReaderInC.compile(directory);
    }

    private static NativeHeap open(Path file) {
        return NativeHeap.builder().shared().maxBytes(16 << 20).file(file).open();
    }

    private static long value(long key, long number) {
        return number * KEYS + key;
    }

    /** Changes the odd keys, so that tables grow and shrink, and the values of the even keys. */
    private static void change(SyncLongLongMap longs, SyncMap<String, Long> texts, SplittableRandom random) {
        for (int i = 0; i < KEYS; i++) {
            long key = random.nextInt(KEYS);
            if (key % 2 == 1 && random.nextBoolean()) {
                longs.remove(key);
                texts.remove("key " + key);
            } else {
                long value = value(key, random.nextInt(1000));
                longs.put(key, value);
                texts.put("key " + key, value);
            }
        }
    }

    @Test
    void theProgramReadsMapsThatThisProcessWrites() throws Exception {
        Path file = directory.resolve("written");
        try (NativeHeap heap = open(file)) {
            SyncLongLongMap longs = SyncLongLongMap.open(heap, "longs", 0, SHARDS);
            SyncMap<String, Long> texts = SyncMap.builder(heap, Type.UTF8, Type.LONG)
                    .name("texts")
                    .shards(SHARDS)
                    .open();
            for (long key = 0; key < KEYS; key++) {
                longs.put(key, value(key, 1));
                texts.put("key " + key, value(key, 1));
            }
            boolean[] stopped = {false};
            Thread writer = Thread.ofPlatform().start(() -> {
                SplittableRandom random = new SplittableRandom();
                while (true) {
                    synchronized (stopped) {
                        if (stopped[0]) {
                            return;
                        }
                    }
                    change(longs, texts, random);
                }
            });
            try {
                for (int round = 0; round < 3; round++) {
                    verify(reader.readNamed(file, "longs"), "");
                    verify(reader.readNamed(file, "texts"), "key ");
                }
            } finally {
                synchronized (stopped) {
                    stopped[0] = true;
                }
                writer.join();
            }
        }
    }

    private static void verify(ReaderInC.Run run, String prefix) {
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        Set<Long> keys = new HashSet<>();
        for (String line : run.out().lines().toList()) {
            List<String> words = List.of(line.split("\t", -1));
            assertThat(words.getFirst()).startsWith(prefix);
            long key = Long.parseLong(words.getFirst().substring(prefix.length()));
            assertThat(Long.parseLong(words.getLast()) % KEYS).as(line).isEqualTo(key);
            assertThat(keys.add(key)).as(line).isTrue();
        }
        for (long key = 0; key < KEYS; key += 2) {
            assertThat(keys).contains(key);
        }
    }

    @Test
    void theProgramReportsAProcessThatDiedInAWrite() throws Exception {
        Path file = directory.resolve("died");
        Path copy = directory.resolve("copy");
        try (NativeHeap heap = open(file)) {
            SyncLongLongMap longs = SyncLongLongMap.open(heap, "longs", 0, 2);
            longs.put(1, 2);
            LongLongMap.open(heap, "plain");
            Files.copy(file, copy);
            LongLongMap table = longs.shards.get(0).table;
            try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                word.putLong(table.field(HmapLayout.SEQUENCE) + 1).flip();
                channel.write(word, table.hmap + HmapLayout.SEQUENCE);
            }
        }
        ReaderInC.Run died = reader.readNamed(copy, "longs");
        assertThat(died.exitCode()).isEqualTo(3);
        assertThat(died.err()).contains("died in a write");
        assertThat(reader.readNamed(file, "longs")).isEqualTo(new ReaderInC.Run(0, "1\t2\n", ""));
        assertThat(reader.readNamed(file, "none").err()).contains("no map is named none");
        assertThat(reader.readNamed(file, "plain").err()).contains("not for many threads");
    }
}
