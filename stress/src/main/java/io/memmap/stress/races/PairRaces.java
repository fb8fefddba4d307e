package io.memmap.stress.races;

import static io.memmap.stress.races.Subjects.PAIRS;
import static io.memmap.stress.races.Subjects.name;

import io.memmap.stress.races.Subjects.Pair;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZLL_Result;
import org.openjdk.jcstress.infra.results.ZZL_Result;

/** Races of two threads for one key of a SyncMap whose values are records of two longs. */
public final class PairRaces {
    private PairRaces() {}

    /** A read always sees both longs of the same write. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutGet {
        private final long key = Subjects.newKey();

        public PutGet() {
            PAIRS.put(key, Pair.of(0));
        }

        @Actor
        public void first(LL_Result r) {
            PAIRS.put(key, Pair.of(1));
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = name(PAIRS.get(key));
            r.r2 = name(PAIRS.get(key));
        }

        @Arbiter
        public void end(LL_Result r) {
            PAIRS.remove(key);
        }
    }

    /** A read during a removal and another put sees a whole value or none. */
    @JCStressTest
    @Outcome(id = "7, none", expect = Expect.ACCEPTABLE)
    @Outcome(id = "7, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, none", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "7, 7", expect = Expect.ACCEPTABLE)
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemovePutGet {
        private final long key = Subjects.newKey();

        public RemovePutGet() {
            PAIRS.put(key, Pair.of(7));
        }

        @Actor
        public void first(LL_Result r) {
            PAIRS.remove(key);
            PAIRS.put(key, Pair.of(1));
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = name(PAIRS.get(key));
            r.r2 = name(PAIRS.get(key));
        }

        @Arbiter
        public void end(LL_Result r) {
            PAIRS.remove(key);
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
            PAIRS.put(key, Pair.of(7));
        }

        @Actor
        public void first(ZZL_Result r) {
            r.r1 = PAIRS.replace(key, Pair.of(7), Pair.of(1));
        }

        @Actor
        public void second(ZZL_Result r) {
            r.r2 = PAIRS.replace(key, Pair.of(7), Pair.of(2));
        }

        @Arbiter
        public void end(ZZL_Result r) {
            r.r3 = name(PAIRS.remove(key));
        }
    }

    /** If two threads call putIfAbsent, one puts its value, and the other gets that value. */
    @JCStressTest
    @Outcome(id = "none, 1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "2, none, 2", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutIfAbsentTwice {
        private final long key = Subjects.newKey();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(PAIRS.putIfAbsent(key, Pair.of(1)));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(PAIRS.putIfAbsent(key, Pair.of(2)));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(PAIRS.remove(key));
        }
    }

    /** A removal of a value succeeds only if it comes before the overwriting. */
    @JCStressTest
    @Outcome(id = "true, none, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "false, 7, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemoveValuePut {
        private final long key = Subjects.newKey();

        public RemoveValuePut() {
            PAIRS.put(key, Pair.of(7));
        }

        @Actor
        public void first(ZLL_Result r) {
            r.r1 = PAIRS.remove(key, Pair.of(7));
        }

        @Actor
        public void second(ZLL_Result r) {
            r.r2 = name(PAIRS.put(key, Pair.of(1)));
        }

        @Arbiter
        public void end(ZLL_Result r) {
            r.r3 = name(PAIRS.remove(key));
        }
    }
}
