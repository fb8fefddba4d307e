package io.memmap.observe;

import io.memmap.telemetry.Leaks;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The readings that {@link Advisor} keeps: the last one in full, and of each reading in the window
 * the figures that the advisor compares. One thread at a time may use it.
 */
final class AdvisorReadings {
    private static final int IN_A_WINDOW = 16;
    private static final int MOST_MAPS = 1000;
    private static final int MOST_HEAPS = 1000;

    private final long windowMillis;
    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private List<MemStats.Heap> heaps = List.of();
    private List<Leaks.Open> open = List.of();
    private HeapProfile profile = new HeapProfile(Instant.EPOCH, 0, List.of());

    /**
     * The identity of a map across readings. A pointer may be used again, but mostly by a map whose
     * name, type or figures differ.
     */
    record MapId(long heap, long pointer, String name, String type) {
        static MapId of(MemStats.Map map) {
            return new MapId(map.heap(), map.pointer(), map.name(), map.type());
        }
    }

    /**
     * A map in a reading. {@code most} is its largest size in this reading and in the readings that
     * this one replaced.
     */
    record Seen(long millis, long size, long most, long changes, long loadLimit) {}

    /** A heap in a reading: map headers allocated and freed, and growths begun. */
    private record Counts(long millis, long made, long freed, long growths) {
        long maps() {
            return made - freed;
        }
    }

    /** The maps made and freed in a heap, and their growths, since an earlier reading. */
    record HeapChange(double seconds, long mapsMade, long mapsFreed, long growths, double meanMaps) {}

    private record Kept(long millis, Map<Long, Counts> heaps, Map<MapId, Seen> maps) {}

    AdvisorReadings(long windowMillis) {
        this.windowMillis = windowMillis;
    }

    /** Returns the most entries that this many buckets of the map hold before it must grow. */
    static long loadLimit(MemStats.Map map, long buckets) {
        return ((long) map.load() * map.slots() * buckets) >> 4;
    }

    void add(MemStats stats, HeapProfile newProfile, List<Leaks.Open> newOpen) {
        heaps = stats.heaps().stream()
                .filter(heap -> !heap.isReadOnly()) // only the process that writes can follow advice
                .toList();
        open = List.copyOf(newOpen);
        profile = newProfile;
        long millis = stats.timeMillis();
        if (!kept.isEmpty() && millis < kept.getLast().millis) {
            kept.clear(); // the clock was set back
        }
        Map<MapId, Seen> dropped = Map.of();
        if (isTooEarly(millis)) {
            dropped = kept.removeLast().maps;
        }
        kept.addLast(keep(millis, dropped));
        while (kept.getFirst().millis < millis - windowMillis) {
            kept.removeFirst();
        }
    }

    /**
     * Returns whether the new reading should replace the last one. It should if the last one is
     * very close to the reading before it, or has the same time as the new one.
     */
    private boolean isTooEarly(long millis) {
        if (kept.isEmpty()) {
            return false;
        }
        Kept last = kept.removeLast();
        long before = kept.isEmpty() ? Long.MIN_VALUE : kept.getLast().millis;
        kept.addLast(last);
        boolean isCrowded = before != Long.MIN_VALUE && last.millis - before < windowMillis / IN_A_WINDOW;
        return isCrowded || last.millis == millis;
    }

    private Kept keep(long millis, Map<MapId, Seen> dropped) {
        Map<Long, Counts> counts = new HashMap<>();
        List<MemStats.Map> maps = new ArrayList<>();
        for (MemStats.Heap heap : heaps) {
            if (counts.size() < MOST_HEAPS) {
                counts.put(heap.id(), counts(millis, heap));
            }
            maps.addAll(heap.maps());
        }
        Map<MapId, Seen> seen = new HashMap<>();
        maps.stream()
                .sorted(Comparator.comparingLong(MemStats.Map::inUse).reversed())
                .limit(MOST_MAPS)
                .forEach(map -> {
                    MapId id = MapId.of(map);
                    Seen before = dropped.get(id);
                    long most = before == null ? map.size() : Math.max(map.size(), before.most);
                    long limit = loadLimit(map, map.buckets());
                    seen.put(id, new Seen(millis, map.size(), most, map.changes(), limit));
                });
        return new Kept(millis, counts, seen);
    }

    private static Counts counts(long millis, MemStats.Heap heap) {
        long made = 0;
        long freed = 0;
        for (MemStats.Kind kind : heap.kinds()) {
            if (kind.kind().equals("header")) {
                made = kind.allocations();
                freed = kind.frees();
            }
        }
        return new Counts(millis, made, freed, heap.growths());
    }

    List<MemStats.Heap> heaps() {
        return heaps;
    }

    List<Leaks.Open> open() {
        return open;
    }

    HeapProfile profile() {
        return profile;
    }

    /**
     * Returns a map as it was in the latest unbroken run of readings that have it, the oldest
     * first.
     */
    List<Seen> of(MapId map) {
        List<Seen> all = new ArrayList<>();
        for (Kept reading : kept) {
            Seen seen = reading.maps.get(map);
            if (seen == null) {
                all.clear();
            } else {
                all.add(seen);
            }
        }
        return all;
    }

    boolean isHalfTheWindow(List<Seen> seen) {
        return 2 * (seen.getLast().millis - seen.getFirst().millis) >= windowMillis;
    }

    /**
     * Returns the change since the oldest reading that has the heap. If only the last reading has
     * it, returns the change since the heap was opened.
     */
    HeapChange change(MemStats.Heap heap) {
        List<Counts> all = new ArrayList<>();
        for (Kept reading : kept) {
            Counts counts = reading.heaps.get(heap.id());
            if (counts != null) {
                all.add(counts);
            }
        }
        Counts last = counts(kept.getLast().millis, heap);
        if (all.size() < 2) {
            long ageMillis = TimeUnit.NANOSECONDS.toMillis(heap.ageNanos());
            all.addFirst(new Counts(last.millis - ageMillis, 0, 0, 0));
        }
        Counts first = all.getFirst();
        return new HeapChange(
                Math.max(1, last.millis - first.millis) / 1e3,
                last.made - first.made,
                last.freed - first.freed,
                last.growths - first.growths,
                all.stream().mapToLong(Counts::maps).average().orElse(0));
    }
}
