package io.memmap.observe;

import io.memmap.observe.AdvisorReadings.MapId;
import io.memmap.observe.AdvisorReadings.Seen;
import io.memmap.telemetry.Leaks;
import io.memmap.telemetry.MapFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Patterns of use that cost memory or time without need, read off {@link MemStats}, {@link HeapProfile} and the lives of heaps, each
 * with its evidence and its remedy.
 *
 * {@snippet :
 * Advisor.advise().forEach(System.out::println); // now and then: the more often, the more it has seen
 * }
 *
 * <p>{@link Pattern} says of each what is looked at and when it is taken for the case, and what is beyond it. The rules are made to be
 * silent in doubt: each figure in them is counted and not sampled, but for the line of code and its bytes, which come from the
 * profile and may be missing.
 *
 * <p><b>Time.</b> What a map does is seen by comparing readings. Such patterns need three readings at least, over half of the
 * window: {@link #advise()}, with a window of a minute, is to be called for half a minute, every few seconds. The others show at the first
 * call.
 *
 * <p><b>Cost.</b> A reading is {@link MemStats#read()} and {@link HeapProfile#take()}; a map with more overflow buckets than it
 * should have is walked besides, some nanoseconds to tens of them a bucket. The maps' owners pay nothing. Of a window at most 18
 * readings are kept, each of at most 1,000 maps, the largest, and 1,000 heaps.
 *
 * <p><b>Threads.</b> All threads may use one.
 */
public final class Advisor {
    private static final Duration PROCESS_WINDOW = Duration.ofMinutes(1);
    private static final Advisor PROCESS = new Advisor(PROCESS_WINDOW);

    private static final int MIN_READINGS = 3;
    /** Maps with fewer entries are worth no advice. */
    private static final long MIN_ENTRIES = 1000;

    private static final long MIN_BYTES = 64 << 10;

    private static final long SHORT_LIVED_MADE = 1000;
    private static final double SHORT_LIVED_A_SECOND = 100;
    /** A map that has doubled more often is not small: twice is some 30 entries. */
    private static final int SMALL_GROWTHS = 2;

    private static final int PAST_HINT = 8;
    private static final long REPEATS_WRITES = 1000;
    /** One write in so many may meet its key again, as an object that is put twice does. */
    private static final long REPEATS_PART = 1000;

    private static final long CROWDED_MIN_BUCKETS = 64;
    private static final double CROWDED_DISPERSION = 1.5;
    /** Standard deviations beyond which it is not chance, in any number of maps. */
    private static final int CROWDED_SIGMAS = 6;

    private static final int OLD_TIMES = 100;
    private static final long OLD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long OLD_ENDED = 20;

    /** A map shrinks by itself at a quarter of its load limit: at an eighth it ought to have. */
    private static final int SPARSE = 8;

    private final AdvisorReadings readings;

    /** What there is advice on. */
    public enum Pattern {
        /**
         * Of a heap, 1,000 maps or more were made, over 100 a second, nine of ten of them were freed, and they grew twice or less on
         * average; from the oldest reading on, or from the opening of the heap. Shards of a map for many threads count as maps. What ends
         * with its heap is not seen.
         */
        SHORT_LIVED_MAPS("many short-lived small maps"),
        /**
         * A map has eight times as many buckets as its hint, or its last reserve, gave it, and 1,000 entries or more. Maps without a
         * hint, or with one for a single bucket, are left alone.
         */
        FILLED_PAST_HINT("map filled far past its hint"),
        /**
         * A map that only grows, as below, and of 1,000 writes or more, not one in 1,000 met a key that was there. The writes counted
         * are those that came while the map was growing: a fifth or so of all. What reads find is not counted anywhere, so keys that are
         * unique by intent, and found again by gets, look the same: then it is a map that only grows.
         */
        KEYS_NEVER_REPEAT("keys that never repeat"),
        /**
         * A map without bounds has 1,000 entries or more, had more at each reading than at the one before, in the second half of
         * the time at least half as fast as in the first, and none was removed meanwhile. A map that is being loaded looks the same, until it is loaded.
         */
        ONLY_GROWS("map that only grows"),
        /**
         * A map of 64 buckets or more has half as many overflow buckets again as keys would need that are spread at random (Poisson; Knuth,
         * The Art of Computer Programming 3, 6.4), and the entries of its chains vary more than chance lets them: the variance
         * over the mean (Fisher's index of dispersion, whose error is sqrt(2 / (chains - 1))) is above 1.5, and by more than six errors
         * above 1. The mean's overflow alone is no evidence: it also comes of removing and adding for long. Looked at while the map does
         * not grow.
         */
        KEYS_CROWD("keys that crowd in few buckets"),
        /**
         * A heap has been open for 10 seconds or more, and for 100 times as long as 20 or more others lived that were opened at the same
         * line, and has 64 KiB in use. Needs leak detection, which is on by default.
         */
        OLD_ARENA("memory kept by an old arena"),
        /**
         * A map whose buckets, of 64 KiB or more, have been filled to less than an eighth of their load limit at every reading, and from
         * which entries were removed.
         */
        EMPTIED_NOT_SHRUNK("map emptied but not shrunk");

        private final String title;

        Pattern(String title) {
            this.title = title;
        }

        /**
         * Returns the pattern in words.
         *
         * @return a few words, without a full stop
         */
        public String title() {
            return title;
        }

        /** Returns the title. */
        @Override
        public String toString() {
            return title;
        }
    }

    /**
     * Makes an advisor that has seen nothing.
     *
     * @param window how far back it looks
     * @throws IllegalArgumentException if that is not a millisecond or more
     */
    public Advisor(Duration window) {
        if (window.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("window must be 1 ms or more: " + window);
        }
        readings = new AdvisorReadings(window.toMillis());
    }

    /**
     * Takes a reading of the process and returns what there is to say of all that was read in the last minute, by any caller of this
     * method.
     *
     * @return the advice, that on the most bytes first; empty if all is well, or nothing is known yet
     */
    public static List<Advice> advise() {
        PROCESS.observe();
        return PROCESS.advice();
    }

    /** Takes a reading of the process. */
    public void observe() {
        observe(MemStats.read(Detail.MAPS, Advisor::hasManyOverflows), HeapProfile.take(), Leaks.open());
    }

    synchronized void observe(MemStats stats, HeapProfile profile, List<Leaks.Open> open) {
        readings.add(stats, profile, open);
    }

    /**
     * Returns what there is to say of the readings of the window.
     *
     * @return the advice, that on the most bytes first; empty if all is well, or nothing is known yet
     */
    public synchronized List<Advice> advice() {
        List<Advice> all = new ArrayList<>();
        for (MemStats.Heap heap : readings.heaps()) {
            adviseOnShortLives(heap, all);
            Map<Pattern, Map<List<String>, List<Advice>>> ofMaps = new LinkedHashMap<>();
            for (MemStats.Map map : heap.maps()) {
                for (Advice advice : adviseOn(map)) {
                    ofMaps.computeIfAbsent(advice.pattern(), pattern -> new LinkedHashMap<>())
                            .computeIfAbsent(List.of(map.name(), map.type()), name -> new ArrayList<>())
                            .add(advice);
                }
            }
            ofMaps.values()
                    .forEach(names -> names.values().forEach(same -> all.add(largest(same, "maps of its name"))));
        }
        adviseOnOldArenas(all);
        all.sort(Comparator.comparingLong(Advice::bytes).reversed());
        return List.copyOf(all);
    }

    /** One for all that are alike: the one with the most bytes. */
    private static Advice largest(List<Advice> alike, String others) {
        Advice largest =
                alike.stream().max(Comparator.comparingLong(Advice::bytes)).orElseThrow();
        long bytes = alike.stream().mapToLong(Advice::bytes).sum();
        String more = alike.size() == 1 ? "" : "; so are " + count(alike.size() - 1) + " more " + others;
        return new Advice(largest.pattern(), largest.subject(), largest.evidence() + more, largest.remedy(), bytes);
    }

    // ----------------------------------------------------------------------------------------------------------- heaps

    private void adviseOnShortLives(MemStats.Heap heap, List<Advice> all) {
        AdvisorReadings.HeapChange change = readings.change(heap);
        double made = change.mapsMade();
        if (made < SHORT_LIVED_MADE
                || made < SHORT_LIVED_A_SECOND * change.seconds()
                || change.mapsFreed() < 0.9 * made
                || change.growths() > SMALL_GROWTHS * made) {
            return;
        }
        // Little's law: how long each is there is how many there are over how many come in a unit of time.
        double millis = 1000 * change.meanMaps() * change.seconds() / made;
        all.add(new Advice(
                Pattern.SHORT_LIVED_MAPS,
                "heap-" + heap.id(),
                String.format(
                                Locale.ROOT,
                                "%s maps made in %.1f s and %s freed, %.1f growths each; %.0f there at a time, so each"
                                        + " for some %.3g ms",
                                count(change.mapsMade()),
                                change.seconds(),
                                count(change.mapsFreed()),
                                change.growths() / made,
                                change.meanMaps(),
                                millis)
                        + line(
                                "; most bytes that came and went are of ",
                                heap.id(),
                                null,
                                site -> site.allocatedBytes() - site.inUseBytes()),
                "make one map before the loop and clear() it in each round; autoShrink(false) keeps its buckets",
                heap.inUse()));
    }

    private void adviseOnOldArenas(List<Advice> all) {
        Map<Long, MemStats.Heap> heaps =
                readings.heaps().stream().collect(Collectors.toMap(MemStats.Heap::id, heap -> heap));
        long inUse = heaps.values().stream().mapToLong(MemStats.Heap::inUse).sum();
        Map<List<StackTraceElement>, List<Advice>> places = new LinkedHashMap<>();
        for (Leaks.Open open : readings.open()) {
            MemStats.Heap heap = heaps.get(open.heap());
            if (heap == null
                    || heap.inUse() < MIN_BYTES
                    || open.endedThere() < OLD_ENDED
                    || open.ageNanos() < OLD_NANOS
                    || open.ageNanos() < OLD_TIMES * open.meanNanosThere()) {
                continue;
            }
            String evidence = String.format(
                    Locale.ROOT,
                    "open for %.0f s, where %s others of that line lived %.3g s on average; holds %s, %.0f%% of what"
                            + " all heaps do",
                    open.ageNanos() / 1e9,
                    count(open.endedThere()),
                    open.meanNanosThere() / 1e9,
                    bytes(heap.inUse()),
                    100.0 * heap.inUse() / inUse);
            places.computeIfAbsent(open.openedAt(), place -> new ArrayList<>())
                    .add(new Advice(
                            Pattern.OLD_ARENA,
                            "heap-" + heap.id() + place(" opened at ", open.openedAt()),
                            evidence,
                            "close() it or its arena; look for who has kept it, or a slice of it; what is to outlive"
                                    + " the others goes to a heap of its own, with MemMap.copy",
                            heap.inUse()));
        }
        places.values().forEach(place -> all.add(largest(place, "heaps of that line")));
    }

    // ------------------------------------------------------------------------------------------------------------ maps

    private List<Advice> adviseOn(MemStats.Map map) {
        List<Advice> advice = new ArrayList<>();
        List<Seen> seen = readings.of(MapId.of(map));
        boolean isStanding = seen.size() >= MIN_READINGS && readings.isHalfTheWindow(seen);
        if (map.size() >= MIN_ENTRIES && hasHint(map) && map.buckets() >= PAST_HINT * map.floorBuckets()) {
            advice.add(pastHint(map));
        }
        if (map.size() >= MIN_ENTRIES && isStanding && onlyGrows(map, seen)) {
            advice.add(growing(map, seen));
        }
        if (isCrowded(map)) {
            advice.add(crowded(map));
        }
        if (map.bucketBytes() >= MIN_BYTES
                && map.changes() > map.size()
                && isStanding
                && seen.stream().allMatch(Advisor::isSparse)) {
            advice.add(sparse(map, seen));
        }
        return advice;
    }

    private Advice of(Pattern pattern, MemStats.Map map, String evidence, String remedy) {
        String name = map.name().isEmpty() ? "a map without a name" : "map \"" + map.name() + '"';
        return new Advice(
                pattern,
                name + " (" + map.type() + ") in heap-" + map.heap(),
                evidence + line("; allocated by ", map.heap(), map.name(), HeapProfile.Site::inUseBytes),
                remedy,
                map.inUse());
    }

    private static boolean hasHint(MemStats.Map map) {
        return map.floorBuckets() > map.tables();
    }

    private Advice pastHint(MemStats.Map map) {
        return of(
                Pattern.FILLED_PAST_HINT,
                map,
                "sized for " + count(loadLimit(map, map.floorBuckets())) + " entries, " + count(map.floorBuckets())
                        + " buckets; has " + count(map.size()) + " in " + count(map.buckets()) + " after "
                        + count(map.growths()) + " growths, which moved " + count(map.evacuations()) + " chains",
                "hint(" + map.size() + ") where it is made, or reserve(" + map.size() + ") before it is filled");
    }

    private static boolean onlyGrows(MemStats.Map map, List<Seen> seen) {
        if (map.bounded()) {
            return false;
        }
        for (int i = 1; i < seen.size(); i++) {
            if (seen.get(i).size() <= seen.get(i - 1).size()) {
                return false;
            }
        }
        Seen first = seen.getFirst();
        Seen last = seen.getLast();
        Seen middle = seen.get(seen.size() / 2);
        boolean removesNothing = last.changes() - first.changes() == last.size() - first.size();
        return removesNothing && 2 * rate(middle, last) >= rate(first, middle);
    }

    private static double rate(Seen from, Seen to) {
        return 1000.0 * (to.size() - from.size()) / (to.millis() - from.millis());
    }

    private Advice growing(MemStats.Map map, List<Seen> seen) {
        Seen first = seen.getFirst();
        double rate = rate(first, seen.getLast());
        String evidence = String.format(
                Locale.ROOT,
                "from %s to %s entries in %.1f s, and none removed; %s now, and %s more an hour at that rate",
                count(first.size()),
                count(map.size()),
                (seen.getLast().millis() - first.millis()) / 1e3,
                bytes(map.inUse()),
                bytes((long) (3600 * rate * map.inUse() / map.size())));
        long repeats = map.growthWrites() - map.growthChanges();
        if (map.growthWrites() >= REPEATS_WRITES && repeats <= map.growthWrites() / REPEATS_PART) {
            return of(
                    Pattern.KEYS_NEVER_REPEAT,
                    map,
                    "of " + count(map.growthWrites()) + " writes that were counted, " + count(repeats)
                            + " met a key that was there; " + evidence,
                    "see what the key is made of: for an identity hash, an address, Object.toString() or a NaN take"
                        + " the content (Type.record, Type.UTF8); keys that are unique by intent need remove(), or a"
                        + " bound: "
                            + BOUND);
        }
        return of(Pattern.ONLY_GROWS, map, evidence, "remove() what is done with, or a bound: " + BOUND);
    }

    private static final String BOUND = "SyncMap.builder with maxEntries, maxBytes or expireAfterWrite";

    private static boolean isSparse(Seen map) {
        return SPARSE * map.most() < map.loadLimit();
    }

    private Advice sparse(MemStats.Map map, List<Seen> seen) {
        String why = !map.autoShrink()
                ? "it does not shrink by itself"
                : map.buckets() <= map.floorBuckets()
                        ? "its hint or reserve keeps it from shrinking"
                        : "no write comes to shrink it";
        long most = seen.stream().mapToLong(Seen::most).max().orElseThrow();
        return of(
                Pattern.EMPTIED_NOT_SHRUNK,
                map,
                String.format(
                        Locale.ROOT,
                        "%s buckets, %s, with room for %s entries; %s at most in the last %.1f s; %s",
                        count(map.buckets()),
                        bytes(map.bucketBytes()),
                        count(loadLimit(map, map.buckets())),
                        count(most),
                        (seen.getLast().millis() - seen.getFirst().millis()) / 1e3,
                        why),
                "shrink(), or make it with autoShrink(true) and a hint of what it mostly holds");
    }

    // ------------------------------------------------------------------------------------------------------ key spread

    private static boolean hasManyOverflows(MapFigures map) {
        return map.oldBuckets() == 0 && hasManyOverflows(map.size(), map.buckets(), map.slots(), map.overflowBuckets());
    }

    private static boolean hasManyOverflows(long size, long buckets, int slots, long overflows) {
        return overflows > 8 && overflows > 1.5 * expectedOverflows(size, buckets, slots);
    }

    /** Of keys that are spread at random: in a chain of X entries there is an overflow bucket for each time that X passes the slots. */
    static double expectedOverflows(long size, long buckets, int slots) {
        double mean = (double) size / buckets;
        double probability = Math.exp(-mean); // of X = 0
        double atMost = probability;
        double expected = 0;
        for (int entries = 1; entries < mean + 10 * slots + 10 * Math.sqrt(mean); entries++) {
            if (entries > slots && (entries - 1) % slots == 0) {
                expected += 1 - atMost;
            }
            probability *= mean / entries;
            atMost += probability;
        }
        return Math.max(0, expected) * buckets;
    }

    private static boolean isCrowded(MemStats.Map map) {
        return map.buckets() >= CROWDED_MIN_BUCKETS * map.tables()
                && hasManyOverflows(map.size(), map.buckets(), map.slots(), map.overflowBuckets())
                && map.dispersion() > CROWDED_DISPERSION
                && map.dispersion() > 1 + CROWDED_SIGMAS * dispersionError(map);
    }

    private static double dispersionError(MemStats.Map map) {
        return Math.sqrt(
                2.0 * map.tables() / (map.buckets() - map.tables())); // of one shard: it may be the only one walked
    }

    private Advice crowded(MemStats.Map map) {
        return of(
                Pattern.KEYS_CROWD,
                map,
                String.format(
                        Locale.ROOT,
                        "%s overflow buckets on %s, where keys at random need %.0f; variance over mean of a chain's"
                                + " entries %.1f, where those have 1 within %.2f; longest chain %s buckets",
                        count(map.overflowBuckets()),
                        count(map.buckets()),
                        expectedOverflows(map.size(), map.buckets(), map.slots()),
                        map.dispersion(),
                        dispersionError(map),
                        count(map.longestChain())),
                "fill it anew after clear(), which draws another seed, or in a heap of its own, which has other"
                        + " secrets; if it comes again, who chooses the keys has seen the heap's bytes");
    }

    // ----------------------------------------------------------------------------------------------------------- texts

    private static long loadLimit(MemStats.Map map, long buckets) {
        return AdvisorReadings.loadLimit(map.slots(), buckets);
    }

    /** The line of code with the most bytes of this sort, for the maps of this name or, if that is null, in all of the heap. */
    private String line(String before, long heap, @Nullable String map, ToLongFunction<HeapProfile.Site> value) {
        return readings.profile().sites().stream()
                .filter(site -> site.heap().equals("heap-" + heap))
                .filter(site -> map == null || site.map().equals(map))
                .filter(site -> value.applyAsLong(site) > 0)
                .max(Comparator.comparingLong(value))
                .map(site -> place(before, site.stack()))
                .orElse("");
    }

    private static String place(String before, List<StackTraceElement> stack) {
        return stack.isEmpty() ? "" : before + stack.getFirst();
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String bytes(long number) {
        return number < 1 << 20
                ? String.format(Locale.ROOT, "%.1f KiB", number / 1024.0)
                : String.format(Locale.ROOT, "%.1f MiB", number / 1024.0 / 1024);
    }
}
