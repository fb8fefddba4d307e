package io.memmap;

import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Map} whose views are built on one iterator of the entries.
 *
 * <p>Keys and values are compared by the rules of their types, not by their own {@code equals}. The
 * map may change during an iteration, and its size may count entries that have expired. So streams
 * report no size.
 */
abstract class AbstractMapView<K, V> extends AbstractMap<K, V> {
    /** Returns an iterator over the entries that supports removal. */
    abstract Iterator<Map.Entry<K, V>> entries();

    /**
     * Returns an object that represents a key in comparisons. Two such objects are equal, and have
     * equal hash codes, if the keys are equal by the rule of their type. Returns null for an object
     * that equals no key.
     */
    abstract @Nullable Object equalityOfKey(@Nullable Object key);

    /** Does the same as {@link #equalityOfKey}, for a value. */
    abstract @Nullable Object equalityOfValue(@Nullable Object value);

    /**
     * Removes the entry that the iterator has just produced, and returns whether it was present. If
     * {@code anyValue} is true, the entry is removed even if its value has changed since.
     */
    boolean removeProduced(Iterator<Map.Entry<K, V>> iterator, Map.Entry<K, V> entry, boolean anyValue) {
        iterator.remove();
        return true;
    }

    /** Returns the value of a key for a comparison. A cache does not count it as a read. */
    @Nullable
    V valueToCompare(Object key) {
        return get(key);
    }

    /** Returns whether a key has this value. */
    final boolean holds(@Nullable Object key, @Nullable Object value) {
        V present = key == null || value == null ? null : valueToCompare(key);
        return present != null && areEqual(equalityOfValue(present), equalityOfValue(value));
    }

    private static boolean areEqual(@Nullable Object equality, @Nullable Object other) {
        return equality != null && equality.equals(other);
    }

    private static int hash(@Nullable Object object, @Nullable Object equality) {
        return Objects.hashCode(equality == null ? object : equality);
    }

    @Override
    public boolean containsValue(@Nullable Object value) {
        Iterator<Map.Entry<K, V>> entries = entries();
        Object sought = equalityOfValue(value);
        while (sought != null && entries.hasNext()) {
            if (sought.equals(equalityOfValue(entries.next().getValue()))) {
                return true;
            }
        }
        return false;
    }

    /** Compares the entries by the rules of their types. */
    @Override
    public boolean equals(@Nullable Object object) {
        return object == this
                || (object instanceof Map<?, ?> other && entrySet().equals(other.entrySet()));
    }

    /** Returns the sum of the entries' hash codes. They are consistent with {@link #equals}. */
    @Override
    public int hashCode() {
        return super.hashCode();
    }

    /**
     * Returns an iterator over the keys that supports removal. A subclass overrides this if reading
     * values costs more than reading keys.
     */
    Iterator<K> keys() {
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

    @Override
    public Set<K> keySet() {
        return new SetView<K>(true) {
            @Override
            K partOf(Map.Entry<K, V> entry) {
                return entry.getKey();
            }

            @Override
            @Nullable
            Object equalityOf(@Nullable Object key) {
                return equalityOfKey(key);
            }

            @Override
            public boolean contains(@Nullable Object key) {
                return key != null && containsKey(key);
            }

            @Override
            public boolean remove(@Nullable Object key) {
                return key != null && AbstractMapView.this.remove(key) != null;
            }

            @Override
            public Iterator<K> iterator() {
                return keys();
            }
        };
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new SetView<Map.Entry<K, V>>(false) {
            @Override
            Map.Entry<K, V> partOf(Map.Entry<K, V> entry) {
                return entry;
            }

            @Override
            @Nullable
            Object equalityOf(@Nullable Object object) {
                Object key = object instanceof Map.Entry<?, ?> entry ? equalityOfKey(entry.getKey()) : null;
                Object value = object instanceof Map.Entry<?, ?> entry ? equalityOfValue(entry.getValue()) : null;
                return key == null || value == null ? null : Map.entry(key, value);
            }

            @Override
            public boolean contains(@Nullable Object object) {
                return object instanceof Map.Entry<?, ?> entry && holds(entry.getKey(), entry.getValue());
            }

            @Override
            public boolean remove(@Nullable Object object) {
                return object instanceof Map.Entry<?, ?> entry
                        && entry.getKey() != null
                        && entry.getValue() != null
                        && AbstractMapView.this.remove(entry.getKey(), entry.getValue());
            }
        };
    }

    @Override
    public Collection<V> values() {
        return new View<V>(false) {
            @Override
            V partOf(Map.Entry<K, V> entry) {
                return entry.getValue();
            }

            @Override
            @Nullable
            Object equalityOf(@Nullable Object value) {
                return equalityOfValue(value);
            }

            @Override
            public boolean contains(@Nullable Object value) {
                return containsValue(value);
            }

            @Override
            public boolean remove(@Nullable Object value) {
                Object sought = equalityOfValue(value);
                for (Iterator<Map.Entry<K, V>> entries = entries(); sought != null && entries.hasNext(); ) {
                    Map.Entry<K, V> entry = entries.next();
                    if (sought.equals(equalityOfValue(entry.getValue())) && removeProduced(entries, entry, false)) {
                        return true;
                    }
                }
                return false;
            }
        };
    }

    /** An entry that is compared by the rules of the map's types. */
    abstract class ViewEntry extends SimpleEntry<K, V> {
        private static final long serialVersionUID = 1L;

        ViewEntry(K key, V value) {
            super(key, value);
        }

        @Override
        public boolean equals(@Nullable Object object) {
            return object == this
                    || (object instanceof Map.Entry<?, ?> other
                            && areEqual(equalityOfKey(getKey()), equalityOfKey(other.getKey()))
                            && areEqual(equalityOfValue(getValue()), equalityOfValue(other.getValue())));
        }

        @Override
        public int hashCode() {
            return hash(getKey(), equalityOfKey(getKey())) ^ hash(getValue(), equalityOfValue(getValue()));
        }
    }

    abstract class View<E> extends AbstractCollection<E> {
        /** Whether an entry counts as the same in this view after its value has changed. */
        private final boolean anyValue;

        View(boolean anyValue) {
            this.anyValue = anyValue;
        }

        /** Returns the part of an entry that is an element of this view. */
        abstract E partOf(Map.Entry<K, V> entry);

        /**
         * Returns an object that represents an element in comparisons; null if the element equals
         * nothing.
         */
        abstract @Nullable Object equalityOf(@Nullable Object element);

        @Override
        public int size() {
            return AbstractMapView.this.size();
        }

        @Override
        public void clear() {
            AbstractMapView.this.clear();
        }

        @Override
        public Iterator<E> iterator() {
            Iterator<Map.Entry<K, V>> entries = entries();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return entries.hasNext();
                }

                @Override
                public E next() {
                    return partOf(entries.next());
                }

                @Override
                public void remove() {
                    entries.remove();
                }
            };
        }

        @Override
        public Spliterator<E> spliterator() {
            int set = this instanceof Set ? Spliterator.DISTINCT : 0;
            int map = AbstractMapView.this instanceof ConcurrentMap ? Spliterator.CONCURRENT : 0;
            int order = AbstractMapView.this instanceof SortedMap ? Spliterator.ORDERED : 0;
            return new Walk<>(this, Spliterator.NONNULL | set | map | order);
        }

        @Override
        public boolean removeIf(Predicate<? super E> filter) {
            Objects.requireNonNull(filter, "filter");
            boolean removed = false;
            for (Iterator<Map.Entry<K, V>> entries = entries(); entries.hasNext(); ) {
                Map.Entry<K, V> entry = entries.next();
                if (filter.test(partOf(entry))) {
                    removed |= removeProduced(entries, entry, anyValue);
                }
            }
            return removed;
        }

        @Override
        public boolean removeAll(Collection<?> elements) {
            Set<Object> removed = equalitiesOf(elements);
            return removeIf(element -> removed.contains(equalityOf(element)));
        }

        @Override
        public boolean retainAll(Collection<?> elements) {
            Set<Object> kept = equalitiesOf(elements);
            return removeIf(element -> !kept.contains(equalityOf(element)));
        }

        private Set<Object> equalitiesOf(Collection<?> elements) {
            Set<Object> equalities = new HashSet<>();
            for (Object element : elements) {
                Object equality = equalityOf(element);
                if (equality != null) {
                    equalities.add(equality);
                }
            }
            return equalities;
        }
    }

    abstract class SetView<E> extends View<E> implements Set<E> {
        SetView(boolean anyValue) {
            super(anyValue);
        }

        @Override
        public boolean removeAll(Collection<?> elements) {
            boolean removed = false;
            for (Object element : elements) {
                removed |= remove(element);
            }
            return removed;
        }

        /** Counts the elements one by one, because {@link #size} may count expired entries. */
        @Override
        public boolean equals(@Nullable Object object) {
            if (object == this) {
                return true;
            }
            if (!(object instanceof Set<?> other)) {
                return false;
            }
            long surplus = 0;
            try {
                for (Object element : other) {
                    if (!contains(element)) {
                        return false;
                    }
                    surplus++;
                }
            } catch (ClassCastException | NullPointerException | IllegalArgumentException noElement) {
                return false;
            }
            for (Iterator<Map.Entry<K, V>> entries = entries(); entries.hasNext(); entries.next()) {
                surplus--;
            }
            return surplus == 0;
        }

        @Override
        public int hashCode() {
            int sum = 0;
            for (E element : this) {
                sum += element instanceof Map.Entry ? element.hashCode() : hash(element, equalityOf(element));
            }
            return sum;
        }
    }

    /**
     * A spliterator that reports no size. It asks the view for an iterator when it is first
     * advanced.
     */
    private static final class Walk<E> extends Spliterators.AbstractSpliterator<E> {
        private final Iterable<E> view;
        private @Nullable Iterator<E> elements;

        Walk(Iterable<E> view, int characteristics) {
            super(Long.MAX_VALUE, characteristics);
            this.view = view;
        }

        @Override
        public boolean tryAdvance(Consumer<? super E> action) {
            Objects.requireNonNull(action, "action");
            Iterator<E> begun = elements;
            if (begun == null) {
                begun = view.iterator();
                elements = begun;
            }
            if (!begun.hasNext()) {
                return false;
            }
            action.accept(begun.next());
            return true;
        }
    }
}
