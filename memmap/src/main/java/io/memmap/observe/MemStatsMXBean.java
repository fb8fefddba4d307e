package io.memmap.observe;

import javax.management.ObjectName;

/**
 * {@link MemStats} for JMX: the sums as attributes of their own, which consoles draw, and all of it as one open type. Each
 * attribute is read afresh. It is registered when asked for, {@link #register()}.
 */
public interface MemStatsMXBean {
    /**
     * The name under which it is registered: {@value}. Where the library is loaded more than once in a process, each has heaps
     * of its own and a bean of its own. The second to register is {@code io.memmap:type=MemStats,instance=2}, and so on.
     */
    String NAME = "io.memmap:type=MemStats";

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
     * @return those opened less those closed
     */
    long getHeaps();

    /**
     * Returns the whole snapshot, maps included.
     *
     * @return the snapshot
     */
    MemStats getStats();

    /**
     * Returns the snapshot with the longest chain of each map, for which all buckets are read.
     *
     * @return the snapshot
     */
    MemStats readChains();

    /**
     * Registers the bean with the platform's server. If it is registered already, this does nothing.
     *
     * @return its name: {@link #NAME}, or with an {@code instance} if another class loader's bean has that name
     * @throws IllegalStateException if the server refuses
     */
    @SuppressWarnings("exports") // who uses JMX requires its module anyway
    static ObjectName register() {
        return MemStatsBean.register();
    }

    /**
     * Takes the bean away from the platform's server. If it is not there, this does nothing; the beans of other class loaders
     * stay.
     *
     * @throws IllegalStateException if the server refuses
     */
    static void unregister() {
        MemStatsBean.unregister();
    }
}
