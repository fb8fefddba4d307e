package io.memmap.stress;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.stress.linear.Invocations;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/** A counter with a deliberate error: two threads that add at once may lose an addition. */
@Param(name = "value", gen = IntGen.class, conf = "1:4")
public class LossyCounter {
    private static final NativeHeap HEAP = NativeHeap.ofShared();

    private final SyncLongLongMap map = SyncLongLongMap.make(HEAP);

    @Operation
    @SuppressWarnings("ThreadPriorityCheck") // shows the error even on one processor
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

    /** The correct behaviour. */
    public static class Model {
        private long sum;

        public long add(int value) {
            sum += value;
            return sum;
        }
    }
}
