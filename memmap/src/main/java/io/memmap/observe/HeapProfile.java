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
 * Who has allocated what is in the heaps of this process, as of one moment: Go's heap profile.
 *
 * {@snippet :
 * HeapProfile profile = HeapProfile.take();
 * try (OutputStream file = Files.newOutputStream(Path.of("heap.pb.gz"))) {
 *     profile.writePprof(file); // go tool pprof -http=: heap.pb.gz
 * }
 * }
 *
 * <p><b>Figures</b> are estimates from samples, one for every so many bytes on average ({@link #meanBytes()}, 512 KiB unless it
 * is set), each scaled by the inverse of its probability as in tcmalloc's and Go's profiles: unbiased, for bytes and for
 * blocks, and the closer the more samples there are: of n samples, within about 1/sqrt(n). Bytes are what blocks really hold. A
 * bucket array counts in whole until the last of it is given back, also while it is emptied and given back in pieces.
 *
 * <p><b>Heaps</b> are told apart by a label as long as they live. What a closed heap held leaves the bytes in use; its total stays,
 * under one label for all closed heaps.
 *
 * <p><b>Cost.</b> An allocation counts its bytes, a free looks its pointer up in a small table: about a nanosecond, and only
 * where a heap is asked for memory, which most puts are not. A sample takes a stack: some microseconds, and about 100 bytes
 * of the Java heap until its block is freed. With the rate at 0 an allocation has one branch more.
 *
 * <p><b>Threads.</b> All threads may take and read profiles.
 *
 * @param time when it was taken
 * @param meanBytes the process-wide rate then, see {@link #setMeanBytes}; 0 if there was no sampling
 * @param sites what each site has allocated, in no order
 */
public record HeapProfile(Instant time, long meanBytes, List<Site> sites) {
    private static final List<Pprof.ValueType> TYPES = List.of(
            new Pprof.ValueType("alloc_objects", "count"),
            new Pprof.ValueType("alloc_space", "bytes"),
            new Pprof.ValueType("inuse_objects", "count"),
            new Pprof.ValueType("inuse_space", "bytes"));

    /**
     * What one line of one program has allocated for one map on one thread.
     *
     * @param stack the callers, the leaf first, which is the line that called the library; at most 128
     * @param heap the label of its heap, unique in the process; the same for all that have been closed
     * @param map the name of the map that the blocks are for; empty if it has none, or there is no map
     * @param thread the name of the thread that allocated
     * @param inUseBytes bytes of blocks not freed
     * @param inUseObjects how many they are
     * @param allocatedBytes bytes of all blocks since the process began
     * @param allocatedObjects how many they are
     * @param oldest when the oldest one was allocated of the samples still in use; null if there is none
     * @param last when the last sample was allocated
     */
    public record Site(
            List<StackTraceElement> stack,
            String heap,
            String map,
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
     * Takes a profile of all heaps. Costs as much as there are samples in use.
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
     * Sets how many bytes lie between two samples on average, in all heaps that were opened without a rate of their own
     * ({@link io.memmap.NativeHeap.Builder#profileEvery}), from each one's next allocation on. At first it is what the system
     * property {@code io.memmap.profileEvery} says, else 512 KiB.
     *
     * @param meanBytes 0 for no sampling, 1 for every allocation, up to 1 TiB
     * @throws IllegalArgumentException if it is not in that range
     */
    public static void setMeanBytes(long meanBytes) {
        AllocationSampler.setDefaultMean(meanBytes);
    }

    /**
     * Returns how many samples, of this profile and of {@link ContentionProfile}, could not be taken for want of Java memory or of
     * stack, since the process began. What they stand for is missing in the figures.
     *
     * @return the number; 0 in a healthy process
     */
    public static long lostSamples() {
        return AllocationSampler.lost();
    }

    /**
     * Writes the profile as pprof's profile.proto, compressed with gzip, for {@code go tool pprof} and whatever else reads that:
     * values {@code alloc_objects}, {@code alloc_space}, {@code inuse_objects} and {@code inuse_space}, the last one by
     * default; labels {@code heap}, {@code map} and {@code thread}.
     *
     * @param out where to; it stays open
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
     * Returns the profile as collapsed stacks, a line for each: the frames, the root first, with semicolons between them, a
     * space, the value. It is what flame graph tools read. Stacks whose value is 0 are left out.
     *
     * @param value which of a site's values, for example {@code Site::inUseBytes}
     * @return the lines, sorted, each with its end
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
