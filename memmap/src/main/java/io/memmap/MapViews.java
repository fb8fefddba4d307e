package io.memmap;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The views of a map of java.util, over an iterator of its entries. */
abstract class MapViews<K, V> extends AbstractMap<K, V> {
    /** Returns an iterator of the entries that can remove them. */
    abstract Iterator<Map.Entry<K, V>> entries();

    @Override
    public Set<K> keySet() {
        return new View<K>() {
            @Override
            public boolean contains(@Nullable Object key) {
                return key != null && containsKey(key);
            }

            @Override
            public boolean remove(@Nullable Object key) {
                return key != null && MapViews.this.remove(key) != null;
            }

            @Override
            public Iterator<K> iterator() {
                Iterator<Map.Entry<K, V>> entries = entries();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return entries.hasNext();
                    }

                    @Override
                    public K next() {
                        return entries.next().getKey();
                    }

                    @Override
                    public void remove() {
                        entries.remove();
                    }
                };
            }
        };
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new View<Map.Entry<K, V>>() {
            @Override
            public boolean contains(@Nullable Object object) {
                return object instanceof Map.Entry<?, ?> entry
                        && entry.getKey() != null
                        && entry.getValue() != null
                        && entry.getValue().equals(get(entry.getKey()));
            }

            @Override
            public boolean remove(@Nullable Object object) {
                return contains(object)
                        && object instanceof Map.Entry<?, ?> entry
                        && MapViews.this.remove(entry.getKey(), entry.getValue());
            }

            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return entries();
            }
        };
    }

    private abstract class View<E> extends AbstractSet<E> {
        @Override
        public int size() {
            return MapViews.this.size();
        }

        @Override
        public void clear() {
            MapViews.this.clear();
        }
    }
}
