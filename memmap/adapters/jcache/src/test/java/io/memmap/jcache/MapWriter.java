package io.memmap.jcache;

import java.util.Collection;
import java.util.Map;
import javax.cache.Cache;
import javax.cache.integration.CacheWriter;

/** A writer to a map. As many writers do, it leaves the collections that it gets as they are. */
class MapWriter<K, V> implements CacheWriter<K, V> {
    private final Map<K, V> resource;

    MapWriter(Map<K, V> resource) {
        this.resource = resource;
    }

    @Override
    public void write(Cache.Entry<? extends K, ? extends V> entry) {
        resource.put(entry.getKey(), entry.getValue());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends K, ? extends V>> entries) {
        entries.forEach(this::write);
    }

    @Override
    public void delete(Object key) {
        resource.remove(key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
        keys.forEach(this::delete);
    }
}
