package io.memmap.observe;

import java.lang.management.ManagementFactory;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * {@link MemStats} for JMX: the sums as attributes of their own, which consoles draw, and all of it as one open type. Each
 * attribute is read afresh. It is registered when asked for, {@link #register()}.
 */
public interface MemStatsMXBean {
    /** The name under which it is registered: {@value}. */
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
     * Registers the bean with the platform's server; again does nothing.
     *
     * @return its name
     * @throws IllegalStateException if the server refuses
     */
    @SuppressWarnings("exports") // who uses JMX requires its module anyway
    static ObjectName register() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName name = new ObjectName(NAME);
            try {
                server.registerMBean(new MemStatsBean(), name);
            } catch (InstanceAlreadyExistsException there) {
                return name;
            }
            return name;
        } catch (JMException e) {
            throw new IllegalStateException(NAME + " could not be registered", e);
        }
    }

    /**
     * Takes the bean away from the platform's server; does nothing if it is not there.
     *
     * @throws IllegalStateException if the server refuses
     */
    static void unregister() {
        try {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(new ObjectName(NAME));
        } catch (InstanceNotFoundException none) {
            return;
        } catch (JMException e) {
            throw new IllegalStateException(NAME + " could not be unregistered", e);
        }
    }
}
