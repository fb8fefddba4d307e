package io.memmap.examples;

import io.memmap.Type;
import io.memmap.jcache.MemmapConfiguration;
import javax.cache.Caching;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.jcache.JCacheCacheManager;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Spring keeps the results of a service in memmap's cache, through its cache abstraction and JCache.
 * The service knows of nothing but Spring's annotations.
 */
public final class SpringCaching {
    private SpringCaching() {}

    /** What the service returns. */
    record Forecast(String city, int degrees) {}

    /** A service whose answers take long. */
    static class Forecasts {
        private int computed;

        @Cacheable("forecasts")
        Forecast of(String city) {
            computed++; // a real service would ask another one
            return new Forecast(city, 10 + city.length());
        }

        @CacheEvict("forecasts")
        void forget(String city) {}

        int computed() {
            return computed;
        }
    }

    /** The beans. */
    @Configuration
    @EnableCaching
    static class Beans {
        /** Spring closes the manager at its end, which frees the memory outside the Java heap. */
        @Bean
        javax.cache.CacheManager memmap() {
            javax.cache.CacheManager manager = Caching.getCachingProvider().getCacheManager();
            Type<Forecast> type = Type.of(
                    "forecast.1",
                    Forecast.class,
                    (forecast, to) -> to.putUtf8(forecast.city()).putInt(forecast.degrees()),
                    from -> new Forecast(from.getUtf8(), from.getInt()));
            manager.createCache(
                    "forecasts",
                    new MemmapConfiguration<String, Forecast>()
                            .setMaxEntries(10_000)
                            .setStoredValueType(type)
                            .setTypes(String.class, Forecast.class)
                            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
            return manager;
        }

        @Bean
        CacheManager cacheManager(javax.cache.CacheManager memmap) {
            JCacheCacheManager manager = new JCacheCacheManager(memmap);
            manager.setAllowNullValues(false); // the null of Spring's own would be no Forecast
            return manager;
        }

        @Bean
        Forecasts forecasts() {
            return new Forecasts();
        }
    }

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) {
        try (AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext(Beans.class)) {
            Forecasts forecasts = spring.getBean(Forecasts.class);
            System.out.println(forecasts.of("Kiel") + ", " + forecasts.of("Oslo") + ", " + forecasts.of("Kiel"));
            System.out.println("3 calls have computed " + forecasts.computed() + " forecasts");
            forecasts.forget("Kiel");
            System.out.println(forecasts.of("Kiel") + " is the same, computed again: " + (forecasts.computed() == 3));
        }
    }
}
