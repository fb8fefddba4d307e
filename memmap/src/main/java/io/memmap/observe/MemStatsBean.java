package io.memmap.observe;

import io.memmap.observe.MemStats.Detail;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * Takes a snapshot for each attribute. The platform's MBean server has at most one such bean for
 * each class loader.
 */
final class MemStatsBean implements MemStatsMXBean {
    /** The name under which this class's bean was last registered. Guarded by the class. */
    private static @Nullable ObjectName registered;

    static synchronized ObjectName register() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName name = registered;
            for (int instance = 1; name == null || !isOurs(server, name); instance++) {
                name = tryRegister(server, instance);
            }
            registered = name;
            return name;
        } catch (JMException e) {
            throw new IllegalStateException(NAME + " could not be registered", e);
        }
    }

    /**
     * Registers a bean under the name with this number. Returns the name, or null if another bean
     * has it.
     */
    private static @Nullable ObjectName tryRegister(MBeanServer server, int instance) throws JMException {
        ObjectName name = new ObjectName(instance == 1 ? NAME : NAME + ",instance=" + instance);
        try {
            server.registerMBean(new MemStatsBean(), name);
            return name;
        } catch (InstanceAlreadyExistsException taken) {
            return null;
        }
    }

    static synchronized void unregister() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = registered;
        registered = null;
        try {
            if (name != null && isOurs(server, name)) {
                server.unregisterMBean(name);
            }
        } catch (InstanceNotFoundException gone) {
            return;
        } catch (JMException e) {
            throw new IllegalStateException(name + " could not be unregistered", e);
        }
    }

    /**
     * Returns whether the name belongs to this class's bean. Other code may unregister a bean and
     * register its own under the same name.
     */
    private static boolean isOurs(MBeanServer server, ObjectName name) throws JMException {
        try {
            return server.isInstanceOf(name, MemStatsBean.class.getName())
                    && Objects.equals(server.getClassLoaderFor(name), MemStatsBean.class.getClassLoader());
        } catch (InstanceNotFoundException gone) {
            return false;
        }
    }

    private static MemStats sums() {
        return MemStats.read(Detail.HEAPS);
    }

    @Override
    public long getMaxBytes() {
        return sums().maxBytes();
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
