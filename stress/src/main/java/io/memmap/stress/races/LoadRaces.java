package io.memmap.stress.races;

import static io.memmap.stress.races.Subjects.OLD;
import static io.memmap.stress.races.Subjects.ONE;
import static io.memmap.stress.races.Subjects.STRINGS;
import static io.memmap.stress.races.Subjects.TWO;
import static io.memmap.stress.races.Subjects.name;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Races of two threads for one key of a SyncMap, of which one loads the value. */
public final class LoadRaces {
    private LoadRaces() {}

    /** Both threads get the value of one loader, and that value stays. */
    @JCStressTest
    @Outcome(id = "one, one, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "two, two, two", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class LoadLoad {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.get(key, same -> ONE));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.get(key, same -> TWO));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** A load comes before a put, or gives way to it. */
    @JCStressTest
    @Outcome(id = "one, one, two", expect = Expect.ACCEPTABLE, desc = "the load came first")
    @Outcome(id = "two, none, two", expect = Expect.ACCEPTABLE, desc = "the put came first, or meanwhile")
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class LoadPut {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.get(key, same -> ONE));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.put(key, TWO));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** A load comes before a removal or after it, or does not store its value. */
    @JCStressTest
    @Outcome(id = "one, one, none", expect = Expect.ACCEPTABLE, desc = "the load came first")
    @Outcome(id = "one, none, one", expect = Expect.ACCEPTABLE, desc = "the removal came first")
    @Outcome(id = "one, none, none", expect = Expect.ACCEPTABLE, desc = "the removal came meanwhile")
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class LoadRemove {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.get(key, same -> ONE));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.remove(key));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /**
     * A source of values changes, and then the key is removed. From then on nobody gets the value
     * from before the change, although a load may have read it.
     */
    @JCStressTest
    @Outcome(id = "old, two, two", expect = Expect.ACCEPTABLE, desc = "the load began before the removal")
    @Outcome(id = "two, two, two", expect = Expect.ACCEPTABLE, desc = "the load began after the change")
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class LoadInvalidate {
        private final String key = Subjects.newText();
        private volatile String source = OLD;

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.get(key, same -> source));
        }

        @Actor
        public void second(LLL_Result r) {
            source = TWO;
            STRINGS.remove(key);
            r.r2 = name(STRINGS.get(key, same -> source));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }
}
