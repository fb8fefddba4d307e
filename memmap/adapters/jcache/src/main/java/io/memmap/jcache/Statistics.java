package io.memmap.jcache;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.cache.management.CacheStatisticsMXBean;

/** The statistics of a cache. They count only while they are enabled. */
final class Statistics implements CacheStatisticsMXBean {
    private static final float PERCENT = 100;

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final LongAdder removals = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder getNanos = new LongAdder();
    private final LongAdder putNanos = new LongAdder();
    private final LongAdder removeNanos = new LongAdder();
    private volatile boolean enabled;

    void enable(boolean on) {
        enabled = on;
    }

    boolean isEnabled() {
        return enabled;
    }

    /** Returns the time at which an operation begins; 0 if nobody wants to know. */
    long begin() {
        return enabled ? System.nanoTime() : 0;
    }

    /** Counts a get of an operation that began at that time. */
    void countGet(boolean isHit, long begin) {
        if (enabled) {
            (isHit ? hits : misses).increment();
            addTime(getNanos, begin);
        }
    }

    /** Counts the puts of an operation that began at that time. */
    void countPuts(long number, long begin) {
        if (enabled && number != 0) {
            puts.add(number);
            addTime(putNanos, begin);
        }
    }

    /** Counts the removals of an operation that began at that time. */
    void countRemovals(long number, long begin) {
        if (enabled && number != 0) {
            removals.add(number);
            addTime(removeNanos, begin);
        }
    }

    void countEviction() {
        if (enabled) {
            evictions.increment();
        }
    }

    private static void addTime(LongAdder sum, long begin) {
        if (begin != 0) { // otherwise the statistics were off when the operation began
            sum.add(System.nanoTime() - begin);
        }
    }

    @Override
    public void clear() {
        for (LongAdder adder :
                new LongAdder[] {hits, misses, puts, removals, evictions, getNanos, putNanos, removeNanos}) {
            adder.reset();
        }
    }

    @Override
    public long getCacheHits() {
        return hits.sum();
    }

    @Override
    public float getCacheHitPercentage() {
        return ratio(hits.sum() * PERCENT, getCacheGets());
    }

    @Override
    public long getCacheMisses() {
        return misses.sum();
    }

    @Override
    public float getCacheMissPercentage() {
        return ratio(misses.sum() * PERCENT, getCacheGets());
    }

    @Override
    public long getCacheGets() {
        return hits.sum() + misses.sum();
    }

    @Override
    public long getCachePuts() {
        return puts.sum();
    }

    @Override
    public long getCacheRemovals() {
        return removals.sum();
    }

    @Override
    public long getCacheEvictions() {
        return evictions.sum();
    }

    @Override
    public float getAverageGetTime() {
        return microseconds(getNanos, getCacheGets());
    }

    @Override
    public float getAveragePutTime() {
        return microseconds(putNanos, getCachePuts());
    }

    @Override
    public float getAverageRemoveTime() {
        return microseconds(removeNanos, getCacheRemovals());
    }

    private static float microseconds(LongAdder nanos, long operations) {
        return ratio(nanos.sum() / (float) TimeUnit.MICROSECONDS.toNanos(1), operations);
    }

    private static float ratio(float sum, long number) {
        return number == 0 ? 0 : sum / number;
    }
}
