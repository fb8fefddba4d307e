package io.memmap.stress.linear;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * The operations of a SyncLongLongMap on a few keys. Lincheck makes one of these for each
 * invocation of a scenario.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:3")
@Param(name = "value", gen = IntGen.class, conf = "1:4")
public class Longs {
    private static final NativeHeap HEAP = NativeHeap.ofShared();

    private final SyncLongLongMap map = SyncLongLongMap.make(HEAP);

    @Operation
    public long put(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.put(key, value);
    }

    @Operation
    public long get(@Param(name = "key") int key) {
        return map.get(key);
    }

    @Operation
    public boolean containsKey(@Param(name = "key") int key) {
        return map.containsKey(key);
    }

    @Operation
    public long putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.putIfAbsent(key, value);
    }

    @Operation
    public long add(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.add(key, value);
    }

    @Operation
    public long merge(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.merge(key, value, (old, given) -> 10 * old + given);
    }

    @Operation
    public boolean replace(
            @Param(name = "key") int key, @Param(name = "value") int expected, @Param(name = "value") int value) {
        return map.replace(key, expected, value);
    }

    @Operation
    public boolean remove(@Param(name = "key") int key) {
        return map.remove(key);
    }

    @Operation
    public boolean removeValue(@Param(name = "key") int key, @Param(name = "value") int expected) {
        return map.remove(key, expected);
    }

    /** Makes the shards grow and shrink, with keys that no other operation uses. */
    @Operation
    public void churn() {
        for (int key = 0; key < Invocations.CHURNED; key++) {
            map.put(-key, key);
        }
        for (int key = 0; key < Invocations.CHURNED; key++) {
            map.remove(-key);
        }
    }

    /** Ends an invocation. */
    @Validate
    public void end() {
        map.check();
        map.free();
        Invocations.count();
    }

    /** The model, which gives the right answers. */
    public static class Model {
        private final Map<Integer, Long> map = new HashMap<>();

        public long put(int key, int value) {
            Long before = map.put(key, (long) value);
            return before == null ? 0 : before;
        }

        public long get(int key) {
            return map.getOrDefault(key, 0L);
        }

        public boolean containsKey(int key) {
            return map.containsKey(key);
        }

        public long putIfAbsent(int key, int value) {
            Long before = map.putIfAbsent(key, (long) value);
            return before == null ? value : before;
        }

        public long add(int key, int value) {
            return map.merge(key, (long) value, Long::sum);
        }

        public long merge(int key, int value) {
            return map.merge(key, (long) value, (old, given) -> 10 * old + given);
        }

        public boolean replace(int key, int expected, int value) {
            return map.replace(key, (long) expected, (long) value);
        }

        public boolean remove(int key) {
            return map.remove(key) != null;
        }

        public boolean removeValue(int key, int expected) {
            return map.remove(key, (long) expected);
        }

        /** Does nothing, because the effect of churn is not visible. */
        public void churn() {}
    }
}
