package io.memmap.observe;

import io.memmap.memory.HeapFigures;
import io.memmap.memory.LiveHeap;
import io.memmap.telemetry.ChainCounts;
import io.memmap.telemetry.MapFigures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of all native heaps of the process and of the maps in them: what Go's {@code runtime.MemStats} is for its heap.
 *
 * <p><b>Threads.</b> Any thread may take one, also of heaps that are confined to others. Taking it costs the heaps' owners
 * nothing but this: the heap's lock is held for some microseconds at a time, so that a {@code close}, or of a heap for many
 * threads an allocation, may wait that long.
 *
 * <p><b>Of one moment?</b> Each heap is read at a moment of its own, and while its owner goes on writing: figures are stale
 * by moments and need not add up exactly. When nobody writes they do: {@code inUse} of a heap is the sum of its kinds,
 * {@code objects} is {@code allocations - frees}.
 *
 * <p><b>What cannot be read.</b> A heap without virtual memory, in a confined arena of another thread, is counted in {@link
 * #unreadableHeaps()} and has no part in the rest. A heap that ends while it is read is no more.
 *
 * <p>A figure of {@code -1} is unknown. {@link #figures()} says what the figures answer, and which are worth watching.
 *
 * @param timeMillis when it was taken, in milliseconds since the epoch
 * @param heapsOpened heaps opened since the process began
 * @param heapsClosed heaps whose arena has ended
 * @param unreadableHeaps live heaps that this thread may not read
 * @param reserved address space of the live heaps, in bytes
 * @param committed memory that the operating system backs, in bytes
 * @param metadata the part of {@code committed} that is the heaps' own tables, in bytes
 * @param inUse bytes of live blocks
 * @param objects live blocks
 * @param allocations blocks handed out since the process began; of a heap without virtual memory in an arena of the caller
 *     they are forgotten with it
 * @param frees blocks that came back, or ended with their heap
 * @param growths growths that maps have begun since the process began, to twice the size or to the same
 * @param shrinks halvings that maps have begun
 * @param evacuations units of buckets that growths and halvings have moved, counted at the end of each
 * @param oldestAgeNanos how long the oldest live heap has been open; 0 if there is none
 * @param kinds all heaps by what blocks are for: header, bucket, overflow, blob
 * @param heaps the live heaps that could be read, in the order of their opening
 */
public record MemStats(
        long timeMillis,
        long heapsOpened,
        long heapsClosed,
        int unreadableHeaps,
        long reserved,
        long committed,
        long metadata,
        long inUse,
        long objects,
        long allocations,
        long frees,
        long growths,
        long shrinks,
        long evacuations,
        long oldestAgeNanos,
        List<Kind> kinds,
        List<Heap> heaps) {

    /** Copies the lists. */
    public MemStats {
        kinds = List.copyOf(kinds);
        heaps = List.copyOf(heaps);
    }

    /**
     * The blocks of one kind, of a heap or of all.
     *
     * @param kind header, bucket, overflow or blob
     * @param inUse bytes of live blocks
     * @param objects live blocks
     * @param allocations blocks handed out
     * @param frees blocks that came back, or ended with their heap
     */
    public record Kind(String kind, long inUse, long objects, long allocations, long frees) {}

    /**
     * A live heap.
     *
     * @param id its number in the process, from 1 on
     * @param confined whether it is one thread's
     * @param ageNanos how long it has been open
     * @param reserved as {@link MemStats#reserved()}, and so on
     * @param committed memory that the operating system backs, in bytes
     * @param metadata the part of {@code committed} that is the heap's own tables, in bytes
     * @param inUse bytes of live blocks
     * @param objects live blocks
     * @param allocations blocks handed out since it was opened
     * @param frees blocks that came back
     * @param growths growths begun
     * @param shrinks halvings begun
     * @param evacuations units moved by growths and halvings that have ended
     * @param kinds by what the blocks are for
     * @param maps its maps, those for many threads as one, by pointer; empty if not asked for
     * @param mapsComplete whether these are all: not if they were not asked for, if the heap ended meanwhile, if its owner
     *     changed it faster than it could be walked, or if it is one of {@code io.memmap.unsafe}
     */
    public record Heap(
            long id,
            boolean confined,
            long ageNanos,
            long reserved,
            long committed,
            long metadata,
            long inUse,
            long objects,
            long allocations,
            long frees,
            long growths,
            long shrinks,
            long evacuations,
            List<Kind> kinds,
            List<Map> maps,
            boolean mapsComplete) {

        /** Copies the lists. */
        public Heap {
            kinds = List.copyOf(kinds);
            maps = List.copyOf(maps);
        }

        /**
         * Returns the maps with those of one name and type summed, as fits meters: a map without a name is one of all such of
         * its type.
         *
         * @return the sums, in the order of the first of each
         */
        public List<Map> mapsByName() {
            return Map.sums(maps, map -> List.of(map.name, map.type));
        }
    }

    /**
     * A live map, or several summed.
     *
     * @param heap the heap's {@link Heap#id()}
     * @param pointer its pointer; of several the least
     * @param name as it was given when the map was made; may be empty
     * @param type as {@code map[long]long}
     * @param tables 1; of a map for many threads its shards
     * @param size entries
     * @param buckets of the current array, without overflow buckets
     * @param overflowBuckets linked from the current and the old array
     * @param growing whether entries are moving to another array
     * @param nextGrowthAt the number of entries with which it will have begun to grow; of shards the sum, as keys are spread evenly
     * @param longestChain buckets in the longest chain; -1 if not asked for
     * @param headerBytes bytes in use for headers
     * @param bucketBytes bytes in use for bucket arrays
     * @param overflowBytes bytes in use for overflow buckets; while the map is growing somewhat overstated
     * @param blobBytes bytes in use for names, types and keys and values that lie out of line
     * @param growths begun since it was made, to twice the size or to the same
     * @param shrinks halvings begun
     * @param evacuations units moved, and rebuilds
     * @param slots entries that a bucket has room for
     * @param changes entries added and removed, and clears; equal to {@code size} if nothing was ever removed
     * @param growthWrites writes since it was made that met a running growth, which alone are counted
     * @param growthChanges those of them that added or removed an entry; the others met a key that was there, or removed none
     * @param floorBuckets buckets that it keeps when it empties: from the hint or the last reserve; {@code tables} for none
     * @param autoShrink whether it gives buckets back by itself
     * @param bounded whether it drops entries by itself, having a bound or an expiry
     * @param dispersion variance of the entries of a chain over their mean, Fisher's index: 1 for keys that are spread at random,
     *     more for those that crowd; of shards, those of which it is known; -1 if not asked for, if growing, or if there are none
     */
    public record Map(
            long heap,
            long pointer,
            String name,
            String type,
            int tables,
            long size,
            long buckets,
            long overflowBuckets,
            boolean growing,
            long nextGrowthAt,
            long longestChain,
            long headerBytes,
            long bucketBytes,
            long overflowBytes,
            long blobBytes,
            long growths,
            long shrinks,
            long evacuations,
            int slots,
            long changes,
            long growthWrites,
            long growthChanges,
            long floorBuckets,
            boolean autoShrink,
            boolean bounded,
            double dispersion) {

        /**
         * Returns the bytes of all its blocks.
         *
         * @return the sum of the four kinds
         */
        public long inUse() {
            return headerBytes + bucketBytes + overflowBytes + blobBytes;
        }

        /**
         * Returns the share of overflow buckets in all buckets.
         *
         * @return 0 to 1
         */
        public double overflowShare() {
            return overflowBuckets == 0 ? 0 : (double) overflowBuckets / (buckets + overflowBuckets);
        }

        private Map plus(Map other) {
            return new Map(
                    heap,
                    Math.min(pointer, other.pointer),
                    name,
                    type,
                    tables + other.tables,
                    size + other.size,
                    buckets + other.buckets,
                    overflowBuckets + other.overflowBuckets,
                    growing || other.growing,
                    nextGrowthAt + other.nextGrowthAt,
                    Math.max(longestChain, other.longestChain),
                    headerBytes + other.headerBytes,
                    bucketBytes + other.bucketBytes,
                    overflowBytes + other.overflowBytes,
                    blobBytes + other.blobBytes,
                    growths + other.growths,
                    shrinks + other.shrinks,
                    evacuations + other.evacuations,
                    slots,
                    changes + other.changes,
                    growthWrites + other.growthWrites,
                    growthChanges + other.growthChanges,
                    floorBuckets + other.floorBuckets,
                    autoShrink && other.autoShrink,
                    bounded && other.bounded,
                    dispersionWith(other));
        }

        /** The variances within each over the mean of both; of one where it is not known of the other. */
        private double dispersionWith(Map other) {
            return dispersion < 0 || other.dispersion < 0
                    ? Math.max(dispersion, other.dispersion)
                    : (size * dispersion + other.size * other.dispersion) / (size + other.size);
        }

        /** Sums the maps that have one key. */
        private static List<Map> sums(List<Map> maps, Function<Map, Object> key) {
            var sums = new LinkedHashMap<Object, Map>();
            maps.forEach(map -> sums.merge(key.apply(map), map, Map::plus));
            return List.copyOf(sums.values());
        }
    }

    /**
     * How the buckets of a map are filled. While it grows, of both arrays, without what has moved.
     *
     * @param longestChain buckets in the longest chain
     * @param chains how many chains have 1, 2, ... buckets; the last counts all that are as long or longer
     * @param fills how many buckets, overflow buckets among them, have 0, 1, ... filled slots
     */
    public record Shape(long longestChain, List<Long> chains, List<Long> fills) {
        /** Copies the lists. */
        public Shape {
            chains = List.copyOf(chains);
            fills = List.copyOf(fills);
        }
    }

    /**
     * Takes a snapshot of all heaps and maps.
     *
     * @return the figures; longest chains are unknown
     */
    public static MemStats read() {
        return read(Detail.MAPS);
    }

    /**
     * Takes a snapshot.
     *
     * @param detail how far to look; the cost is told there
     * @return the figures
     */
    public static MemStats read(Detail detail) {
        return read(detail, map -> detail == Detail.CHAINS);
    }

    /** Takes a snapshot that has the chains of those maps only. */
    static MemStats read(Detail detail, Predicate<MapFigures> walks) {
        LiveHeap.Registry registry = LiveHeap.registry();
        HeapFigures sum = registry.ended();
        long oldestAgeNanos = 0;
        int unreadable = 0;
        List<Heap> heaps = new ArrayList<>();
        for (LiveHeap live : registry.live()) {
            oldestAgeNanos = Math.max(oldestAgeNanos, live.ageNanos());
            Optional<HeapFigures> figures = live.figures();
            if (figures.isEmpty()) {
                unreadable++;
                continue;
            }
            sum = sum.plus(figures.get());
            if (figures.get().reserved() != 0) { // else it has ended since the registry was read
                heaps.add(heap(live, figures.get(), detail, walks));
            }
        }
        List<Kind> kinds = kinds(sum);
        return new MemStats(
                System.currentTimeMillis(),
                registry.endedHeaps() + registry.live().size(),
                registry.endedHeaps(),
                unreadable,
                sum.reserved(),
                sum.committed(),
                sum.metadata(),
                sum.inUse(),
                objects(kinds),
                allocations(kinds),
                allocations(kinds) - objects(kinds),
                sum.growths(),
                sum.shrinks(),
                sum.evacuations(),
                oldestAgeNanos,
                kinds,
                heaps);
    }

    /**
     * Looks at the chains of one map: a walk over its heap as of {@link Detail#MAPS}, and over the map as of {@link Detail#CHAINS}.
     *
     * @param heap the heap's {@link Heap#id()}
     * @param pointer the map's {@link Map#pointer()}
     * @return how its buckets are filled; empty if map or heap is gone, or this thread may not read it
     */
    public static Optional<Shape> readShape(long heap, long pointer) {
        for (LiveHeap live : LiveHeap.registry().live()) {
            if (live.id() == heap) {
                return shape(live, live.maps().maps(), pointer);
            }
        }
        return Optional.empty();
    }

    private static Optional<Shape> shape(LiveHeap live, List<MapFigures> all, long pointer) {
        var counts = new ChainCounts();
        Optional<MapFigures> first =
                all.stream().filter(map -> map.pointer() == pointer).findFirst();
        boolean isRead = first.isPresent()
                && all.stream()
                        .filter(table -> keyOf(table) == keyOf(first.get()))
                        .allMatch(table -> live.count(table, counts));
        return isRead
                ? Optional.of(new Shape(
                        counts.longest,
                        Arrays.stream(counts.chains).boxed().toList(),
                        Arrays.stream(counts.buckets)
                                .limit(counts.slots + 1L)
                                .boxed()
                                .toList()))
                : Optional.empty();
    }

    private static Heap heap(LiveHeap live, HeapFigures figures, Detail detail, Predicate<MapFigures> walks) {
        LiveHeap.Maps walked = detail == Detail.HEAPS ? new LiveHeap.Maps(List.of(), false) : live.maps();
        var tables = new LinkedHashMap<Long, Map>();
        for (MapFigures found : walked.maps()) {
            var counts = new ChainCounts();
            boolean counted = walks.test(found) && live.count(found, counts);
            tables.merge(keyOf(found), map(live, found, counted ? counts : null), Map::plus);
        }
        List<Kind> kinds = kinds(figures);
        return new Heap(
                live.id(),
                live.isConfined(),
                live.ageNanos(),
                figures.reserved(),
                figures.committed(),
                figures.metadata(),
                figures.inUse(),
                objects(kinds),
                allocations(kinds),
                allocations(kinds) - objects(kinds),
                figures.growths(),
                figures.shrinks(),
                figures.evacuations(),
                kinds,
                tables.values().stream()
                        .sorted(Comparator.comparingLong(Map::pointer))
                        .toList(),
                walked.complete());
    }

    /** A plain map is by itself; the shards of one map have a group, which no pointer is: they are multiples of 16. */
    private static long keyOf(MapFigures table) {
        return table.group() == 0 ? table.pointer() : ~table.group();
    }

    private static Map map(LiveHeap live, MapFigures found, @Nullable ChainCounts chains) {
        return new Map(
                live.id(),
                found.pointer(),
                found.name(),
                found.type(),
                1,
                found.size(),
                found.buckets(),
                found.overflowBuckets(),
                found.oldBuckets() != 0,
                found.nextGrowthAt(),
                chains == null ? -1 : chains.longest,
                found.headerBytes(),
                found.bucketBytes(),
                found.overflowBytes(),
                found.blobBytes(),
                found.growths(),
                found.shrinks(),
                found.evacuations(),
                found.slots(),
                found.changes(),
                found.growthWrites(),
                Math.min(found.growthWrites(), found.growthChanges()), // which are read at two moments
                found.floorBuckets(),
                found.autoShrink(),
                found.bounded(),
                chains == null || found.oldBuckets() != 0 ? -1 : chains.dispersion());
    }

    private static List<Kind> kinds(HeapFigures figures) {
        return figures.kinds().stream()
                .map(kind -> new Kind(
                        kind.kind().name().toLowerCase(Locale.ROOT),
                        kind.bytes(),
                        kind.blocks(),
                        kind.allocations(),
                        kind.allocations() - kind.blocks()))
                .toList();
    }

    private static long objects(List<Kind> kinds) {
        return kinds.stream().mapToLong(Kind::objects).sum();
    }

    private static long allocations(List<Kind> kinds) {
        return kinds.stream().mapToLong(Kind::allocations).sum();
    }

    /**
     * Returns what the figures are called where they are shown, what they answer, and which are worth watching.
     *
     * @return each once
     */
    public static List<Figure> figures() {
        return Stream.of(Reading.PROCESS, Reading.PROCESS_KIND, Reading.HEAP, Reading.HEAP_KIND, Reading.MAP)
                .flatMap(List::stream)
                .map(Reading::figure)
                .toList();
    }
}
