package io.memmap.stress.linear;

import io.memmap.NativeHeap;
import io.memmap.StructField;
import io.memmap.StructRef;
import io.memmap.SyncLongStructMap;
import io.memmap.SyncLongStructRef;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * The operations of a SyncLongStructMap on a few keys. A struct has a number twice, at both ends, so
 * that a torn read has no number. Lincheck makes one of these for each invocation of a scenario.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:3")
@Param(name = "value", gen = IntGen.class, conf = "1:4")
public class Structs {
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("first"),
            MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_LONG).withName("between"),
            ValueLayout.JAVA_LONG.withName("last"));
    private static final StructField.OfLong FIRST = StructField.ofLong(LAYOUT, "first");
    private static final StructField.OfLong LAST = StructField.ofLong(LAYOUT, "last");
    private static final NativeHeap HEAP = NativeHeap.ofShared();
    /** What a read answers if both ends differ. No model has it. */
    private static final long TORN = -1;

    private final SyncLongStructMap map = SyncLongStructMap.make(HEAP, LAYOUT);

    private static long of(int key) {
        return -1_000_000L - key;
    }

    private static void set(StructRef struct, long number) {
        struct.set(FIRST, number);
        struct.set(LAST, number);
    }

    private static MemorySegment struct(long number) {
        MemorySegment struct = Arena.ofAuto().allocate(LAYOUT);
        struct.set(ValueLayout.JAVA_LONG, 0, number);
        struct.set(ValueLayout.JAVA_LONG, LAYOUT.byteSize() - Long.BYTES, number);
        return struct;
    }

    private static long number(SyncLongStructRef ref) {
        return ref.get(FIRST) == ref.get(LAST) ? ref.get(FIRST) : TORN;
    }

    @Operation
    public long read(@Param(name = "key") int key) {
        SyncLongStructRef ref = map.ref(FIRST, LAST);
        return ref.read(of(key)) ? number(ref) : 0;
    }

    @Operation
    public long get(@Param(name = "key") int key) {
        MemorySegment copy = struct(0);
        if (!map.get(of(key), copy)) {
            return 0;
        }
        long first = copy.get(ValueLayout.JAVA_LONG, 0);
        return first == copy.get(ValueLayout.JAVA_LONG, LAYOUT.byteSize() - Long.BYTES) ? first : TORN;
    }

    @Operation
    public boolean containsKey(@Param(name = "key") int key) {
        return map.containsKey(of(key));
    }

    @Operation
    public boolean put(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.put(of(key), struct(value));
    }

    @Operation
    public boolean putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.putIfAbsent(of(key), struct(value));
    }

    /** Returns the new number, or 0 if the key is absent. */
    @Operation
    public long update(@Param(name = "key") int key, @Param(name = "value") int value) {
        SyncLongStructRef ref = map.ref();
        return ref.update(of(key), value, (struct, given) -> set(struct, 10 * struct.get(FIRST) + given))
                ? number(ref)
                : 0;
    }

    @Operation
    public long updateOrAdd(@Param(name = "key") int key, @Param(name = "value") int value) {
        SyncLongStructRef ref = map.ref();
        ref.updateOrAdd(of(key), value, (struct, given) -> set(struct, struct.get(FIRST) + given));
        return number(ref);
    }

    @Operation
    public boolean remove(@Param(name = "key") int key) {
        return map.remove(of(key));
    }

    @Operation
    public boolean removeEqual(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.remove(of(key), struct(value));
    }

    @Operation
    public boolean replaceEqual(
            @Param(name = "key") int key, @Param(name = "value") int expected, @Param(name = "value") int value) {
        return map.replace(of(key), struct(expected), struct(value));
    }

    /** Makes the shards grow and shrink, with keys that no other operation uses. */
    @Operation
    public void churn() {
        SyncLongStructRef ref = map.ref();
        for (int key = 0; key < Invocations.CHURNED; key++) {
            ref.updateOrAdd(-key, key, Structs::set);
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

        public long read(int key) {
            return map.getOrDefault(key, 0L);
        }

        public long get(int key) {
            return map.getOrDefault(key, 0L);
        }

        public boolean containsKey(int key) {
            return map.containsKey(key);
        }

        public boolean put(int key, int value) {
            return map.put(key, (long) value) != null;
        }

        public boolean putIfAbsent(int key, int value) {
            return map.putIfAbsent(key, (long) value) == null;
        }

        public long update(int key, int value) {
            Long after = map.computeIfPresent(key, (same, old) -> 10 * old + value);
            return after == null ? 0 : after;
        }

        public long updateOrAdd(int key, int value) {
            return map.merge(key, (long) value, Long::sum);
        }

        public boolean remove(int key) {
            return map.remove(key) != null;
        }

        public boolean removeEqual(int key, int value) {
            return map.remove(key, (long) value);
        }

        public boolean replaceEqual(int key, int expected, int value) {
            return map.replace(key, (long) expected, (long) value);
        }

        /** Does nothing, because the effect of churn is not visible. */
        public void churn() {}
    }
}
