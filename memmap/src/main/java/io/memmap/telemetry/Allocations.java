package io.memmap.telemetry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What all heaps of this process have allocated, by site: the {@link AllocationSampler}s of the heaps that are open, and the
 * sums of those that have ended. Safe for all threads.
 */
public final class Allocations {
    /** The name that ended heaps go by. */
    static final String ENDED = "(ended)";
    /**
     * Sites that a heap, or all that have ended, are told apart by. What comes later is told apart by its stack only; and
     * after as many of those again, it is one site.
     */
    static final int MAX_SITES = 1 << 14;

    private static final Key OTHERS = new Key(List.of(new StackTraceElement("(other)", "sites", null, -1)), "", "");

    private static final Set<AllocationSampler> OPEN = ConcurrentHashMap.newKeySet();
    private static final Map<Key, Site> ENDED_SITES = new HashMap<>();

    private Allocations() {}

    /**
     * What makes a site, in its heap. A sample is taken within an allocation, so it has nothing that a JVM links for
     * milliseconds when it is first used: no lambda, no stream, and not the methods that records have.
     */
    record Key(List<StackTraceElement> stack, String map, String thread) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && map.equals(key.map)
                    && thread.equals(key.thread)
                    && stack.equals(key.stack);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * stack.hashCode() + map.hashCode()) + thread.hashCode();
        }
    }

    /** Estimates of all that was ever allocated at a site; whoever holds the monitor of its table may touch it. */
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
     * @param oldestMillis when the oldest block was allocated that has been sampled and not freed; 0 for none
     * @param lastMillis when the last block was sampled
     */
    public record Figures(
            List<StackTraceElement> stack,
            String heap,
            String map,
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
                        key.stack, ENDED, key.map, key.thread, 0, 0, site.bytes, site.objects, 0, site.lastMillis));
            }
        }
        return figures;
    }

    /** Returns the site of this key in a table, whose monitor the caller holds. */
    static Site site(Map<Key, Site> sites, Key key) {
        Site known = sites.get(key);
        if (known != null) {
            return known;
        }
        if (sites.size() < MAX_SITES) {
            return addSite(sites, key);
        }
        Key unlabelled = new Key(key.stack, "", "");
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

    /** A heap has ended: in use there is nothing any more. */
    static void end(AllocationSampler sampler) {
        synchronized (ENDED_SITES) {
            for (Site site : sampler.endSites()) {
                site(ENDED_SITES, site.key).add(site.bytes, site.objects, site.lastMillis);
            }
            OPEN.remove(sampler);
        }
    }
}
