package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.memory.BlockKind;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * A {@link MemMap} beside a java.util.HashMap that says what is in it. Keys and values are numbers, for which their
 * {@link Sample} has objects.
 */
final class ModelledMap<K, V> {
    /** The pairs of types that promises are tested on: inline and out of line, of fixed and of variable size, callers' own. */
    enum Types {
        UTF8_TO_LONG,
        LONG_TO_UTF8,
        BYTES_TO_BYTES,
        UUID_TO_STRUCT,
        STRUCT_TO_INT,
        RECORD_TO_RECORD,
        DOUBLE_TO_UTF8;

        ModelledMap<?, ?> make(NativeHeap heap, Geometry geometry, boolean autoShrink) {
            return switch (this) {
                case UTF8_TO_LONG -> of(heap, Sample.UTF8, Sample.LONG, geometry, autoShrink);
                case LONG_TO_UTF8 -> of(heap, Sample.LONG, Sample.UTF8, geometry, autoShrink);
                case BYTES_TO_BYTES -> of(heap, Sample.BYTES, Sample.BYTES, geometry, autoShrink);
                case UUID_TO_STRUCT -> of(heap, Sample.UUID, Sample.STRUCT, geometry, autoShrink);
                case STRUCT_TO_INT -> of(heap, Sample.STRUCT, Sample.INT, geometry, autoShrink);
                case RECORD_TO_RECORD -> of(heap, Sample.PLACE, Sample.PRICE, geometry, autoShrink);
                case DOUBLE_TO_UTF8 -> of(heap, Sample.DOUBLE, Sample.UTF8, geometry, autoShrink);
            };
        }
    }

    private static final String NAME = "orders";

    final NativeHeap heap;
    final MemMap<K, V> map;
    final Sample<K> keys;
    final Sample<V> values;
    private final Map<Object, Entry<K, V>> model = new HashMap<>();

    private record Entry<K, V>(K key, V value) {}

    private ModelledMap(NativeHeap heap, MemMap<K, V> map, Sample<K> keys, Sample<V> values) {
        this.heap = heap;
        this.map = map;
        this.keys = keys;
        this.values = values;
    }

    static <K, V> ModelledMap<K, V> of(
            NativeHeap heap, Sample<K> keys, Sample<V> values, Geometry geometry, boolean autoShrink) {
        MemMap<K, V> map = MemMap.builder(heap, keys.type(), values.type())
                .geometry(geometry)
                .autoShrink(autoShrink)
                .name(NAME)
                .make();
        return new ModelledMap<>(heap, map, keys, values);
    }

    int size() {
        return model.size();
    }

    boolean contains(int key) {
        return model.containsKey(plainKey(key));
    }

    void put(int key, int value) {
        V before = map.put(keys.object(key), values.object(value));
        assertIsModels(before, key);
        modelPut(key, value);
    }

    void set(int key, int value) {
        map.set(keys.object(key), values.object(value));
        modelPut(key, value);
    }

    void computeIfAbsent(int key, int value) {
        V then = map.computeIfAbsent(keys.object(key), same -> values.object(value));
        if (!contains(key)) {
            modelPut(key, value);
        }
        assertIsModels(then, key);
    }

    /** Replaces a value, or puts or removes one if {@code value} is odd. */
    void compute(int key, int value) {
        V then = map.compute(keys.object(key), (same, present) -> {
            assertIsModels(present, key);
            return value % 2 == 0 ? values.object(value) : null;
        });
        if (value % 2 == 0) {
            modelPut(key, value);
        } else {
            model.remove(plainKey(key));
        }
        assertIsModels(then, key);
    }

    void remove(int key) {
        V before = map.remove(keys.object(key));
        assertIsModels(before, key);
        model.remove(plainKey(key));
    }

    void delete(int key) {
        assertThat(map.delete(keys.object(key))).isEqualTo(contains(key));
        model.remove(plainKey(key));
    }

    void get(int key) {
        assertIsModels(map.get(keys.object(key)), key);
        assertThat(map.containsKey(keys.object(key))).isEqualTo(contains(key));
    }

    void clear() {
        map.clear();
        model.clear();
    }

    /** Replaces the value of a cursor's entry. */
    void setBy(MemMapCursor<K, V> cursor, int value) {
        cursor.setValue(values.object(value));
        model.put(keys.plain(cursor.key()), new Entry<>(cursor.key(), values.object(value)));
        assertProduced(cursor);
    }

    /** Replaces the value of a view's entry, which is there. */
    void setBy(Map.Entry<K, V> entry, int value) {
        entry.setValue(values.object(value));
        model.put(keys.plain(entry.getKey()), new Entry<>(entry.getKey(), values.object(value)));
    }

    /** Removes the entry that a view's iterator has produced, which is there. */
    void removeBy(Iterator<Map.Entry<K, V>> entries, K key) {
        assertThat(model.remove(keys.plain(key))).isNotNull();
        entries.remove();
    }

    /** Removes a cursor's entry, which is there. */
    void removeBy(MemMapCursor<K, V> cursor) {
        assertThat(model.remove(keys.plain(cursor.key()))).isNotNull();
        cursor.remove();
    }

    /** Asserts that the entry that a cursor is at is in the model, and returns its key as one that has an equality. */
    Object assertProduced(MemMapCursor<K, V> cursor) {
        return assertProduced(cursor.key(), cursor.value());
    }

    /** As the other, of an entry that a view's iterator has produced. */
    Object assertProduced(K producedKey, V producedValue) {
        Object key = keys.plain(producedKey);
        Entry<K, V> entry = model.get(key);
        assertThat(entry).as("%s is produced and has been removed", key).isNotNull();
        assertThat(values.plain(producedValue)).isEqualTo(values.plain(entry.value));
        return key;
    }

    /** Returns the keys as ones that have an equality, a live view. */
    Set<Object> plainKeys() {
        return model.keySet();
    }

    void assertContentsAgree() {
        assertThat(map.size()).isEqualTo(model.size());
        Map<Object, Object> contents = new HashMap<>();
        map.forEach((key, value) -> {
            assertThat(contents.put(keys.plain(key), values.plain(value)))
                    .as("second %s", key)
                    .isNull();
            if (key instanceof Double zero) { // C11: the one put last
                assertThat(zero).isEqualTo(model.get(keys.plain(key)).key);
            }
        });
        assertThat(contents.keySet()).isEqualTo(model.keySet());
        model.forEach((key, entry) -> {
            assertThat(contents.get(key)).isEqualTo(values.plain(entry.value));
            assertThat(values.plain(map.get(entry.key))).isEqualTo(values.plain(entry.value));
        });
    }

    /** Asserts that the heap holds what this map, its only one, needs, and not a byte more. */
    void assertNoByteLeaked() {
        HeapStats stats = heap.stats();
        assertThat(stats.blob()).as("name, type and blocks of entries").isEqualTo(textBytes() + entryBytes());
        assertThat(stats.header()).as("header").isEqualTo(heap.usableSize(HmapLayout.BYTES));
        assertThat(stats.bucket()).as("arrays").isEqualTo(arraysBytes());
        assertThat(stats.overflow()).as("overflow buckets").isEqualTo(overflowBytes());
        assertThat(map.stats().bytes()).isEqualTo(stats.inUse());
    }

    /** Frees the map, after which the heap must hold nothing. */
    void free() {
        map.free();
        assertThat(heap.stats().inUse()).as("bytes leaked").isZero();
        heap.checkZeroes();
    }

    private long textBytes() {
        String type = "map[" + keys.type() + "]" + values.type();
        boolean isTold =
                keys.type().kind() != ElementKind.STRUCT && values.type().kind() != ElementKind.STRUCT;
        return heap.usableSize(NAME.length()) + (isTold ? 0 : heap.usableSize(type.length()));
    }

    private long entryBytes() {
        return model.values().stream()
                .mapToLong(entry -> {
                    int keyBytes = keys.lengthOutOfLine(entry.key);
                    int valueBytes = values.lengthOutOfLine(entry.value);
                    return valueBytes == 0 ? keyBytes : Math.ceilDiv(keyBytes, 8) * 8 + valueBytes;
                })
                .map(bytes -> bytes == 0 ? 0 : heap.usableSize(bytes))
                .sum();
    }

    private long arraysBytes() {
        long current = map.field(HmapLayout.BUCKETS) == 0 ? 0 : arrayBytes(HmapLayout.b(map.state()));
        return map.isGrowing() ? current + arrayBytes(HashTable.oldB(map.state())) : current;
    }

    /** B6: from 16 buckets on, a sixteenth of them is spare. */
    private long arrayBytes(int b) {
        long buckets = 1L << b;
        return heap.usableSize(map.bucketBytes * (b < 4 ? buckets : buckets + buckets / 16));
    }

    private long overflowBytes() {
        long blocks = overflowBlocks(map.field(HmapLayout.BUCKETS), HmapLayout.b(map.state()));
        if (map.isGrowing()) {
            blocks += overflowBlocks(map.field(HmapLayout.OLD_BUCKETS), HashTable.oldB(map.state()));
        }
        return blocks * heap.usableSize(map.bucketBytes);
    }

    private long overflowBlocks(long array, int b) {
        long blocks = 0;
        for (long chain = 0; array != 0 && chain < 1L << b; chain++) {
            long bucket = map.overflow(array + chain * map.bucketBytes);
            for (; bucket != 0; bucket = map.overflow(bucket)) {
                blocks += heap.isBlock(bucket, BlockKind.OVERFLOW) ? 1 : 0;
            }
        }
        return blocks;
    }

    private Object plainKey(int key) {
        return keys.plain(keys.object(key));
    }

    private void modelPut(int key, int value) {
        model.put(plainKey(key), new Entry<>(keys.object(key), values.object(value)));
    }

    private void assertIsModels(V actual, int key) {
        Entry<K, V> expected = model.get(plainKey(key));
        if (expected == null || actual == null) {
            assertThat(actual == null).as("key %d is absent", key).isEqualTo(expected == null);
        } else {
            assertThat(values.plain(actual)).isEqualTo(values.plain(expected.value));
        }
    }
}
