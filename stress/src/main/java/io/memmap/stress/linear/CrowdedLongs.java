package io.memmap.stress.linear;

import io.memmap.SyncLongLongMap;
import io.memmap.stress.races.CrowdedMap;

/**
 * The operations of a SyncLongLongMap whose pages are full, so that new entries are not in pages.
 * One of their keys is the reserved key. All invocations use one map, because it takes long to fill.
 */
public class CrowdedLongs extends Longs {
    private static final CrowdedMap CROWDED = new CrowdedMap();

    public CrowdedLongs() {
        super(CROWDED.map, CROWDED.reservedKey);
    }

    @Override
    void release(SyncLongLongMap ended) {
        for (int key = 1; key <= 3; key++) {
            remove(key);
        }
    }

    /** The model of {@link Longs}. */
    public static class Model extends Longs.Model {}
}
