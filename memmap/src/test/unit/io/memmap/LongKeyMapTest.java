package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Object maps whose keys are given as primitives. */
class LongKeyMapTest {
    private static final int STEPS = 5000;
    private static final int KEYS = 300;

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(16L << 20).open();
    private final Random random = new Random(1);

    @AfterEach
    void close() {
        heap.check();
        heap.close();
    }

    /** The map itself and its face change and read the same entries. */
    private void playLongs(Map<Long, String> map, LongKeyMap<String> face) {
        Map<Long, String> model = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            long key = (random.nextLong(KEYS) - KEYS / 2) << 31;
            String value = "value " + step;
            switch (random.nextInt(7)) {
                case 0, 1 -> assertThat(face.put(key, value)).isEqualTo(model.put(key, value));
                case 2 -> {
                    face.set(key, value);
                    model.put(key, value);
                }
                case 3 -> assertThat(face.remove(key)).isEqualTo(model.remove(key));
                case 4 -> assertThat(face.delete(key)).isEqualTo(model.remove(key) != null);
                case 5 -> assertThat(map.put(key, value)).isEqualTo(model.put(key, value));
                default -> assertThat(map.remove(key)).isEqualTo(model.remove(key));
            }
            assertThat(face.get(key)).isEqualTo(model.get(key)).isEqualTo(map.get(key));
            assertThat(face.containsKey(key)).isEqualTo(model.containsKey(key));
            assertThat(face.getOrDefault(key, "none")).isEqualTo(model.getOrDefault(key, "none"));
        }
        assertThat(map).isEqualTo(model);
    }

    private void playInts(Map<Integer, String> map, IntKeyMap<String> face) {
        Map<Integer, String> model = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            int key = (random.nextInt(KEYS) - KEYS / 2) << 20;
            String value = "value " + step;
            switch (random.nextInt(7)) {
                case 0, 1 -> assertThat(face.put(key, value)).isEqualTo(model.put(key, value));
                case 2 -> {
                    face.set(key, value);
                    model.put(key, value);
                }
                case 3 -> assertThat(face.remove(key)).isEqualTo(model.remove(key));
                case 4 -> assertThat(face.delete(key)).isEqualTo(model.remove(key) != null);
                case 5 -> assertThat(map.put(key, value)).isEqualTo(model.put(key, value));
                default -> assertThat(map.remove(key)).isEqualTo(model.remove(key));
            }
            assertThat(face.get(key)).isEqualTo(model.get(key)).isEqualTo(map.get(key));
            assertThat(face.containsKey(key)).isEqualTo(model.containsKey(key));
            assertThat(face.getOrDefault(key, "none")).isEqualTo(model.getOrDefault(key, "none"));
        }
        assertThat(map).isEqualTo(model);
    }

    @Test
    void longKeysOfAMemMap() {
        MemMap<Long, String> map = MemMap.make(heap, Type.LONG, Type.UTF8);
        playLongs(map.asMap(), LongKeyMap.of(map));
        map.check();
    }

    @Test
    void longKeysOfASyncMap() {
        SyncMap<Long, String> map = SyncMap.make(heap, Type.LONG, Type.UTF8);
        playLongs(map, LongKeyMap.of(map));
        map.check();
    }

    @Test
    void longKeysOfABoundedSyncMap() {
        SyncMap<Long, String> map =
                SyncMap.builder(heap, Type.LONG, Type.UTF8).maxEntries(10_000).make();
        playLongs(map, LongKeyMap.of(map));
        map.check();
    }

    @Test
    void intKeysOfAMemMap() {
        MemMap<Integer, String> map = MemMap.make(heap, Type.INT, Type.UTF8);
        playInts(map.asMap(), IntKeyMap.of(map));
        map.check();
    }

    @Test
    void intKeysOfASyncMap() {
        SyncMap<Integer, String> map = SyncMap.make(heap, Type.INT, Type.UTF8);
        playInts(map, IntKeyMap.of(map));
        map.check();
    }

    @Test
    void aBoundHoldsForPutsThroughTheFace() {
        SyncMap<Long, Long> map =
                SyncMap.builder(heap, Type.LONG, Type.LONG).maxEntries(100).make();
        LongKeyMap<Long> face = LongKeyMap.of(map);
        for (long key = 0; key < 1000; key++) {
            face.put(key, key);
            face.set(-key, key);
        }
        assertThat(map.size()).isLessThanOrEqualTo(100);
        map.check();
    }

    /** The caller's code of a value type may use the map. */
    @Test
    void theCodeOfValuesMayUseTheMap() {
        StructLayout layout = MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("n"));
        long[] decoded = {0};
        Type<String> type = Type.of(
                layout,
                segment -> {
                    decoded[0]++;
                    return Long.toString(segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
                },
                (segment, text) -> segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, Long.parseLong(text)));
        MemMap<Long, String> map = MemMap.make(heap, Type.LONG, type);
        LongKeyMap<String> face = LongKeyMap.of(map);
        assertThat(face.put(1, "5")).isNull();
        assertThat(face.put(1, "6")).isEqualTo("5");
        assertThat(face.get(1)).isEqualTo("6");
        assertThat(decoded[0]).isEqualTo(2);
        assertThatExceptionOfType(NumberFormatException.class).isThrownBy(() -> face.put(1, "six"));
        assertThat(face.get(1)).isEqualTo("6");
    }

    @Test
    void keysOfAnotherTypeAreRefused() {
        StructLayout layout = MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("n"));
        Type<Long> other = Type.of(
                layout,
                segment -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 0),
                (segment, number) -> segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, number));
        MemMap<Long, Long> map = MemMap.make(heap, other, Type.LONG);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongKeyMap.of(map))
                .withMessage("the keys of the map must be of type long, not struct{n long}: use the map's own methods");
        assertThatIllegalArgumentException().isThrownBy(() -> LongKeyMap.of(SyncMap.make(heap, other, Type.LONG)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongKeyMap.of(MemMap.make(heap, Type.pointer(), Type.LONG)))
                .withMessageContaining("not pointer");
    }

    @Test
    void freedAndClosedMapsBehaveAsTheyDoThemselves() {
        MemMap<Long, String> map = MemMap.make(heap, Type.LONG, Type.UTF8);
        LongKeyMap<String> face = LongKeyMap.of(map);
        face.put(1, "one");
        assertThatNullPointerException().isThrownBy(() -> face.put(2, null));
        assertThatNullPointerException().isThrownBy(() -> face.set(2, null));
        map.free();
        assertThat(face.get(1)).isNull();
        assertThat(face.remove(1)).isNull();
        assertThat(face.delete(1)).isFalse();
        assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> face.put(1, "one"));
        assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> face.set(1, "one"));

        SyncMap<Long, String> sync = SyncMap.make(heap, Type.LONG, Type.UTF8);
        LongKeyMap<String> syncFace = LongKeyMap.of(sync);
        assertThatNullPointerException().isThrownBy(() -> syncFace.put(2, null));
        sync.close();
        assertThatIllegalStateException().isThrownBy(() -> syncFace.get(1)).withMessageStartingWith("Already closed");
        assertThatIllegalStateException().isThrownBy(() -> syncFace.containsKey(1));
        assertThatIllegalStateException().isThrownBy(() -> syncFace.put(1, "one"));
        assertThatIllegalStateException().isThrownBy(() -> syncFace.set(1, "one"));
        assertThatIllegalStateException().isThrownBy(() -> syncFace.remove(1));
        assertThatIllegalStateException().isThrownBy(() -> syncFace.delete(1));
    }
}
