package io.memmap.jcache;

import java.net.URI;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A cache manager of one test, which closes it. */
final class TestManager implements AfterEachCallback {
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final Logger LOGGER = Logger.getLogger(TestManager.class.getPackageName());

    static {
        LOGGER.setLevel(Level.OFF); // it would show the failures that tests mean
    }

    private final MemmapCachingProvider provider = new MemmapCachingProvider();
    private final Properties properties = new Properties();

    TestManager with(String property, String value) {
        properties.setProperty(property, value);
        return this;
    }

    CacheManager manager() {
        return provider.getCacheManager(null, null, properties);
    }

    MemmapCachingProvider provider() {
        return provider;
    }

    <K, V> Cache<K, V> cache(Configuration<K, V> configuration) {
        return manager().createCache("test" + MADE.incrementAndGet(), configuration);
    }

    static URI uri() {
        return URI.create("memmap:test" + MADE.incrementAndGet());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        provider.close();
    }
}
