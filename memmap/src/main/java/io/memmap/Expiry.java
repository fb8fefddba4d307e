package io.memmap;

import java.time.Duration;
import java.util.function.BiFunction;

/**
 * Decides how long each entry of a {@link SyncMap} lives: {@link SyncMapBuilder#expireAfter}. The
 * methods have the names, the arguments and the results of Caffeine's {@code Expiry}.
 *
 * <p>A result is a number of nanoseconds, from the time of the operation on. With 0 or less the
 * entry expires at once: it is absent for every operation that follows. {@link #ETERNAL}, or any
 * number above {@link Long#MAX_VALUE} / 2 (146 years), means that the entry never expires. A
 * method that returns {@code currentDuration} leaves the time as it is.
 *
 * <p><b>Threads.</b> Many threads call the methods at once. {@link #expireAfterCreate} and
 * {@link #expireAfterUpdate} are part of the write: they run like the function of
 * {@link SyncMap#compute}, once for each write of an entry, and may not change the map.
 * {@link #expireAfterRead} runs after the read, and under no lock. If a method throws, the exception
 * is passed on to the caller of the operation. A write has then changed nothing.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
public interface Expiry<K, V> {
    /** The duration of an entry that never expires. */
    long ETERNAL = Long.MAX_VALUE;

    /**
     * Returns how long a new entry lives. An entry is also new if the entry before it had expired.
     *
     * @param key the key, as it was passed to the map
     * @param value the value, as it was passed to the map or made by a function
     * @param currentTime the time of the operation, in nanoseconds of the map's clock
     * @return the time from now on, in nanoseconds
     */
    long expireAfterCreate(K key, V value, long currentTime);

    /**
     * Returns how long an entry lives from now on, as its value is replaced or changed.
     *
     * @param key the key, as it was passed to the map
     * @param value the new value
     * @param currentTime the time of the operation, in nanoseconds of the map's clock
     * @param currentDuration the time that the entry still has, in nanoseconds, 1 or more
     * @return the time from now on, in nanoseconds
     */
    long expireAfterUpdate(K key, V value, long currentTime, long currentDuration);

    /**
     * Returns how long an entry lives from now on, as it has been read. If another thread writes
     * the entry between the read and the end of this method, the result is dropped.
     *
     * @param key the key, as it was passed to the map
     * @param value the value, which the caller of the map receives
     * @param currentTime the time of the operation, in nanoseconds of the map's clock
     * @param currentDuration the time that the entry still has, in nanoseconds, 1 or more
     * @return the time from now on, in nanoseconds
     */
    long expireAfterRead(K key, V value, long currentTime, long currentDuration);

    /**
     * Returns an expiry that sets the time when an entry is created. Updates and reads do not
     * change it.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param duration returns the time that an entry lives; zero or negative means not at all
     * @return the expiry
     */
    static <K, V> Expiry<K, V> creating(BiFunction<? super K, ? super V, Duration> duration) {
        return new ExpiryByFunction<>(duration, false, false);
    }

    /**
     * Returns an expiry that sets the time when an entry is created or updated. Reads do not change
     * it.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param duration returns the time that an entry lives; zero or negative means not at all
     * @return the expiry
     */
    static <K, V> Expiry<K, V> writing(BiFunction<? super K, ? super V, Duration> duration) {
        return new ExpiryByFunction<>(duration, true, false);
    }

    /**
     * Returns an expiry that sets the time when an entry is created, updated or read.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param duration returns the time that an entry lives; zero or negative means not at all
     * @return the expiry
     */
    static <K, V> Expiry<K, V> accessing(BiFunction<? super K, ? super V, Duration> duration) {
        return new ExpiryByFunction<>(duration, true, true);
    }

    /**
     * Returns an expiry by which entries do not expire, except those that a caller gives a time:
     * {@link SyncMap#put(Object, Object, Duration)} and {@link SyncMap#expireAfter}. An update keeps
     * that time.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @return the expiry
     */
    static <K, V> Expiry<K, V> eternal() {
        Duration ever = Duration.ofNanos(ETERNAL);
        return creating((key, value) -> ever);
    }
}
