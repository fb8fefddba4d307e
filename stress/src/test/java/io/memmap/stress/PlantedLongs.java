package io.memmap.stress;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.stress.linear.Invocations;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/** A counter that two can take from at once. */
@Param(name = "value", gen = IntGen.class, conf = "1:4")
public class PlantedLongs {
    private static final NativeHeap HEAP = NativeHeap.ofShared();

    private final SyncLongLongMap map = SyncLongLongMap.make(HEAP);

    @Operation
    @SuppressWarnings("ThreadPriorityCheck") // also where the threads have one processor
    public long add(@Param(name = "value") int value) {
        long sum = map.get(1) + value;
        Thread.yield();
        map.put(1, sum);
        return sum;
    }

    @Validate
    public void end() {
        map.free();
        Invocations.count();
    }

    /** How it must answer. */
    public static class Model {
        private long sum;

        public long add(int value) {
            sum += value;
            return sum;
        }
    }
}
