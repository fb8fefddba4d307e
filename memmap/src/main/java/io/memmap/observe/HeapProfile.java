package io.memmap.observe;

import io.memmap.observe.pprof.Pprof;
import io.memmap.telemetry.AllocationSampler;
import io.memmap.telemetry.Allocations;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A heap profile: which code allocated the memory in the heaps of this process, as of one moment.
 * It corresponds to Go's heap profile.
 *
 * {@snippet :
 * HeapProfile profile = HeapProfile.take();
 * try (OutputStream file = Files.newOutputStream(Path.of("heap.pb.gz"))) {
 *     profile.writePprof(file); // go tool pprof -http=: heap.pb.gz
 * }
 * }
 *
 * <p><b>Figures</b> are estimates from samples. There is one sample for every {@link #meanBytes()}
 * bytes on average, by default 512 KiB. Each sample is scaled by the inverse of its probability, as
 * in the profiles of tcmalloc and Go. The estimates of bytes and of blocks are unbiased, and get
 * closer with more samples: the error of n samples is about 1/sqrt(n). Bytes are the real sizes of
 * the blocks. A bucket array counts in whole until its last piece is given back, even while it is
 * emptied and given back in pieces.
 *
 * <p><b>Heaps.</b> Each live heap has a label of its own. When a heap is closed, its bytes leave
 * the bytes in use. Its total stays, under one label for all closed heaps.
 *
 * <p><b>Cost.</b> An allocation counts its bytes, and a free looks up its pointer in a small table.
 * Each takes about a nanosecond, and only where a map asks its heap for memory, which most puts do
 * not. A sample records a stack, which takes some microseconds, and about 100 bytes of the Java
 * heap until its block is freed. With the rate at 0 an allocation has one more branch.
 *
 * <p><b>Threads.</b> All threads may take and read profiles.
 *
 * @param time when the profile was taken
 * @param meanBytes the process-wide rate at that time, see {@link #setMeanBytes}; 0 if there was no
 *     sampling
 * @param sites the allocations of each site, in no order
 * @see GrowthWatch
 * @see LeakReport
 * @see MemStats
 * @see io.memmap.NativeHeap.Builder#profileEvery
 */
public record HeapProfile(Instant time, long meanBytes, List<Site> sites) {
    private static final List<Pprof.ValueType> TYPES = List.of(
            new Pprof.ValueType("alloc_objects", "count"),
            new Pprof.ValueType("alloc_space", "bytes"),
            new Pprof.ValueType("inuse_objects", "count"),
            new Pprof.ValueType("inuse_space", "bytes"));

    /**
     * The allocations that one stack has made for one map in one heap on one thread.
     *
     * @param stack the callers, at most 128; the leaf is first, and is the line that called the
     *     library
     * @param heap the label of the heap, unique in the process; all closed heaps share one label
     * @param map the name of the map that the blocks belong to; empty if it has no name, or if
     *     there is no map
     * @param bounded whether that map drops entries by itself, because it has a bound or an expiry
     * @param thread the name of the thread that allocated
     * @param inUseBytes bytes of blocks that have not been freed
     * @param inUseObjects number of those blocks
     * @param allocatedBytes bytes of all blocks since the process began
     * @param allocatedObjects number of those blocks
     * @param oldest when the oldest sample still in use was allocated; null if none is in use
     * @param last when the last sample was allocated
     */
    public record Site(
            List<StackTraceElement> stack,
            String heap,
            String map,
            boolean bounded,
            String thread,
            long inUseBytes,
            long inUseObjects,
            long allocatedBytes,
            long allocatedObjects,
            @Nullable Instant oldest,
            Instant last) {
        private static Site of(Allocations.Figures figures) {
            return new Site(
                    figures.stack(),
                    figures.heap(),
                    figures.map(),
                    figures.bounded(),
                    figures.thread(),
                    Math.round(figures.inUseBytes()),
                    Math.round(figures.inUseObjects()),
                    Math.round(figures.allocatedBytes()),
                    Math.round(figures.allocatedObjects()),
                    figures.oldestMillis() == 0 ? null : Instant.ofEpochMilli(figures.oldestMillis()),
                    Instant.ofEpochMilli(figures.lastMillis()));
        }
    }

    /** Copies the list. */
    public HeapProfile {
        sites = List.copyOf(sites);
    }

    /**
     * Takes a profile of all heaps. The cost is proportional to the number of samples in use.
     *
     * @return the profile
     */
    public static HeapProfile take() {
        return new HeapProfile(
                Instant.now(),
                AllocationSampler.defaultMean(),
                Allocations.read().stream().map(Site::of).toList());
    }

    /**
     * Sets the average number of bytes between two samples. The setting holds for all heaps that
     * were opened without a rate of their own ({@link io.memmap.NativeHeap.Builder#profileEvery}),
     * and takes effect at the next allocation of each heap. The initial value is that of the system
     * property {@code io.memmap.profileEvery}, or 512 KiB if it is not set.
     *
     * @param meanBytes 0 for no sampling, 1 for every allocation, up to 1 TiB
     * @throws IllegalArgumentException if the number is not in that range
     */
    public static void setMeanBytes(long meanBytes) {
        AllocationSampler.setDefaultMean(meanBytes);
    }

    /**
     * Returns how many samples have been lost since the process began, because there was not enough
     * Java memory or stack to take them. Samples of this profile and of {@link ContentionProfile}
     * count. The figures lack the allocations and waits that a lost sample stands for.
     *
     * @return the number; 0 in a healthy process
     */
    public static long lostSamples() {
        return AllocationSampler.lost();
    }

    /**
     * Writes the profile as pprof's profile.proto, compressed with gzip, for {@code go tool pprof}
     * and other readers of that format. The values are {@code alloc_objects}, {@code alloc_space},
     * {@code inuse_objects} and {@code inuse_space}; the last is the default. The labels are
     * {@code heap}, {@code map} and {@code thread}.
     *
     * @param out the stream to write to; it stays open
     * @throws IOException if the stream throws it
     */
    public void writePprof(OutputStream out) throws IOException {
        Pprof pprof = new Pprof(TYPES, new Pprof.ValueType("space", "bytes"), meanBytes, time);
        for (Site site : sites) {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("heap", site.heap);
            labels.put("map", site.map);
            labels.put("thread", site.thread);
            pprof.add(
                    site.stack,
                    labels,
                    List.of(site.allocatedObjects, site.allocatedBytes, site.inUseObjects, site.inUseBytes));
        }
        pprof.writeTo(out);
    }

    /**
     * Returns the profile as collapsed stacks, the format that flame graph tools read. Each stack
     * is one line: the frames, the root first, separated by semicolons, then a space and the value.
     * Stacks whose value is 0 are left out.
     *
     * @param value selects one of a site's values, for example {@code Site::inUseBytes}
     * @return the lines, sorted, each ended by a line feed
     */
    public String collapsed(ToLongFunction<Site> value) {
        Map<String, Long> sums = sites.stream()
                .collect(Collectors.groupingBy(site -> collapsed(site.stack), Collectors.summingLong(value)));
        return sums.entrySet().stream()
                .filter(sum -> sum.getValue() != 0)
                .map(sum -> sum.getKey() + " " + sum.getValue() + "\n")
                .sorted()
                .collect(Collectors.joining());
    }

    private static String collapsed(List<StackTraceElement> stack) {
        return stack.reversed().stream().map(Pprof::name).collect(Collectors.joining(";"));
    }
}
