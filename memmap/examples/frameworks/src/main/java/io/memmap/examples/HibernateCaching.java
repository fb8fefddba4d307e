package io.memmap.examples;

import io.memmap.jcache.MemmapCachingProvider;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.cfg.Configuration;
import org.hibernate.stat.Statistics;

/**
 * Hibernate keeps entities in memmap's caches: its second-level cache outside the Java heap, through
 * hibernate-jcache. The database is H2, in memory.
 */
public final class HibernateCaching {
    private static final Logger LOGGER = Logger.getLogger("org.hibernate");

    private HibernateCaching() {}

    /** An entity that sessions share. */
    @Entity(name = "Ship")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    static class Ship {
        @Id
        private long id;

        private String name = "";

        /** For Hibernate. */
        Ship() {}

        Ship(long id, String name) {
            this.id = id;
            this.name = name;
        }

        void rename(String other) {
            name = other;
        }

        @Override
        public String toString() {
            return name + ", ship " + id;
        }
    }

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) {
        LOGGER.setLevel(Level.SEVERE); // it warns of its pool of connections
        Properties bounds = new Properties(); // for each cache that Hibernate makes
        bounds.setProperty(MemmapCachingProvider.MAX_BYTES, Long.toString(16 << 20));
        try (CacheManager caches = Caching.getCachingProvider().getCacheManager(null, null, bounds);
                SessionFactory ships = sessionFactory(caches)) {
            ships.inTransaction(session -> session.persist(new Ship(7, "Adler")));
            for (int i = 0; i < 3; i++) {
                ships.inSession(session -> System.out.println(session.find(Ship.class, 7)));
            }
            ships.inTransaction(session -> session.find(Ship.class, 7).rename("Falke"));
            ships.inSession(session -> System.out.println(session.find(Ship.class, 7)));
            Statistics statistics = ships.getStatistics();
            System.out.println(statistics.getSecondLevelCacheHitCount() + " finds of 5 had the ship from the cache, "
                    + statistics.getEntityLoadCount() + " from the database");
            System.out.println("the cache is " + caches.getCache(Ship.class.getName()));
        }
    }

    private static SessionFactory sessionFactory(CacheManager caches) {
        Configuration configuration = new Configuration()
                .addAnnotatedClass(Ship.class)
                .setProperty("hibernate.connection.url", "jdbc:h2:mem:ships")
                .setProperty("hibernate.hbm2ddl.auto", "create-drop")
                .setProperty("hibernate.generate_statistics", "true")
                .setProperty("hibernate.cache.region.factory_class", "jcache")
                .setProperty("hibernate.javax.cache.missing_cache_strategy", "create");
        configuration.getProperties().put("hibernate.javax.cache.cache_manager", caches);
        return configuration.buildSessionFactory();
    }
}
