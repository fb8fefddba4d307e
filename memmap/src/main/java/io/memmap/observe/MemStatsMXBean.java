package io.memmap.observe;

import javax.management.ObjectName;

/**
 * {@link MemStats} for JMX. Each sum is an attribute, which consoles can draw, and the whole
 * snapshot is one open type. Every read of an attribute reads the heaps again. {@link #register()}
 * registers the bean; the library does not do so by itself.
 */
public interface MemStatsMXBean {
    /**
     * The name under which the bean is registered: {@value}. If the library is loaded more than
     * once in a process, each copy has heaps of its own and a bean of its own. The second bean to
     * be registered is {@code io.memmap:type=MemStats,instance=2}, and so on.
     */
    String NAME = "io.memmap:type=MemStats";

    /**
     * Returns {@link MemStats#maxBytes()}.
     *
     * @return bytes
     */
    long getMaxBytes();

    /**
     * Returns {@link MemStats#reserved()}.
     *
     * @return bytes
     */
    long getReserved();

    /**
     * Returns {@link MemStats#committed()}.
     *
     * @return bytes
     */
    long getCommitted();

    /**
     * Returns {@link MemStats#inUse()}.
     *
     * @return bytes
     */
    long getInUse();

    /**
     * Returns {@link MemStats#objects()}.
     *
     * @return live blocks
     */
    long getObjects();

    /**
     * Returns {@link MemStats#allocations()}.
     *
     * @return blocks handed out
     */
    long getAllocations();

    /**
     * Returns {@link MemStats#growths()}.
     *
     * @return growths begun
     */
    long getGrowths();

    /**
     * Returns the number of live heaps.
     *
     * @return the number of heaps opened, minus the number closed
     */
    long getHeaps();

    /**
     * Returns the whole snapshot, including the maps.
     *
     * @return the snapshot
     */
    MemStats getStats();

    /**
     * Returns the snapshot with the longest chain of each map. A chain is a bucket with its
     * overflow buckets. The call reads all buckets.
     *
     * @return the snapshot
     */
    MemStats readChains();

    /**
     * Registers the bean with the platform's MBean server. Does nothing if the bean is registered
     * already.
     *
     * @return the bean's name: {@link #NAME}, or with an {@code instance} if another class loader's
     *     bean has that name
     * @throws IllegalStateException if the server refuses
     */
    @SuppressWarnings("exports") // users of JMX require its module anyway
    static ObjectName register() {
        return MemStatsBean.register();
    }

    /**
     * Unregisters the bean from the platform's MBean server. Does nothing if the bean is not
     * registered. The beans of other class loaders stay.
     *
     * @throws IllegalStateException if the server refuses
     */
    static void unregister() {
        MemStatsBean.unregister();
    }
}
