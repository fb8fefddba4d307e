package io.memmap.stress.races;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JI_Result;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.ZJJ_Result;
import org.openjdk.jcstress.infra.results.ZZJ_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Races of two threads for one key of a SyncLongLongMap. */
public final class LongRaces {
    private LongRaces() {}

    /** A read may or may not see a write. If it does, it also sees what the writer did before. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the write came after the read")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutPublishes {
        private final long key = Subjects.newKey();
        private int before;

        @Actor
        public void first() {
            before = 1;
            Subjects.LONGS.put(key, 1);
        }

        @Actor
        public void second(JI_Result r) {
            r.r1 = Subjects.LONGS.get(key);
            r.r2 = before;
        }

        @Arbiter
        public void end(JI_Result r) {
            Subjects.LONGS.remove(key);
        }
    }

    /** A later read never sees an older state than an earlier read. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 2", expect = Expect.ACCEPTABLE)
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE)
    @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutPutGet {
        private final long key = Subjects.newKey();

        @Actor
        public void first() {
            Subjects.LONGS.put(key, 1);
            Subjects.LONGS.put(key, 2);
        }

        @Actor
        public void second(JJ_Result r) {
            r.r1 = Subjects.LONGS.get(key);
            r.r2 = Subjects.LONGS.get(key);
        }

        @Arbiter
        public void end(JJ_Result r) {
            Subjects.LONGS.remove(key);
        }
    }

    /** One of two writes comes first, and the other one returns its value. */
    @JCStressTest
    @Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE)
    @Outcome(id = "2, 0, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutPut {
        private final long key = Subjects.newKey();

        @Actor
        public void first(JJJ_Result r) {
            r.r1 = Subjects.LONGS.put(key, 1);
        }

        @Actor
        public void second(JJJ_Result r) {
            r.r2 = Subjects.LONGS.put(key, 2);
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r3 = Subjects.LONGS.get(key);
            Subjects.LONGS.remove(key);
        }
    }

    /** If two threads call putIfAbsent, one puts its value, and both get the value in the map. */
    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "2, 2, 2", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutIfAbsentTwice {
        private final long key = Subjects.newKey();

        @Actor
        public void first(JJJ_Result r) {
            r.r1 = Subjects.LONGS.putIfAbsent(key, 1);
        }

        @Actor
        public void second(JJJ_Result r) {
            r.r2 = Subjects.LONGS.putIfAbsent(key, 2);
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r3 = Subjects.LONGS.get(key);
            Subjects.LONGS.remove(key);
        }
    }

    /** If two threads replace the same value, only one succeeds. */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ReplaceTwice {
        private final long key = Subjects.newKey();

        public ReplaceTwice() {
            Subjects.LONGS.put(key, 7);
        }

        @Actor
        public void first(ZZJ_Result r) {
            r.r1 = Subjects.LONGS.replace(key, 7, 1);
        }

        @Actor
        public void second(ZZJ_Result r) {
            r.r2 = Subjects.LONGS.replace(key, 7, 2);
        }

        @Arbiter
        public void end(ZZJ_Result r) {
            r.r3 = Subjects.LONGS.get(key);
            Subjects.LONGS.remove(key);
        }
    }

    /** A removal of a value succeeds only if it comes before the overwriting. */
    @JCStressTest
    @Outcome(id = "true, 0, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "false, 7, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemoveValuePut {
        private final long key = Subjects.newKey();

        public RemoveValuePut() {
            Subjects.LONGS.put(key, 7);
        }

        @Actor
        public void first(ZJJ_Result r) {
            r.r1 = Subjects.LONGS.remove(key, 7);
        }

        @Actor
        public void second(ZJJ_Result r) {
            r.r2 = Subjects.LONGS.put(key, 1);
        }

        @Arbiter
        public void end(ZJJ_Result r) {
            r.r3 = Subjects.LONGS.get(key);
            Subjects.LONGS.remove(key);
        }
    }

    /** If two threads remove a key, only one succeeds. */
    @JCStressTest
    @Outcome(id = "true, false, false", expect = Expect.ACCEPTABLE)
    @Outcome(id = "false, true, false", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemoveTwice {
        private final long key = Subjects.newKey();

        public RemoveTwice() {
            Subjects.LONGS.put(key, 7);
        }

        @Actor
        public void first(ZZZ_Result r) {
            r.r1 = Subjects.LONGS.remove(key);
        }

        @Actor
        public void second(ZZZ_Result r) {
            r.r2 = Subjects.LONGS.remove(key);
        }

        @Arbiter
        public void end(ZZZ_Result r) {
            r.r3 = Subjects.LONGS.containsKey(key);
        }
    }

    /** Neither of two additions is lost. */
    @JCStressTest
    @Outcome(id = "1, 3, 3", expect = Expect.ACCEPTABLE)
    @Outcome(id = "3, 2, 3", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class AddTwice {
        private final long key = Subjects.newKey();

        @Actor
        public void first(JJJ_Result r) {
            r.r1 = Subjects.LONGS.add(key, 1);
        }

        @Actor
        public void second(JJJ_Result r) {
            r.r2 = Subjects.LONGS.add(key, 2);
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r3 = Subjects.LONGS.get(key);
            Subjects.LONGS.remove(key);
        }
    }

    /** The second of two merges sees the result of the first. */
    @JCStressTest
    @Outcome(id = "1, 12, 12", expect = Expect.ACCEPTABLE)
    @Outcome(id = "21, 2, 21", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class MergeTwice {
        private final long key = Subjects.newKey();

        @Actor
        public void first(JJJ_Result r) {
            r.r1 = Subjects.LONGS.merge(key, 1, (old, value) -> 10 * old + value);
        }

        @Actor
        public void second(JJJ_Result r) {
            r.r2 = Subjects.LONGS.merge(key, 2, (old, value) -> 10 * old + value);
        }

        @Arbiter
        public void end(JJJ_Result r) {
            r.r3 = Subjects.LONGS.get(key);
            Subjects.LONGS.remove(key);
        }
    }
}
