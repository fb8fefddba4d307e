package io.memmap.jcache;

import io.memmap.HeapExhaustedException;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.SyncMapBuilder;
import io.memmap.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a cache, in a {@link SyncMap}, with their locks and their events.
 *
 * <p>Reads take no lock. Each operation that may change a key is a {@link Turn}, which holds the
 * lock of the key's {@link Stripe}. So callers' code for one key runs one at a time, and never
 * under a lock of the map.
 *
 * <p>The map has the deadline of an entry beside its value, and no entry expires in the map itself.
 * The turn that finds an expired entry removes it and publishes the event, in the order of the
 * key's other events. Each turn that has put an entry looks at the next few entries of the map.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class Store<K, V> {
    private static final int STRIPES = 256;

    /** The number of entries that a put checks, so that expired ones do not stay. */
    private static final int SWEPT_ENTRIES = 2;

    private final Cache<K, V> cache;
    private final Form<K, Object> keys;
    private final Form<V, Object> values;
    private final Expiry expiry;
    private final SyncMap<Object, Timed<Object>> map;
    private final Stripe[] stripes;
    private volatile List<Registration<K, V>> listeners;

    private final ReentrantLock sweeping = new ReentrantLock();
    private Iterator<Map.Entry<Object, Timed<Object>>> swept;
    /** Whether some entry has had a deadline. */
    private volatile boolean expires;

    /**
     * Makes an empty store for a cache.
     *
     * @param countEviction runs for each entry that a bound removes
     */
    Store(
            Cache<K, V> cache,
            MemmapConfiguration<K, V> configuration,
            ClassLoader classLoader,
            ThreadFactory threads,
            Runnable countEviction) {
        this.cache = cache;
        Serials serials = new Serials(classLoader, configuration.getSerialFilter());
        Type<K> keyType = configuration.getStoredKeyType();
        Type<V> valueType = configuration.getStoredValueType();
        keys = form(keyType == null ? Forms.ofKeys(configuration.getKeyType(), serials) : new Form.Direct<>(keyType));
        values = form(
                valueType == null
                        ? Forms.ofValues(configuration.getValueType(), serials)
                        : new Form.Direct<>(valueType));
        LongSupplier ticker = configuration.getTicker();
        expiry =
                new Expiry(configuration.getExpiryPolicyFactory().create(), ticker == null ? System::nanoTime : ticker);
        List<Registration<K, V>> registrations = new ArrayList<>();
        configuration
                .getCacheEntryListenerConfigurations()
                .forEach(listener -> registrations.add(Registration.of(listener)));
        listeners = List.copyOf(registrations);
        stripes = Stream.generate(() -> new Stripe(threads)).limit(STRIPES).toArray(Stripe[]::new);
        map = makeMap(configuration, countEviction);
        swept = map.entrySet().iterator();
    }

    @SuppressWarnings("unchecked") // its objects are those of the cache, and this class alone sees the stored ones
    private static <T> Form<T, Object> form(Form<?, ?> form) {
        return (Form<T, Object>) form;
    }

    private SyncMap<Object, Timed<Object>> makeMap(MemmapConfiguration<K, V> configuration, Runnable countEviction) {
        NativeHeap heap = configuration.getHeap();
        Type<Timed<Object>> type = Timed.type(values.type());
        SyncMapBuilder<Object, Timed<Object>> builder =
                heap == null ? SyncMap.builder(keys.type(), type) : SyncMap.builder(heap, keys.type(), type);
        builder.name(cache.getName()).onEviction((key, value, cause) -> countEviction.run());
        if (configuration.getMaxEntries() > 0) {
            builder.maxEntries(configuration.getMaxEntries());
        }
        if (configuration.getMaxBytes() > 0) {
            builder.maxBytes(configuration.getMaxBytes()).dropTooLarge();
        }
        if (configuration.getShards() > 0) {
            builder.shards(configuration.getShards());
        }
        return builder.make();
    }

    // ------------------------------------------------------------------------------------ listeners

    /** Adds a listener. One thread at a time calls this method or {@link #remove}. */
    void add(Registration<K, V> listener) {
        listeners = Stream.concat(listeners.stream(), Stream.of(listener)).toList();
    }

    void remove(CacheEntryListenerConfiguration<K, V> listener) {
        listeners = listeners.stream()
                .filter(registration -> !registration.configuration().equals(listener))
                .toList();
    }

    /** Frees the memory. Returns the objects of callers that the configuration's factories have made. */
    List<Object> close() {
        map.close();
        List<Object> made = new ArrayList<>();
        made.add(expiry.policy());
        for (Registration<K, V> registration : listeners) {
            made.add(registration.listener());
            if (registration.filter() != null) {
                made.add(registration.filter());
            }
        }
        return made;
    }

    // ------------------------------------------------------------------------------- without a lock

    boolean contains(K key) {
        Timed<Object> timed = map.get(keys.store(key));
        return timed != null && !expiry.isOver(timed.deadline());
    }

    /**
     * Returns the value of a key, and lets the policy for reads act on the entry. Removes it if it
     * has expired. Returns null if it is absent.
     */
    @Nullable
    V read(K key) {
        Object stored = keys.store(key);
        Timed<Object> timed = map.get(stored);
        if (timed == null) {
            return null;
        }
        if (!expiry.isOver(timed.deadline())) {
            access(stored, timed);
            return values.load(timed.value());
        }
        try (Turn turn = new Turn(stored)) { // which removes the entry, if it has not been put again meanwhile
            V value = turn.value();
            if (value != null) {
                turn.access();
            }
            return value;
        }
    }

    /** Lets the policy for reads act on an entry that a thread has read without the lock. */
    private void access(Object key, Timed<Object> timed) {
        long deadline = expiry.ofAccess(timed.deadline());
        if (deadline == timed.deadline()) {
            return;
        }
        try (Turn turn = new Turn(key)) {
            if (turn.isPresent() && turn.deadline() == timed.deadline()) {
                turn.move(deadline);
            }
        }
    }

    void clear() {
        map.clear();
    }

    Walk walk() {
        return new Walk();
    }

    /** A weakly consistent walk over the entries, which removes those that have expired. */
    final class Walk {
        private final Iterator<Map.Entry<Object, Timed<Object>>> all =
                map.entrySet().iterator();
        private Map.@Nullable Entry<Object, Timed<Object>> ahead;

        boolean hasNext() {
            while (ahead == null && all.hasNext()) {
                Map.Entry<Object, Timed<Object>> entry = all.next();
                if (expiry.isOver(entry.getValue().deadline())) {
                    removeExpired(entry.getKey());
                } else {
                    ahead = entry;
                }
            }
            return ahead != null;
        }

        /** Returns the next key, which {@link #hasNext} has found. */
        K nextKey() {
            return keys.load(take().getKey());
        }

        /** Returns the next entry, and lets the policy for reads act on it. */
        CacheEntry<K, V> next() {
            Map.Entry<Object, Timed<Object>> entry = take();
            access(entry.getKey(), entry.getValue());
            return new CacheEntry<>(
                    keys.load(entry.getKey()), values.load(entry.getValue().value()));
        }

        private Map.Entry<Object, Timed<Object>> take() {
            Map.Entry<Object, Timed<Object>> entry = Objects.requireNonNull(ahead);
            ahead = null;
            return entry;
        }
    }

    // -------------------------------------------------------------------------------- with the lock

    private Stripe stripeOf(Object key) {
        int hash = KeyHash.of(key);
        return stripes[(hash ^ hash >>> 8 ^ hash >>> 16 ^ hash >>> 24) & STRIPES - 1];
    }

    /** Locks the stripes of all keys. {@link Stripe#unlockAll} releases them. */
    List<Stripe> lockAll(Collection<? extends K> all) {
        Set<Stripe> wanted = all.stream().map(key -> stripeOf(keys.store(key))).collect(Collectors.toSet());
        // In one order, so that two threads cannot wait for each other.
        List<Stripe> locked = Stream.of(stripes).filter(wanted::contains).toList();
        locked.forEach(Stripe::lock);
        return locked;
    }

    /** Begins an operation on a key that may change its entry. */
    Turn turn(K key) {
        return new Turn(keys.store(key));
    }

    /**
     * An operation on one key, by a thread that holds the key's lock. Its end publishes the events.
     */
    final class Turn implements AutoCloseable {
        private final Object key;
        private final Stripe stripe;
        /** The entry's value; null if the entry is absent. */
        private @Nullable Timed<Object> found;

        private boolean hasPut;

        private Turn(Object key) {
            this.key = key;
            stripe = stripeOf(key);
            stripe.lock();
            try {
                found = map.get(key);
                if (found != null && expiry.isOver(found.deadline())) {
                    expire(found.value());
                }
            } catch (RuntimeException | Error e) {
                stripe.unlock();
                throw e;
            }
        }

        @Override
        public void close() {
            try {
                stripe.unlock();
            } finally {
                if (hasPut) {
                    sweep();
                }
            }
        }

        K key() {
            return keys.load(key);
        }

        boolean isPresent() {
            return found != null;
        }

        /** Returns the entry's value; null if the entry is absent. */
        @Nullable
        V value() {
            return found == null ? null : values.load(found.value());
        }

        /** Lets the policy for reads act on the entry, which is present. */
        void access() {
            move(expiry.ofAccess(deadline()));
        }

        /** Puts a value; returns false if it expires at once, so that it is not added. */
        boolean put(V value) {
            Timed<Object> before = found;
            long deadline = before == null ? expiry.ofCreation() : expiry.ofUpdate(before.deadline());
            boolean isOver = expiry.isOver(deadline);
            if (isOver && before == null) {
                return false;
            }
            Object stored = values.store(value);
            if (!isOver) {
                store(deadline, stored);
            }
            if (before == null) {
                publish(EventType.CREATED, stored, null);
            } else {
                publish(EventType.UPDATED, stored, before.value());
            }
            if (isOver) {
                expire(stored);
            }
            return true;
        }

        private void store(long deadline, Object value) {
            Timed<Object> timed = new Timed<>(deadline, value);
            try {
                map.put(key, timed);
            } catch (HeapExhaustedException e) {
                throw new CacheException("there is no memory for an entry of the cache " + cache.getName(), e);
            }
            found = timed;
            hasPut = true;
            noteDeadline(deadline);
        }

        /** Removes the entry; returns whether it was present. */
        boolean remove() {
            Timed<Object> before = found;
            if (before != null) {
                map.remove(key);
                found = null;
                publish(EventType.REMOVED, before.value(), before.value());
            }
            return before != null;
        }

        private long deadline() {
            return Objects.requireNonNull(found).deadline();
        }

        private void move(long deadline) {
            Timed<Object> before = Objects.requireNonNull(found);
            if (expiry.isOver(deadline)) {
                expire(before.value());
            } else if (deadline != before.deadline()) {
                map.update(key, bytes -> Timed.setDeadline(bytes, deadline));
                found = new Timed<>(deadline, before.value());
                noteDeadline(deadline);
            }
        }

        private void expire(Object value) {
            map.remove(key);
            found = null;
            publish(EventType.EXPIRED, value, value);
        }

        private void publish(EventType type, Object value, @Nullable Object oldValue) {
            List<Registration<K, V>> all = listeners;
            if (all.stream().anyMatch(listener -> listener.wants(type))) {
                stripe.publish(new Event<>(cache, type, all, keys, values, key, value, oldValue));
            }
        }
    }

    // ------------------------------------------------------------------------------ expired entries

    private void noteDeadline(long deadline) {
        if (deadline != Expiry.NEVER && !expires) {
            expires = true;
        }
    }

    /** Checks a few entries, and removes those that have expired. */
    private void sweep() {
        if (!expires || !sweeping.tryLock()) {
            return;
        }
        try {
            for (int i = 0; i < SWEPT_ENTRIES; i++) {
                if (!swept.hasNext()) {
                    swept = map.entrySet().iterator();
                    return;
                }
                Map.Entry<Object, Timed<Object>> entry = swept.next();
                if (expiry.isOver(entry.getValue().deadline())) {
                    removeExpired(entry.getKey());
                }
            }
        } catch (RuntimeException e) { // a listener's, or that the cache has been closed
            if (!cache.isClosed()) {
                Failures.log("the removal of an expired entry of the cache " + cache.getName(), e);
            }
        } finally {
            sweeping.unlock();
        }
    }

    /** Removes an entry if it has expired and no other thread works on it. */
    private void removeExpired(Object key) {
        Stripe stripe = stripeOf(key);
        if (stripe.tryLock()) {
            try {
                new Turn(key).close(); // its beginning removes the entry
            } finally {
                stripe.unlock();
            }
        }
    }
}
