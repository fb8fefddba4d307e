package io.memmap.stress.races;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;

/**
 * A map of one shard whose size rises and falls. The keys from 1 to {@code least} stay. A writer puts
 * further keys in order until the map has {@code most} entries, then removes them in order, and so
 * on. The value of each key is the negated key.
 */
final class Tide {
    private static final int STEPS = 16;

    final SyncLongLongMap map;
    private final int least;
    private final int most;
    private long next;
    private boolean falls;

    Tide(NativeHeap heap, int least, int most) {
        this(SyncLongLongMap.make(heap, 0, 1), least, most);
        for (long key = 1; key <= least; key++) {
            map.put(key, -key);
        }
    }

    private Tide(SyncLongLongMap map, int least, int most) {
        this.map = map;
        this.least = least;
        this.most = most;
        next = least + 1L;
    }

    /** Returns a tide in a map whose pages are full when it has most entries. */
    static Tide of(CrowdedMap crowded) {
        Tide tide = new Tide(crowded.map, crowded.size - 1_000, crowded.size);
        tide.falls = true;
        return tide;
    }

    /** Returns one of the keys that stay. */
    long stayingKey() {
        return 1 + Subjects.newKey() % least;
    }

    /** Returns one of the keys that come and go. */
    long otherKey() {
        return least + 1 + Subjects.newKey() % (most - least);
    }

    /** Does the next few puts or removals. */
    synchronized void turn() {
        for (int step = 0; step < STEPS; step++) {
            if (falls) {
                map.remove(next);
            } else {
                map.put(next, -next);
            }
            next++;
            if (next > most) {
                next = least + 1L;
                falls = !falls;
            }
        }
    }
}
