package io.memmap.stress.races;

import static io.memmap.stress.races.Subjects.unlessClosed;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZZL_Result;

/**
 * Races of two threads for a whole map: while it grows or shrinks, during a loop, and at its end.
 */
public final class MapRaces {
    private MapRaces() {}

    /** A read during a growth finds every entry. */
    @JCStressTest
    @Outcome(id = "7, 7, 201", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class GetBesideGrowth {
        private final SyncLongLongMap map = SyncLongLongMap.make(Subjects.HEAP);

        public GetBesideGrowth() {
            map.put(0, 7);
        }

        @Actor
        public void first() {
            for (int key = 1; key <= 200; key++) {
                map.put(key, key);
            }
        }

        @Actor
        public void second(JJJ_Result r) {
            r.r1 = map.get(0);
            r.r2 = map.get(0);
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r3 = map.size();
            map.check();
            map.free();
        }
    }

    /** A read while the map shrinks finds every entry. */
    @JCStressTest
    @Outcome(id = "7, 7, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class GetBesideShrinking {
        private final SyncLongLongMap map = SyncLongLongMap.make(Subjects.HEAP);

        public GetBesideShrinking() {
            for (int key = 1; key <= 200; key++) {
                map.put(key, key);
            }
            map.put(0, 7);
        }

        @Actor
        public void first() {
            for (int key = 1; key <= 200; key++) {
                map.remove(key);
            }
        }

        @Actor
        public void second(JJJ_Result r) {
            r.r1 = map.get(0);
            r.r2 = map.get(0);
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r3 = map.size();
            map.check();
            map.free();
        }
    }

    /**
     * A loop passes an entry that stays exactly once. It passes an entry that is added or removed
     * once or not at all.
     */
    @JCStressTest
    @Outcome(id = "111, 0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "111, 0, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "111, 1, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "111, 1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class LoopBesidePutAndRemove {
        private final SyncLongLongMap map = SyncLongLongMap.make(Subjects.HEAP);

        public LoopBesidePutAndRemove() {
            map.put(0, 1);
            map.put(1, 10);
            map.put(2, 100);
            map.put(3, 1);
        }

        @Actor
        public void first() {
            map.put(4, 1);
            map.remove(3);
        }

        @Actor
        public void second(JJJ_Result r) {
            map.forEach((key, value) -> {
                r.r1 += key < 3 ? value : 0;
                r.r2 += key == 3 ? value : 0;
                r.r3 += key > 3 ? value : 0;
            });
        }

        @Arbiter
        public void end(JJJ_Result r) {
            map.free();
        }
    }

    /** A write comes either before or after a clear. */
    @JCStressTest
    @Outcome(id = "7, 0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ClearPut {
        private final SyncLongLongMap map = SyncLongLongMap.make(Subjects.HEAP);

        public ClearPut() {
            map.put(0, 7);
        }

        @Actor
        public void first(JJJ_Result r) {
            r.r1 = map.put(0, 1);
        }

        @Actor
        public void second() {
            map.clear();
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r2 = map.get(0);
            r.r3 = map.size();
            map.free();
        }
    }

    /**
     * A read while the map is closed, and then its heap, returns the value or throws that the map
     * is closed.
     */
    @JCStressTest
    @Outcome(id = "7, closed", expect = Expect.ACCEPTABLE)
    @Outcome(id = "closed, closed", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class CloseGet {
        private final NativeHeap heap = Subjects.closable();
        private final SyncLongLongMap map = SyncLongLongMap.make(heap);

        public CloseGet() {
            map.put(0, 7);
        }

        @Actor
        public void first() {
            map.close();
            heap.close();
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = unlessClosed(() -> map.get(0));
        }

        @Arbiter
        public void end(LL_Result r) {
            r.r2 = unlessClosed(() -> map.get(0));
        }
    }

    /** A read of an absent key while the map is closed returns 0 or throws that it is closed. */
    @JCStressTest
    @Outcome(id = "0, closed", expect = Expect.ACCEPTABLE)
    @Outcome(id = "closed, closed", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class CloseGetAbsent {
        private final NativeHeap heap = Subjects.closable();
        private final SyncLongLongMap map = SyncLongLongMap.make(heap);

        @Actor
        public void first() {
            map.close();
            heap.close();
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = unlessClosed(() -> map.get(0));
        }

        @Arbiter
        public void end(LL_Result r) {
            r.r2 = unlessClosed(() -> map.get(0));
        }
    }

    /** A write while the map is closed succeeds or throws that the map is closed. */
    @JCStressTest
    @Outcome(id = "7, closed", expect = Expect.ACCEPTABLE)
    @Outcome(id = "closed, closed", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ClosePut {
        private final NativeHeap heap = Subjects.closable();
        private final SyncLongLongMap map = SyncLongLongMap.make(heap);

        public ClosePut() {
            map.put(0, 7);
        }

        @Actor
        public void first() {
            map.close();
            heap.close();
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = unlessClosed(() -> map.put(0, 1));
        }

        @Arbiter
        public void end(LL_Result r) {
            r.r2 = unlessClosed(() -> map.put(0, 1));
        }
    }

    /** Two threads may close a map and its heap at the same time. */
    @JCStressTest
    @Outcome(id = "true, true, closed", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class CloseTwice {
        private final NativeHeap heap = Subjects.closable();
        private final SyncLongLongMap map = SyncLongLongMap.make(heap);

        @Actor
        public void first(ZZL_Result r) {
            map.close();
            heap.close();
            r.r1 = true;
        }

        @Actor
        public void second(ZZL_Result r) {
            map.close();
            heap.close();
            r.r2 = true;
        }

        @Arbiter
        public void end(ZZL_Result r) {
            r.r3 = unlessClosed(map::size);
        }
    }

    /** A read while the map is freed never sees data that is stored there afterwards. */
    @JCStressTest
    @Outcome(id = "7, closed", expect = Expect.ACCEPTABLE)
    @Outcome(id = "closed, closed", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class FreeGet {
        private final SyncLongLongMap map = SyncLongLongMap.make(Subjects.HEAP);

        public FreeGet() {
            map.put(0, 7);
        }

        @Actor
        public void first() {
            map.free();
            SyncLongLongMap next = SyncLongLongMap.make(Subjects.HEAP);
            next.put(0, 8);
            next.free();
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = unlessClosed(() -> map.get(0));
        }

        @Arbiter
        public void end(LL_Result r) {
            r.r2 = unlessClosed(() -> map.get(0));
        }
    }

    /** A write while the map is freed succeeds or throws that the map is closed. */
    @JCStressTest
    @Outcome(id = "7, closed", expect = Expect.ACCEPTABLE)
    @Outcome(id = "closed, closed", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class FreePut {
        private final SyncLongLongMap map = SyncLongLongMap.make(Subjects.HEAP);

        public FreePut() {
            map.put(0, 7);
        }

        @Actor
        public void first() {
            map.free();
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = unlessClosed(() -> map.put(0, 1));
        }

        @Arbiter
        public void end(LL_Result r) {
            r.r2 = unlessClosed(() -> map.put(0, 1));
        }
    }
}
