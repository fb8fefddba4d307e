package io.memmap;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A map as java.util knows it. A typed map says how a key is found and a value read and written; the views and their
 * fail-fast iterators are here.
 */
abstract class MapView<K, V> extends AbstractMap<K, V> {
    private final HashTable table;

    MapView(HashTable table) {
        this.table = table;
    }

    /** Returns the slot of this key; 0 if it is absent, null, or of another class. */
    abstract long findSlot(@Nullable Object key);

    abstract V valueAt(long slot);

    abstract void setValueAt(long slot, V value);

    abstract void store(K key, V value);

    /** Removes this key, which is present. */
    abstract void delete(Object key);

    /** Returns a walk over the keys; it gives null at its end. */
    abstract Supplier<@Nullable K> walk();

    @Override
    public int size() {
        return (int) Math.min(table.size(), Integer.MAX_VALUE);
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return findSlot(key) != 0;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        long slot = findSlot(key);
        return slot == 0 ? null : valueAt(slot);
    }

    @Override
    public @Nullable V put(K key, V value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        V previous = get(key);
        store(key, value);
        return previous;
    }

    @Override
    public @Nullable V remove(@Nullable Object key) {
        long slot = findSlot(key);
        if (slot == 0) {
            return null;
        }
        V previous = valueAt(slot);
        delete(Objects.requireNonNull(key));
        return previous;
    }

    @Override
    public void clear() {
        table.clear();
    }

    @Override
    public Set<K> keySet() {
        return new View<K>() {
            @Override
            public boolean contains(@Nullable Object key) {
                return containsKey(key);
            }

            @Override
            public boolean remove(@Nullable Object key) {
                return MapView.this.remove(key) != null;
            }

            @Override
            public Iterator<K> iterator() {
                EntryIterator entries = new EntryIterator();
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
                        && entry.getValue() != null
                        && entry.getValue().equals(get(entry.getKey()));
            }

            @Override
            public boolean remove(@Nullable Object object) {
                return contains(object)
                        && MapView.this.remove(((Map.Entry<?, ?>) Objects.requireNonNull(object)).getKey()) != null;
            }

            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return new EntryIterator();
            }
        };
    }

    private abstract class View<E> extends AbstractSet<E> {
        @Override
        public int size() {
            return MapView.this.size();
        }

        @Override
        public void clear() {
            MapView.this.clear();
        }
    }

    /** An entry that writes through to the map as long as its key is there. */
    private final class LiveEntry extends SimpleEntry<K, V> {
        private static final long serialVersionUID = 1L;

        LiveEntry(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            Objects.requireNonNull(value, "value");
            long slot = findSlot(getKey());
            if (slot != 0) {
                setValueAt(slot, value);
            }
            return super.setValue(value);
        }
    }

    /** Looks one key ahead, and fails fast if an entry has been added or removed other than through it. */
    private final class EntryIterator implements Iterator<Map.Entry<K, V>> {
        private final Supplier<@Nullable K> walk = walk();
        private long changes = table.field(HmapLayout.CHANGES);
        private @Nullable K ahead = walk.get();
        private @Nullable K current;

        @Override
        public boolean hasNext() {
            return ahead != null;
        }

        @Override
        public Map.Entry<K, V> next() {
            requireUnchanged();
            K key = ahead;
            if (key == null) {
                throw new NoSuchElementException();
            }
            long slot = findSlot(key);
            if (slot == 0) {
                throw new ConcurrentModificationException("the map has been freed");
            }
            current = key;
            ahead = walk.get();
            return new LiveEntry(key, valueAt(slot));
        }

        @Override
        public void remove() {
            K key = current;
            if (key == null) {
                throw new IllegalStateException("next() has not been called, or the entry has been removed already");
            }
            requireUnchanged();
            delete(key);
            current = null;
            changes = table.field(HmapLayout.CHANGES);
        }

        private void requireUnchanged() {
            if (table.field(HmapLayout.CHANGES) != changes) {
                throw new ConcurrentModificationException("the map has been changed other than through this iterator");
            }
        }
    }
}
