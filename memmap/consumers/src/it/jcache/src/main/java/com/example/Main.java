package com.example;

import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** Finds the provider from the module path, and stores an object of this module. */
final class Main {
    /** The kind of an order, which is stored by Java serialization. */
    enum Kind {
        BUY,
        SELL
    }

    private Main() {}

    public static void main(String[] arguments) {
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager()) {
            Cache<Long, Kind> orders = manager.createCache(
                    "orders", new MutableConfiguration<Long, Kind>().setTypes(Long.class, Kind.class));
            orders.put(7L, Kind.SELL);
            if (orders.get(7L) != Kind.SELL) {
                throw new AssertionError("the order is " + orders.get(7L));
            }
        }
    }
}
