package io.memmap;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A view of a table as a {@link Map}. Subclasses define how to find a key and how to read and write
 * a value.
 */
abstract class TableMapView<K, V> extends AbstractMapView<K, V> {
    private final HashTable table;

    TableMapView(HashTable table) {
        this.table = table;
    }

    /** Returns the slot of this key; 0 if it is absent, null, or of another class. */
    abstract long findSlot(@Nullable Object key);

    abstract V valueAt(long slot);

    abstract void store(K key, V value);

    /** Removes a key that is present. */
    abstract void delete(Object key);

    /**
     * Returns a cursor that stands before the first entry. The flag says whether the caller will
     * ask it for values.
     */
    abstract HashCursor<K, V> walk(boolean wantsValues);

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
    public boolean replace(K key, V expected, V value) {
        Objects.requireNonNull(value, "value");
        boolean matches = holds(key, expected);
        if (matches) {
            store(key, value);
        }
        return matches;
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
    public boolean remove(@Nullable Object key, @Nullable Object value) {
        boolean matches = holds(key, value);
        if (matches) {
            delete(Objects.requireNonNull(key));
        }
        return matches;
    }

    @Override
    public void clear() {
        table.clear();
    }

    @Override
    Iterator<Map.Entry<K, V>> entries() {
        return new Walk<>(true) {
            @Override
            Map.Entry<K, V> current() {
                K key = cursor.entryKey(); // may run a caller's code, which may change the map
                // The slot is 0 if the entry has been removed since: it is produced as it was.
                long slot = cursor.currentSlot();
                return new LiveEntry(this, key, slot == 0 ? cursor.entryValue() : valueAt(slot));
            }
        };
    }

    @Override
    Iterator<K> keys() {
        return new Walk<>(false) {
            @Override
            K current() {
                return cursor.entryKey();
            }
        };
    }

    /**
     * An iterator over the map's cursor. It allows every change of the map that the cursor allows.
     */
    private abstract class Walk<E> implements Iterator<E> {
        final HashCursor<K, V> cursor;
        /** Whether the cursor is at the entry that the next call of {@link #next} produces. */
        private boolean isAhead;
        /**
         * The last element that was produced; null if its entry has been removed through this
         * iterator.
         */
        private @Nullable E last;
        /**
         * Whether the cursor is still at the last entry. If it is not, it has kept the entry's key.
         */
        private boolean isAtLast;

        Walk(boolean wantsValues) {
            cursor = walk(wantsValues);
        }

        /** Returns the element for the cursor's entry. */
        abstract E current();

        @Override
        public boolean hasNext() {
            if (!isAhead) {
                if (isAtLast) {
                    cursor.keep();
                    isAtLast = false;
                }
                isAhead = cursor.advance() != 0;
            }
            return isAhead;
        }

        @Override
        public E next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            E produced = current();
            isAhead = false;
            isAtLast = true;
            last = produced;
            return produced;
        }

        @Override
        public void remove() {
            if (last == null) {
                throw new IllegalStateException("next() has not been called, or the entry has been removed already");
            }
            if (isAtLast) {
                cursor.remove();
            } else {
                cursor.removeKept();
            }
            last = null;
            isAtLast = false;
        }
    }

    /**
     * An entry that writes through to the map while its key is present. No lookup finds a key that
     * is a NaN, so an entry with such a key writes through only until the iterator advances.
     */
    private final class LiveEntry extends ViewEntry {
        private static final long serialVersionUID = 1L;

        private final transient Walk<?> iterator;

        LiveEntry(Walk<?> iterator, K key, V value) {
            super(key, value);
            this.iterator = iterator;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // identity is meant
        public V setValue(V value) {
            Objects.requireNonNull(value, "value");
            boolean isCurrent = iterator.isAtLast && iterator.last == this;
            if (isCurrent && iterator.cursor.currentSlot() != 0) {
                iterator.cursor.setEntryValue(value);
            } else if (containsKey(getKey())) {
                store(getKey(), value);
            }
            return super.setValue(value);
        }
    }
}
