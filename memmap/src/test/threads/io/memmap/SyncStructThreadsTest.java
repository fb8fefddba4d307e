package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads use a map of structs. No read sees fields of different moments or of another entry. */
@Tag("slow")
class SyncStructThreadsTest {
    private static final int KEYS = 64;
    private static final int ROUNDS = 4_000;
    private static final int WRITERS = 3;
    private static final int READERS = 2;

    /**
     * Two threads change structs as a whole. One adds and removes other keys, so that tables grow and
     * shrink and places are used again. The number of a struct is its key plus a multiple of 1000.
     */
    @ParameterizedTest
    @EnumSource
    void noReadIsTornAndNoUpdateIsLost(Orders orders) throws Exception {
        try (SyncLongStructMap map = SyncLongStructMap.make(orders.layout)) {
            SyncLongStructRef first = map.ref();
            for (long key = 0; key < KEYS; key++) {
                first.updateOrAdd(key, key, orders::set);
            }
            AtomicInteger writing = new AtomicInteger(WRITERS);
            ConcurrentThreads.run(WRITERS + READERS, id -> {
                if (id < WRITERS) {
                    try {
                        write(map, orders, id);
                    } finally {
                        writing.decrementAndGet();
                    }
                } else {
                    do {
                        read(map, orders);
                    } while (writing.get() > 0);
                }
            });
            long updates = 0;
            for (long key = 0; key < KEYS; key++) {
                first.read(key);
                updates += orders.number(first) / 1000;
            }
            assertThat(updates).isEqualTo(2 * ROUNDS);
            map.check();
        }
    }

    private static void write(SyncLongStructMap map, Orders orders, int id) {
        SyncLongStructRef ref = map.ref();
        for (int i = 0; i < ROUNDS; i++) {
            long other = 100L + i % 500;
            if (id < 2) {
                assertThat(ref.update(i % KEYS, order -> orders.set(order, orders.number(order) + 1000)))
                        .isTrue();
            } else if (i / 500 % 2 == 0) {
                ref.updateOrAdd(other, other, orders::set);
            } else {
                map.remove(other);
            }
        }
    }

    private static void read(SyncLongStructMap map, Orders orders) {
        SyncLongStructRef all = map.ref();
        SyncLongStructRef some = map.ref(orders.price, orders.quantity, orders.rate, orders.last);
        for (long key = 0; key < KEYS; key++) {
            assertThat(all.read(key)).isTrue();
            assertThat(orders.number(all) % 1000).isEqualTo(key);
            assertThat(some.read(key)).isTrue();
            assertThat(orders.number(some) % 1000).isEqualTo(key);
            if (some.read(100 + key)) {
                assertThat(orders.number(some)).isEqualTo(100 + key);
            }
        }
        map.forEach((key, order) -> assertThat(orders.number(order) % 1000).isEqualTo(key));
    }
}
