package io.memmap.jcache;

import java.lang.management.ManagementFactory;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/** The beans of caches in the platform's MBean server. */
final class Beans {
    static final String STATISTICS = "CacheStatistics";
    static final String CONFIGURATION = "CacheConfiguration";

    /** What would end a part of a bean's name, or make a pattern of it. */
    private static final Pattern SPECIAL = Pattern.compile("[,:=\n*?\"]");

    private Beans() {}

    /** Registers a cache's bean of this type, unless there is one; unregisters it if {@code bean} is null. */
    static void register(String type, Cache<?, ?> cache, @Nullable Object bean) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName name = new ObjectName("javax.cache:type=" + type + ",CacheManager="
                    + safe(cache.getCacheManager().getURI().toString()) + ",Cache=" + safe(cache.getName()));
            boolean isRegistered = server.isRegistered(name);
            if (bean != null && !isRegistered) {
                server.registerMBean(bean, name);
            } else if (bean == null && isRegistered) {
                server.unregisterMBean(name);
            }
        } catch (JMException e) {
            throw new CacheException("the " + type + " bean of the cache " + cache.getName() + " has failed", e);
        }
    }

    private static String safe(String part) {
        return SPECIAL.matcher(part).replaceAll(".");
    }
}
