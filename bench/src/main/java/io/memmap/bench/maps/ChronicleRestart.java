package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import org.jspecify.annotations.Nullable;

/** Chronicle Map in a file, which it sizes for all entries when it makes it. */
final class ChronicleRestart implements RestartStore {
    private static final int AVERAGE_KEY_BYTES = 24;

    private final @Nullable ChronicleMap<Long, Long> longs;
    private final @Nullable ChronicleMap<String, String> texts;

    ChronicleRestart(Path file, boolean ofTexts, int entries) {
        try {
            longs = ofTexts
                    ? null
                    : ChronicleMapBuilder.of(Long.class, Long.class)
                            .name("bench")
                            .entries(entries)
                            .putReturnsNull(true)
                            .createPersistedTo(file.toFile());
            texts = !ofTexts
                    ? null
                    : ChronicleMapBuilder.of(String.class, String.class)
                            .name("bench")
                            .entries(entries)
                            .averageKeySize(AVERAGE_KEY_BYTES)
                            .averageValueSize(RestartStore.textValue(0).length())
                            .putReturnsNull(true)
                            .createPersistedTo(file.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void put(int from, int to) {
        for (int i = from; i < to; i++) {
            if (longs != null) {
                longs.put(RestartStore.key(i), (long) i);
            } else if (texts != null) {
                texts.put(RestartStore.text(i), RestartStore.textValue(i));
            }
        }
    }

    @Override
    public boolean has(int number) {
        if (longs != null) {
            Long found = longs.get(RestartStore.key(number));
            return found != null && found == number;
        }
        return texts != null && RestartStore.textValue(number).equals(texts.get(RestartStore.text(number)));
    }

    @Override
    public long size() {
        return longs != null ? longs.longSize() : texts != null ? texts.longSize() : 0;
    }

    @Override
    public void close() {
        if (longs != null) {
            longs.close();
        }
        if (texts != null) {
            texts.close();
        }
    }
}
