package io.memmap;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A map as java.util knows it. A typed map says how a key is found and a value read and written. */
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

    /** Returns a cursor before the first entry, which is asked for values or is not. */
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
                K key = cursor.entryKey(); // which may run callers' code, and that may change the map
                long slot = cursor.currentSlot(); // 0 if the entry has been removed since: it is produced as it was
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

    /** Walks as the map's cursor does, and so allows what that allows. */
    private abstract class Walk<E> implements Iterator<E> {
        final HashCursor<K, V> cursor;
        /** Whether the cursor is at the entry that comes next. */
        private boolean isAhead;
        /** What was produced last, unless its entry has been removed through this. */
        private @Nullable E last;
        /** Whether the cursor is at that entry; if it is not, it has kept its key. */
        private boolean isAtLast;

        Walk(boolean wantsValues) {
            cursor = walk(wantsValues);
        }

        /** Returns what is produced of the cursor's entry. */
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
     * An entry that writes through to the map as long as its key is there. A key that is a NaN, which no lookup finds, is there
     * until the iterator is asked for more.
     */
    private final class LiveEntry extends ViewEntry {
        private static final long serialVersionUID = 1L;

        private final transient Walk<?> iterator;

        LiveEntry(Walk<?> iterator, K key, V value) {
            super(key, value);
            this.iterator = iterator;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // whether it is the very entry
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
