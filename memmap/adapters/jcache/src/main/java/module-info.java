/** Offers memmap's maps as caches of JCache (JSR-107). */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // JCache has no other module
module io.memmap.jcache {
    requires transitive io.memmap;
    requires transitive cache.api;
    requires java.management;
    requires static org.jspecify;

    exports io.memmap.jcache;

    provides javax.cache.spi.CachingProvider with
            io.memmap.jcache.MemmapCachingProvider;
}
