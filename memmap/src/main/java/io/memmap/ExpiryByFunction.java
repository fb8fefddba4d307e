package io.memmap;

import java.time.Duration;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * An expiry with one function for all durations.
 *
 * @param duration returns the time that an entry lives
 * @param onUpdate whether an update sets the time
 * @param onRead whether a read sets the time
 */
record ExpiryByFunction<K, V>(BiFunction<? super K, ? super V, Duration> duration, boolean onUpdate, boolean onRead)
        implements Expiry<K, V> {
    ExpiryByFunction {
        Objects.requireNonNull(duration, "duration");
    }

    @Override
    public long expireAfterCreate(K key, V value, long currentTime) {
        return nanos(key, value);
    }

    @Override
    public long expireAfterUpdate(K key, V value, long currentTime, long currentDuration) {
        return onUpdate ? nanos(key, value) : currentDuration;
    }

    @Override
    public long expireAfterRead(K key, V value, long currentTime, long currentDuration) {
        return onRead ? nanos(key, value) : currentDuration;
    }

    private long nanos(K key, V value) {
        return nanos(duration.apply(key, value));
    }

    /** Returns a duration in nanoseconds: 0 if it is negative, ETERNAL if it is that long or longer. */
    static long nanos(Duration time) {
        if (time.isNegative()) {
            return 0;
        }
        return time.compareTo(Duration.ofNanos(ETERNAL)) >= 0 ? ETERNAL : time.toNanos();
    }
}
