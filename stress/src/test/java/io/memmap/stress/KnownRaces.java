package io.memmap.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Races whose outcome is known. */
public final class KnownRaces {
    private KnownRaces() {}

    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class Kept {
        @Actor
        public void first(II_Result r) {
            r.r1 = 1;
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = 2;
        }
    }

    @JCStressTest
    @Outcome(id = "1, 3", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class Broken {
        @Actor
        public void first(II_Result r) {
            r.r1 = 1;
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = 2;
        }
    }
}
