package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Records of random classes, with random components of all kinds, nested in random ways. */
@Tag("slow")
class ObjectRecordPropertyTest {
    private static final int RECORDS = 30;
    private static final long HEAP_BYTES = 16L << 20;

    @Property(tries = 200)
    <R extends Record> void everyRecordComesBackUnchanged(@ForAll long seed) {
        RandomRecords<R> records = new RandomRecords<>(new Random(seed));
        Type<R> type = Type.record(records.recordClass());
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            MemMap<Integer, R> values = MemMap.make(heap, Type.INT, type);
            List<R> model = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                R record = records.next();
                model.add(record);
                values.put(i, record);
                values.put(RECORDS, record); // overwrites values of other lengths
                records.assertSame(values.get(RECORDS), record);
            }
            for (int i = 0; i < RECORDS; i++) {
                records.assertSame(values.get(i), model.get(i));
            }
            for (MemMapCursor<Integer, R> cursor = values.cursor(); cursor.next(); ) {
                records.assertSame(cursor.value(), model.get(Math.min(cursor.key(), RECORDS - 1)));
            }
            Type<R> again = Type.record(records.recordClass());
            records.assertSame(
                    MemMap.at(heap, values.pointer(), Type.INT, again).get(0), model.getFirst());
            values.check();
            values.free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    /** Keys are equal if and only if the records are. */
    @Property(tries = 200)
    <R extends Record> void aMapOfRecordsAgreesWithHashMap(@ForAll long seed) {
        Random random = new Random(seed);
        RandomRecords<R> records = new RandomRecords<>(random);
        Type<R> type = Type.record(records.recordClass());
        if (!records.hasEquals() || type.isFloating()) {
            return; // Java compares arrays by identity, and a struct's numbers are compared as Go's are
        }
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            MemMap<R, Integer> map = MemMap.make(heap, type, Type.INT);
            Map<R, Integer> model = new HashMap<>();
            List<R> used = new ArrayList<>();
            for (int i = 0; i < 4 * RECORDS; i++) {
                R key = used.isEmpty() || random.nextInt(3) == 0
                        ? records.next()
                        : records.copy(used.get(random.nextInt(used.size())));
                used.add(key);
                if (random.nextInt(4) == 0) {
                    assertThat(map.remove(key)).isEqualTo(model.remove(key));
                } else {
                    assertThat(map.put(key, i)).isEqualTo(model.put(key, i));
                }
                assertThat(map.get(key)).isEqualTo(model.get(key));
            }
            map.check();
            assertThat(map.asMap()).isEqualTo(model);
            assertThat(map.asMap()).hasSameHashCodeAs(model);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }
}
