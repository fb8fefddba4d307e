package io.memmap.observe;

import io.memmap.Opening;
import io.memmap.memory.HeapFigures;
import io.memmap.memory.LiveHeap;
import io.memmap.observe.metric.MetricReader;
import io.memmap.telemetry.CacheFigures;
import io.memmap.telemetry.ChainCounts;
import io.memmap.telemetry.FileFigures;
import io.memmap.telemetry.MapFigures;
import io.memmap.telemetry.SnapshotFigures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of all native heaps of the process and of the maps in them. It corresponds to Go's
 * {@code runtime.MemStats}.
 *
 * <p><b>Threads.</b> Any thread may take a snapshot, even of heaps that are confined to other
 * threads. A snapshot holds each heap's lock for some microseconds at a time. A {@code close} may
 * wait that long, and so may an allocation in a heap for many threads. There is no other cost to
 * the heaps' owners.
 *
 * <p><b>Consistency.</b> Each heap is read at a moment of its own, while its owner may go on
 * writing. Figures may therefore be slightly stale and need not add up exactly. They do add up when
 * no thread writes: {@code inUse} of a heap is the sum of its kinds, and {@code objects} is
 * {@code allocations - frees}.
 *
 * <p><b>Unreadable heaps.</b> A thread cannot read a heap without virtual memory in a confined
 * arena of another thread. Such a heap is counted in {@link #unreadableHeaps()} and in no other
 * figure. A heap that ends while it is being read is left out of {@code heaps}.
 *
 * <p><b>Read-only heaps.</b> The memory of a heap that {@linkplain
 * io.memmap.NativeHeap.Builder#readOnly() only reads} a file belongs to the heap that writes the
 * file, mostly in another process. The read-only heap is in {@code heaps}, with the figures that the
 * other one writes, and it is counted in {@code heapsOpened} and {@code heapsClosed}. Its figures
 * are in no sum.
 *
 * <p><b>Buckets and lines.</b> A map of {@link io.memmap.Geometry#PAGE} has lines in place of
 * buckets, and pages in place of chains. A line is a cache line of slots, and a page is 64 lines.
 * The entries for which a page has no room are in the extension, a block of lines. The figures of
 * buckets count the lines of a paged map, and those of overflow buckets the lines of its extension.
 *
 * <p>A figure of {@code -1} is unknown. {@link #metrics()} says which question each metric answers,
 * and which metrics are worth watching.
 *
 * @param timeMillis when the snapshot was taken, in milliseconds since the epoch
 * @param heapsOpened heaps opened since the process began
 * @param heapsClosed heaps whose arena has ended
 * @param unreadableHeaps live heaps that this thread may not read
 * @param maxBytes the bounds of the live heaps, in bytes: {@code committed} never exceeds their sum
 * @param reserved address space of the live heaps, in bytes
 * @param committed memory that the operating system backs, in bytes
 * @param metadata the part of {@code committed} that the heaps' own tables take, in bytes
 * @param inUse bytes of live blocks; more than {@code committed} where maps have taken blocks that
 *     they have not written yet, as a map that grows does
 * @param objects number of live blocks
 * @param allocations blocks handed out since the process began; the blocks of a heap without
 *     virtual memory in a caller's arena are no longer counted once that heap has ended
 * @param frees blocks that were given back, or that ended with their heap
 * @param growths growths that maps have begun since the process began, to twice the size or to the
 *     same size
 * @param shrinks halvings that maps have begun
 * @param evacuations chains or pages that growths and halvings have moved, where a chain is a
 *     bucket with its overflow buckets; each growth or halving is counted when it ends
 * @param oldestAgeNanos how long the oldest live heap has been open; 0 if no heap is live
 * @param repairs heaps in files that had to be repaired when they were opened
 * @param snapshots snapshots of heaps that were written
 * @param failedSnapshots snapshots that failed
 * @param kinds sums over all heaps, by the use of the blocks, see {@link Kind}
 * @param heaps the live heaps that could be read, in the order in which they were opened
 * @see HeapProfile
 * @see io.memmap.NativeHeap#stats
 * @see io.memmap.HeapStats
 */
public record MemStats(
        long timeMillis,
        long heapsOpened,
        long heapsClosed,
        int unreadableHeaps,
        long maxBytes,
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
        long repairs,
        long snapshots,
        long failedSnapshots,
        List<Kind> kinds,
        List<Heap> heaps) {

    /** Copies the lists. */
    public MemStats {
        kinds = List.copyOf(kinds);
        heaps = List.copyOf(heaps);
    }

    /** How much of each heap a snapshot reads. */
    public enum Detail {
        /** The counters of each heap. Costs some hundred nanoseconds per heap. */
        HEAPS,
        /**
         * Also the maps of each heap, with the figures in their headers. Costs a walk over the heap's
         * runs of pages, and some 200 ns per map.
         */
        MAPS,
        /**
         * Also the longest chain of each map, or the longest search of a paged map. A chain is a
         * bucket with its overflow buckets. Every chain or page is walked, which costs some
         * nanoseconds to tens of nanoseconds per bucket or line.
         */
        CHAINS
    }

    /**
     * The blocks of one kind, in one heap or in all heaps.
     *
     * @param kind the use of the blocks: header, bucket (bucket arrays), overflow (overflow
     *     buckets), blob (blocks of {@code NativeHeap.allocate}), entry (names, types, and keys and
     *     values that are stored out of line) or order (ordered indexes)
     * @param inUse bytes of live blocks
     * @param objects number of live blocks
     * @param allocations blocks handed out
     * @param frees blocks that were given back, or that ended with their heap
     */
    public record Kind(String kind, long inUse, long objects, long allocations, long frees) {}

    /**
     * A live heap.
     *
     * @param id the heap's number in the process, from 1 on
     * @param confined whether the heap is confined to one thread
     * @param ageNanos how long the heap has been open
     * @param maxBytes the heap's bound, in bytes: {@code committed} never exceeds it; see
     *     {@link io.memmap.HeapStats#maxBytes()}
     * @param reserved address space of the heap, in bytes
     * @param committed memory that the operating system backs, in bytes
     * @param metadata the part of {@code committed} that the heap's own tables take, in bytes
     * @param inUse bytes of live blocks, whether or not they have been written
     * @param objects number of live blocks
     * @param allocations blocks handed out since the heap was opened
     * @param frees blocks that were given back
     * @param growths growths begun
     * @param shrinks halvings begun
     * @param evacuations chains or pages moved by growths and halvings that have ended
     * @param kinds sums by the use of the blocks
     * @param maps the heap's maps, ordered by pointer; a map for many threads is one element, the
     *     sum of its shards (the independent tables that it consists of); empty if maps were not
     *     asked for
     * @param mapsComplete whether {@code maps} has all maps of the heap; false if maps were not
     *     asked for, if the heap ended meanwhile, if its owner changed it faster than it could be
     *     walked, or if it is a heap of {@code io.memmap.unsafe}
     * @param caches the maps that are used as caches: each {@link io.memmap.SyncMap} with limits, or
     *     with {@link io.memmap.SyncMapBuilder#recordStats}; in no order. They are read at a moment
     *     of their own, so they need not agree with {@code maps}
     * @param file the file that the heap is in; null for a heap in memory
     * @param snapshots the snapshots that were taken of the heap
     */
    public record Heap(
            long id,
            boolean confined,
            long ageNanos,
            long maxBytes,
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
            boolean mapsComplete,
            List<Cache> caches,
            @Nullable File file,
            Snapshots snapshots) {

        /** Copies the lists. */
        public Heap {
            kinds = List.copyOf(kinds);
            maps = List.copyOf(maps);
            caches = List.copyOf(caches);
        }

        /**
         * Returns whether the heap only reads a file that another heap may write.
         *
         * @return whether it was opened with {@link io.memmap.NativeHeap.Builder#readOnly}
         */
        public boolean isReadOnly() {
            return file != null && file.opening == Opening.How.READ_ONLY;
        }

        /**
         * Returns the maps, summed by name and type, as meters need them. All unnamed maps of one
         * type are one sum.
         *
         * @return the sums, in the order of the first map of each
         */
        public List<Map> mapsByName() {
            return Map.sums(maps, map -> List.of(map.name, map.type));
        }

        /**
         * Returns the uses of caches, summed by name and type, as meters need them. All unnamed
         * caches of one type are one sum.
         *
         * @return the sums, ordered by name and type
         */
        public List<Cache> cachesByName() {
            var sums = new HashMap<Object, Cache>();
            caches.forEach(cache -> sums.merge(List.of(cache.name, cache.type), cache, Cache::plus));
            return sums.values().stream()
                    .sorted(Comparator.comparing(Cache::name).thenComparing(Cache::type))
                    .toList();
        }
    }

    /**
     * The file of a heap. Its size is {@link Heap#reserved()}. The space that it takes in the file
     * system is {@link Heap#committed()}, because holes take no space.
     *
     * @param path the file
     * @param fileSystem the kind of its file system: {@code tmpfs}, {@code ext4}, {@code xfs} or
     *     {@code overlay}; empty if it is unknown. The numbers of ext2 and ext3 are those of ext4
     * @param opening how the heap came about
     * @param openingNanos the time that the opening took, with the repair if one was needed
     * @param generation how often the file has been opened to write, as of the opening of this heap
     * @param undone maps with an operation that the repair has finished or undone by its journal
     * @param freedBlocks blocks that no map referred to, and that the repair has freed
     * @param syncs calls of {@link io.memmap.NativeHeap#sync} that have written the file to the disk
     * @param syncAgeNanos the time since the last of these calls; -1 if there was none
     * @param syncNanos the time that this call took
     * @see io.memmap.NativeHeap#opening
     */
    public record File(
            String path,
            String fileSystem,
            Opening.How opening,
            long openingNanos,
            long generation,
            long undone,
            long freedBlocks,
            long syncs,
            long syncAgeNanos,
            long syncNanos) {
        private static File of(FileFigures figures) {
            return new File(
                    figures.path(),
                    figures.fileSystem(),
                    Opening.How.valueOf(figures.opening()),
                    figures.openingNanos(),
                    figures.generation(),
                    figures.undone(),
                    figures.freedBlocks(),
                    figures.syncs(),
                    figures.syncs() == 0 ? -1 : System.nanoTime() - figures.syncedAt(),
                    figures.syncNanos());
        }
    }

    /**
     * The {@linkplain io.memmap.NativeHeap#snapshot snapshots} of a heap since it was opened. The
     * figures from {@code path} to {@code allAtOnce} are those of the last one that was written; they
     * are empty and 0 before the first.
     *
     * @param taken snapshots that were written
     * @param failed snapshots that failed
     * @param path the file
     * @param ageNanos the time since the snapshot was complete; -1 before the first
     * @param tookNanos the time that the snapshot took
     * @param bytes the size of the file
     * @param maps the maps that have a name in it
     * @param allAtOnce whether all maps are of one moment
     * @param failure why the last snapshot that failed did so; empty if none has failed
     * @param failureAgeNanos the time since it failed; -1 if none has
     * @see io.memmap.Snapshot
     */
    public record Snapshots(
            long taken,
            long failed,
            String path,
            long ageNanos,
            long tookNanos,
            long bytes,
            int maps,
            boolean allAtOnce,
            String failure,
            long failureAgeNanos) {
        private static Snapshots of(SnapshotFigures figures) {
            long now = System.nanoTime();
            return new Snapshots(
                    figures.taken(),
                    figures.failed(),
                    figures.path(),
                    figures.taken() == 0 ? -1 : now - figures.takenAt(),
                    figures.tookNanos(),
                    figures.bytes(),
                    figures.maps(),
                    figures.allAtOnce(),
                    figures.failure(),
                    figures.failed() == 0 ? -1 : now - figures.failedAt());
        }
    }

    /**
     * The uses of a map as a cache: {@link io.memmap.SyncMap#cacheStats}. All figures count from the
     * making of the map. Those of reads, puts and loads are 0 unless the map was built with
     * {@link io.memmap.SyncMapBuilder#recordStats}.
     *
     * @param heap the heap's {@link Heap#id()}
     * @param name the name given when the map was made; may be empty
     * @param type the type, as {@code map[utf8]long}
     * @param hits reads that found a value
     * @param misses reads that found none
     * @param puts values put
     * @param loads loads that made a value
     * @param failedLoads loads that made none
     * @param loadNanos the time that all loads took together
     * @param evictions entries removed to make room
     * @param expirations entries removed because they had expired
     * @param tooLarge entries dropped because they were too large
     */
    public record Cache(
            long heap,
            String name,
            String type,
            long hits,
            long misses,
            long puts,
            long loads,
            long failedLoads,
            long loadNanos,
            long evictions,
            long expirations,
            long tooLarge) {
        private static Cache of(long heap, CacheFigures figures) {
            return new Cache(
                    heap,
                    figures.name(),
                    figures.type(),
                    figures.hits(),
                    figures.misses(),
                    figures.puts(),
                    figures.loads(),
                    figures.failedLoads(),
                    figures.loadNanos(),
                    figures.evictions(),
                    figures.expirations(),
                    figures.tooLarge());
        }

        private Cache plus(Cache other) {
            return new Cache(
                    heap,
                    name,
                    type,
                    hits + other.hits,
                    misses + other.misses,
                    puts + other.puts,
                    loads + other.loads,
                    failedLoads + other.failedLoads,
                    loadNanos + other.loadNanos,
                    evictions + other.evictions,
                    expirations + other.expirations,
                    tooLarge + other.tooLarge);
        }
    }

    /**
     * A live map, or the sum of several.
     *
     * @param heap the heap's {@link Heap#id()}
     * @param pointer the map's pointer; for a sum, the smallest
     * @param name the name given when the map was made; may be empty
     * @param type the type, as {@code map[long]long}
     * @param tables 1 for a plain map; the number of shards for a map for many threads; for a sum,
     *     the total
     * @param size number of entries
     * @param buckets buckets of the current array, without overflow buckets; of a paged map, lines
     * @param overflowBuckets overflow buckets linked from the current and the old array; of a paged
     *     map, lines of the extension
     * @param growing whether entries are moving to another array
     * @param nextGrowthAt the number of entries at which the map will have begun to grow; for
     *     shards the sum, as keys are spread evenly
     * @param longestChain buckets in the longest chain (a bucket and its overflow buckets); of a
     *     paged map, the number of lines that the longest search for an entry visits; -1 if not
     *     asked for
     * @param headerBytes bytes in use for headers
     * @param bucketBytes bytes in use for bucket arrays
     * @param overflowBytes bytes in use for overflow buckets, or for the extension; somewhat
     *     overstated while a map of buckets is growing
     * @param blobBytes bytes in use for names, types, and keys and values that are stored out of
     *     line
     * @param orderBytes bytes in use for the ordered index
     * @param growths growths begun since the map was made, to twice the size or to the same size
     * @param shrinks halvings begun
     * @param evacuations chains or pages moved, plus rebuilds
     * @param slots entries that a bucket or line has room for
     * @param load the sixteenths of all slots that may be full before the map grows
     * @param paged whether the map has the geometry PAGE
     * @param changes number of entries added, entries removed, and clears; equals {@code size} if
     *     no entry was ever removed
     * @param growthWrites writes since the map was made that came while it was growing; other
     *     writes are not counted
     * @param growthChanges the part of {@code growthWrites} that added or removed an entry; the
     *     others wrote to a key that was present, or removed no entry
     * @param floorBuckets buckets that the map keeps when it empties, set by its hint or its last
     *     reserve; equals {@code tables} if neither was given
     * @param autoShrink whether the map gives buckets back by itself
     * @param bounded whether the map drops entries by itself because it has a bound or an expiry
     * @param named whether the map is in the directory of its heap, so that it can be opened by its
     *     name; see {@link io.memmap.NativeHeap#maps}
     * @param dispersion the variance of the number of entries in a chain, or in a page without the
     *     extension, divided by the mean
     *     (Fisher's index of dispersion); 1 for keys that are spread at random, more for keys that
     *     crowd together; for shards, the figure of the shards for which it is known; -1 if not
     *     asked for, if the map is growing, or if there are no entries
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
            long orderBytes,
            long growths,
            long shrinks,
            long evacuations,
            int slots,
            int load,
            boolean paged,
            long changes,
            long growthWrites,
            long growthChanges,
            long floorBuckets,
            boolean autoShrink,
            boolean bounded,
            boolean named,
            double dispersion) {

        /**
         * Returns the bytes of all the map's blocks.
         *
         * @return the sum of the five kinds
         */
        public long inUse() {
            return headerBytes + bucketBytes + overflowBytes + blobBytes + orderBytes;
        }

        /**
         * Returns the share of overflow buckets among all buckets.
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
                    orderBytes + other.orderBytes,
                    growths + other.growths,
                    shrinks + other.shrinks,
                    evacuations + other.evacuations,
                    slots,
                    load,
                    paged,
                    changes + other.changes,
                    growthWrites + other.growthWrites,
                    growthChanges + other.growthChanges,
                    floorBuckets + other.floorBuckets,
                    autoShrink && other.autoShrink,
                    bounded && other.bounded,
                    named && other.named,
                    dispersionWith(other));
        }

        /**
         * Returns the variances within each map over the mean of both. If one map's dispersion is
         * unknown, returns that of the other.
         */
        private double dispersionWith(Map other) {
            return dispersion < 0 || other.dispersion < 0
                    ? Math.max(dispersion, other.dispersion)
                    : (size * dispersion + other.size * other.dispersion) / (size + other.size);
        }

        /** Sums the maps that have the same key. */
        private static List<Map> sums(List<Map> maps, Function<Map, Object> key) {
            var sums = new LinkedHashMap<Object, Map>();
            maps.forEach(map -> sums.merge(key.apply(map), map, Map::plus));
            return List.copyOf(sums.values());
        }
    }

    /**
     * How full the buckets of a map are, or the lines of a paged map. While the map grows, both
     * arrays are counted, without the chains or pages that have moved.
     *
     * @param longestChain buckets in the longest chain; in a paged map, the lines that the longest
     *     search for an entry visits
     * @param chains how many chains have 1, 2, ... buckets; in a paged map, for how many entries a
     *     search visits 1, 2, ... lines; the last element counts all chains of that length or longer
     * @param fills how many buckets or lines, including overflow buckets and the lines of the
     *     extension, have 0, 1, ... filled slots
     */
    public record Shape(long longestChain, List<Long> chains, List<Long> fills) {
        /** Copies the lists. */
        public Shape {
            chains = List.copyOf(chains);
            fills = List.copyOf(fills);
        }
    }

    /**
     * Takes a snapshot of all heaps and maps, with {@link Detail#MAPS}.
     *
     * @return the figures; longest chains are unknown
     */
    public static MemStats read() {
        return read(Detail.MAPS);
    }

    /**
     * Takes a snapshot.
     *
     * @param detail how much to read; each constant of {@link Detail} states its cost
     * @return the figures
     */
    public static MemStats read(Detail detail) {
        return read(detail, map -> detail == Detail.CHAINS);
    }

    /**
     * Takes a snapshot that counts the chains of the maps that match {@code walks}, and of no
     * others.
     */
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
            if (!live.isReadOnly()) {
                sum = sum.plus(figures.get());
            }
            if (figures.get().reserved() != 0) { // else it ended since the registry was read
                heaps.add(heap(live, figures.get(), detail, walks));
            }
        }
        List<Kind> kinds = kinds(sum);
        return new MemStats(
                System.currentTimeMillis(),
                registry.endedHeaps() + registry.live().size(),
                registry.endedHeaps(),
                unreadable,
                sum.maxBytes(),
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
                registry.repairs(),
                registry.snapshots(),
                registry.failedSnapshots(),
                kinds,
                heaps);
    }

    /**
     * Reads the chains of one map. Walks its heap at the cost of {@link Detail#MAPS}, and the map
     * at the cost of {@link Detail#CHAINS}.
     *
     * @param heap the heap's {@link Heap#id()}
     * @param pointer the map's {@link Map#pointer()}
     * @return how full the map's buckets or lines are; empty if the map or the heap is gone, or if this
     *     thread may not read it
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
                figures.maxBytes(),
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
                walked.complete(),
                live.caches().stream().map(cache -> Cache.of(live.id(), cache)).toList(),
                live.file().map(File::of).orElse(null),
                Snapshots.of(live.snapshots()));
    }

    /**
     * Returns the key under which a table is summed. A plain map has its pointer. The shards of one
     * map have the complement of their group, which equals no pointer because pointers are
     * multiples of 16.
     */
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
                found.orderBytes(),
                found.growths(),
                found.shrinks(),
                found.evacuations(),
                found.slots(),
                found.load(),
                found.paged(),
                found.changes(),
                found.growthWrites(),
                Math.min(found.growthWrites(), found.growthChanges()), // read at two moments
                found.floorBuckets(),
                found.autoShrink(),
                found.bounded(),
                found.named(),
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
     * Returns the name of each metric, the question that it answers, and whether it is worth
     * watching.
     *
     * @return each metric once
     */
    public static List<Metric> metrics() {
        return Stream.of(
                        MetricReader.PROCESS,
                        MetricReader.PROCESS_KIND,
                        MetricReader.HEAP,
                        MetricReader.HEAP_KIND,
                        MetricReader.FILE,
                        MetricReader.SNAPSHOT,
                        MetricReader.MAP,
                        MetricReader.CACHE)
                .flatMap(List::stream)
                .map(MetricReader::metric)
                .toList();
    }
}
