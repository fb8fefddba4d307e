package io.memmap.observe;

/** Reads a snapshot for each attribute. */
final class MemStatsBean implements MemStatsMXBean {
    private static MemStats sums() {
        return MemStats.read(Detail.HEAPS);
    }

    @Override
    public long getReserved() {
        return sums().reserved();
    }

    @Override
    public long getCommitted() {
        return sums().committed();
    }

    @Override
    public long getInUse() {
        return sums().inUse();
    }

    @Override
    public long getObjects() {
        return sums().objects();
    }

    @Override
    public long getAllocations() {
        return sums().allocations();
    }

    @Override
    public long getGrowths() {
        return sums().growths();
    }

    @Override
    public long getHeaps() {
        MemStats sums = sums();
        return sums.heapsOpened() - sums.heapsClosed();
    }

    @Override
    public MemStats getStats() {
        return MemStats.read();
    }

    @Override
    public MemStats readChains() {
        return MemStats.read(Detail.CHAINS);
    }
}
