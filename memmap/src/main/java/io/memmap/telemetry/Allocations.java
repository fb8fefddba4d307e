package io.memmap.telemetry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The allocations of all heaps of this process, by site. They come from the {@link
 * AllocationSampler}s of the open heaps and from the sums of the ended heaps. A site is a stack
 * together with a map and a thread. Safe for all threads.
 */
public final class Allocations {
    /** The heap name for the sums of all ended heaps. */
    static final String ENDED = "(ended)";
    /**
     * The number of full sites of a heap, or of all ended heaps together. After that, sites are
     * distinguished by their stack only; and after as many of those again, all further ones count
     * as one site.
     */
    static final int MAX_SITES = 1 << 14;

    private static final Key OTHERS =
            new Key(List.of(new StackTraceElement("(other)", "sites", null, -1)), "", false, "");

    private static final Set<AllocationSampler> OPEN = ConcurrentHashMap.newKeySet();
    private static final Map<Key, Site> ENDED_SITES = new HashMap<>();

    private Allocations() {}

    /**
     * The key of a site within its heap. A sample is taken during an allocation. So this code
     * avoids everything that a JVM needs milliseconds to link at its first use: lambdas, streams,
     * and the generated methods of records.
     */
    record Key(List<StackTraceElement> stack, String map, boolean bounded, String thread) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && map.equals(key.map)
                    && bounded == key.bounded
                    && thread.equals(key.thread)
                    && stack.equals(key.stack);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * stack.hashCode() + map.hashCode()) + thread.hashCode();
        }
    }

    /**
     * Estimates of everything that was ever allocated at a site. Guarded by the monitor that guards
     * the site's table.
     */
    static final class Site {
        final Key key;
        double bytes;
        double objects;
        long lastMillis;

        Site(Key key) {
            this.key = key;
        }

        void add(double moreBytes, double moreObjects, long millis) {
            bytes += moreBytes;
            objects += moreObjects;
            lastMillis = Math.max(lastMillis, millis);
        }
    }

    /**
     * A site and its estimates.
     *
     * @param bounded whether the map drops entries by itself, because it has a bound or an expiry
     * @param oldestMillis when the oldest block that is sampled and not yet freed was allocated; 0
     *     if there is none
     * @param lastMillis when the last block was sampled
     */
    public record Figures(
            List<StackTraceElement> stack,
            String heap,
            String map,
            boolean bounded,
            String thread,
            double inUseBytes,
            double inUseObjects,
            double allocatedBytes,
            double allocatedObjects,
            long oldestMillis,
            long lastMillis) {}

    /** Returns the sites of all heaps. */
    public static List<Figures> read() {
        List<Figures> figures = new ArrayList<>();
        synchronized (ENDED_SITES) { // so that a heap that ends meanwhile is counted once
            for (AllocationSampler sampler : OPEN) {
                sampler.read(figures);
            }
            for (Site site : ENDED_SITES.values()) {
                Key key = site.key;
                figures.add(new Figures(
                        key.stack,
                        ENDED,
                        key.map,
                        key.bounded,
                        key.thread,
                        0,
                        0,
                        site.bytes,
                        site.objects,
                        0,
                        site.lastMillis));
            }
        }
        return figures;
    }

    /**
     * Returns the site for this key in a table. The caller holds the monitor that guards the table.
     */
    static Site site(Map<Key, Site> sites, Key key) {
        Site known = sites.get(key);
        if (known != null) {
            return known;
        }
        if (sites.size() < MAX_SITES) {
            return addSite(sites, key);
        }
        Key unlabelled = new Key(key.stack, "", key.bounded, "");
        boolean isKept = sites.size() < 2 * MAX_SITES || sites.containsKey(unlabelled);
        Key kept = isKept ? unlabelled : OTHERS;
        Site site = sites.get(kept);
        return site != null ? site : addSite(sites, kept);
    }

    private static Site addSite(Map<Key, Site> sites, Key key) {
        Site site = new Site(key);
        sites.put(key, site);
        return site;
    }

    static void open(AllocationSampler sampler) {
        OPEN.add(sampler);
    }

    /**
     * Moves the sums of a heap that has ended to the ended heaps. None of its blocks are in use any
     * more.
     */
    static void end(AllocationSampler sampler) {
        synchronized (ENDED_SITES) {
            for (Site site : sampler.endSites()) {
                site(ENDED_SITES, site.key).add(site.bytes, site.objects, site.lastMillis);
            }
            OPEN.remove(sampler);
        }
    }
}
