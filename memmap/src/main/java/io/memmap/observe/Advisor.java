package io.memmap.observe;

import io.memmap.observe.AdvisorReadings.MapId;
import io.memmap.observe.AdvisorReadings.Seen;
import io.memmap.observe.MemStats.Detail;
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
 * Finds patterns of use that cost memory or time without need. It reads {@link MemStats},
 * {@link HeapProfile} and how long heaps live. Each finding has its evidence and its remedy.
 *
 * {@snippet :
 * // call it repeatedly: with more readings it finds more
 * Advisor.advise().forEach(System.out::println);
 * }
 *
 * <p><b>Rules.</b> Each constant of {@link Pattern} says which figures its rule looks at, when the
 * rule applies, and what it cannot see. In doubt the rules are silent. All figures in them are
 * counted and not sampled, with one exception: the line of code and its bytes come from the
 * profile, and may be missing.
 *
 * <p><b>Time.</b> Some patterns concern what a map does over time, which only a comparison of
 * readings shows. They need at least three readings over half of the window. {@link #advise()} has
 * a window of a minute, so call it every few seconds for half a minute. The other patterns show at
 * the first call.
 *
 * <p><b>Cost.</b> A reading costs {@link MemStats#read()} and {@link HeapProfile#take()}. A map
 * with more overflow buckets than it should have is also walked, which costs some nanoseconds to
 * tens of nanoseconds per bucket. The maps' owners pay nothing. An advisor keeps at most 18
 * readings of its window. Each keeps at most 1,000 maps, the largest ones, and 1,000 heaps.
 *
 * <p><b>Threads.</b> All threads may use one advisor.
 */
public final class Advisor {
    private static final Duration PROCESS_WINDOW = Duration.ofMinutes(1);
    private static final Advisor PROCESS = new Advisor(PROCESS_WINDOW);

    private static final int MIN_READINGS = 3;
    /** Maps with fewer entries get no advice, except on sparse buckets and crowded keys. */
    private static final long MIN_ENTRIES = 1000;

    private static final long MIN_BYTES = 64 << 10;

    private static final long SHORT_LIVED_MADE = 1000;
    private static final double SHORT_LIVED_A_SECOND = 100;
    /** The most growths that a small map has on average: after two it has some 30 entries. */
    private static final int SMALL_GROWTHS = 4;

    private static final int PAST_HINT = 8;
    private static final long REPEATS_WRITES = 1000;
    /** One write in this many may meet a key that is present, as when an object is put twice. */
    private static final long REPEATS_PART = 1000;

    private static final long CROWDED_MIN_BUCKETS = 64;
    private static final double CROWDED_DISPERSION = 1.5;
    /** How many standard deviations rule out chance, for any number of maps. */
    private static final int CROWDED_SIGMAS = 6;
    /** The lines of an extension that a paged map may have by chance. */
    private static final long MOST_LINES = 8;

    private static final int OLD_TIMES = 100;
    private static final long OLD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long OLD_ENDED = 20;

    /**
     * A map shrinks by itself at a quarter of its load limit, so at an eighth it should have
     * shrunk.
     */
    private static final int SPARSE = 8;

    private final AdvisorReadings readings;

    /** The patterns of use that an advisor looks for. */
    public enum Pattern {
        /**
         * Many small maps live for a short time. In one heap, 1,000 maps or more were made, at over
         * 100 a second. Nine out of ten of them were freed, and they grew at most four times on average.
         * The rule counts from the oldest reading, or from the opening of the heap. Each shard of a
         * map for many threads counts as a map. Maps that end with their heap are not seen.
         */
        SHORT_LIVED_MAPS("many short-lived small maps"),
        /**
         * A map outgrew its hint. It has at least eight times as many buckets as its hint, or its
         * last reserve, gave it, and 1,000 entries or more. Maps without a hint, or with a hint for
         * a single bucket, are left alone.
         */
        FILLED_PAST_HINT("map filled far beyond its hint"),
        /**
         * The keys of a map do not repeat. The map only grows, as in {@link #ONLY_GROWS}, and of
         * 1,000 counted writes or more, at most one in 1,000 met a key that was present. The
         * counted writes are those that came while the map was growing: a fifth or so of all, and
         * fewer in a paged map, which grows faster. Reads that find a key are not counted. Keys that are unique by intent, and that gets find
         * again, therefore look the same. In that case the map is simply one that only grows.
         */
        KEYS_NEVER_REPEAT("keys that never repeat"),
        /**
         * A map without bounds only grows. It has 1,000 entries or more, and it had more at each
         * reading than at the one before. In the second half of the time it grew at least half as
         * fast as in the first, and no entry was removed meanwhile. A map that is being loaded
         * looks the same until it is loaded.
         */
        ONLY_GROWS("map that only grows"),
        /**
         * The keys of a map of 64 buckets or more crowd in few buckets. A full bucket gets overflow
         * buckets, which form a chain with it. Two conditions must hold. First, the map has at
         * least 1.5 times as many overflow buckets as keys that are spread at random would need
         * (Poisson; Knuth, The Art of Computer Programming 3, 6.4). Second, the number of entries
         * per chain varies more than chance allows. The measure is the variance over the mean
         * (Fisher's index of dispersion, whose error is sqrt(2 / (chains - 1))): it is above 1.5,
         * and above 1 by more than six errors. Overflow buckets alone are no evidence, because a
         * long run of removals and additions also causes them. A paged map has no chains. There the
         * rule is that more than eight lines of entries are in its extension, which takes the
         * entries of full pages, although the map has fewer entries than it may have before it
         * grows. The rule applies while the map does not grow.
         */
        KEYS_CROWD("keys that crowd in few buckets"),
        /**
         * An old heap keeps memory. It has been open for 10 seconds or more, and has 64 KiB or more
         * in use. At least 20 other heaps that were opened at the same line have ended, and it has
         * been open for at least 100 times as long as they lived on average. The rule needs leak
         * detection, which is on by default.
         */
        OLD_ARENA("memory kept by an old arena"),
        /**
         * A map emptied but did not shrink. Its buckets take 64 KiB or more. At every reading they
         * were filled to less than an eighth of their load limit (the number of entries at which a
         * map grows), and entries were removed from the map.
         */
        EMPTIED_NOT_SHRUNK("map emptied but not shrunk");

        private final String title;

        Pattern(String title) {
            this.title = title;
        }

        /**
         * Returns a description of the pattern.
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
     * Makes an advisor without readings.
     *
     * @param window how far back the advisor looks
     * @throws IllegalArgumentException if the window is shorter than a millisecond
     */
    public Advisor(Duration window) {
        if (window.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("window must be 1 ms or more: " + window);
        }
        readings = new AdvisorReadings(window.toMillis());
    }

    /**
     * Takes a reading of the process, and returns the advice that follows from all readings of the
     * last minute. The readings of all callers of this method count.
     *
     * @return the advice, ordered by bytes, the most first; empty if nothing needs advice, or if
     *     there are too few readings yet
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
     * Returns the advice that follows from the readings of the window.
     *
     * @return the advice, ordered by bytes, the most first; empty if nothing needs advice, or if
     *     there are too few readings yet
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
                    .forEach(names -> names.values().forEach(same -> all.add(largest(same, "maps with this name"))));
        }
        adviseOnOldArenas(all);
        all.sort(Comparator.comparingLong(Advice::bytes).reversed());
        return List.copyOf(all);
    }

    /**
     * Merges advice that is alike into the one with the most bytes. The result has the bytes of
     * all.
     */
    private static Advice largest(List<Advice> alike, String others) {
        Advice largest =
                alike.stream().max(Comparator.comparingLong(Advice::bytes)).orElseThrow();
        long bytes = alike.stream().mapToLong(Advice::bytes).sum();
        String more = alike.size() == 1 ? "" : "; the same holds for " + count(alike.size() - 1) + " more " + others;
        return new Advice(largest.pattern(), largest.subject(), largest.evidence() + more, largest.remedy(), bytes);
    }

    // --------------------------------------------------------------------------------------- heaps

    private void adviseOnShortLives(MemStats.Heap heap, List<Advice> all) {
        AdvisorReadings.HeapChange change = readings.change(heap);
        double made = change.mapsMade();
        if (made < SHORT_LIVED_MADE
                || made < SHORT_LIVED_A_SECOND * change.seconds()
                || change.mapsFreed() < 0.9 * made
                || change.growths() > SMALL_GROWTHS * made) {
            return;
        }
        // Little's law: a map's mean lifetime is the mean number of maps over the rate at which
        // they come.
        double millis = 1000 * change.meanMaps() * change.seconds() / made;
        all.add(new Advice(
                Pattern.SHORT_LIVED_MAPS,
                "heap-" + heap.id(),
                String.format(
                                Locale.ROOT,
                                "%s maps were made in %.1f s and %s were freed, with %.1f growths each; %.0f were live"
                                        + " at a time, so each lived for about %.3g ms",
                                count(change.mapsMade()),
                                change.seconds(),
                                count(change.mapsFreed()),
                                change.growths() / made,
                                change.meanMaps(),
                                millis)
                        + line(
                                "; most bytes that were allocated and freed come from ",
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
                    "it has been open for %.0f s; %s other heaps opened at that line lived for %.3g s on average; it"
                            + " holds %s, %.0f%% of the bytes in use in all heaps",
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
                            "close() it or its arena; look for code that keeps a reference to it or to a slice; copy"
                                    + " maps that must live longer to a heap of their own (MemMap.copy)",
                            heap.inUse()));
        }
        places.values().forEach(place -> all.add(largest(place, "heaps opened at that line")));
    }

    // ---------------------------------------------------------------------------------------- maps

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
                "it was sized for " + count(AdvisorReadings.loadLimit(map, map.floorBuckets())) + " entries in "
                        + count(map.floorBuckets()) + buckets(map) + "; it has " + count(map.size()) + " entries in "
                        + count(map.buckets()) + buckets(map) + " after " + count(map.growths())
                        + " growths, which moved " + count(map.evacuations()) + (map.paged() ? " pages" : " chains"),
                "call hint(" + map.size() + ") on its builder, or reserve(" + map.size() + ") before it is filled");
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
                "it grew from %s to %s entries in %.1f s, and none was removed; it uses %s, and at that rate %s more an"
                        + " hour",
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
                    "of " + count(map.growthWrites()) + " counted writes, " + count(repeats)
                            + " met a key that was present; " + evidence,
                    "check the keys: replace an identity hash, an address, Object.toString() or a NaN by the content"
                            + " (Type.record, Type.UTF8); if keys are unique on purpose, call remove() or set a bound: "
                            + BOUND);
        }
        return of(
                Pattern.ONLY_GROWS,
                map,
                evidence,
                "remove() entries that are no longer needed, or set a bound: " + BOUND);
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
                        : "a map shrinks during writes, and there are none";
        long most = seen.stream().mapToLong(Seen::most).max().orElseThrow();
        return of(
                Pattern.EMPTIED_NOT_SHRUNK,
                map,
                String.format(
                        Locale.ROOT,
                        "its %s take %s and have room for %s entries; it had at most %s in the last %.1f s; %s",
                        count(map.buckets()) + buckets(map),
                        bytes(map.bucketBytes()),
                        count(AdvisorReadings.loadLimit(map, map.buckets())),
                        count(most),
                        (seen.getLast().millis() - seen.getFirst().millis()) / 1e3,
                        why),
                "call shrink(), or make it with autoShrink(true) and a hint of its usual size");
    }

    // ---------------------------------------------------------------------------------- key spread

    private static boolean hasManyOverflows(MapFigures map) {
        return map.oldBuckets() == 0
                && (map.paged()
                        ? hasNeedlessExtension(map.size(), map.nextGrowthAt(), map.overflowBuckets())
                        : hasManyOverflows(map.size(), map.buckets(), map.slots(), map.overflowBuckets()));
    }

    /**
     * Returns whether a paged map has an extension although its pages have room. Keys that are
     * spread at random practically never fill a page before the map grows.
     */
    private static boolean hasNeedlessExtension(long size, long nextGrowthAt, long lines) {
        return lines > MOST_LINES && size < nextGrowthAt;
    }

    private static boolean hasManyOverflows(long size, long buckets, int slots, long overflows) {
        return overflows > 8 && overflows > 1.5 * expectedOverflows(size, buckets, slots);
    }

    /**
     * Returns how many overflow buckets keys that are spread at random need. A chain of X entries
     * has one overflow bucket for each time that X passes the slots of a bucket.
     */
    static double expectedOverflows(long size, long buckets, int slots) {
        double mean = (double) size / buckets;
        double probability = Math.exp(-mean); // P(X = 0)
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
        return map.paged()
                ? !map.growing() && hasNeedlessExtension(map.size(), map.nextGrowthAt(), map.overflowBuckets())
                : hasCrowdedChains(map);
    }

    private static boolean hasCrowdedChains(MemStats.Map map) {
        return map.buckets() >= CROWDED_MIN_BUCKETS * map.tables()
                && hasManyOverflows(map.size(), map.buckets(), map.slots(), map.overflowBuckets())
                && map.dispersion() > CROWDED_DISPERSION
                && map.dispersion() > 1 + CROWDED_SIGMAS * dispersionError(map);
    }

    private static double dispersionError(MemStats.Map map) {
        // The error for one shard, which may be the only one walked.
        return Math.sqrt(2.0 * map.tables() / (map.buckets() - map.tables()));
    }

    private Advice crowded(MemStats.Map map) {
        return of(
                Pattern.KEYS_CROWD,
                map,
                map.paged() ? crowdedPages(map) : crowdedChains(map),
                "call clear(), which draws another seed, and fill it again, or use a heap of its own, which has other"
                        + " secrets; if this comes back, a party that chooses the keys has read the heap's bytes");
    }

    private static String crowdedPages(MemStats.Map map) {
        return "an extension of " + count(map.overflowBuckets())
                + " lines holds entries of full pages, although the map"
                + " has " + count(map.size()) + " entries and grows at " + count(map.nextGrowthAt())
                + "; the longest search visits " + count(map.longestChain()) + " lines";
    }

    private static String crowdedChains(MemStats.Map map) {
        return String.format(
                Locale.ROOT,
                "%s overflow buckets for %s buckets, where random keys need %.0f; the entries of a chain have"
                        + " variance over mean %.1f, where random keys have 1 +- %.2f; the longest chain has %s"
                        + " buckets",
                count(map.overflowBuckets()),
                count(map.buckets()),
                expectedOverflows(map.size(), map.buckets(), map.slots()),
                map.dispersion(),
                dispersionError(map),
                count(map.longestChain()));
    }

    // --------------------------------------------------------------------------------------- texts

    private static String buckets(MemStats.Map map) {
        return map.paged() ? " lines" : " buckets";
    }

    /**
     * Returns the line of code with the most bytes by {@code value}, after {@code before}. Looks at
     * the maps with this name, or at the whole heap if the name is null.
     */
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
