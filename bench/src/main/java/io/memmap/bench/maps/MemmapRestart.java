package io.memmap.bench.maps;

import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A map in a heap in a file. */
final class MemmapRestart implements RestartStore {
    private static final long BYTES_OF_LONGS = 98;
    private static final long BYTES_OF_TEXTS = 300;
    private static final long LEAST_BYTES = 16 << 20;

    private final NativeHeap heap;
    private final @Nullable LongLongMap longs;
    private final @Nullable MemMap<String, String> texts;

    MemmapRestart(Path file, boolean ofTexts, int entries) {
        long bytes = entries * (ofTexts ? BYTES_OF_TEXTS : BYTES_OF_LONGS);
        heap = NativeHeap.builder()
                .maxBytes(Math.max(LEAST_BYTES, bytes))
                .file(file)
                .open();
        longs = ofTexts ? null : LongLongMap.open(heap, "bench");
        texts = ofTexts ? MemMap.open(heap, "bench", Type.UTF8, Type.UTF8) : null;
    }

    @Override
    public void put(int from, int to) {
        for (int i = from; i < to; i++) {
            if (longs != null) {
                longs.put(RestartStore.key(i), i);
            } else if (texts != null) {
                texts.set(RestartStore.text(i), RestartStore.textValue(i));
            }
        }
    }

    @Override
    public boolean has(int number) {
        if (longs != null) {
            return longs.getOrDefault(RestartStore.key(number), -1) == number;
        }
        return texts != null && RestartStore.textValue(number).equals(texts.get(RestartStore.text(number)));
    }

    @Override
    public long size() {
        return longs != null ? longs.size() : texts != null ? texts.size() : 0;
    }

    @Override
    public long openingNanos() {
        return heap.opening().time().toNanos();
    }

    @Override
    public void close() {
        heap.close();
    }
}
