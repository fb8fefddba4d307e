package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What the views promise beyond {@link AsMapGuavaTest}, in a confined heap and in a shared one. */
@ParameterizedClass(name = "shared: {0}")
@ValueSource(booleans = {false, true})
class AsMapTest {
    @Parameter
    boolean shared;

    private NativeHeap heap;
    private LongLongMap map;
    private Map<Long, Long> view;

    @BeforeEach
    void open() {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(8L << 20);
        heap = (shared ? builder.shared() : builder.confined()).open();
        map = LongLongMap.make(heap);
        for (long key = 0; key < 5; key++) {
            map.put(key, key);
        }
        view = map.asMap();
    }

    @AfterEach
    void close() {
        map.check();
        heap.close();
    }

    @Test
    void theViewIsLive() {
        map.put(7, 70);
        assertThat(view).containsEntry(7L, 70L).hasSize(6);
        view.put(8L, 80L);
        assertThat(map.get(8)).isEqualTo(80);
        view.keySet().remove(7L);
        assertThat(map.containsKey(7)).isFalse();
        map.clear();
        assertThat(view).isEmpty();
    }

    @Test
    @SuppressWarnings("ModifyCollectionInEnhancedForLoop") // this is the promise under test
    void aLoopMayAddAndRemove() {
        Set<Long> seen = new HashSet<>();
        for (Long key : view.keySet()) {
            assertThat(map.containsKey(key)).isTrue();
            assertThat(seen.add(key)).isTrue();
            for (long i = 0; i < 100 && seen.size() < 5; i++) {
                map.put(1000L * seen.size() + i, 1);
            }
            map.remove(key);
            view.remove((key + 1) % 5);
        }
        assertThat(seen).containsAnyOf(0L, 1L, 2L, 3L, 4L);
        assertThat(view).doesNotContainKeys(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void clearEndsALoop() {
        int steps = 0;
        for (Long key : view.keySet()) {
            assertThat(key).isBetween(0L, 4L);
            map.clear();
            map.put(99, 1);
            steps++;
        }
        assertThat(steps).isEqualTo(1);
    }

    @Test
    void nextReturnsAnEntryRemovedAfterHasNextFoundIt() {
        Iterator<Map.Entry<Long, Long>> entries = view.entrySet().iterator();
        assertThat(entries.hasNext()).isTrue();
        map.clear();
        Map.Entry<Long, Long> entry = entries.next();
        assertThat(entry.getValue()).isEqualTo(entry.getKey());
        entries.remove();
        assertThat(entries.hasNext()).isFalse();
    }

    @Test
    void anEntryHasTheValueAtTheTimeOfNext() {
        Iterator<Map.Entry<Long, Long>> entries = view.entrySet().iterator();
        assertThat(entries.hasNext()).isTrue();
        for (long key = 0; key < 5; key++) {
            map.put(key, key + 100);
        }
        Map.Entry<Long, Long> entry = entries.next();
        assertThat(entry.getValue()).isEqualTo(entry.getKey() + 100);
    }

    @Test
    void removeAfterHasNextRemovesTheEntryProducedLast() {
        Iterator<Long> keys = view.keySet().iterator();
        for (int left = 4; keys.hasNext(); left--) {
            Long key = keys.next();
            assertThat(keys.hasNext()).isEqualTo(left > 0);
            keys.remove();
            assertThat(map.containsKey(key)).isFalse();
            assertThat(map.size()).isEqualTo(left);
            assertThatIllegalStateException().isThrownBy(keys::remove);
        }
        assertThat(view).isEmpty();
    }

    @Test
    void overwritesAndGrowthDoNotDisturbALoop() {
        Map<Long, Long> seen = new HashMap<>();
        for (Map.Entry<Long, Long> entry : view.entrySet()) {
            seen.put(entry.getKey(), entry.getValue());
            map.put(entry.getKey(), 7);
            map.reserve(100L * seen.size());
        }
        assertThat(seen).containsOnlyKeys(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void aFreedMapEndsALoop() {
        Iterator<Map.Entry<Long, Long>> entries = view.entrySet().iterator();
        entries.next();
        map.free();
        assertThat(entries.hasNext()).isFalse();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(entries::next);
        assertThat(view).isEmpty();
    }

    @Test
    void theViewOfTheNilMapIsEmptyAndRefusesEntries() {
        Map<Long, Long> nil = LongLongMap.nil().asMap();
        assertThat(nil).isEmpty();
        assertThat(nil.get(1L)).isNull();
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> nil.keySet().iterator().next());
        assertThatExceptionOfType(NilMapException.class).isThrownBy(() -> nil.put(1L, 1L));
    }

    @Test
    void writesRefuseNullAndReadsDoNotFindIt() {
        assertThatNullPointerException().isThrownBy(() -> view.put(null, 1L)).withMessage("key");
        assertThatNullPointerException().isThrownBy(() -> view.put(1L, null)).withMessage("value");
        assertThat(view.containsKey(null)).isFalse();
        assertThat(view.get(null)).isNull();
        assertThat(view.remove(null)).isNull();
    }

    /** An Integer does not equal a Long. */
    @Test
    @SuppressWarnings("unlikely-arg-type")
    void aKeyOfAnotherClassIsNotFound() {
        Object key = 1;
        assertThat(view.containsKey(key)).isFalse();
        assertThat(view.get(key)).isNull();
        assertThat(view.remove(key)).isNull();
        assertThat(view.keySet().contains(key)).isFalse();
        assertThat(view).hasSize(5);
    }

    @Test
    void anEntryWritesThroughWhileItsKeyIsPresent() {
        Map.Entry<Long, Long> entry = view.entrySet().iterator().next();
        assertThat(entry.setValue(50L)).isEqualTo(entry.getKey());
        assertThat(map.get(entry.getKey())).isEqualTo(50);
        map.remove(entry.getKey());
        entry.setValue(60L);
        assertThat(map.containsKey(entry.getKey())).isFalse();
    }
}
