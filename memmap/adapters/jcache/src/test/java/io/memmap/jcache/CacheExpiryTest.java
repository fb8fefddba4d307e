package io.memmap.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.Cache;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Entries expire when the policy says, and then leave the memory. The clock is the test's own. */
class CacheExpiryTest {
    private static final Duration MINUTE = Duration.ONE_MINUTE;

    @RegisterExtension
    final TestManager caches = new TestManager();

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE); // it may overflow, as System.nanoTime may
    private final Recorder<Integer, String> recorder = new Recorder<>();

    /** A policy with three answers; null leaves the time as it is. */
    private record Policy(Duration creation, Duration access, Duration update) implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            return creation;
        }

        @Override
        public Duration getExpiryForAccess() {
            return access;
        }

        @Override
        public Duration getExpiryForUpdate() {
            return update;
        }
    }

    private Cache<Integer, String> cache(ExpiryPolicy policy) {
        return caches.cache(new MemmapConfiguration<Integer, String>()
                .setTicker(clock::get)
                .setTypes(Integer.class, String.class)
                .setExpiryPolicyFactory(() -> policy)
                .addCacheEntryListenerConfiguration(recorder.configuration(true)));
    }

    private void pass(long seconds) {
        clock.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void anEntryLivesForTheTimeSinceItsCreation() {
        Cache<Integer, String> cache = cache(new Policy(MINUTE, null, null));
        cache.put(1, "a");
        pass(59);
        assertThat(cache.get(1)).isEqualTo("a");
        cache.put(1, "b"); // null for an update: the end stays
        pass(1);
        assertThat(cache.containsKey(1)).isFalse();
        assertThat(cache.get(1)).isNull();
        assertThat(recorder.events).containsExactly("CREATED 1: null -> a", "UPDATED 1: a -> b", "EXPIRED 1: b -> b");
    }

    @Test
    void aReadAndAnUpdateMoveTheEnd() {
        Cache<Integer, String> cache = cache(new Policy(MINUTE, Duration.FIVE_MINUTES, Duration.TEN_MINUTES));
        cache.put(1, "a");
        pass(59);
        assertThat(cache.get(1)).isEqualTo("a");
        pass(299);
        cache.put(1, "b");
        pass(599);
        assertThat(cache.iterator().next().getValue()).isEqualTo("b");
        pass(300);
        assertThat(cache.iterator().hasNext()).isFalse();
        assertThat(recorder.events).last().isEqualTo("EXPIRED 1: b -> b");
    }

    @Test
    void aReadCanMakeTheEndEarlierOrDropIt() {
        Cache<Integer, String> cache = cache(new Policy(Duration.ONE_HOUR, MINUTE, Duration.ETERNAL));
        cache.put(1, "a");
        cache.get(1);
        pass(60);
        assertThat(cache.get(1)).isNull();
        cache.put(1, "a");
        cache.put(1, "b");
        pass(1_000_000);
        assertThat(cache.containsKey(1)).isTrue();
    }

    @Test
    void zeroEndsAnEntryAtOnce() {
        Cache<Integer, String> cache = cache(new Policy(MINUTE, Duration.ZERO, Duration.ZERO));
        cache.put(1, "a");
        assertThat(cache.get(1)).isEqualTo("a");
        cache.put(1, "b");
        cache.put(1, "c");
        assertThat(cache.containsKey(1)).isFalse();
        assertThat(recorder.events)
                .containsExactly(
                        "CREATED 1: null -> a",
                        "EXPIRED 1: a -> a",
                        "CREATED 1: null -> b",
                        "UPDATED 1: b -> c",
                        "EXPIRED 1: c -> c");
        recorder.events.clear();
        cache(new Policy(Duration.ZERO, null, null)).put(1, "a");
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void aReadWritesOnlyIfTheEndThenLiesNoticeablyLater() {
        Cache<Integer, String> cache =
                cache(new Policy(new Duration(TimeUnit.SECONDS, 1024), new Duration(TimeUnit.SECONDS, 1024), null));
        cache.put(1, "a");
        clock.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
        cache.get(1); // later by less than a 1024th
        pass(1023);
        clock.addAndGet(1);
        assertThat(cache.containsKey(1)).isFalse();
        cache.put(2, "a");
        pass(1);
        cache.get(2);
        pass(1023);
        assertThat(cache.containsKey(2)).isTrue();
        pass(1);
        assertThat(cache.containsKey(2)).isFalse();
    }

    @Test
    void expiredEntriesLeaveTheMemoryAlthoughNobodyAsksForThem() {
        int entries = 1_000;
        Cache<Integer, String> cache = cache(new Policy(MINUTE, null, MINUTE));
        for (int i = 0; i < entries; i++) {
            cache.put(i, "a");
        }
        pass(60);
        recorder.events.clear();
        for (int i = 0; i < 2 * entries; i++) {
            cache.put(-1, "b");
        }
        assertThat(recorder.events.stream().filter(event -> event.startsWith("EXPIRED")))
                .hasSize(entries);
    }

    @Test
    void aLongTimeIsAsGoodAsForEver() {
        Cache<Integer, String> cache = cache(new Policy(new Duration(TimeUnit.DAYS, Long.MAX_VALUE), null, null));
        pass(1);
        cache.put(1, "a");
        pass(1_000_000_000);
        assertThat(cache.get(1)).isEqualTo("a");
    }

    @Test
    void aPolicyThatFailsChangesNothing() {
        Cache<Integer, String> cache = cache(new ExpiryPolicy() {
            private int asked;

            @Override
            public Duration getExpiryForCreation() {
                if (asked++ == 0) {
                    throw new IllegalStateException("meant");
                }
                return MINUTE;
            }

            @Override
            public Duration getExpiryForAccess() {
                throw new IllegalStateException("meant");
            }

            @Override
            public Duration getExpiryForUpdate() {
                throw new IllegalStateException("meant");
            }
        });
        cache.put(1, "for ever");
        cache.put(2, "for a minute");
        cache.get(2);
        cache.put(2, "for a minute, too");
        pass(60);
        assertThat(cache.get(1)).isEqualTo("for ever");
        assertThat(cache.get(2)).isNull();
    }
}
