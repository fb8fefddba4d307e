package io.memmap.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.Type;
import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is put comes back, whatever its form outside the Java heap, and equal keys are one key. */
class CacheFormTest {
    @RegisterExtension
    final TestManager caches = new TestManager();

    record Point(long x, int y) {}

    record Place(double latitude, double longitude) implements Serializable {}

    record Named(String name, List<String> tags) implements Serializable {}

    record Twice(Object first, Object second) implements Serializable {}

    record NotSerializable(Object any) {}

    static Stream<Object> objects() {
        return Stream.of(
                "plain",
                "wide \u20ac \ud83d\ude00",
                "half of a pair: \ud83d",
                "",
                Long.MIN_VALUE,
                7,
                (short) 7,
                (byte) 7,
                'x',
                true,
                1.5,
                1.5f,
                UUID.fromString("4d2f1f6e-8f0b-4c8e-9d39-0d5a3b7f0c11"),
                Instant.parse("2026-11-29T07:00:00.000000001Z"),
                new BigDecimal("10.00"),
                BigInteger.TWO.pow(100).negate(),
                Duration.ofNanos(-1),
                LocalDateTime.of(2026, 11, 29, 9, 0, 0, 1),
                new Point(-1, 2),
                new Place(54.3, 10.1),
                new Named("a", List.of("b", "c")),
                LocalDate.of(2026, 11, 29));
    }

    @SuppressWarnings("unchecked")
    @ParameterizedTest
    @MethodSource("objects")
    void anObjectComesBackEqual(Object object) {
        if (object instanceof Serializable) {
            assertComesBack(caches.cache(new MutableConfiguration<>()), object);
        }
        boolean isForUtf8 = !(object instanceof String string) || !string.endsWith("\ud83d");
        if (isForUtf8) {
            Class<Object> type = (Class<Object>) object.getClass();
            assertComesBack(caches.cache(new MutableConfiguration<Object, Object>().setTypes(type, type)), object);
        }
    }

    private static void assertComesBack(Cache<Object, Object> cache, Object object) {
        cache.put(object, object);
        assertThat(cache.get(object)).isEqualTo(object);
        assertThat(cache.iterator().next().getKey()).isEqualTo(object);
        assertThat(cache.replace(object, object, object)).isTrue();
        assertThat(cache.remove(object, object)).isTrue();
        assertThat(cache.containsKey(object)).isFalse();
    }

    @Test
    void arraysOfBytesAreKeysByTheirContents() {
        for (Cache<byte[], byte[]> cache : List.of(
                caches.cache(new MutableConfiguration<byte[], byte[]>().setTypes(byte[].class, byte[].class)),
                caches.cache(new MutableConfiguration<byte[], byte[]>()))) {
            byte[] value = {3};
            cache.put(new byte[] {1, 2}, value);
            value[0] = 4;
            assertThat(cache.get(new byte[] {1, 2})).containsExactly(3);
            assertThat(cache.remove(new byte[] {1, 2}, new byte[] {3})).isTrue();
        }
    }

    @Test
    void floatingPointKeysAreEqualAsInJava() {
        Cache<Double, String> cache =
                caches.cache(new MutableConfiguration<Double, String>().setTypes(Double.class, String.class));
        cache.put(Double.NaN, "NaN");
        cache.put(0.0, "+0");
        cache.put(-0.0, "-0");
        assertThat(cache.get(Double.NaN)).isEqualTo("NaN");
        assertThat(cache.get(0.0)).isEqualTo("+0");
        assertThat(cache.get(-0.0)).isEqualTo("-0");
    }

    /** Serialization writes "the same string again", which must not make another key. */
    @Test
    void equalKeysAreOneKeyHoweverTheyShareTheirParts() {
        Cache<Object, String> cache = caches.cache(new MutableConfiguration<>());
        String one = new String(new char[] {'a'});
        String other = new String(new char[] {'a'});
        Long large = Long.parseLong("1000");
        cache.put(new Twice(one, one), "string");
        cache.put(List.of(large, large), "number");
        assertThat(cache.get(new Twice(one, other))).isEqualTo("string");
        assertThat(cache.get(List.of(Long.parseLong("1000"), Long.parseLong("1000"))))
                .isEqualTo("number");
    }

    @Test
    void aTypeOfMemmapStoresWhatHasNoOtherForm() {
        Type<NotSerializable> type = Type.of(
                "not-serializable",
                NotSerializable.class,
                (object, to) -> to.putUtf8(object.any().toString()),
                from -> new NotSerializable(from.getUtf8()));
        Cache<NotSerializable, NotSerializable> cache =
                caches.cache(new MemmapConfiguration<NotSerializable, NotSerializable>()
                        .setStoredKeyType(type)
                        .setStoredValueType(type));
        cache.put(new NotSerializable("key"), new NotSerializable("value"));
        assertThat(cache.get(new NotSerializable("key"))).isEqualTo(new NotSerializable("value"));
    }

    @Test
    void whatCannotBeStoredIsRefusedWithTheRemedy() {
        Cache<Object, Object> cache = caches.cache(new MutableConfiguration<>());
        assertThatThrownBy(() -> cache.put("key", new NotSerializable(1)))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("NotSerializable")
                .hasMessageContaining("MemmapConfiguration");
        assertThat(cache.containsKey("key")).isFalse();
    }

    @Test
    void theFilterRefusesClasses() {
        Cache<String, Object> cache = caches.cache(new MemmapConfiguration<String, Object>()
                .setSerialFilter(ObjectInputFilter.Config.createFilter("java.base/*;!*")));
        cache.put("date", LocalDate.of(2026, 11, 29));
        cache.put("place", new Place(1, 2));
        assertThat(cache.get("date")).isEqualTo(LocalDate.of(2026, 11, 29));
        assertThatThrownBy(() -> cache.get("place"))
                .isInstanceOf(CacheException.class)
                .hasRootCauseMessage("filter status: REJECTED");
    }

    @Test
    void objectsOfAnotherClassAreRefused() {
        @SuppressWarnings({"unchecked", "rawtypes"})
        Cache<Object, Object> cache =
                (Cache) caches.cache(new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class));
        assertThatThrownBy(() -> cache.put("key", "value"))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("a value of the cache " + cache.getName() + " must be a java.lang.Integer");
        assertThatThrownBy(() -> cache.get(1)).isInstanceOf(ClassCastException.class);
    }
}
