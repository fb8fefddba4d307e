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

    private final SyncLongLongMap map;
    private final long firstKey;

    public Longs() {
        this(SyncLongLongMap.make(HEAP), 1);
    }

    /** Makes the operations of a map on its key {@code firstKey} and two other ones. */
    Longs(SyncLongLongMap map, long firstKey) {
        this.map = map;
        this.firstKey = firstKey;
    }

    /** Returns the key of the map that stands for 1, 2 or 3; no map has them when it is made. */
    private long of(int key) {
        return key == 1 ? firstKey : -1_000_000 - key;
    }

    @Operation
    public long put(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.put(of(key), value);
    }

    @Operation
    public long get(@Param(name = "key") int key) {
        return map.get(of(key));
    }

    @Operation
    public boolean containsKey(@Param(name = "key") int key) {
        return map.containsKey(of(key));
    }

    @Operation
    public long putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.putIfAbsent(of(key), value);
    }

    @Operation
    public long add(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.add(of(key), value);
    }

    @Operation
    public long merge(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.merge(of(key), value, (old, given) -> 10 * old + given);
    }

    @Operation
    public boolean replace(
            @Param(name = "key") int key, @Param(name = "value") int expected, @Param(name = "value") int value) {
        return map.replace(of(key), expected, value);
    }

    @Operation
    public boolean remove(@Param(name = "key") int key) {
        return map.remove(of(key));
    }

    @Operation
    public boolean removeValue(@Param(name = "key") int key, @Param(name = "value") int expected) {
        return map.remove(of(key), expected);
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
        release(map);
        Invocations.count();
    }

    void release(SyncLongLongMap ended) {
        ended.free();
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
