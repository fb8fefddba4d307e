package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.memory.StackReserve;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.Spliterator;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The view of a map, or of a range of its keys, in ascending or descending order of the keys. */
final class OrderedMapView<K, V> extends AbstractMapView<K, V> implements OrderedMap<K, V> {
    /**
     * The number of entries that iterators look for at first, in all tables together, and the most of
     * one table. Then each table is asked for twice as many each time. So a short range does not pay
     * for many entries that it does not have.
     */
    private static final int FIRST_ENTRIES = 128;

    private static final int FIRST_OF_A_TABLE = 32;

    /**
     * What a view needs of its map.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     */
    abstract static class Source<K, V> {
        final AbstractMapView<K, V> map;
        final Type<K> keyType;
        final Type<V> valueType;
        final KeyOrder order;
        /** Whether many threads may use the map. */
        final boolean isConcurrent;

        Source(AbstractMapView<K, V> map, Type<K> keyType, Type<V> valueType, KeyOrder order, boolean isConcurrent) {
            this.map = map;
            this.keyType = keyType;
            this.valueType = valueType;
            this.order = order;
            this.isConcurrent = isConcurrent;
        }

        /** Returns the number of tables. */
        abstract int tables();

        /** Returns a walk over a table, which first looks for this many entries. */
        abstract OrderWalk walk(
                int table,
                KeyRange range,
                boolean ascending,
                boolean wantsValues,
                int wanted,
                OrderWalk.Holders holders);

        abstract V decodeValue(EncodedBytes value);

        /** Removes an encoded key. */
        abstract void erase(EncodedBytes key);

        /** Throws if the map has been closed. */
        abstract void requireAlive();
    }

    private final Source<K, V> source;
    private final AbstractMapView<K, V> map;
    private final KeyRange range;
    private final boolean ascending;

    OrderedMapView(Source<K, V> source) {
        this(source, KeyRange.ALL, true);
    }

    private OrderedMapView(Source<K, V> source, KeyRange range, boolean ascending) {
        this.source = source;
        this.map = source.map;
        this.range = range;
        this.ascending = ascending;
    }

    // ---------------------------------------------------------------------------------- the range

    /** Returns the ordered form of a key. */
    private byte[] ordered(K key) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            EncodedBytes ordered = encode(key, buffers);
            return Arrays.copyOfRange(ordered.bytes, ordered.from, ordered.from + ordered.length);
        }
    }

    private EncodedBytes encode(K key, OperationBuffers buffers) {
        source.keyType.codec().encode(Objects.requireNonNull(key, "key"), buffers.key);
        return source.order.toOrdered(buffers.key, buffers.value);
    }

    private boolean contains(K key) {
        if (range.isAll()) {
            return true;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            return range.contains(encode(key, buffers));
        }
    }

    /** Returns the object as a key of this view; null if it cannot be one. */
    private @Nullable K cast(@Nullable Object object) {
        K key = source.keyType.cast(Objects.requireNonNull(object, "key"));
        return key != null && contains(key) ? key : null;
    }

    private K requireInRange(K key) {
        if (!contains(key)) {
            throw outOfRange(key);
        }
        return key;
    }

    private static IllegalArgumentException outOfRange(@Nullable Object key) {
        String text = key instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(key);
        return new IllegalArgumentException(
                "the key is not in the range of this view, use the map or a view with a larger range: " + text);
    }

    private OrderedMapView<K, V> subView(@Nullable K from, boolean hasFrom, @Nullable K to, boolean hasTo) {
        byte[] begin = from == null ? null : bound(from, hasFrom);
        byte[] end = to == null ? null : bound(to, hasTo);
        if (begin != null && end != null && Arrays.compareUnsigned(begin, end) * (ascending ? 1 : -1) > 0) {
            throw new IllegalArgumentException("fromKey is behind toKey");
        }
        KeyRange part = ascending ? new KeyRange(begin, hasFrom, end, hasTo) : new KeyRange(end, hasTo, begin, hasFrom);
        return new OrderedMapView<>(source, range.and(part), ascending);
    }

    /** Returns the ordered form of a bound, which must lie in the range of this view. */
    private byte[] bound(K key, boolean inclusive) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            EncodedBytes ordered = encode(key, buffers);
            if (!(inclusive ? range.contains(ordered) : range.containsOrEndsAt(ordered))) {
                throw outOfRange(key);
            }
            return Arrays.copyOfRange(ordered.bytes, ordered.from, ordered.from + ordered.length);
        }
    }

    @Override
    public NavigableMap<K, V> subMap(K fromKey, boolean fromInclusive, K toKey, boolean toInclusive) {
        return subView(
                Objects.requireNonNull(fromKey, "fromKey"),
                fromInclusive,
                Objects.requireNonNull(toKey, "toKey"),
                toInclusive);
    }

    @Override
    public NavigableMap<K, V> headMap(K toKey, boolean inclusive) {
        return subView(null, true, Objects.requireNonNull(toKey, "toKey"), inclusive);
    }

    @Override
    public NavigableMap<K, V> tailMap(K fromKey, boolean inclusive) {
        return subView(Objects.requireNonNull(fromKey, "fromKey"), inclusive, null, true);
    }

    @Override
    public SortedMap<K, V> subMap(K fromKey, K toKey) {
        return subMap(fromKey, true, toKey, false);
    }

    @Override
    public SortedMap<K, V> headMap(K toKey) {
        return headMap(toKey, false);
    }

    @Override
    public SortedMap<K, V> tailMap(K fromKey) {
        return tailMap(fromKey, true);
    }

    @Override
    public NavigableMap<K, V> prefixMap(K prefix) {
        Objects.requireNonNull(prefix, "prefix");
        if (!source.order.hasRuns) {
            throw new UnsupportedOperationException(
                    "only strings and byte arrays have prefixes, not keys of type " + source.keyType + ": use subMap");
        }
        return new OrderedMapView<>(source, range.and(KeyRange.ofPrefix(ordered(prefix))), ascending);
    }

    @Override
    public NavigableMap<K, V> descendingMap() {
        return new OrderedMapView<>(source, range, !ascending);
    }

    @Override
    public Comparator<? super K> comparator() {
        Comparator<K> comparator = source.order.comparator();
        return ascending ? comparator : comparator.reversed();
    }

    // ------------------------------------------------------------------------------- one neighbour

    /** Returns an iterator over the keys behind this one, or before it in reverse. */
    private Walk from(@Nullable K key, boolean inclusive, boolean forwards, boolean wantsValues) {
        boolean up = ascending == forwards;
        KeyRange part = range;
        if (key != null) {
            byte[] bound = ordered(key);
            part = range.and(
                    up ? new KeyRange(bound, inclusive, null, true) : new KeyRange(null, true, bound, inclusive));
        }
        return new Walk(part, up, wantsValues, 1);
    }

    private Map.@Nullable Entry<K, V> entry(@Nullable K key, boolean inclusive, boolean forwards) {
        Walk walk = from(key, inclusive, forwards, true);
        return walk.hasNext() ? new FoundEntry(walk.next(), walk.value()) : null;
    }

    private @Nullable K key(@Nullable K key, boolean inclusive, boolean forwards) {
        Walk walk = from(key, inclusive, forwards, false);
        return walk.hasNext() ? walk.next() : null;
    }

    private static <T> T required(@Nullable T found) {
        if (found == null) {
            throw new NoSuchElementException();
        }
        return found;
    }

    @Override
    public Map.@Nullable Entry<K, V> lowerEntry(K key) {
        return entry(Objects.requireNonNull(key, "key"), false, false);
    }

    @Override
    public @Nullable K lowerKey(K key) {
        return key(Objects.requireNonNull(key, "key"), false, false);
    }

    @Override
    public Map.@Nullable Entry<K, V> floorEntry(K key) {
        return entry(Objects.requireNonNull(key, "key"), true, false);
    }

    @Override
    public @Nullable K floorKey(K key) {
        return key(Objects.requireNonNull(key, "key"), true, false);
    }

    @Override
    public Map.@Nullable Entry<K, V> ceilingEntry(K key) {
        return entry(Objects.requireNonNull(key, "key"), true, true);
    }

    @Override
    public @Nullable K ceilingKey(K key) {
        return key(Objects.requireNonNull(key, "key"), true, true);
    }

    @Override
    public Map.@Nullable Entry<K, V> higherEntry(K key) {
        return entry(Objects.requireNonNull(key, "key"), false, true);
    }

    @Override
    public @Nullable K higherKey(K key) {
        return key(Objects.requireNonNull(key, "key"), false, true);
    }

    @Override
    public Map.@Nullable Entry<K, V> firstEntry() {
        return entry(null, true, true);
    }

    @Override
    public Map.@Nullable Entry<K, V> lastEntry() {
        return entry(null, true, false);
    }

    @Override
    public K firstKey() {
        return required(key(null, true, true));
    }

    @Override
    public K lastKey() {
        return required(key(null, true, false));
    }

    @Override
    public Map.@Nullable Entry<K, V> pollFirstEntry() {
        return poll(true);
    }

    @Override
    public Map.@Nullable Entry<K, V> pollLastEntry() {
        return poll(false);
    }

    private Map.@Nullable Entry<K, V> poll(boolean forwards) {
        K key;
        while ((key = key(null, true, forwards)) != null) {
            V value = map.remove(key);
            if (value != null) {
                return new FoundEntry(key, value);
            }
        }
        return null;
    }

    // --------------------------------------------------------------------------------- one key

    @Override
    @Nullable
    V valueToCompare(Object object) {
        K key = cast(object);
        return key == null ? null : map.valueToCompare(key);
    }

    @Override
    public @Nullable V get(@Nullable Object object) {
        K key = cast(object);
        return key == null ? null : map.get(key);
    }

    @Override
    public boolean containsKey(@Nullable Object object) {
        K key = cast(object);
        return key != null && map.containsKey(key);
    }

    @Override
    public @Nullable V put(K key, V value) {
        return map.put(requireInRange(key), value);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        return map.putIfAbsent(requireInRange(key), value);
    }

    @Override
    public @Nullable V remove(@Nullable Object object) {
        K key = cast(object);
        return key == null ? null : map.remove(key);
    }

    @Override
    public boolean remove(@Nullable Object object, @Nullable Object value) {
        K key = cast(object);
        return key != null && map.remove(key, value);
    }

    @Override
    public @Nullable V replace(K key, V value) {
        Objects.requireNonNull(value, "value");
        return contains(key) ? map.replace(key, value) : null;
    }

    @Override
    public boolean replace(K key, V expected, V value) {
        Objects.requireNonNull(value, "value");
        return contains(key) && map.replace(key, expected, value);
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        return map.compute(requireInRange(key), function);
    }

    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
        return map.computeIfAbsent(requireInRange(key), function);
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function, "function");
        return contains(key) ? map.computeIfPresent(key, function) : null;
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        return map.merge(requireInRange(key), value, function);
    }

    // ------------------------------------------------------------------------------- all entries

    @Override
    public int size() {
        if (range.isAll()) {
            return map.size();
        }
        int size = 0;
        for (Walk walk = walk(false); walk.hasNext() && size < Integer.MAX_VALUE; size++) {
            walk.skip();
        }
        return size;
    }

    @Override
    public boolean isEmpty() {
        return !from(null, true, true, false).hasNext();
    }

    @Override
    public void clear() {
        if (range.isAll()) {
            map.clear();
        } else {
            for (Walk walk = walk(false); walk.hasNext(); ) {
                walk.skip();
                walk.remove();
            }
        }
    }

    private Walk walk(boolean wantsValues) {
        return new Walk(range, ascending, wantsValues, Math.min(FIRST_OF_A_TABLE, FIRST_ENTRIES / source.tables()));
    }

    @Override
    Iterator<K> keys() {
        return walk(false);
    }

    @Override
    Iterator<Map.Entry<K, V>> entries() {
        Walk walk = walk(true);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return walk.hasNext();
            }

            @Override
            public Map.Entry<K, V> next() {
                return new WriteThrough(walk.next(), walk.value());
            }

            @Override
            public void remove() {
                walk.remove();
            }
        };
    }

    @Override
    @Nullable
    Object equalityOfKey(@Nullable Object key) {
        return source.keyType.equalityOf(key);
    }

    @Override
    @Nullable
    Object equalityOfValue(@Nullable Object value) {
        return source.valueType.equalityOf(value);
    }

    @Override
    boolean removeProduced(Iterator<Map.Entry<K, V>> iterator, Map.Entry<K, V> entry, boolean anyValue) {
        if (source.isConcurrent && !anyValue) {
            return map.remove(entry.getKey(), entry.getValue());
        }
        iterator.remove();
        return true;
    }

    /** An entry as it was when it was produced. Its setValue changes the map if the key is still there. */
    private final class WriteThrough extends ViewEntry {
        private static final long serialVersionUID = 1L;

        WriteThrough(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            map.replace(getKey(), value);
            return super.setValue(value);
        }
    }

    /** An entry as it was when it was found, which cannot be changed. */
    private final class FoundEntry extends ViewEntry {
        private static final long serialVersionUID = 1L;

        FoundEntry(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            throw new UnsupportedOperationException("this entry is a snapshot: put the value into the map");
        }
    }

    /** An iterator over keys, which merges the walks over the tables. */
    private final class Walk implements Iterator<K> {
        /**
         * The walks that are at a key, as a heap: each comes before the two walks whose indices are
         * twice its own, plus 1 and 2.
         */
        private final OrderWalk[] walks;

        private int count;
        /** Whether the key of the first walk has been produced, so that the walk must move on. */
        private boolean isProduced;
        /** The encoded key that was produced last. */
        private final EncodedBytes lastKey = new EncodedBytes();

        private boolean hasLast;

        Walk(KeyRange part, boolean up, boolean wantsValues, int wanted) {
            source.requireAlive();
            StackReserve.claim();
            OrderWalk.Holders holders = new OrderWalk.Holders();
            walks = new OrderWalk[source.tables()];
            for (int table = 0; table < walks.length; table++) {
                walks[table] = source.walk(table, part, up, wantsValues, wanted, holders);
            }
            for (int step = 0; walks.length > 1 && step < OrderWalk.STEPS; step++) {
                for (OrderWalk walk : walks) {
                    walk.takeAhead(step);
                }
            }
            for (OrderWalk walk : walks) {
                if (walk.advance()) {
                    walks[count++] = walk;
                }
            }
            for (int i = count / 2 - 1; i >= 0; i--) {
                sink(walks[i], i);
            }
        }

        /** Puts a walk at this index, or below it, whatever the order of the walk there. */
        private void sink(OrderWalk walk, int index) {
            int at = index;
            for (int child = 2 * at + 1; child < count; child = 2 * at + 1) {
                if (child + 1 < count && walks[child + 1].isBefore(walks[child])) {
                    child++;
                }
                if (walk.isBefore(walks[child])) {
                    break;
                }
                walks[at] = walks[child];
                at = child;
            }
            walks[at] = walk;
        }

        @Override
        public boolean hasNext() {
            source.requireAlive();
            if (isProduced) {
                StackReserve.claim();
                OrderWalk walk = walks[0];
                if (!walk.advance()) {
                    walk = walks[--count];
                }
                sink(walk, 0);
                isProduced = false;
            }
            return count > 0;
        }

        @Override
        public K next() {
            return source.keyType.codec().decode(skip());
        }

        /** Moves to the next key and returns its bytes. */
        EncodedBytes skip() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            isProduced = true;
            EncodedBytes key = walks[0].encodedKey(walks[0].current());
            lastKey.reset();
            lastKey.lend(key.bytes, key.from, key.length);
            lastKey.keep();
            hasLast = true;
            return lastKey;
        }

        /** Returns the value of the key that {@link #next} has just produced. */
        V value() {
            return source.decodeValue(walks[0].value());
        }

        @Override
        public void remove() {
            if (!hasLast) {
                throw new IllegalStateException("next() has not been called, or the entry has been removed already");
            }
            hasLast = false;
            source.erase(lastKey);
        }
    }

    // ------------------------------------------------------------------------------ the set of keys

    @Override
    public NavigableSet<K> keySet() {
        return navigableKeySet();
    }

    @Override
    public NavigableSet<K> navigableKeySet() {
        return new Keys();
    }

    @Override
    public NavigableSet<K> descendingKeySet() {
        return descendingMap().navigableKeySet();
    }

    private final class Keys extends SetView<K> implements NavigableSet<K> {
        Keys() {
            super(true);
        }

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
            return containsKey(key);
        }

        @Override
        public boolean remove(@Nullable Object key) {
            return OrderedMapView.this.remove(key) != null;
        }

        @Override
        public Iterator<K> iterator() {
            return keys();
        }

        @Override
        public Spliterator<K> spliterator() {
            return super.spliterator();
        }

        @Override
        public @Nullable K lower(K key) {
            return lowerKey(key);
        }

        @Override
        public @Nullable K floor(K key) {
            return floorKey(key);
        }

        @Override
        public @Nullable K ceiling(K key) {
            return ceilingKey(key);
        }

        @Override
        public @Nullable K higher(K key) {
            return higherKey(key);
        }

        @Override
        public K first() {
            return firstKey();
        }

        @Override
        public K last() {
            return lastKey();
        }

        @Override
        public @Nullable K pollFirst() {
            Map.Entry<K, V> polled = pollFirstEntry();
            return polled == null ? null : polled.getKey();
        }

        @Override
        public @Nullable K pollLast() {
            Map.Entry<K, V> polled = pollLastEntry();
            return polled == null ? null : polled.getKey();
        }

        @Override
        public Comparator<? super K> comparator() {
            return OrderedMapView.this.comparator();
        }

        @Override
        public NavigableSet<K> descendingSet() {
            return descendingKeySet();
        }

        @Override
        public Iterator<K> descendingIterator() {
            return descendingSet().iterator();
        }

        @Override
        public NavigableSet<K> subSet(K from, boolean fromInclusive, K to, boolean toInclusive) {
            return subMap(from, fromInclusive, to, toInclusive).navigableKeySet();
        }

        @Override
        public NavigableSet<K> headSet(K to, boolean inclusive) {
            return headMap(to, inclusive).navigableKeySet();
        }

        @Override
        public NavigableSet<K> tailSet(K from, boolean inclusive) {
            return tailMap(from, inclusive).navigableKeySet();
        }

        @Override
        public SortedSet<K> subSet(K from, K to) {
            return subSet(from, true, to, false);
        }

        @Override
        public SortedSet<K> headSet(K to) {
            return headSet(to, false);
        }

        @Override
        public SortedSet<K> tailSet(K from) {
            return tailSet(from, true);
        }
    }
}
