package io.memmap.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.NativeHeap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.EventType;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of a cache, compared with a {@link HashMap}. A third map follows the events, and
 * a fourth one is the resource of the writer: all must agree.
 */
class CacheModelTest {
    private static final int STEPS = 4_000;
    private static final int KEYS = 40;

    @RegisterExtension
    final TestManager caches = new TestManager();

    private final Map<Object, String> model = new HashMap<>();
    private final Map<Object, String> resource = new HashMap<>();
    private final Map<Object, String> followed = new HashMap<>();

    private void follow(CacheEntryEvent<?, ? extends String> event) {
        boolean ends = event.getEventType() == EventType.REMOVED;
        String before = ends ? followed.remove(event.getKey()) : followed.put(event.getKey(), event.getValue());
        assertThat(before).isEqualTo(event.getOldValue());
    }

    private Cache<Object, String> cache(Class<?> keyClass) {
        @SuppressWarnings("unchecked")
        Class<Object> keys = (Class<Object>) keyClass;
        return caches.cache(new MemmapConfiguration<Object, String>()
                .setTypes(keys, String.class)
                .setWriteThrough(true)
                .setCacheWriterFactory(() -> new MapWriter<>(resource))
                .addCacheEntryListenerConfiguration(new Recorder<Object, String>(this::follow).configuration(true)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aHistoryAgreesWithAMap(long seed) {
        Random random = new Random(seed);
        Cache<Object, String> cache = cache(seed % 2 == 0 ? Integer.class : Object.class);
        for (int i = 0; i < STEPS; i++) {
            Object key = random.nextInt(KEYS);
            String value = "value " + random.nextInt(3);
            String other = "value " + random.nextInt(3);
            Object expected;
            Object result = switch (random.nextInt(14)) {
                case 0 -> {
                    cache.put(key, value);
                    model.put(key, value);
                    expected = null;
                    yield null;
                }
                case 1 -> {
                    expected = model.put(key, value);
                    yield cache.getAndPut(key, value);
                }
                case 2 -> {
                    expected = model.putIfAbsent(key, value) == null;
                    yield cache.putIfAbsent(key, value);
                }
                case 3 -> {
                    expected = model.remove(key) != null;
                    yield cache.remove(key);
                }
                case 4 -> {
                    expected = model.remove(key, value);
                    yield cache.remove(key, value);
                }
                case 5 -> {
                    expected = model.remove(key);
                    yield cache.getAndRemove(key);
                }
                case 6 -> {
                    expected = model.replace(key, value) != null;
                    yield cache.replace(key, value);
                }
                case 7 -> {
                    expected = model.replace(key, value, other);
                    yield cache.replace(key, value, other);
                }
                case 8 -> {
                    expected = model.replace(key, value);
                    yield cache.getAndReplace(key, value);
                }
                case 9 -> {
                    Map<Object, String> both = Map.of(key, value, KEYS + random.nextInt(KEYS), other);
                    model.putAll(both);
                    cache.putAll(both);
                    expected = model.get(key);
                    yield cache.get(key);
                }
                case 10 -> {
                    Set<Object> both = Set.of(key, KEYS + random.nextInt(KEYS));
                    model.keySet().removeAll(both);
                    cache.removeAll(both);
                    expected = model.containsKey(key);
                    yield cache.containsKey(key);
                }
                case 11 -> {
                    expected = model.computeIfPresent(key, (_, old) -> old.equals(value) ? null : value);
                    yield cache.invoke(key, (entry, _) -> {
                        if (!entry.exists()) {
                            return null;
                        }
                        if (entry.getValue().equals(value)) {
                            entry.remove();
                        } else {
                            entry.setValue(value);
                        }
                        return entry.getValue();
                    });
                }
                case 12 -> {
                    expected = model.get(key);
                    yield cache.getAll(Set.of(key)).get(key);
                }
                default -> {
                    var iterator = cache.iterator();
                    if (iterator.hasNext()) {
                        model.remove(iterator.next().getKey());
                        iterator.remove();
                    }
                    expected = null;
                    yield null;
                }
            };
            assertThat(result).as("seed %s, step %s", seed, i).isEqualTo(expected);
        }
        Map<Object, String> cached = new HashMap<>();
        cache.forEach(entry -> cached.put(entry.getKey(), entry.getValue()));
        assertThat(cached)
                .isEqualTo(model)
                .isEqualTo(resource)
                .isEqualTo(followed)
                .isNotEmpty();
        cache.removeAll();
        assertThat(followed).isEmpty();
        assertThat(resource).isEmpty();
    }

    /** An operation that finds no memory changes nothing, and the cache goes on. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aFullHeapLeavesTheCacheAsItWas(long seed) {
        Random random = new Random(seed);
        int refused = 0;
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            Cache<Integer, String> cache = caches.cache(new MemmapConfiguration<Integer, String>()
                    .setHeap(heap)
                    .setShards(1)
                    .setTypes(Integer.class, String.class)
                    .addCacheEntryListenerConfiguration(
                            new Recorder<Integer, String>(this::follow).configuration(true)));
            for (int i = 0; i < 2_000; i++) {
                Integer key = random.nextInt(400);
                String value = "x".repeat(random.nextInt(20_000));
                try {
                    if (random.nextInt(4) == 0) {
                        cache.remove(key);
                        model.remove(key);
                    } else {
                        cache.put(key, value);
                        model.put(key, value);
                    }
                } catch (CacheException e) {
                    refused++;
                    assertThat(cache.get(key)).isEqualTo(model.get(key));
                }
            }
            assertThat(refused).isPositive();
            assertThat(cache)
                    .allMatch(entry -> Objects.equals(entry.getValue(), model.get(entry.getKey())))
                    .hasSameSizeAs(model.keySet());
            assertThat(followed).isEqualTo(model);
            heap.check();
            cache.close();
        }
    }
}
