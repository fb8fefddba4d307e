package io.memmap.telemetry;

import io.memmap.telemetry.events.AllocationSample;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The allocation profile of one heap. It uses Poisson sampling, as Go's and tcmalloc's heap
 * profiles do. The number of bytes between two samples is exponentially distributed around a mean.
 * So a block of {@code n} bytes is sampled with the probability {@code 1 - exp(-n / mean)},
 * whatever was allocated before it. Each sample stands for as many blocks as the inverse of this
 * probability. Thus all sums are unbiased, also for sites with blocks of many sizes and after a
 * change of the mean. A site is a stack together with a map and a thread.
 *
 * <p>A sample is live until its block is freed. A block may be given back in pieces, as a bucket
 * array is while it is emptied. Such a block counts in full until its last piece is given back.
 *
 * <table>
 * <caption>Shared fields</caption>
 * <tr><th>fields</th><th>used by</th><th>guarded by</th></tr>
 * <tr><td>countedMean, remaining</td><td>{@link #isSample}, {@link #pick}</td><td>the arena or the
 * lock of the heap, which lets one thread at a time into the heap</td></tr>
 * <tr><td>pointers, samples, live</td><td>written by {@link #sample}, {@link #freed} and {@link
 * #end}; also read by {@link #read}</td><td>writes: both the above and this monitor, so that a
 * reader needs only one of them; end holds only the monitor, but then nothing is allocated or freed
 * any more</td></tr>
 * <tr><td>sites, lastUse, ended</td><td>all methods</td><td>this monitor</td></tr>
 * <tr><td>the default mean</td><td>all methods</td><td>volatile</td></tr>
 * </table>
 */
public final class AllocationSampler {
    /** The value of a mean that stands for the process-wide default. */
    public static final long DEFAULT = -1;
    /** The process-wide default in bytes, until it is set. */
    public static final long DEFAULT_MEAN_BYTES = 512 << 10;
    /** The greatest mean in bytes. With a greater one there would be no samples. */
    public static final long MAX_MEAN_BYTES = 1L << 40;

    private static final String PROPERTY = "io.memmap.profileEvery";
    /**
     * The least size of the table. The table has four times as many places as samples, so that the
     * search for a block that is not sampled mostly meets an empty place at once.
     */
    private static final int MIN_PLACES = 16;

    private static final AtomicLong LOST = new AtomicLong();
    private static volatile long defaultMean = propertyOrDefault();

    /** Made when it is first needed. */
    private static final class Event {
        /** Used only to ask whether this kind of event is recorded. Never committed. */
        static final AllocationSample SAMPLE = new AllocationSample();
    }

    private final long id;
    private final long ownMean;
    private final boolean followsUse;

    private long countedMean;
    private long remaining;

    private long[] pointers = new long[MIN_PLACES];
    private @Nullable Sample[] samples = new Sample[MIN_PLACES];
    private int live;

    private final Map<Allocations.Key, Allocations.Site> sites = new HashMap<>();
    private List<StackTraceElement> lastUse = List.of();
    private boolean ended;

    /** A sampled block that is in use. */
    private record Sample(Allocations.Site site, double bytes, double objects, long millis) {}

    /**
     * Begins the profile of a heap.
     *
     * @param id the number of the heap in this process
     * @param meanBytes the mean number of bytes between two samples; 0 for no samples, 1 for all
     *     blocks, or {@link #DEFAULT}
     * @param followsUse whether {@link #lastUse} follows each allocation, not only the samples
     */
    public AllocationSampler(long id, long meanBytes, boolean followsUse) {
        this.id = id;
        this.ownMean = meanBytes;
        this.followsUse = followsUse;
        Allocations.open(this);
    }

    private static long propertyOrDefault() {
        @Nullable String text = System.getProperty(PROPERTY);
        if (text == null) {
            return DEFAULT_MEAN_BYTES;
        }
        try {
            return checkMean(Long.parseLong(text));
        } catch (IllegalArgumentException wrong) {
            System.getLogger("io.memmap")
                    .log(
                            System.Logger.Level.WARNING,
                            "Property {0} must be 0..{1}, in bytes: {2}. The default, {3}, is used",
                            PROPERTY,
                            Long.toString(MAX_MEAN_BYTES),
                            text,
                            Long.toString(DEFAULT_MEAN_BYTES));
            return DEFAULT_MEAN_BYTES;
        }
    }

    /**
     * Returns the mean if it is valid.
     *
     * @throws IllegalArgumentException if it is not 0 to {@link #MAX_MEAN_BYTES}
     */
    public static long checkMean(long meanBytes) {
        if (meanBytes < 0 || meanBytes > MAX_MEAN_BYTES) {
            throw new IllegalArgumentException(
                    "mean bytes between samples must be 0.." + MAX_MEAN_BYTES + ": " + meanBytes);
        }
        return meanBytes;
    }

    /** Returns the mean in bytes of the heaps that have no mean of their own. */
    public static long defaultMean() {
        return defaultMean;
    }

    /** Sets the mean of the heaps that have no mean of their own, from their next allocation on. */
    public static void setDefaultMean(long meanBytes) {
        defaultMean = checkMean(meanBytes);
    }

    /**
     * Returns the number of samples in all heaps that were lost for lack of Java memory or stack.
     */
    public static long lost() {
        return LOST.get();
    }

    /** Counts a lost sample. */
    public static void lose() {
        LOST.incrementAndGet();
    }

    /** Returns the number of the heap in this process. */
    public long id() {
        return id;
    }

    /** Returns the heap's label. */
    public String heap() {
        return "heap-" + id;
    }

    /**
     * Counts an allocation. Returns whether the caller must call {@link #pick} and {@link #sample}
     * for it.
     */
    public boolean isSample(long bytes) {
        long mean = ownMean >= 0 ? ownMean : defaultMean;
        return (mean != 0 && count(mean, bytes)) || followsUse;
    }

    private boolean count(long mean, long bytes) {
        if (mean != countedMean) {
            countedMean = mean;
            remaining = interval(mean);
        }
        remaining -= bytes;
        return remaining < 0;
    }

    /**
     * Returns the number of whole bytes before the next sample. It is rounded down: a block of n
     * bytes exceeds the rounded number exactly when it exceeds the exact one.
     */
    private static long interval(long mean) {
        return mean == 1 ? 0 : (long) (-Math.log(1 - ThreadLocalRandom.current().nextDouble()) * mean);
    }

    /**
     * Returns how many blocks the block that was just passed to {@link #isSample} stands for.
     * Returns 0 if it is not a sample and matters only as the last use of the heap.
     *
     * @param askedBytes the bytes that were passed to isSample
     */
    public double pick(long askedBytes) {
        if (remaining >= 0) {
            return 0;
        }
        remaining = interval(countedMean);
        // Not expm1, because a JVM loads a class for it. With the means and sizes here, at least
        // four digits are right.
        return countedMean == 1 ? 1 : 1 / (1 - Math.exp(-(double) askedBytes / countedMean));
    }

    /**
     * Records a block and this thread's stack. If there is no Java memory or stack for that, this
     * method throws, and the caller counts the lost sample with {@link #lose}.
     *
     * @param objects the result of {@link #pick}
     * @param blockBytes the real size of the block
     * @param map the name of the map that the block belongs to, or empty
     * @param bounded whether that map drops entries by itself
     * @param tracked the map, if it is tracked
     */
    public void sample(
            long pointer,
            double objects,
            long blockBytes,
            String map,
            boolean bounded,
            Leaks.@Nullable Tracked tracked) {
        List<StackTraceElement> stack = Stacks.ofCaller();
        use(stack);
        if (tracked != null) {
            tracked.used(stack);
        }
        if (objects != 0) {
            insert(pointer, stack, map, bounded, objects * blockBytes, objects);
            record(map, blockBytes, objects);
        }
    }

    private void record(String map, long blockBytes, double objects) {
        if (Recorder.isOn() && Event.SAMPLE.isEnabled()) {
            AllocationSample event = new AllocationSample();
            event.heap = id;
            event.map = map;
            event.bytes = blockBytes;
            event.weight = Math.round(objects * blockBytes);
            event.commit();
        }
    }

    private synchronized void use(List<StackTraceElement> stack) {
        lastUse = stack;
    }

    private synchronized void insert(
            long pointer, List<StackTraceElement> stack, String map, boolean bounded, double bytes, double objects) {
        if (ended) {
            return;
        }
        if (4 * live >= pointers.length) {
            grow();
        }
        Allocations.Site site = Allocations.site(
                sites,
                new Allocations.Key(stack, map, bounded, Thread.currentThread().getName()));
        long millis = System.currentTimeMillis();
        place(pointer, new Sample(site, bytes, objects, millis));
        live++;
        site.add(bytes, objects, millis);
    }

    /** Removes the sample of a freed block, if there is one. */
    public void freed(long pointer) {
        if (live != 0) {
            int place = find(pointer);
            if (place >= 0) {
                remove(place);
            }
        }
    }

    private int find(long pointer) {
        long[] pointers = this.pointers;
        int mask = pointers.length - 1;
        for (int place = home(pointer, mask); pointers[place] != 0; place = (place + 1) & mask) {
            if (pointers[place] == pointer) {
                return place;
            }
        }
        return -1;
    }

    /**
     * Returns the place where the search for a pointer begins. Blocks are aligned to at least 8
     * bytes; a multiplication spreads the other bits.
     */
    private static int home(long pointer, int mask) {
        return (int) ((pointer * 0x9E37_79B9_7F4A_7C15L) >>> 32) & mask;
    }

    private void place(long pointer, Sample sample) {
        int mask = pointers.length - 1;
        int place = home(pointer, mask);
        while (pointers[place] != 0) {
            place = (place + 1) & mask;
        }
        pointers[place] = pointer;
        samples[place] = sample;
    }

    private void grow() {
        long[] oldPointers = pointers;
        @Nullable Sample[] oldSamples = samples;
        @Nullable Sample[] newSamples = new Sample[2 * oldPointers.length];
        pointers = new long[2 * oldPointers.length]; // after everything that may fail
        samples = newSamples;
        for (int i = 0; i < oldPointers.length; i++) {
            Sample sample = oldSamples[i];
            if (sample != null) {
                place(oldPointers[i], sample);
            }
        }
    }

    /**
     * Empties a place, and moves later samples back if the search for them would now end at the
     * empty place.
     */
    private synchronized void remove(int place) {
        if (ended) {
            return;
        }
        int mask = pointers.length - 1;
        int empty = place;
        for (int next = (place + 1) & mask; pointers[next] != 0; next = (next + 1) & mask) {
            int distance = (next - home(pointers[next], mask)) & mask;
            if (distance >= ((next - empty) & mask)) {
                pointers[empty] = pointers[next];
                samples[empty] = samples[next];
                empty = next;
            }
        }
        pointers[empty] = 0;
        samples[empty] = null;
        live--;
    }

    /**
     * Ends the profile with its heap. Nothing is in use any more, and the sums of all allocations
     * go to {@link Allocations}.
     */
    public void end() {
        Allocations.end(this);
    }

    /** Empties the profile. Returns the sites that it had. A second call returns none. */
    synchronized List<Allocations.Site> endSites() {
        List<Allocations.Site> last = List.copyOf(sites.values());
        ended = true;
        sites.clear();
        live = 0;
        pointers = new long[MIN_PLACES];
        samples = new Sample[MIN_PLACES];
        return last;
    }

    /** Returns whether the heap has ended. */
    public synchronized boolean isEnded() {
        return ended;
    }

    /**
     * Returns the stack of the last sampled allocation or, if the profile follows each use, of the
     * last allocation. May be empty.
     */
    public synchronized List<StackTraceElement> lastUse() {
        return lastUse;
    }

    /** Returns an estimate of the bytes in use; 0 after the heap has ended. */
    public synchronized double inUseBytes() {
        double bytes = 0;
        for (Sample sample : samples) {
            bytes += sample == null ? 0 : sample.bytes;
        }
        return bytes;
    }

    synchronized void read(List<Allocations.Figures> figures) {
        Map<Allocations.Site, double[]> inUse = new HashMap<>();
        Map<Allocations.Site, Long> oldest = new HashMap<>();
        for (Sample sample : samples) {
            if (sample != null) {
                double[] sums = inUse.computeIfAbsent(sample.site, site -> new double[2]);
                sums[0] += sample.bytes;
                sums[1] += sample.objects;
                oldest.merge(sample.site, sample.millis, Math::min);
            }
        }
        double[] none = new double[2];
        for (Allocations.Site site : sites.values()) {
            double[] sums = inUse.getOrDefault(site, none);
            Allocations.Key key = site.key;
            figures.add(new Allocations.Figures(
                    key.stack(),
                    heap(),
                    key.map(),
                    key.bounded(),
                    key.thread(),
                    sums[0],
                    sums[1],
                    site.bytes,
                    site.objects,
                    oldest.getOrDefault(site, 0L),
                    site.lastMillis));
        }
    }

    /** Checks, for tests, that the table finds every sample. */
    synchronized boolean isConsistent() {
        int found = 0;
        for (int i = 0; i < pointers.length; i++) {
            if (pointers[i] != 0) {
                if (find(pointers[i]) != i || samples[i] == null) {
                    return false;
                }
                found++;
            }
        }
        return found == live && Arrays.stream(samples).filter(s -> s != null).count() == live;
    }
}
