package io.memmap.bench.maps;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/** MapDB's {@link HTreeMap} in a file that is mapped into memory, without its log of writes. */
final class MapdbRestart implements RestartStore {
    private final DB database;
    private final @Nullable HTreeMap<Long, Long> longs;
    private final @Nullable HTreeMap<String, String> texts;

    MapdbRestart(Path file, boolean ofTexts) {
        database = DBMaker.fileDB(file.toFile()).fileMmapEnable().make();
        longs = ofTexts
                ? null
                : database.hashMap("bench", Serializer.LONG, Serializer.LONG).createOrOpen();
        texts = ofTexts
                ? database.hashMap("bench", Serializer.STRING, Serializer.STRING)
                        .createOrOpen()
                : null;
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
        return longs != null ? longs.sizeLong() : texts != null ? texts.sizeLong() : 0;
    }

    @Override
    public void close() {
        database.close();
    }
}
