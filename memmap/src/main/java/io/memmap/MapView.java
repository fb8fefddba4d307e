package io.memmap;

import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A map as java.util knows it. A typed map says how a key is found and a value read and written; the fail-fast iterators of its
 * views are here.
 */
abstract class MapView<K, V> extends MapViews<K, V> {
    private final HashTable table;

    MapView(HashTable table) {
        this.table = table;
    }

    /** Returns the slot of this key; 0 if it is absent, null, or of another class. */
    abstract long findSlot(@Nullable Object key);

    abstract V valueAt(long slot);

    abstract void store(K key, V value);

    /** Removes this key, which is present. */
    abstract void delete(Object key);

    /** Returns a cursor before the first entry. */
    abstract HashCursor<K, V> walk();

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
    Iterator<Map.Entry<K, V>> entries() {
        return new EntryIterator();
    }

    /**
     * Produces every entry once, so that what is left of the map's size tells whether there is a next one; fails fast if an
     * entry has been added or removed other than through it.
     */
    private final class EntryIterator implements Iterator<Map.Entry<K, V>> {
        private final HashCursor<K, V> cursor = walk();
        private long changes = table.field(HmapLayout.CHANGES);
        private long left = table.size();
        /** Whether the entry produced last is still there. */
        private boolean hasCurrent;

        @Override
        public boolean hasNext() {
            return left != 0;
        }

        @Override
        public Map.Entry<K, V> next() {
            requireUnchanged();
            if (left == 0) {
                throw new NoSuchElementException();
            }
            if (cursor.advance() == 0) {
                throw new ConcurrentModificationException("the map has been freed");
            }
            left--;
            hasCurrent = true;
            return new LiveEntry(this, cursor.entryKey(), cursor.entryValue());
        }

        @Override
        public void remove() {
            if (!hasCurrent) {
                throw new IllegalStateException("next() has not been called, or the entry has been removed already");
            }
            requireUnchanged();
            cursor.remove();
            hasCurrent = false;
            changes = table.field(HmapLayout.CHANGES);
        }

        private void requireUnchanged() {
            if (table.field(HmapLayout.CHANGES) != changes) {
                throw new ConcurrentModificationException("the map has been changed other than through this iterator");
            }
        }
    }

    /** An entry that writes through to the map as long as its key is there. */
    private final class LiveEntry extends SimpleEntry<K, V> {
        private static final long serialVersionUID = 1L;

        private final transient EntryIterator iterator;
        private final long left;

        LiveEntry(EntryIterator iterator, K key, V value) {
            super(key, value);
            this.iterator = iterator;
            left = iterator.left;
        }

        @Override
        public V setValue(V value) {
            Objects.requireNonNull(value, "value");
            boolean isCurrent = iterator.hasCurrent && iterator.left == left;
            if (isCurrent && iterator.cursor.currentSlot() != 0) {
                iterator.cursor.setEntryValue(value); // also where the key is a NaN, which no lookup finds
            } else if (containsKey(getKey())) {
                store(getKey(), value);
            }
            return super.setValue(value);
        }
    }
}
