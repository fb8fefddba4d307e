package io.memmap;

import java.util.NavigableMap;

/**
 * A view of a map with its keys in order. {@link MemMap#ordered} and {@code SyncMap.ordered} return
 * it. The entries are those of the map: a change of one shows in the other.
 *
 * <p><b>The order.</b> Strings are in the order of their code points. Byte arrays are in unsigned
 * lexicographic order, as that of {@link java.util.Arrays#compareUnsigned(byte[], byte[])}. Numbers
 * are in numeric order. {@link #comparator} returns the order.
 *
 * <p><b>Cost.</b> The order is kept in an index in the map's heap, of some 17 to 26 bytes for each
 * key. To find the first key of a range takes about as long as a few lookups in the map; each
 * further key takes one lookup, for its value. The map has to keep the index up to date: putting a
 * new key and removing a key take 1 to 2 us longer. Other operations of the map cost what they cost
 * without the index, except that a value whose size changes much makes a put update the index. The
 * {@code size} of a submap counts its entries one by one.
 *
 * <p><b>Iterators</b> produce the keys in order, strictly ascending or descending, so no key twice.
 * The map may be changed during an iteration. An entry that is in the map all the time is produced.
 * An entry that is added, removed or changed meanwhile is produced as it was at some moment, or not
 * at all. An iterator of a {@link MemMap}'s view produces no entry that was removed before its turn.
 * An iterator holds no lock and no memory of the heap, and need not be closed.
 *
 * <p><b>Threads.</b> The rule is that of the map itself. Entries from {@code firstEntry},
 * {@code floorEntry} and the like are snapshots without {@code setValue}. {@code pollFirstEntry} and
 * {@code pollLastEntry} of a {@code SyncMap}'s view remove an entry that no other thread gets.
 *
 * <p>A submap refuses to put a key outside its range, with an {@link IllegalArgumentException}.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public sealed interface OrderedMap<K, V> extends NavigableMap<K, V> permits OrderedMapView {
    /**
     * Returns a view of the entries whose keys begin with a prefix, in the order of this view. A
     * string begins with another if its UTF-8 bytes begin with those of the other.
     *
     * @param prefix the prefix; all keys begin with the empty one
     * @return the view, which refuses to put a key that does not begin with the prefix
     * @throws UnsupportedOperationException if the keys are numbers
     */
    NavigableMap<K, V> prefixMap(K prefix);
}
