package io.memmap.jcache;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Says until when the entries of a cache live. A <em>deadline</em> is in nanoseconds since this
 * object was made.
 */
final class Expiry {
    /** The deadline of an entry that does not expire. */
    static final long NEVER = Long.MAX_VALUE;

    /** The deadline of an entry that has expired already. */
    private static final long PAST = Long.MIN_VALUE;

    /**
     * A read moves a deadline only if it then lies later by more than the lifetime divided by two
     * to the power of this number. Each move is a write.
     */
    private static final int PRECISION_BITS = 10;

    private static final Logger LOGGER = System.getLogger(Expiry.class.getPackageName());

    private final ExpiryPolicy policy;
    private final LongSupplier ticker;
    private final long origin;

    Expiry(ExpiryPolicy policy, LongSupplier ticker) {
        this.policy = policy;
        this.ticker = ticker;
        origin = ticker.getAsLong();
    }

    ExpiryPolicy policy() {
        return policy;
    }

    /** Returns whether a deadline has passed. Reads the clock unless the deadline needs none. */
    boolean isOver(long deadline) {
        return deadline == PAST || (deadline != NEVER && deadline <= now());
    }

    /** Returns the deadline of an entry that is created now. */
    long ofCreation() {
        Duration lifetime = ask(policy::getExpiryForCreation);
        return lifetime == null ? NEVER : deadline(lifetime);
    }

    /** Returns the deadline of an entry that is updated now. */
    long ofUpdate(long deadline) {
        Duration lifetime = ask(policy::getExpiryForUpdate);
        return lifetime == null ? deadline : deadline(lifetime);
    }

    /** Returns the deadline of an entry that is read now. */
    long ofAccess(long deadline) {
        Duration lifetime = ask(policy::getExpiryForAccess);
        if (lifetime == null) {
            return deadline;
        }
        long moved = deadline(lifetime);
        boolean isFinite = moved != NEVER && moved != PAST;
        boolean isLittleLater = isFinite && moved >= deadline && moved - deadline < (moved - now()) >> PRECISION_BITS;
        return isLittleLater ? deadline : moved;
    }

    private long deadline(Duration lifetime) {
        if (lifetime.isEternal()) {
            return NEVER;
        }
        if (lifetime.isZero()) {
            return PAST;
        }
        long now = now();
        long nanos = lifetime.getTimeUnit().toNanos(lifetime.getDurationAmount());
        return nanos < NEVER - now ? now + nanos : NEVER;
    }

    private long now() {
        return ticker.getAsLong() - origin;
    }

    /**
     * Asks the policy. If it throws, an entry that is created does not expire, and another keeps
     * its deadline, as for null.
     */
    private static @Nullable Duration ask(Supplier<@Nullable Duration> question) {
        try {
            return question.get();
        } catch (RuntimeException e) {
            LOGGER.log(Level.WARNING, "an ExpiryPolicy failed, so the expiry of an entry is left as it is", e);
            return null;
        }
    }
}
