package io.memmap.jcache;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.SyncMapBuilder;
import io.memmap.Type;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectOutputStream;
import java.util.Objects;
import java.util.function.LongSupplier;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * A configuration of a cache that also sets what JCache has no words for: bounds, the encoding of
 * keys and values, and the heap.
 *
 * <pre>{@code
 * Cache<String, Book> books = manager.createCache("books",
 *         new MemmapConfiguration<String, Book>()
 *                 .setMaxEntries(10_000)
 *                 .setStoredValueType(Type.record(Book.class))
 *                 .setTypes(String.class, Book.class)
 *                 .setStatisticsEnabled(true));
 * }</pre>
 *
 * <p>The setters of this class return a configuration of this class, and those of JCache do not: in
 * a chain of calls, the former come first.
 *
 * <p><b>Encoding.</b> A cache stores its keys and values outside the Java heap, so it must turn
 * them into bytes. It does so by the type that {@link #setStoredKeyType} or
 * {@link #setStoredValueType} has set. Without one, the class in {@link #setTypes} decides:
 *
 * <ul>
 *   <li>{@code String}, the boxed integers, {@code Character}, {@code Boolean}, {@code UUID},
 *       {@code Instant} and {@code byte[]} are stored by memmap's type for them;
 *   <li>so are {@code Double} and {@code Float} as values, and records of primitives or of such
 *       records;
 *   <li>a record that is not {@code Serializable} is stored as a value by {@link Type#record};
 *   <li>all else, and all objects of a cache without a class, is stored by Java serialization.
 * </ul>
 *
 * <p><b>Serialization</b> is slow, and its bytes are many. A value takes some microseconds, and a
 * class's name and fields are in the bytes of each object. Two keys are equal if their serialized
 * bytes are: so the keys must have no parts without an order of their own, such as a
 * {@code HashSet}. Set a type for keys of that kind. Reading a serialized object runs code of its
 * class; the bytes come from this process alone, unless the heap is shared with others.
 * {@link #setSerialFilter} limits the classes.
 *
 * <p>A configuration is for one thread, and {@code createCache} takes a copy. It cannot be
 * serialized, as types and heaps cannot.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
public class MemmapConfiguration<K, V> extends MutableConfiguration<K, V> {
    private static final long serialVersionUID = 1L;

    private transient @Nullable Type<K> storedKeyType;
    private transient @Nullable Type<V> storedValueType;
    private transient @Nullable NativeHeap heap;
    private transient @Nullable ObjectInputFilter serialFilter;
    private transient @Nullable LongSupplier ticker;
    private transient long maxEntries;
    private transient long maxBytes;
    private transient int shards;

    /** Makes a configuration of a cache without bounds, in a heap of its own. */
    public MemmapConfiguration() {}

    /**
     * Makes a copy of another configuration.
     *
     * @param other the other one; if it is a {@link MemmapConfiguration}, all settings are copied
     */
    public MemmapConfiguration(CompleteConfiguration<K, V> other) {
        super(other);
        if (other instanceof MemmapConfiguration<K, V> own) {
            storedKeyType = own.storedKeyType;
            storedValueType = own.storedValueType;
            heap = own.heap;
            serialFilter = own.serialFilter;
            ticker = own.ticker;
            maxEntries = own.maxEntries;
            maxBytes = own.maxBytes;
            shards = own.shards;
        }
    }

    /**
     * Sets the type that stores the keys. Two keys are equal if their bytes are, as {@link Type}
     * says; and equal keys must have equal hash codes.
     *
     * @param type the type; null, as by default, if the class of the keys decides
     * @return this configuration
     */
    public MemmapConfiguration<K, V> setStoredKeyType(@Nullable Type<K> type) {
        storedKeyType = type;
        return this;
    }

    /**
     * Returns the type that stores the keys.
     *
     * @return the type; null if the class of the keys decides
     */
    public @Nullable Type<K> getStoredKeyType() {
        return storedKeyType;
    }

    /**
     * Sets the type that stores the values.
     *
     * @param type the type; null, as by default, if the class of the values decides
     * @return this configuration
     */
    public MemmapConfiguration<K, V> setStoredValueType(@Nullable Type<V> type) {
        storedValueType = type;
        return this;
    }

    /**
     * Returns the type that stores the values.
     *
     * @return the type; null if the class of the values decides
     */
    public @Nullable Type<V> getStoredValueType() {
        return storedValueType;
    }

    /**
     * Bounds the number of entries, as {@link SyncMapBuilder#maxEntries} does. An entry that is
     * evicted counts in the statistics. No listener and no writer hears of it.
     *
     * @param entries the most entries that the cache has at any moment, 1 or more; 0, as by
     *     default, for no bound
     * @return this configuration
     * @throws IllegalArgumentException if the number is negative
     */
    public MemmapConfiguration<K, V> setMaxEntries(long entries) {
        maxEntries = requireBound(entries, "maxEntries");
        return this;
    }

    /**
     * Returns the bound on the entries.
     *
     * @return the number; 0 if there is no bound
     */
    public long getMaxEntries() {
        return maxEntries;
    }

    /**
     * Bounds the memory outside the Java heap, as {@link SyncMapBuilder#maxBytes} does. An entry
     * that is larger than {@link SyncMap#maxEntryBytes} is dropped: a put of it has the same effect
     * as if the entry were evicted at once.
     *
     * @param bytes the most bytes that the cache has in use at any moment, 1 or more; 0, as by
     *     default, for no bound
     * @return this configuration
     * @throws IllegalArgumentException if the number is negative
     */
    public MemmapConfiguration<K, V> setMaxBytes(long bytes) {
        maxBytes = requireBound(bytes, "maxBytes");
        return this;
    }

    /**
     * Returns the bound on the memory.
     *
     * @return the number of bytes; 0 if there is no bound
     */
    public long getMaxBytes() {
        return maxBytes;
    }

    /**
     * Sets the number of parts of the map, as {@link SyncMapBuilder#shards} does. Fewer of them
     * have room for larger entries.
     *
     * @param count a power of two from 1 to 1024; 0, as by default, if the map chooses
     * @return this configuration
     */
    public MemmapConfiguration<K, V> setShards(int count) {
        shards = (int) requireBound(count, "shards");
        return this;
    }

    /**
     * Returns the number of parts of the map.
     *
     * @return the number; 0 if the map chooses it
     */
    public int getShards() {
        return shards;
    }

    /**
     * Sets the heap of the cache. It must be open to many threads. The cache gives its memory back
     * to the heap when it is closed, and leaves the heap open.
     *
     * @param shared the heap; null, as by default, if the cache makes a heap of its own, which ends
     *     with the cache
     * @return this configuration
     */
    public MemmapConfiguration<K, V> setHeap(@Nullable NativeHeap shared) {
        heap = shared;
        return this;
    }

    /**
     * Returns the heap of the cache.
     *
     * @return the heap; null if the cache makes one
     */
    public @Nullable NativeHeap getHeap() {
        return heap;
    }

    /**
     * Sets the filter of the classes whose objects may be read by Java serialization.
     *
     * @param filter the filter; null, as by default, for the filter of the JVM
     * @return this configuration
     */
    public MemmapConfiguration<K, V> setSerialFilter(@Nullable ObjectInputFilter filter) {
        serialFilter = filter;
        return this;
    }

    /**
     * Returns the filter of serialized classes.
     *
     * @return the filter; null for that of the JVM
     */
    public @Nullable ObjectInputFilter getSerialFilter() {
        return serialFilter;
    }

    /**
     * Sets the clock that entries expire by.
     *
     * @param nanos returns nanoseconds from any origin, never fewer than before; null, as by
     *     default, for {@link System#nanoTime}
     * @return this configuration
     */
    public MemmapConfiguration<K, V> setTicker(@Nullable LongSupplier nanos) {
        ticker = nanos;
        return this;
    }

    /**
     * Returns the clock that entries expire by.
     *
     * @return the clock; null for {@link System#nanoTime}
     */
    public @Nullable LongSupplier getTicker() {
        return ticker;
    }

    private static long requireBound(long number, String name) {
        if (number < 0) {
            throw new IllegalArgumentException(name + " must be 1 or more, or 0 for the default: " + number);
        }
        return number;
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return super.equals(object)
                && object instanceof MemmapConfiguration<?, ?> other
                && maxEntries == other.maxEntries
                && maxBytes == other.maxBytes
                && shards == other.shards
                && Objects.equals(storedKeyType, other.storedKeyType)
                && Objects.equals(storedValueType, other.storedValueType)
                && Objects.equals(heap, other.heap)
                && Objects.equals(serialFilter, other.serialFilter)
                && Objects.equals(ticker, other.ticker);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), maxEntries, maxBytes, shards, storedKeyType, storedValueType);
    }

    /**
     * Refuses to serialize the configuration.
     *
     * @param out the stream
     * @serialData none
     * @throws NotSerializableException always
     */
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(
                MemmapConfiguration.class.getName() + ": its types and its heap are of this process");
    }
}
