package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemStatsMXBeanTest {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @AfterEach
    void unregister() {
        MemStatsMXBean.unregister();
    }

    @Test
    void aConsoleReadsSumsHeapsAndMaps() throws JMException {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("orders").make().put(1, 2);
            ObjectName name = MemStatsMXBean.register();
            assertThat(server.getAttribute(name, "InUse"))
                    .isEqualTo(MemStats.read().inUse());
            assertThat(server.getAttribute(name, "Heaps"))
                    .isEqualTo((long) MemStats.read().heaps().size());
            assertThat(server.getAttribute(name, "MaxBytes"))
                    .isEqualTo(MemStats.read().maxBytes());
            assertThat((long) server.getAttribute(name, "Committed")).isPositive();
            assertThat((long) server.getAttribute(name, "Reserved")).isPositive();
            assertThat((long) server.getAttribute(name, "Objects")).isPositive();
            assertThat((long) server.getAttribute(name, "Allocations")).isPositive();
            assertThat((long) server.getAttribute(name, "Growths")).isNotNegative();
            CompositeData stats = (CompositeData) server.getAttribute(name, "Stats");
            CompositeData[] heaps = (CompositeData[]) stats.get("heaps");
            CompositeData[] maps = (CompositeData[]) heaps[heaps.length - 1].get("maps");
            assertThat(maps[0].get("name")).isEqualTo("orders");
            assertThat(maps[0].get("size")).isEqualTo(1L);
            assertThat(maps[0].get("longestChain")).isEqualTo(-1L);
            CompositeData walked = (CompositeData) server.invoke(name, "readChains", null, null);
            CompositeData[] walkedHeaps = (CompositeData[]) walked.get("heaps");
            assertThat(((CompositeData[]) walkedHeaps[walkedHeaps.length - 1].get("maps"))[0].get("longestChain"))
                    .isEqualTo(1L);
        }
    }

    @Test
    void registeringOrUnregisteringTwiceHasNoEffect() throws JMException {
        ObjectName name = MemStatsMXBean.register();
        assertThat(MemStatsMXBean.register()).isEqualTo(name);
        assertThat(server.isRegistered(name)).isTrue();
        MemStatsMXBean.unregister();
        MemStatsMXBean.unregister();
        assertThat(server.isRegistered(name)).isFalse();
    }

    private static ObjectName registerIn(SecondLibrary second) throws ReflectiveOperationException {
        return (ObjectName) second.call(MemStatsMXBean.class, "register");
    }

    private static void unregisterIn(SecondLibrary second) throws ReflectiveOperationException {
        second.call(MemStatsMXBean.class, "unregister");
    }

    @Test
    void everyClassLoaderHasItsOwnBean() throws JMException, ReflectiveOperationException, IOException {
        try (SecondLibrary second = new SecondLibrary();
                NativeHeap ofFirst = NativeHeap.ofConfined()) {
            assertThat(ofFirst.stats().inUse()).isZero();
            ObjectName first = MemStatsMXBean.register();
            ObjectName other = registerIn(second);
            assertThat(first.toString()).isEqualTo(MemStatsMXBean.NAME);
            assertThat(other.toString()).isEqualTo(MemStatsMXBean.NAME + ",instance=2");
            assertThat(registerIn(second)).isEqualTo(other);
            assertThat((long) server.getAttribute(first, "Heaps")).isPositive();
            assertThat(server.getAttribute(other, "Heaps")).isEqualTo(0L);
            MemStatsMXBean.unregister();
            assertThat(server.isRegistered(first)).isFalse();
            assertThat(server.isRegistered(other)).isTrue();
            assertThat(MemStatsMXBean.register()).isEqualTo(first);
            unregisterIn(second);
            assertThat(server.isRegistered(first)).isTrue();
            assertThat(server.isRegistered(other)).isFalse();
        }
    }

    @Test
    void aBeanThatTookOverTheNameOfAnUnregisteredOneStays()
            throws JMException, ReflectiveOperationException, IOException {
        try (SecondLibrary second = new SecondLibrary()) {
            ObjectName name = MemStatsMXBean.register();
            server.unregisterMBean(name);
            assertThat(registerIn(second)).isEqualTo(name);
            MemStatsMXBean.unregister();
            assertThat(server.isRegistered(name)).isTrue();
            assertThat(MemStatsMXBean.register().toString()).isEqualTo(MemStatsMXBean.NAME + ",instance=2");
            unregisterIn(second);
            assertThat(server.isRegistered(name)).isFalse();
        }
    }
}
