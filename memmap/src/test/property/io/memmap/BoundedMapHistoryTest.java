package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * Random histories of bounded maps, compared with a plain map. The listener removes evicted entries
 * from the plain map. After each step the test checks the structure and the bytes in use.
 */
@Tag("slow")
class BoundedMapHistoryTest {
    private record Timed(String value, long written, long read) {}

    private static final int STEPS = 400;
    private static final long WRITE_NANOS = 50_000;
    private static final long READ_NANOS = 20_000;

    @Property(tries = 60)
    void aBoundedMapHoldsExactlyTheEntriesThatWereNotEvicted(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 120) int entries,
            @ForAll @IntRange(min = 3_900, max = 60_000) int bytes,
            @ForAll boolean expires) {
        Random random = new Random(seed);
        long[] now = {random.nextLong()};
        Map<Long, Timed> model = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
            SyncMapBuilder<Long, String> builder = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .maxEntries(entries)
                    .maxBytes(bytes)
                    .ticker(() -> now[0])
                    .onEviction((key, value, cause) -> {
                        Timed was = model.remove(key);
                        boolean isDue = expires && was != null && isExpired(was, now[0], READ_NANOS >> 10);
                        if (was == null || !was.value().equals(value)) {
                            wrong.add("evicted " + key + "=" + value + ", was " + was);
                        } else if (cause == RemovalCause.EXPIRED && !isDue) {
                            wrong.add("expired too early: " + key);
                        }
                    });
            if (expires) {
                builder.expireAfterWrite(Duration.ofNanos(WRITE_NANOS)).expireAfterAccess(Duration.ofNanos(READ_NANOS));
            }
            SyncMap<Long, String> map = builder.make();
            for (int step = 0; step < STEPS; step++) {
                now[0] += random.nextInt(1500);
                Map<Long, Timed> before = Map.copyOf(model);
                try {
                    step(map, model, random, now[0], expires);
                } catch (IllegalArgumentException e) {
                    assertThat(e).hasMessageContaining("a larger maxBytes than " + bytes);
                    assertThat(model)
                            .as("the entries after a refusal, which evicts nothing")
                            .isEqualTo(before);
                }
                assertThat(wrong).isEmpty();
                assertThat(map.mappingCount()).isLessThanOrEqualTo(entries).isEqualTo(model.size());
                assertThat(heap.stats().inUse()).isLessThanOrEqualTo(bytes);
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
                map.check();
            }
            for (Map.Entry<Long, String> entry : map.entrySet()) {
                assertThat(model.get(entry.getKey()).value()).isEqualTo(entry.getValue());
            }
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    private static boolean isExpired(Timed entry, long now, long slack) {
        return now - entry.written() >= WRITE_NANOS || now - entry.read() >= READ_NANOS - slack;
    }

    /**
     * Changes the map and then the model. The listener has already removed the evicted entries from
     * the model.
     */
    private static void step(
            SyncMap<Long, String> map, Map<Long, Timed> model, Random random, long now, boolean expires) {
        long key = random.nextInt(200);
        String value = Integer.toString(random.nextInt(10)).repeat(random.nextInt(random.nextInt(10) == 0 ? 1500 : 60));
        Timed before = model.get(key);
        boolean isOver = expires && before != null && isExpired(before, now, 0);
        boolean isUnsure = expires && before != null && !isOver && isExpired(before, now, READ_NANOS >> 10);
        switch (isUnsure ? 5 : random.nextInt(7)) {
            case 0, 1, 2 -> {
                String previous = map.put(key, value);
                assertThat(previous).isEqualTo(before == null || isOver ? null : before.value());
                model.put(key, new Timed(value, now, now));
            }
            case 3 -> {
                String found = map.get(key);
                assertThat(found).isEqualTo(before == null || isOver ? null : before.value());
                if (found != null) {
                    model.put(key, new Timed(found, before.written(), now));
                }
            }
            case 4 -> {
                String previous = map.compute(key, (same, old) -> old == null ? value : old.isEmpty() ? null : "c");
                boolean wasThere = before != null && !isOver;
                String expected = !wasThere ? value : before.value().isEmpty() ? null : "c";
                assertThat(previous).isEqualTo(expected);
                if (expected == null) {
                    model.remove(key);
                } else {
                    model.put(key, new Timed(expected, now, now));
                }
            }
            case 5 -> {
                map.remove(key);
                if (before != null && !isOver && !map.containsKey(key)) {
                    model.remove(key);
                }
                map.purgeExpired();
            }
            default -> {
                assertThat(map.containsKey(key)).isEqualTo(before != null && !isOver);
            }
        }
    }
}
